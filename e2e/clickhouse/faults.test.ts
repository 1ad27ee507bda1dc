/**
 * What goes wrong around ClickHouse, with the real engine behind a gate: it is away, it hangs, its answers get lost, it is
 * killed, the collector is. Nothing that was in the log is lost and no row is there twice: rows are counted as they stand
 * in the table, not as reads show them.
 */
import { mkdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { ClickHouseEngine } from "../../collector/store/clickhouse/engine.ts";
import { openClickHouse } from "../../collector/store/clickhouse/open-clickhouse.ts";
import { LogFollower } from "../../collector/store/host/log-follower.ts";
import { silentLog } from "../../collector/telemetry/log.ts";
import { writeSegment } from "../../collector/wal/log-rig.ts";
import { parseTraceId } from "../../lib/model/span.ts";
import type { LogPosition } from "../../lib/query/store-engine.ts";
import { findChdb } from "./binary.ts";
import { type Gate, openGate } from "./gate.ts";
import { batchOf, openEngine, RETENTION, scratchFolder } from "./rig.ts";
import { type ChdbServer, startChdb } from "./server.ts";

const site = await findChdb();
const SPANS = "otel_traces";

describe.skipIf("skip" in site)("ClickHouse fails", () => {
  let server: ChdbServer;
  let gate: Gate;
  let scratch: Awaited<ReturnType<typeof scratchFolder>>;
  let database = "";
  let dataFolder = "";
  let databases = 0;
  const engines: ClickHouseEngine[] = [];

  beforeAll(async () => {
    if ("skip" in site) return;
    scratch = await scratchFolder();
    server = await startChdb(site, `${scratch.path}/data`);
  });

  beforeEach(async () => {
    gate = await openGate(server.port);
    database = `faults_${databases++}`;
    dataFolder = `${scratch.path}/${database}`;
    await mkdir(dataFolder);
  });

  afterEach(async () => {
    gate.set("open");
    for (const engine of engines.splice(0)) await engine.close();
    await gate.close();
  });

  afterAll(async () => {
    await server?.stop();
    await scratch?.remove();
  });

  async function open(limits = {}): Promise<ClickHouseEngine> {
    const engine = await openEngine({ url: gate.url, database, dataFolder, limits });
    engines.push(engine);
    return engine;
  }

  async function ask(sql: string): Promise<string> {
    const answer = await fetch(server.url, { method: "POST", body: sql });
    const text = (await answer.text()).trim();
    if (!answer.ok) throw new Error(text);
    return text;
  }

  /** Rows as they stand in the table, and how many different spans they are. */
  async function stored(): Promise<readonly number[]> {
    const text = await ask(`SELECT count(), uniqExact(TraceId, SpanId) FROM ${database}.${SPANS}`);
    return text.split("\t").map(Number);
  }

  function follow(engine: ClickHouseEngine) {
    const errors: string[] = [];
    let through: LogPosition | undefined;
    const follower = new LogFollower({
      dataFolder,
      clock: { nowMs: () => Date.now() },
      ingested: new Map(),
      ingest: (batches) => engine.ingest(batches),
      turn: async () => {},
      onIngested: (_, position) => {
        through = position;
      },
      onError: ({ code }) => errors.push(code),
      wait: (ms, signal) => sleep(Math.min(ms, 20), undefined, { signal }).catch(() => {}),
    });
    return { follower, errors, through: () => through };
  }

  test("while it is away the log waits and reads say so; when it is back nothing is lost and nothing is twice", async () => {
    const bodies = Array.from({ length: 40 }, (_, i) => batchOf(i + 1, [3 * i + 1, 3 * i + 2, 3 * i + 3]));
    const ends = writeSegment(`${dataFolder}/wal`, "0", 1, bodies);
    const engine = await open({ deadlineMs: 500, insertMs: 1_000 });
    const { follower, errors, through } = follow(engine);
    follower.appended("0", ends[9] ?? { segment: 0, offset: 0 });
    await vi.waitUntil(() => through()?.offset === ends[9]?.offset, 30_000);
    gate.set("shut");
    const last = ends[39] ?? { segment: 0, offset: 0 };
    follower.appended("0", last);
    await vi.waitUntil(() => errors.length >= 5, 30_000);
    expect(new Set(errors)).toEqual(new Set(["store_unavailable"]));
    const trace = parseTraceId("1".padStart(32, "0"));
    if (trace === undefined) throw new Error("malformed id in a test");
    await expect(engine.spans.trace(trace)).rejects.toMatchObject({ code: "store_unavailable" });
    await expect(engine.rollups.read(10_000, 0, 10_000)).rejects.toMatchObject({ code: "store_unavailable" });
    gate.set("hanging");
    const before = errors.length;
    await vi.waitUntil(() => errors.length > before, 30_000);
    await expect(engine.spans.trace(trace)).rejects.toMatchObject({ code: "store_unavailable" });
    expect(follower.quarantined).toBe(0);
    gate.set("open");
    await vi.waitUntil(() => through()?.offset === last.offset, 60_000);
    await follower.stop();
    expect(await stored()).toEqual([120, 120]);
    expect(await engine.spans.trace(trace)).toHaveLength(1);
  });

  test.each(["shut", "hanging"] as const)(
    "it opens while ClickHouse is %s, and makes the tables when it is back",
    async (state) => {
      gate.set(state);
      const engine = await open({ patienceMs: 300 });
      await expect(engine.spans.values()).rejects.toMatchObject({ code: "store_unavailable" });
      expect(await engine.rollups.restore()).toEqual({ open: [], marks: {} });
      gate.set("open");
      await vi.waitFor(async () => expect(await engine.spans.values()).toEqual([]), { timeout: 60_000, interval: 100 });
    },
  );

  test("an answer that was lost after ClickHouse had stored the rows: sent again, they are there once", async () => {
    const engine = await open();
    gate.loseAnswers(2, SPANS);
    const batches = [batchOf(10, [1, 2]), batchOf(20, [3])];
    await expect(engine.ingest(batches)).rejects.toMatchObject({ code: "store_unavailable" });
    await expect(engine.ingest(batches)).rejects.toMatchObject({ code: "store_unavailable" });
    await engine.ingest(batches);
    expect(await stored()).toEqual([3, 3]);
    const tokens = gate.inserts.filter(({ table }) => table === SPANS).map(({ token }) => token);
    expect(tokens).toHaveLength(3);
    expect(new Set(tokens).size).toBe(1);
  });

  for (const [remembers, setting] of [
    ["remembers the insert", 1000],
    ["has forgotten the insert", 0],
  ] as const) {
    test(`a collector killed between insert and mark stores nothing twice where ClickHouse ${remembers}`, async () => {
      const first = await open();
      await first.ingest([batchOf(10, [1])]);
      gate.loseAnswers(1, SPANS);
      await expect(first.ingest([batchOf(20, [2]), batchOf(30, [3])])).rejects.toMatchObject({
        code: "store_unavailable",
      });
      await ask(`ALTER TABLE ${database}.${SPANS} MODIFY SETTING non_replicated_deduplication_window = ${setting}`);
      // The first one never closes: what it knew is in its file alone.
      const second = await open();
      expect((await second.ingestedThrough()).get("0")).toEqual({ segment: 1, offset: 10 });
      await second.ingest([batchOf(20, [2]), batchOf(30, [3]), batchOf(40, [4])]);
      expect(await stored()).toEqual([4, 4]);
      expect((await second.ingestedThrough()).get("0")).toEqual({ segment: 1, offset: 40 });
    });
  }

  test("batches that are offered again after they were stored are left out", async () => {
    const engine = await open();
    await engine.ingest([batchOf(10, [1])]);
    await engine.ingest([batchOf(10, [1]), batchOf(20, [2])]);
    await engine.ingest([batchOf(10, [9], { log: "1" })]);
    expect(await stored()).toEqual([3, 3]);
  });

  test("a batch that ClickHouse refuses is put aside and counted; those around it are stored", async () => {
    const engine = await open();
    const ends = writeSegment(`${dataFolder}/wal`, "0", 1, [
      batchOf(1, [1]),
      { ...batchOf(2, [666]), body: Buffer.from(batchOf(2, [666]).body.toString().replace("GET /", "poison")) },
      { ...batchOf(3, [3]), body: Buffer.from("{") },
      batchOf(4, [4]),
    ]);
    await ask(`ALTER TABLE ${database}.${SPANS} ADD CONSTRAINT sane CHECK SpanName != 'poison'`);
    const { follower, errors, through } = follow(engine);
    const last = ends[3] ?? { segment: 0, offset: 0 };
    follower.appended("0", last);
    await vi.waitUntil(() => through()?.offset === last.offset, 30_000);
    await follower.stop();
    expect(follower.quarantined).toBe(2);
    expect(errors).toContain("batch_refused");
    expect(
      await ask(`SELECT groupArray(TraceId) FROM (SELECT TraceId FROM ${database}.${SPANS} ORDER BY TraceId)`),
    ).toBe(`['${"1".padStart(32, "0")}','${"4".padStart(32, "0")}']`);
  });

  test("ClickHouse killed and started again has what it answered for, and takes the rest", async () => {
    if ("skip" in site) return;
    const engine = await open();
    await engine.ingest([batchOf(10, [1, 2])]);
    await server.kill();
    await expect(engine.ingest([batchOf(20, [3])])).rejects.toMatchObject({ code: "store_unavailable" });
    server = await startChdb(site, `${scratch.path}/data`);
    gate.lead(server.port);
    await engine.ingest([batchOf(20, [3])]);
    expect(await stored()).toEqual([3, 3]);
  });

  test("a search that would read too much is a coded error", async () => {
    const engine = await open({ maxRows: 1 });
    await engine.ingest([batchOf(10, [1, 2, 3])]);
    const window = { start: 1_600_000_000_000, end: 1_800_000_000_000 };
    const found = await engine.spans.search({ ...window, order: "start", limit: 10 });
    expect(found).toMatchObject({ ok: false, error: { code: "query_too_large" } });
  });

  test("a database that a newer version made is left alone", async () => {
    await (await open()).close();
    engines.length = 0;
    await ask(`INSERT INTO ${database}.meshscope_schema (Version) VALUES (99)`);
    const settings = { clickhouse: { url: gate.url, database, username: "default" }, dataFolder, retention: RETENTION };
    const opened = await openClickHouse(settings, { clock: { nowMs: () => Date.now() }, log: silentLog });
    expect(opened).toMatchObject({ ok: false, error: { code: "store_newer" } });
  });
});
