/** The store's process and the collector's end of it, in one process: what crosses, what happens when it dies, and order. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { afterEach, expect, test, vi } from "vitest";
import { ok } from "../../../lib/base/result.ts";
import { systemClock } from "../../telemetry/clock.ts";
import { silentLog } from "../../telemetry/log.ts";
import { writeSegment } from "../../wal/log-rig.ts";
import { MemoryEngine } from "../memory-engine.ts";
import { openStore } from "../open-store.ts";
import type { OpenedStore } from "../opened-store.ts";
import { CONTRACT_T0, contractSlot, ROLLUP_STORE_CONTRACT } from "../rollup-store-contract.ts";
import { NO_BOOK } from "../row-aligner.ts";
import { testTraceId } from "../span-store-contract.ts";
import { registerStoreMetrics } from "../store-metrics.ts";
import type { HostProcess } from "./host-client.ts";
import { type RigHost, rigHost } from "./host-rig.ts";
import type { OpenEngine } from "./store-host.ts";

const folders: string[] = [];
const stores: OpenedStore[] = [];

afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function dataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "store-host-"));
  folders.push(folder);
  return folder;
}

const retention = {
  spansMs: 3_600_000,
  maxDiskBytes: 1e9,
  rollups: { tenSecondsMs: 3_600_000, oneMinuteMs: 7_200_000, tenMinutesMs: 86_400_000 },
};

async function opened(start: () => HostProcess, folder = dataFolder()): Promise<OpenedStore> {
  const config = { store: { kind: "duckdb" } as const, dataFolder: folder, retention };
  const store = await openStore(config, { clock: systemClock, log: silentLog, start });
  if (!store.ok) throw new Error(store.error.code);
  stores.push(store.value);
  return store.value;
}

function zipkinBody(trace: number, spans = 1): Uint8Array {
  const one = (i: number) => ({
    traceId: testTraceId(trace),
    id: (i + 1).toString(16).padStart(16, "0"),
    name: "get",
    timestamp: 1_700_000_000_000_000,
    duration: 1000,
    localEndpoint: { serviceName: "web" },
  });
  return Buffer.from(JSON.stringify(Array.from({ length: spans }, (_, i) => one(i))));
}

function logged(folder: string, bodies: readonly Uint8Array[]) {
  const records = bodies.map((body) => ({ format: "zipkinJson" as const, receivedMs: 1_700_000_000_000, body }));
  return writeSegment(join(folder, "wal"), "0", 1, records);
}

/** An engine that outlives its process, as one on disk does. */
function kept(engine = new MemoryEngine()): { engine: MemoryEngine; open: OpenEngine } {
  engine.close = async () => {};
  return { engine, open: async () => ok(engine) };
}

test.each(ROLLUP_STORE_CONTRACT)("contract, across the boundary: $name", async ({ run }) => {
  const { rollups } = await opened(() => rigHost());
  await expect(run(rollups)).resolves.toBeUndefined();
});

test("rows that come from the store never pass for one of the live table's, unless they are", async () => {
  const live = contractSlot(0, [1]).rows[0]?.row;
  const config = { store: { kind: "duckdb" } as const, dataFolder: dataFolder(), retention };
  const rows = { find: (key: string) => (key === "a" ? live : undefined), adopt: NO_BOOK.adopt };
  const opening = await openStore(config, { clock: systemClock, log: silentLog, rows, start: () => rigHost() });
  if (!opening.ok) throw new Error(opening.error.code);
  stores.push(opening.value);
  const { rollups } = opening.value;
  await rollups.append([contractSlot(0, [1], [2])]);
  const sum = await rollups.read(10_000, CONTRACT_T0, CONTRACT_T0 + 10_000);
  expect(sum.rows.find(({ row }) => row.key === "a")?.row).toBe(live);
  expect(sum.rows.find(({ row }) => row.key === "b")?.row.index).toBeLessThan(0);
});

test("which rows are wanted is asked of each once, also of those that were not met before", async () => {
  const store = await opened(() => rigHost());
  await store.rollups.append([contractSlot(0, [1], [2]), contractSlot(1, [3], [4])]);
  const wanted = vi.fn((row: { readonly key: string }) => row.key === "b");
  for (const from of [CONTRACT_T0, CONTRACT_T0 + 10_000, CONTRACT_T0]) {
    const { rows } = await store.rollups.read(10_000, from, from + 10_000, wanted);
    expect(rows.map(({ row }) => row.key)).toEqual(["b"]);
  }
  expect(wanted.mock.calls.length).toBeLessThanOrEqual(4);
});

test("what the log holds is stored once it is durable, and read back", async () => {
  const folder = dataFolder();
  const store = await opened(() => rigHost(), folder);
  const ends = logged(folder, [zipkinBody(1), zipkinBody(2), zipkinBody(3)]);
  const stored = vi.fn();
  store.durable?.onIngested(stored);
  const second = ends[1] ?? { segment: 0, offset: 0 };
  store.durable?.appended("0", second);
  await vi.waitFor(() => expect(stored).toHaveBeenLastCalledWith("0", second));
  expect(await store.spans.trace(testTraceId(2))).toHaveLength(1);
  expect(await store.spans.trace(testTraceId(3))).toEqual([]);
});

test("a log that has nothing yet is followed from its first body on", async () => {
  const folder = dataFolder();
  const store = await opened(() => rigHost(), folder);
  store.durable?.appended("0", { segment: 0, offset: 0 });
  const [end = { segment: 0, offset: 0 }] = logged(folder, [zipkinBody(1)]);
  store.durable?.appended("0", end);
  await vi.waitFor(async () => expect(await store.spans.trace(testTraceId(1))).toHaveLength(1));
});

