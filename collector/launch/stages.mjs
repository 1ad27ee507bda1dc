// `check`, `bench` and `test`: the gates in order. Every gate's tests are counted into the one closing line
// `N passed, N failed, N skipped`; what was skipped is named with its reason.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildCollector, buildUi, bundle, NEXT_BIN, NEXT_ENV } from "./build.mjs";
import { ensureChromium } from "./chromium.mjs";
import { commandGate, node } from "./gate.mjs";
import { buildFolder, root } from "./paths.mjs";

const modules = (path) => join(root, "node_modules", path);
const BIOME = modules("@biomejs/biome/bin/biome");
const TSC = modules("typescript/bin/tsc");
const VITEST = modules("vitest/vitest.mjs");
const PLAYWRIGHT = modules("playwright/cli.js");

const lint = () => commandGate(BIOME, ["ci", "--config-path=.biome.json", "--colors=off", "--max-diagnostics=50"]);

async function types() {
  if (!existsSync(join(root, ".next/types"))) await node(NEXT_BIN, ["typegen"], { env: NEXT_ENV, quiet: true });
  const whole = await commandGate(TSC, ["--noEmit"]);
  const portable = await commandGate(TSC, ["--noEmit", "-p", ".ci/tsconfig.lib.json"]);
  return { passed: whole.passed + portable.passed, failed: whole.failed + portable.failed, skipped: 0 };
}

/** Vitest's JSON report in counts; a run without a test is a failure. */
async function vitest(name, config, args = []) {
  const report = join(buildFolder, "reports", `${name}.json`);
  mkdirSync(join(buildFolder, "reports"), { recursive: true });
  rmSync(report, { force: true });
  const reporters = ["--reporter=dot", "--reporter=json", `--outputFile.json=${report}`];
  const { code } = await node(VITEST, ["run", "--config", config, ...reporters, ...args]);
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests, numTotalTests, testResults } = JSON.parse(
    readFileSync(report, "utf8"),
  );
  const named = (...states) =>
    testResults.flatMap((file) =>
      file.assertionResults.filter((test) => states.includes(test.status)).map((test) => test.fullName),
    );
  const failed = Math.max(numFailedTests, code !== 0 || numTotalTests === 0 ? 1 : 0);
  const notes = [...named("skipped", "pending"), ...named("failed").map((test) => `failed: ${test}`)];
  return { passed: numPassedTests, failed, skipped: numPendingTests, notes };
}

/** Names of a browser report's tests that ended as `status`: `expected`, `unexpected`, `flaky`, `skipped`. */
function namedIn(suites, status) {
  return suites.flatMap((suite) => [
    ...(suite.specs ?? [])
      .filter((spec) => spec.tests.some((test) => test.status === status))
      .map((spec) => spec.title),
    ...namedIn(suite.suites ?? [], status),
  ]);
}

async function e2e() {
  const chromium = await ensureChromium();
  if (chromium.path === null) return { passed: 0, failed: 0, skipped: 1, notes: [`browser tests: ${chromium.reason}`] };
  const report = join(buildFolder, "reports/e2e.json");
  rmSync(report, { force: true });
  const env = { PLAYWRIGHT_JSON_OUTPUT_FILE: report, MESHSCOPE_CHROMIUM: chromium.path };
  // A browser on two busy cores misses a deadline now and then: such a test is tried once more, and named.
  const args = ["test", "--config", "e2e/playwright.config.ts", "--retries=1", "--reporter=line,json"];
  await node(PLAYWRIGHT, args, { env });
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const { stats, suites } = JSON.parse(readFileSync(report, "utf8"));
  const failed = Math.max(stats.unexpected, stats.expected + stats.flaky === 0 ? 1 : 0);
  const notes = [
    ...namedIn(suites, "flaky").map((test) => `passed only when tried again: ${test}`),
    ...namedIn(suites, "unexpected").map((test) => `failed: ${test}`),
  ];
  return { passed: stats.expected + stats.flaky, failed, skipped: stats.skipped, notes };
}

