/**
 * The import table (imports.json) against every source file: each file belongs to the most specific row that names its
 * folder, each row has a file, and whatever a file imports (types, `import()`, `new URL(…, import.meta.url)`) is in the
 * row. A test file may also import lib/world, vitest, fast-check, node:* and the reference decoders.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

interface Row {
  readonly folder: string;
  readonly ours: readonly string[];
  readonly packages: readonly string[];
  readonly notOurs?: readonly string[];
}

const root = new URL("..", import.meta.url).pathname;
const rows: readonly Row[] = JSON.parse(readFileSync(join(root, ".ci/imports.json"), "utf8"));
const TEST_PACKAGES = [
  "vitest",
  "fast-check",
  "node:*",
  "otlp-transformer-oracle",
  "protobufjs",
  "axe-core",
  "@opentelemetry/*",
];

function sources(): string[] {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  return [...new Set(listed.split("\n"))].filter(
    (file) => /\.(ts|tsx|mjs)$/.test(file) && file.includes("/") && !file.endsWith(".d.ts"),
  );
}

function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split("/");
  const parts = path.split("/");
  return wanted.length < parts.length && wanted.every((part, i) => part === "*" || part === parts[i]);
}

/** The most specific row: more segments first, a literal before a star. */
function rowOf(file: string): Row | undefined {
  const rank = (row: Row): number => row.folder.split("/").length * 2 - (row.folder.endsWith("*") ? 1 : 0);
  return rows.filter((row) => matches(row.folder, file)).sort((a, b) => rank(b) - rank(a))[0];
}

const SPECIFIER = /(?:\bfrom\s*|\bimport\s*\(\s*|^import\s+|new URL\(\s*)["']([.@\w/][^"'\s]*)["']/gm;

function specifiers(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  return [...code.matchAll(SPECIFIER)].map((match) => match[1] ?? "");
}

function packageAllowed(name: string, allowed: readonly string[]): boolean {
  return allowed.some(
    (pattern) =>
      pattern === "*" ||
      (pattern.endsWith("*")
        ? name.startsWith(pattern.slice(0, -1))
        : name === pattern || name.startsWith(`${pattern}/`)),
  );
}

function oursAllowed(target: string, own: Row, isTest: boolean): boolean {
  const under = (folder: string): boolean => target.startsWith(`${folder}/`);
  if ((own.notOurs ?? []).some(under)) return false;
  if (matches(own.folder, target) && rowOf(target) === own) return true;
  return own.ours.some(under) || (isTest && under("lib/world"));
}

function violations(file: string): string[] {
  // This file holds forbidden imports as text.
  if (file === ".ci/imports.test.ts") return [];
  const row = rowOf(file);
  if (row === undefined) return [`${file}: no row names its folder`];
  const isTest = /\.test\.tsx?$/.test(file);
  const found: string[] = [];
  for (const specifier of specifiers(readFileSync(join(root, file), "utf8"))) {
    if (/^https?:|^file:|^\/|^#/.test(specifier)) continue;
    if (specifier.startsWith(".")) {
      const target = normalize(join(dirname(file), specifier));
      const sameFeature = row.folder !== "components/*" || target.split("/")[1] === file.split("/")[1];
      if (/\.(css|json)$/.test(target) || !target.includes("/")) continue;
      const sharedRow = row.folder === "components/*" && !sameFeature && rowOf(target) === row;
      if (sharedRow || !oursAllowed(target, row, isTest)) found.push(`${file}: may not import ${target}`);
    } else if (!packageAllowed(specifier, isTest ? [...row.packages, ...TEST_PACKAGES] : row.packages)) {
      found.push(`${file}: may not import package ${specifier}`);
    }
  }
  return found;
}

test("every import is in the table", () => {
  const files = sources();
  expect(files.length).toBeGreaterThan(50);
  expect(files.flatMap(violations)).toEqual([]);
});

test("every row has a file and every file a row", () => {
  const used = new Set(sources().map((file) => rowOf(file)?.folder));
  expect(rows.map((row) => row.folder).filter((folder) => !used.has(folder))).toEqual([]);
});

test("a forbidden import is found", () => {
  expect(specifiers('import { x } from "../../collector/main.ts";')).toEqual(["../../collector/main.ts"]);
  expect(specifiers('const u = new URL("./layout.worker.ts", import.meta.url)')).toEqual(["./layout.worker.ts"]);
  expect(specifiers('const m = await import("fastify")')).toEqual(["fastify"]);
  const lib = rowOf("lib/model/x.ts");
  expect(lib?.folder).toBe("lib/model");
  if (lib !== undefined) expect(oursAllowed("collector/main.ts", lib, false)).toBe(false);
});