test("where a file of the log is missing nothing is said to be stored", async () => {
  const store = await opened(() => rigHost());
  const stored = vi.fn();
  store.durable?.onIngested(stored);
  store.durable?.appended("0", { segment: 3, offset: 500 });
  await vi.waitFor(() => expect(store.facts().lastError?.code).toBe("log_missing"), 10_000);
  expect(stored).not.toHaveBeenCalled();
});

test("a trace of many spans comes whole, in pieces", async () => {
  const folder = dataFolder();
  const store = await opened(() => rigHost(), folder);
  const [end] = logged(folder, [zipkinBody(1, 5_000)]);
  if (end !== undefined) store.durable?.appended("0", end);
  await vi.waitFor(async () => expect(await store.spans.trace(testTraceId(1))).toHaveLength(5_000), 10_000);
});

test("while its process is away reads are refused with a code, and it goes on from what it had stored", async () => {
  const folder = dataFolder();
  const { open, engine } = kept();
  const hosts: RigHost[] = [];
  const store = await opened(() => {
    const host = rigHost(open);
    hosts.push(host);
    return host;
  }, folder);
  const ends = logged(folder, [zipkinBody(1), zipkinBody(2)]);
  const [first = { segment: 0, offset: 0 }, last = first] = ends;
  store.durable?.appended("0", first);
  await vi.waitFor(() => expect(engine.spans.stats().spans).toBe(1));
  hosts[0]?.die();
  await vi.waitFor(() => expect(store.facts().state).toBe("starting"));
  await expect(store.spans.trace(testTraceId(1))).rejects.toMatchObject({ code: "store_unavailable", statusCode: 503 });
  store.durable?.appended("0", last);
  await vi.waitFor(async () => expect(await store.spans.trace(testTraceId(2))).toHaveLength(1), 5_000);
  expect(engine.spans.stats().spans).toBe(2);
  expect(store.facts()).toMatchObject({ state: "up", restarts: 1, lastError: { code: "store_process_ended" } });
});

test("a write whose answer was lost with the process is made again, and counts once", async () => {
  const { open, engine } = kept();
  const hosts: RigHost[] = [];
  const done: (string | undefined)[] = [];
  const append = engine.rollups.append.bind(engine.rollups);
  engine.rollups.append = async (slots, writeId) => {
    if (!done.includes(writeId)) await append(slots);
    done.push(writeId);
    if (done.length === 1) hosts[0]?.die();
  };
  const store = await opened(() => {
    const host = rigHost(open);
    hosts.push(host);
    return host;
  });
  await store.rollups.append([contractSlot(0, [5])]);
  expect(done).toHaveLength(2);
  expect(done[0]).toBe(done[1]);
  const { rows } = await store.rollups.read(10_000, CONTRACT_T0, CONTRACT_T0 + 10_000);
  expect(rows.map(({ values }) => [...values])).toEqual([[5]]);
});

test("what cannot be stored for now is offered again, and reads go on", async () => {
  const folder = dataFolder();
  const { open, engine } = kept();
  const ingest = engine.ingest.bind(engine);
  let full = true;
  engine.ingest = async (batches) => {
    if (full) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    await ingest(batches);
  };
  const store = await opened(() => rigHost(open), folder);
  const [end = { segment: 0, offset: 0 }] = logged(folder, [zipkinBody(1)]);
  store.durable?.appended("0", end);
  await vi.waitFor(() => expect(store.facts().lastError).toMatchObject({ code: "ENOSPC" }), 5_000);
  expect(store.facts().log?.lagBytes).toBeGreaterThan(0);
  expect(await store.spans.trace(testTraceId(1))).toEqual([]);
  full = false;
  await vi.waitFor(async () => expect(await store.spans.trace(testTraceId(1))).toHaveLength(1), 5_000);
});

test("a body that the engine refuses by itself is put aside and counted, and the others are stored", async () => {
  const folder = dataFolder();
  const { open, engine } = kept();
  const ingest = engine.ingest.bind(engine);
  engine.ingest = async (batches) => {
    if (batches.some(({ body }) => body.includes(0xff))) throw new Error("cannot be translated");
    await ingest(batches);
  };
  const store = await opened(() => rigHost(open), folder);
  const ends = logged(folder, [zipkinBody(1), Buffer.from([0xff]), zipkinBody(2)]);
  const stored = vi.fn();
  store.durable?.onIngested(stored);
  const last = ends[2] ?? { segment: 0, offset: 0 };
  store.durable?.appended("0", last);
  await vi.waitFor(() => expect(stored).toHaveBeenLastCalledWith("0", last), 5_000);
  await vi.waitFor(() => expect(store.facts().log?.quarantined).toBe(1), 5_000);
  expect(engine.spans.stats().spans).toBe(2);
});

test("what it says of itself stands on /metrics", async () => {
  const registry = new Registry();
  const store = await opened(() => rigHost());
  registerStoreMetrics(() => store.facts(), registry);
  const printed = await registry.metrics();
  expect(printed).toContain("meshscope_store_up 1");
  expect(printed).toMatch(/meshscope_store_resident_bytes [1-9]/);
});

test("a store that cannot be opened says why", async () => {
  const refusing: OpenEngine = async () => ({ ok: false, error: { code: "data_too_new", message: "format 9" } });
  const config = { store: { kind: "duckdb" } as const, dataFolder: dataFolder(), retention };
  const start = () => rigHost(refusing);
  const store = await openStore(config, { clock: systemClock, log: silentLog, start });
  expect(store).toEqual({ ok: false, error: { code: "data_too_new", message: "format 9" } });
});
