/** The store's process under the real collector: killed, kept over a restart, stopped with it, and a folder of the future. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { type CollectorProcess, eventually, startCollector } from "../support/collector-process.ts";

const root = new URL("../..", import.meta.url).pathname;
const scratch = mkdtempSync(join(tmpdir(), "meshscope-store-"));
const running = new Set<CollectorProcess>();
afterAll(async () => {
  await Promise.all([...running].map((collector) => collector.stop()));
  rmSync(scratch, { recursive: true, force: true });
});

async function started(data: string): Promise<CollectorProcess> {
  const collector = await startCollector({ data });
  running.add(collector);
  return collector;
}

async function stopped(collector: CollectorProcess): Promise<number | null> {
  running.delete(collector);
  return collector.stop();
}

/** Ids of the processes that this one started. */
function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}

function traceId(n: number): string {
  return `a${n.toString(16).padStart(31, "0")}`;
}

async function send({ zipkin }: CollectorProcess, n: number): Promise<void> {
  const localEndpoint = { serviceName: "web" };
  const span = {
    traceId: traceId(n),
    id: "00000000000000b1",
    name: "get",
    timestamp: Date.now() * 1000,
    duration: 900,
  };
  const answer = await fetch(`${zipkin}/api/v2/spans`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify([{ ...span, localEndpoint }]),
  });
  expect(answer.status).toBe(202);
}

async function statusOf({ api }: CollectorProcess, n: number): Promise<number> {
  return (await fetch(`${api}/api/v1/traces/${traceId(n)}`)).status;
}

const factsSchema = z.object({
  state: z.string(),
  restarts: z.number(),
  residentBytes: z.number().nullable(),
  lastError: z.object({ code: z.string() }).nullable(),
});
const facts = (collector: CollectorProcess) => collector.json("/api/v1/store", factsSchema);

test("a store's process that is killed is started again and loses nothing; so does the collector itself", async () => {
  const data = join(scratch, "killed");
  const collector = await started(data);
  await send(collector, 1);
  await eventually(async () => expect(await statusOf(collector, 1)).toBe(200));
  const [host = 0] = childrenOf(collector.child.pid ?? 0);
  process.kill(host, "SIGKILL");
  await send(collector, 2);
  await eventually(async () => expect(await statusOf(collector, 2)).toBe(200));
  expect(await statusOf(collector, 1)).toBe(200);
  const { state, restarts, lastError } = await facts(collector);
  expect({ state, restarts, code: lastError?.code }).toEqual({ state: "up", restarts: 1, code: "store_process_ended" });
  running.delete(collector);
  collector.child.kill("SIGKILL");
  const again = await eventually(() => started(data));
  await eventually(async () => expect([await statusOf(again, 1), await statusOf(again, 2)]).toEqual([200, 200]));
  expect(await stopped(again)).toBe(0);
});

test("the store's process ends with the collector, whether that is stopped or killed, and is small when idle", async () => {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    const collector = await started(join(scratch, signal));
    const [host = 0] = childrenOf(collector.child.pid ?? 0);
    expect(host).toBeGreaterThan(0);
    await eventually(async () => expect((await facts(collector)).residentBytes).toBeGreaterThan(0));
    expect((await facts(collector)).residentBytes).toBeLessThan(150_000_000);
    running.delete(collector);
    collector.child.kill(signal);
    await eventually(async () => expect(() => process.kill(host, 0)).toThrow());
  }
});

test("a data folder of a newer version is refused before a port is open, and so is one of something else", async () => {
  const newer = join(scratch, "newer");
  mkdirSync(newer);
  writeFileSync(join(newer, "format.json"), '{"format":99}');
  await expect(startCollector({ data: newer })).rejects.toThrow(/ended with 1: meshscope: data_too_new: .*format 99/);
  const foreign = join(scratch, "foreign");
  mkdirSync(join(foreign, "photos"), { recursive: true });
  await expect(startCollector({ data: foreign })).rejects.toThrow(/ended with 1: meshscope: data_foreign/);
});

test("a folder is exported while a collector runs on it", async () => {
  const data = join(scratch, "exported");
  const collector = await started(data);
  await send(collector, 7);
  await eventually(async () => expect(await statusOf(collector, 7)).toBe(200));
  const config = join(scratch, "export.yaml");
  writeFileSync(config, JSON.stringify({ data }));
  const args = [join(root, ".build/export.mjs"), "--out", join(scratch, "parquet"), "--config", config];
  const printed = execFileSync(process.execPath, args, { encoding: "utf8" });
  expect(printed).toContain("1 spans and 0 rollup rows in 1 files");
  expect(await stopped(collector)).toBe(0);
});
