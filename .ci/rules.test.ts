/**
 * The rules a linter cannot hold: file size budgets, the ratchet on escapes, and proof that each grit rule still bites
 * (a rule that matches nothing would be green for ever).
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

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

/** Lints one scratch file in `folder` and returns what Biome prints. */
function lint(folder: string, code: string, name = "scratch.ts"): string {
  mkdirSync(join(root, folder), { recursive: true });
  const scratch = mkdtempSync(join(root, folder, "rule-check-"));
  try {
    writeFileSync(join(scratch, name), code);
    const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
    const args = [biome, "lint", "--config-path=.biome.json", "--vcs-enabled=false", "--colors=off", scratch];
    const run = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
    return `${run.stdout}${run.stderr}`;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

// A lint run takes half a second alone and many times that beside other test files.
describe("each rule bites", { timeout: 90_000 }, () => {
  test.each([
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
    [
      "six parameters",
      "lib/base",
      "export const f = (a: 1, b: 1, c: 1, d: 1, e: 1, g: 1): number => a + b + c + d + e + g;\n",
      "useMaxParams",
    ],
    [
      "a long function",
      "lib/base",
      `export function f(): number {\n  let x = 0;\n${"  x++;\n".repeat(61)}  return x;\n}\n`,
      "LinesPerFunction",
    ],
  ])("%s", (_name, folder, code, expected) => {
    expect(lint(folder, code)).toContain(expected);
  });

  test("`as const` and clean code pass", () => {
    expect(lint("lib/base", 'export const x = ["a"] as const;\n')).not.toContain("scratch.ts:");
  });
});
