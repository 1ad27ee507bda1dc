/** The store's process stopped, and killed, while spans come: the log holds them, and nothing is lost. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CollectorProcess, eventually, startCollector } from "../support/collector-process.ts";
import { places } from "../support/local-server.ts";
import { Acknowledged } from "./acknowledged.ts";
import { childRunning, hasProc } from "./processes.ts";
import { sized } from "./size.ts";

const STOPPED_MS = sized(6_000, 60_000);
const data = mkdtempSync(join(tmpdir(), "meshscope-stopped-"));
let collector: CollectorProcess;
beforeAll(async () => {
  collector = await startCollector({ data, store: "duckdb" });
});
afterAll(async () => {
  const code = await collector.stop();
  rmSync(data, { recursive: true });
  expect(code).toBe(0);
});

const host = (): number => childRunning(collector.child.pid ?? 0, "store-host");

/** Four clients, one trace after another, until `end`; resolves with the answers that were no success. */
async function sendUntil(sent: Acknowledged, end: number): Promise<string[]> {
  const refused: string[] = [];
  const client = async (): Promise<void> => {
    while (Date.now() < end) {
      const { status, code } = await sent.send(collector.zipkin);
      if (status !== 202) refused.push(`${status} ${code}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await Promise.all(places(4).map(client));
  return refused;
}

test.skipIf(!hasProc)(
  "a store that is stopped keeps nobody from sending, and has everything once it goes on",
  async () => {
    const sent = new Acknowledged();
    expect(await sendUntil(sent, Date.now() + 500)).toEqual([]);
    await eventually(async () => expect(await sent.missing(collector.api)).toEqual([]));
    const pid = host();
    expect(pid).toBeGreaterThan(0);
    process.kill(pid, "SIGSTOP");
    try {
      expect(await sendUntil(sent, Date.now() + STOPPED_MS)).toEqual([]);
      const graph = await fetch(`${collector.api}/api/v1/graph`);
      expect(graph.status).toBe(200);
    } finally {
      process.kill(pid, "SIGCONT");
    }
    expect(await sendUntil(sent, Date.now() + 500)).toEqual([]);
    expect(sent.traces.size).toBeGreaterThan(STOPPED_MS / 100);
    await eventually(async () => expect(await sent.missing(collector.api)).toEqual([]), 60_000);
    expect(host()).toBe(pid);
  },
  300_000,
);

test.skipIf(!hasProc)(
  "a store that is killed is started again and follows the log from where it was",
  async () => {
    const sent = new Acknowledged();
    for (let round = 0; round < sized(2, 10); round++) {
      const pid = host();
      const sending = sendUntil(sent, Date.now() + 1_500);
      process.kill(pid, "SIGKILL");
      expect(await sending).toEqual([]);
      await eventually(async () => expect(host()).not.toBe(pid));
    }
    await eventually(async () => expect(await sent.missing(collector.api)).toEqual([]), 60_000);
  },
  300_000,
);
