/**
 * The programs that benches start: the built collector, and helpers of the bench's own (bench/child.ts) with a role each,
 * so that no measured process shares its event loop with another. All are ended with the bench.
 */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";

/** The launcher starts benches in the project's folder. */
export const built = (name: string): string => join(process.cwd(), ".build", `${name}.mjs`);

const readySchema = z.object({
  type: z.literal("ready"),
  urls: z.object({ api: z.string(), otlpHttp: z.string(), zipkin: z.string() }),
});

export interface Program {
  readonly pid: number;
  stop(): Promise<void>;
}

export interface CollectorProgram extends Program {
  readonly urls: { readonly api: string; readonly otlpHttp: string; readonly zipkin: string };
  /** Its folder of data, gone after `stop`. */
  readonly data: string;
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once("exit", () => resolve()));
}

const STOP_MS = 20_000;

async function end(child: ChildProcess): Promise<void> {
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await ended(child);
  clearTimeout(force);
}

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

function endWithUs(child: ChildProcess): void {
  running.add(child);
  child.once("exit", () => running.delete(child));
}

/** The first message that `schema` knows. */
function firstMessage<T>(child: ChildProcess, schema: z.ZodType<T>, log: () => string): Promise<T> {
  return new Promise((resolve, reject) => {
    const gone = (code: number | null): void => reject(new Error(`it ended with ${code}: ${log().slice(-500)}`));
    const hear = (message: unknown): void => {
      const parsed = schema.safeParse(message);
      if (!parsed.success) return;
      child.off("message", hear).off("exit", gone);
      resolve(parsed.data);
    };
    child.on("message", hear).once("exit", gone);
  });
}

const FREE_PORTS = { otlpGrpc: 0, otlpHttp: 0, zipkin: 0, api: 0, ui: 0 };

/** `settings` is meshscope.yaml as an object; the store is the one that keeps, unless it says another. */
export async function startCollector(settings: Record<string, unknown> = {}): Promise<CollectorProgram> {
  const folder = mkdtempSync(join(tmpdir(), "meshscope-bench-"));
  const data = join(folder, "data");
  const path = join(folder, "meshscope.yaml");
  writeFileSync(path, JSON.stringify({ listen: FREE_PORTS, data, store: benchStore(), ...settings }));
  const child = fork(built("collector"), ["--config", path], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  endWithUs(child);
  let log = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    log = `${log}${chunk.toString()}`.slice(-4_000);
  });
  child.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const { urls } = await firstMessage(child, readySchema, () => log);
  return { urls, data, pid: child.pid ?? 0, stop: () => end(child) };
}

/** `MESHSCOPE_BENCH_STORE=memory` shows what storing costs. */
export const benchStore = (): string => process.env["MESHSCOPE_BENCH_STORE"] ?? "duckdb";

export interface Helper<Job, Done> extends Program {
  /** What it said of itself when it was ready. */
  readonly port: number;
  run(job: Job): Promise<Done>;
}

const helperReady = z.object({ type: z.literal("ready"), port: z.number() });

/** Starts bench/child.ts in a role. `run` sends one job and resolves with its answer; one at a time. */
export async function startHelper<Job extends object, Done>(
  role: string,
  args: readonly string[],
  done: z.ZodType<Done>,
): Promise<Helper<Job, Done>> {
  const child = fork(built("bench-child"), [role, ...args], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  endWithUs(child);
  const { port } = await firstMessage(child, helperReady, () => role);
  const answer = z.object({ type: z.literal("done"), result: done });
  const run = async (job: Job): Promise<Done> => {
    const heard = firstMessage(child, answer, () => role);
    child.send(job);
    return (await heard).result;
  };
  return { port, pid: child.pid ?? 0, run, stop: () => end(child) };
}

export interface Foreign extends Program {
  log(): string;
}

/** Somebody else's program. */
export function startForeign(file: string, args: readonly string[]): Foreign {
  const child = spawn(file, [...args], { stdio: ["ignore", "pipe", "pipe"] });
  endWithUs(child);
  let log = "";
  const keep = (chunk: Buffer): void => {
    log = `${log}${chunk.toString()}`.slice(-4_000);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  child.once("error", (error) => keep(Buffer.from(String(error))));
  return { pid: child.pid ?? 0, log: () => log, stop: () => end(child) };
}

/** Polls until `fact` holds. */
export async function until(fact: () => Promise<boolean>, what: string, limitMs = 30_000): Promise<void> {
  for (const end = Date.now() + limitMs; Date.now() < end; ) {
    if (await fact().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what} within ${limitMs / 1000} s`);
}