async function build() {
  try {
    await buildCollector();
    await buildUi();
    return { passed: 1, failed: 0, skipped: 0 };
  } catch (error) {
    process.stderr.write(`${error}\n`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

async function collectorBuild() {
  try {
    await buildCollector();
    return { passed: 1, failed: 0, skipped: 0 };
  } catch (error) {
    process.stderr.write(`${error}\n`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

async function bench(args) {
  await buildCollector();
  await bundle({ bench: "bench/main.ts", "bench-child": "bench/child.ts" });
  return node(join(buildFolder, "bench.mjs"), args);
}

/** `npm run bench`: exits 1 when a goal falls short. */
export async function runBench(args) {
  const { code } = await bench(args);
  process.exitCode = code;
}

/** Goals that are known not to be reached yet, by name of the line, each with why: exactly these may be short in CI. */
const knownShort = () => JSON.parse(readFileSync(join(root, ".ci/bench-short.json"), "utf8"));

/** A time of a small run: its p95 is the slowest of ten, on a machine that may be busy. Only far beyond the bound says something. */
function isSlowBeyondDoubt(line) {
  const [, figure, bound] = / ([\d.]+)ms goal <=([\d.]+)ms SHORT /.exec(line) ?? [];
  return figure === undefined || Number(figure) > 3 * Number(bound);
}

async function benchSmoke() {
  const { code, out } = await bench(["--smoke"]);
  const verdicts = out.split("\n").filter((line) => line.startsWith("BENCH "));
  const known = knownShort();
  const nameOf = (line) => line.split(" ")[1] ?? "";
  const short = verdicts.filter((line) => / SHORT( |$)/.test(line));
  const expected = short.filter((line) => nameOf(line) in known || !isSlowBeyondDoubt(line));
  const quiet = verdicts.filter((line) => / (SKIP|NOISY)( |$)/.test(line));
  const broke = verdicts.length === 0 || (code !== 0 && short.length === 0);
  const failed = short.length - expected.length + (broke ? 1 : 0);
  const passed = verdicts.length - short.length - quiet.length;
  const notes = [...quiet, ...expected.map((line) => `${line} (${known[nameOf(line)] ?? "a small run says no more"})`)];
  return { passed, failed, skipped: quiet.length + expected.length, notes };
}

/** Its tests start the built collector over the real engine; without the engine they are skipped, by name. */
async function clickhouse() {
  await buildCollector();
  return vitest("clickhouse", ".ci/vitest.clickhouse.config.ts");
}

/** Builds API servers where the cache has none, and the collector that some of its tests start. */
async function kubernetesFull() {
  await buildCollector();
  return vitest("kubernetes", ".ci/vitest.kubernetes.config.ts");
}

const UNIT = ["unit, golden, laws", () => vitest("unit", ".ci/vitest.config.ts")];
const CHECKS = [["format and lint", lint], ["types", types], UNIT];
const ALL = [
  ["format and lint", lint],
  ["types", types],
  UNIT,
  ["build", build],
  ["browser", e2e],
  ["processes and real parts", () => vitest("real", ".ci/vitest.real.config.ts")],
  ["clickhouse engine", clickhouse],
  ["bench smoke", benchSmoke],
];
/** Run only where they are named: what they need takes long to make. */
const NAMED = [["kubernetes-full", kubernetesFull]];

async function runGates(gates) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  const notes = [];
  for (const [name, gate] of gates) {
    const started = Date.now();
    process.stderr.write(`\n── ${name} ──\n`);
    const counts = await gate();
    for (const key of Object.keys(total)) total[key] += counts[key];
    notes.push(...(counts.notes ?? []).map((note) => `${name}: ${note}`));
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    process.stdout.write(
      `${name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped in ${seconds} s\n`,
    );
  }
  for (const note of notes) process.stdout.write(`note: ${note}\n`);
  process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

export const runCheck = () => runGates(CHECKS);

/** `npm test`; with names, only the gates whose name contains one of them: `npm test -- browser`. */
export function runTests(args) {
  const gates = args.length === 0 ? ALL : [...ALL, ...NAMED].filter(([name]) => args.some((arg) => name.includes(arg)));
  return runGates(gates);
}

/** `npm run test:faults [-- file …]`: the faults at full size, which takes long. */
export function runFaults(args) {
  return runGates([
    ["build", collectorBuild],
    ["faults", () => vitest("faults", ".ci/vitest.faults.config.ts", args)],
  ]);
}
