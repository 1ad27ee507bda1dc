/**
 * The rules a linter cannot hold: file size budgets, the ratchet on escapes, and proof that each grit rule still bites
 * (a rule that matches nothing would be green for ever).
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";

interface Budgets {
  /** Most escapes (`biome-ignore lint/plugin`) the tree may hold; lower it when some go. */
  readonly escapes: number;
  /** Files over the line budget by name, each with its own. */
  readonly lines: Readonly<Record<string, number>>;
}

const root = new URL("..", import.meta.url).pathname;
const budgets: Budgets = JSON.parse(readFileSync(join(root, ".ci/budgets.json"), "utf8"));

function sources(): string[] {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard"];
  const listed = execFileSync("git", args, { cwd: root, encoding: "utf8" });
  return [...new Set(listed.split("\n"))].filter((file) => /\.(ts|tsx|mjs|js|css)$/.test(file));
}

function readIfThere(file: string): string {
  try {
    return readFileSync(join(root, file), "utf8");
  } catch {
    return "";
  }
}

function lineBudget(file: string): number {
  const named = budgets.lines[file];
  if (named !== undefined) return named;
  if (/\.test\.tsx?$/.test(file) || file.startsWith("e2e/")) return 600;
  if (/\/kernel-[^/]+\.ts$/.test(file)) return 500;
  return 300;
}

describe("budgets", () => {
  test("no file is over its line budget", () => {
    const files = sources();
    expect(files.length).toBeGreaterThan(50);
    const over = files
      .map((file) => ({ file, lines: readIfThere(file).split("\n").length - 1, budget: lineBudget(file) }))
      .filter(({ lines, budget }) => lines > budget);
    expect(over).toEqual([]);
  });

  test("every named override is still needed", () => {
    const idle = Object.keys(budgets.lines).filter((file) => readIfThere(file).split("\n").length - 1 <= 300);
    expect(idle).toEqual([]);
  });

  test("escapes do not grow, and the ratchet is tight", () => {
    const escapes = sources().flatMap((file) => readIfThere(file).match(/biome-ignore lint\/plugin/g) ?? []);
    const own = readIfThere(".ci/rules.test.ts").match(/biome-ignore lint\/plugin/g)?.length ?? 0;
    expect(escapes.length - own).toBe(budgets.escapes);
  });
});

interface RuleCase {
  readonly name: string;
  readonly folder: string;
  readonly code: string;
  /** What Biome says of it. */
  readonly said: string;
}

const long = `export function f(): number {\n  let x = 0;\n${"  x++;\n".repeat(61)}  return x;\n}\n`;
const six = "export const f = (a: 1, b: 1, c: 1, d: 1, e: 1, g: 1): number => a + b + c + d + e + g;\n";
const CASES: readonly RuleCase[] = [
  ["a cast", "lib/base", "export const x = JSON.parse('1') as number;\n", "ratchet counts"],
  ["a bang", "lib/base", "export const f = (a: string | null): string => a!;\n", "handle the missing value"],
  ["the clock in lib", "lib/base", "export const now = (): number => Date.now();\n", "reads no clock"],
  ["the date in lib", "lib/base", "export const now = (): Date => new Date();\n", "reads no clock"],
  ["chance in lib", "lib/base", "export const r = (): number => Math.random();\n", "draws no random number"],
  ["a timer in lib", "lib/base", "export const t = (): unknown => setTimeout(() => {}, 1);\n", "lib has no timers"],
  [
    "process.exit in the collector",
    "collector/store",
    "export const stop = (): never => process.exit(1);\n",
    "exitCode",
  ],
  ["an any", "app", "export const f = (a: any): unknown => a;\n", "noExplicitAny"],
  ["six parameters", "lib/base", six, "useMaxParams"],
  ["a long function", "lib/base", long, "LinesPerFunction"],
].map(([name = "", folder = "", code = "", said = ""]) => ({ name, folder, code, said }));
const CLEAN: RuleCase = {
  name: "clean",
  folder: "lib/base",
  code: 'export const x = ["a"] as const;\n',
  said: "",
};

/** What Biome prints of each case, by name: each is a scratch file in its folder, and all are linted in one run. */
function lintAll(cases: readonly RuleCase[]): ReadonlyMap<string, string> {
  const scratches = cases.map(({ folder, code }, i) => {
    const scratch = mkdtempSync(join(root, folder, "rule-check-"));
    writeFileSync(join(scratch, `case-${i}.ts`), code);
    return scratch;
  });
  try {
    const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
    const flags = ["--config-path=.biome.json", "--vcs-enabled=false", "--colors=off", "--max-diagnostics=none"];
    const run = spawnSync(process.execPath, [biome, "lint", ...flags, ...scratches], { cwd: root, encoding: "utf8" });
    const said = new Map<string, string>();
    for (const part of `${run.stdout}\n${run.stderr}`.split(/^(?=\S+rule-check-)/m)) {
      const name = cases[Number(/case-(\d+)\.ts/.exec(part.split("\n")[0] ?? "")?.[1] ?? -1)]?.name;
      if (name !== undefined) said.set(name, (said.get(name) ?? "") + part);
    }
    return said;
  } finally {
    for (const scratch of scratches) rmSync(scratch, { recursive: true });
  }
}

// A lint run takes half a second alone and many times that beside other test files.
describe("each rule bites", () => {
  let said: ReadonlyMap<string, string> = new Map();
  beforeAll(() => {
    said = lintAll([...CASES, CLEAN]);
  }, 90_000);

  test.each(CASES)("$name", ({ name, said: words }) => {
    expect(said.get(name)).toContain(words);
  });

  test("`as const` and clean code pass", () => {
    expect(said.size).toBeGreaterThan(0);
    expect(said.get(CLEAN.name)).toBeUndefined();
  });
});
