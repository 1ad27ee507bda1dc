/**
 * `meshscope export`: a data folder as Parquet. In: `--out DIR`, `--start`, `--end` (Unix ms or an ISO time), `--slot 10s |
 * 1m | 10m`, and the collector's own flags for where its data is; out: files, and a line that counts them. A collector may
 * be running on the folder. Exit code 0, 2 on a bad request or configuration, 1 when the export fails.
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { err, ok, type Result } from "../lib/base/result.ts";
import { loadConfig } from "./config/load.ts";
import { exportData } from "./store/embedded/export/export-data.ts";
import { tiersOf } from "./store/embedded/open-embedded.ts";
import { systemClock } from "./telemetry/clock.ts";
import { jsonLog } from "./telemetry/log.ts";

const EXIT_BAD_REQUEST = 2;
const SLOTS: Readonly<Record<string, number>> = { "10s": 10_000, "1m": 60_000, "10m": 600_000 };
const OWN = ["out", "start", "end", "slot"] as const;

interface Request {
  readonly out: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly slotMs: number;
}

function timeOf(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  return /^\d+$/.test(text) ? Number(text) : Date.parse(text);
}

/** Flags that are the export's own, and what is left for the configuration. */
function split(argv: readonly string[]): { readonly own: string[]; readonly rest: string[] } {
  const own: string[] = [];
  const rest: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i] ?? "";
    const isOwn = OWN.some((name) => arg === `--${name}` || arg.startsWith(`--${name}=`));
    const into = isOwn ? own : rest;
    into.push(arg);
    const value = argv[i + 1];
    if (!arg.includes("=") && value !== undefined) {
      into.push(value);
      i++;
    }
  }
  return { own, rest };
}

function requestOf(args: string[], cwd: string, nowMs: number): Result<Request, string> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ args, options: { out: text, start: text, end: text, slot: text } });
  if (values.out === undefined) return err("say where the files go: --out DIR");
  const slotMs = SLOTS[values.slot ?? "1m"];
  if (slotMs === undefined) return err(`--slot is one of ${Object.keys(SLOTS).join(", ")}`);
  const startMs = timeOf(values.start, 0);
  const endMs = timeOf(values.end, nowMs);
  if (!(startMs < endMs)) return err("--start lies before --end; both are Unix ms or ISO times");
  return ok({ out: resolve(cwd, values.out), startMs, endMs, slotMs });
}

function fail(code: string, message: string, exitCode: number): void {
  process.stderr.write(`meshscope: ${code}: ${message}\n`);
  process.exitCode = exitCode;
}

async function main(): Promise<void> {
  const { own, rest } = split(process.argv.slice(2));
  const config = loadConfig({ argv: rest, env: process.env, cwd: process.cwd() });
  if (!config.ok) return fail(config.error.code, config.error.message, EXIT_BAD_REQUEST);
  const request = requestOf(own, process.cwd(), systemClock.nowMs());
  if (!request.ok) return fail("bad_request", request.error, EXIT_BAD_REQUEST);
  const { dataFolder, retention } = config.value;
  const log = jsonLog((line) => process.stderr.write(line), systemClock.nowMs);
  const report = (what: string): void => log.warn("export_left_out", { what });
  const exported = await exportData({ ...request.value, dataFolder, tiers: tiersOf(retention), report });
  if (!exported.ok) return fail(exported.error.code, exported.error.message, 1);
  const { spans, rollups, files } = exported.value;
  process.stdout.write(`${spans} spans and ${rollups} rollup rows in ${files.length} files: ${request.value.out}\n`);
}

await main();
