/**
 * Starts the built collector as its own process on free ports, the way a user's launcher does, and talks to it over
 * its public ports only. Out: its URLs, a JSON getter, and a stop that reports the exit code.
 */
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";

export const ROOT = new URL("../..", import.meta.url).pathname;

const readySchema = z.object({
  type: z.literal("ready"),
  urls: z.object({ api: z.string(), otlpHttp: z.string(), zipkin: z.string() }),
});

export interface CollectorProcess {
  readonly api: string;
  readonly otlpHttp: string;
  readonly zipkin: string;
  readonly child: ChildProcess;
  /** Everything printed on stderr so far. */
  log(): string;
  json<T>(path: string, schema: z.ZodType<T>): Promise<T>;
  /** SIGTERM, then the exit code; null when a signal ended it. */
  stop(): Promise<number | null>;
}

const FREE_PORTS = { otlpGrpc: 0, otlpHttp: 0, zipkin: 0, api: 0, ui: 0 };

/** `settings` is meshscope.yaml as an object; ports default to free ones. Rejects with the log when it does not start. */
export async function startCollector(
  settings: Record<string, unknown> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<CollectorProcess> {
  const folder = mkdtempSync(join(tmpdir(), "meshscope-e2e-"));
  const path = join(folder, "meshscope.yaml");
  writeFileSync(path, JSON.stringify({ listen: FREE_PORTS, ...settings }));
  const child = fork(join(ROOT, ".build/collector.mjs"), ["--config", path], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    env: { ...process.env, ...env },
  });
  let log = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  const exited = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  child.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const ready = await new Promise<z.infer<typeof readySchema>>((resolve, reject) => {
    child.on("message", (message) => {
      const parsed = readySchema.safeParse(message);
      if (parsed.success) resolve(parsed.data);
    });
    exited.then((code) => reject(new Error(`the collector ended with ${code}: ${log}`)));
  });
  return {
    ...ready.urls,
    child,
    log: () => log,
    async json(pathname, schema) {
      const answer = await fetch(`${ready.urls.api}${pathname}`);
      return schema.parse(await answer.json());
    },
    async stop() {
      child.kill("SIGTERM");
      return exited;
    },
  };
}

/** Polls a fact until it holds; the last failure is the error after `limitMs`. */
export async function eventually<T>(fact: () => Promise<T>, limitMs = 30_000): Promise<T> {
  const end = Date.now() + limitMs;
  for (;;) {
    try {
      return await fact();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
