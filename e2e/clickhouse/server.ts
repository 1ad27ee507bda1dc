/** The engine of `endpoint.mjs` as a process: started on a free loopback port, stopped, killed, started again on its data. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { ChdbSite } from "./binary.ts";

export interface ChdbServer {
  readonly url: string;
  readonly port: number;
  /** Ends by itself: what it holds is closed. */
  stop(): Promise<void>;
  /** As a power cut, but for the page cache. */
  kill(): Promise<void>;
}

const ENDPOINT = new URL("./endpoint.mjs", import.meta.url).pathname;
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;

function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once("exit", () => resolve()));
}

async function portOf(child: ChildProcess): Promise<number> {
  const { stdout } = child;
  if (stdout === null) throw new Error("the endpoint has no output");
  const timeout = setTimeout(() => child.kill("SIGKILL"), START_TIMEOUT_MS);
  try {
    for await (const line of createInterface({ input: stdout })) {
      const said: { port?: number } = JSON.parse(line);
      if (said.port !== undefined) return said.port;
    }
  } finally {
    clearTimeout(timeout);
  }
  throw new Error(`the endpoint ended with ${child.exitCode ?? child.signalCode} before it listened`);
}

export async function startChdb({ folder }: ChdbSite, dataFolder: string): Promise<ChdbServer> {
  const child = spawn(process.execPath, [ENDPOINT, folder, dataFolder], { stdio: ["pipe", "pipe", "inherit"] });
  const port = await portOf(child);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    async stop() {
      child.stdin?.end();
      const force = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
      await exited(child);
      clearTimeout(force);
    },
    async kill() {
      child.kill("SIGKILL");
      await exited(child);
    },
  };
}
