/** The tables as others see them: made by the OpenTelemetry exporter before, read by its users, emptied by their TTL. */
import { mkdir, readFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { ClickHouseEngine } from "../../collector/store/clickhouse/engine.ts";
import { contractSlot } from "../../collector/store/rollup-store-contract.ts";
import { parseTraceId, type TraceId } from "../../lib/model/span.ts";
import { ROOT } from "../support/collector-process.ts";
import { findChdb } from "./binary.ts";
import { batchOf, openEngine, RETENTION, scratchFolder } from "./rig.ts";
import { type ChdbServer, startChdb } from "./server.ts";

const site = await findChdb();

/** As the exporter makes it where nothing else is configured; what it has no use for here is left out. */
const EXPORTERS = `CREATE TABLE DB.otel_traces (
  Timestamp DateTime64(9) CODEC(Delta, ZSTD(1)), TraceId String CODEC(ZSTD(1)), SpanId String CODEC(ZSTD(1)),
  ParentSpanId String CODEC(ZSTD(1)), TraceState String CODEC(ZSTD(1)), SpanName LowCardinality(String) CODEC(ZSTD(1)),
  SpanKind LowCardinality(String) CODEC(ZSTD(1)), ServiceName LowCardinality(String) CODEC(ZSTD(1)),
  ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)), ScopeName String CODEC(ZSTD(1)),
  ScopeVersion String CODEC(ZSTD(1)), SpanAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  Duration UInt64 CODEC(ZSTD(1)), StatusCode LowCardinality(String) CODEC(ZSTD(1)), StatusMessage String CODEC(ZSTD(1)),
  Events Nested (Timestamp DateTime64(9), Name LowCardinality(String), Attributes Map(LowCardinality(String), String)) CODEC(ZSTD(1)),
  Links Nested (TraceId String, SpanId String, TraceState String, Attributes Map(LowCardinality(String), String)) CODEC(ZSTD(1)),
  INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1
) ENGINE MergeTree PARTITION BY toDate(Timestamp) ORDER BY (ServiceName, SpanName, toDateTime(Timestamp))`;
const EXPORTERS_TIMES = `CREATE TABLE DB.otel_traces_trace_id_ts (
  TraceId String CODEC(ZSTD(1)), Start DateTime64(9) CODEC(Delta, ZSTD(1)), End DateTime64(9) CODEC(Delta, ZSTD(1)),
  INDEX idx_trace_id TraceId TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE MergeTree PARTITION BY toDate(Start) ORDER BY (TraceId, Start)`;
const EXPORTERS_ROW = `INSERT INTO DB.otel_traces (Timestamp, TraceId, SpanId, SpanName, SpanKind, ServiceName,
  ResourceAttributes, SpanAttributes, Duration, StatusCode, Events.Timestamp, Events.Name, Events.Attributes)
VALUES ('2023-11-14 22:13:20.123456789', '000000000000000000000000000000aa', '00000000000000bb', 'old', 'Server', 'shop',
  {'service.name':'shop'}, {'http.status_code':'503'}, 5000000, 'Error', ['2023-11-14 22:13:20.2'], ['oops'], [{'k':'v'}])`;
const EXPORTERS_TIME = `INSERT INTO DB.otel_traces_trace_id_ts VALUES
  ('000000000000000000000000000000aa', '2023-11-14 22:13:20.123456789', '2023-11-14 22:13:20.123456789')`;

function traceId(text: string): TraceId {
  const id = parseTraceId(text.padStart(32, "0"));
  if (id === undefined) throw new Error("malformed id in a test");
  return id;
}

describe.skipIf("skip" in site)("the tables in ClickHouse", () => {
  let server: ChdbServer;
  let scratch: Awaited<ReturnType<typeof scratchFolder>>;
  let database = "";
  let databases = 0;
  const engines: ClickHouseEngine[] = [];

  beforeAll(async () => {
    if ("skip" in site) return;
    scratch = await scratchFolder();
    server = await startChdb(site, `${scratch.path}/data`);
  });

  beforeEach(() => {
    database = `tables_${databases++}`;
  });

  afterEach(async () => {
    for (const engine of engines.splice(0)) await engine.close();
  });

  afterAll(async () => {
    await server?.stop();
    await scratch?.remove();
  });

  async function open(retention = RETENTION): Promise<ClickHouseEngine> {
    const dataFolder = `${scratch.path}/${database}-own`;
    await mkdir(dataFolder, { recursive: true });
    const engine = await openEngine({ url: server.url, database, dataFolder, retention });
    engines.push(engine);
    return engine;
  }

  async function ask(sql: string): Promise<string> {
    const answer = await fetch(server.url, { method: "POST", body: sql.replaceAll("DB.", `${database}.`) });
    const text = (await answer.text()).trim();
    if (!answer.ok) throw new Error(text);
    return text;
  }

  test("tables that the exporter made are taken over: its spans are found beside ours, and it can go on", async () => {
    await ask(`CREATE DATABASE ${database}`);
    for (const statement of [EXPORTERS, EXPORTERS_TIMES, EXPORTERS_ROW, EXPORTERS_TIME]) await ask(statement);
    const engine = await open();
    await engine.ingest([batchOf(10, [1])]);
    const [old] = await engine.spans.trace(traceId("aa"));
    expect(old).toMatchObject({
      service: "shop",
      operation: "old",
      kind: "server",
      status: "error",
      durationNs: 5_000_000n,
    });
    expect(old?.attributes).toEqual(new Map([["http.status_code", "503"]]));
    expect(old?.events).toEqual([
      { timeNs: 1_700_000_000_200_000_000n, name: "oops", attributes: new Map([["k", "v"]]) },
    ]);
    const window = { start: 1_600_000_000_000, end: 1_800_000_000_000, order: "start", limit: 10 } as const;
    const found = await engine.spans.search({ ...window, attr: ["http.status_code>=500"] });
    expect(found).toMatchObject({ ok: true, value: { total: 1, traces: [{ rootService: "shop" }] } });
    await ask(EXPORTERS_ROW.replace("aa'", "ac'"));
    expect(await ask("SELECT count() FROM DB.otel_traces")).toBe("3");
  });

  test("who knows the exporter's columns reads our spans: times, kinds, maps of text", async () => {
    const engine = await open();
    await engine.ingest([batchOf(10, [7])]);
    const row =
      await ask(`SELECT Timestamp, TraceId, SpanName, SpanKind, ServiceName, SpanAttributes['n'], Duration, StatusCode,
      ResourceAttributes['service.name'] FROM DB.otel_traces FORMAT TSV`);
    const id = "7".padStart(32, "0");
    expect(row).toBe(`2023-11-14 22:13:20.007000000\t${id}\tGET /\tServer\tweb\t7\t10000000\tUnset\tweb`);
    const times = await ask(`SELECT TraceId, Start = End FROM DB.otel_traces_trace_id_ts FORMAT TSV`);
    expect(times).toBe(`${id}\t1`);
  });

  test("the guide's query of the rollup gives an edge's requests a minute", async () => {
    const guide = await readFile(`${ROOT}docs/clickhouse.md`, "utf8");
    const query = [...guide.matchAll(/```sql\n([\s\S]*?)```/g)].map((match) => match[1] ?? "")[1] ?? "";
    const engine = await open();
    await engine.rollups.append([contractSlot(0, [3, 2]), contractSlot(1, [4])]);
    const asked = query
      .replaceAll("meshscope.meshscope_", "DB.meshscope_")
      .replace(/ AND r\.Start >= now\(\)[^\n]*/, "");
    expect(await ask(asked)).toBe("2023-11-14 22:20:00\ta\ta\t9");
  });

  test("spans are let go by the day on which they came, whole parts at a time, however old they are", async () => {
    const engine = await open({ ...RETENTION, spansMs: 72 * 3_600_000 });
    const day = 86_400_000;
    await engine.ingest([batchOf(10, [1], { receivedMs: Date.now() - 10 * day })]);
    await engine.ingest([batchOf(20, [2], { receivedMs: Date.now() })]);
    await vi.waitUntil(async () => (await ask("SELECT count() FROM DB.otel_traces")) === "1", {
      timeout: 60_000,
      interval: 200,
    });
    expect(await engine.spans.trace(traceId("2"))).toHaveLength(1);
  });

  test("what is kept how long follows the configuration of the last start", async () => {
    await open();
    await open({ ...RETENTION, spansMs: 3_600_000 });
    const made = await ask(
      `SELECT create_table_query FROM system.tables WHERE database = '${database}' AND name = 'otel_traces'`,
    );
    expect(made).toContain("TTL toDateTime(MeshscopeReceived) + toIntervalSecond(3600)");
  });

  test("a window reads only the hours that it names", async () => {
    const engine = await open();
    await engine.ingest([batchOf(10, [1])]);
    const plan = await ask(`EXPLAIN indexes = 1 SELECT count(TraceId) FROM DB.otel_traces
      WHERE Timestamp >= fromUnixTimestamp64Nano(1600000000000000000) AND Timestamp < fromUnixTimestamp64Nano(1600000300000000000)`);
    expect(plan).toMatch(/PrimaryKey[\s\S]*?Granules: 0\/1/);
  });
});
