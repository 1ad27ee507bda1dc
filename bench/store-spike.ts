/**
 * Four ways to keep spans with 18 attributes on disk, side by side; the figures are in docs/decisions/0028. Given are
 * canonical spans (for the store of our own: bodies, which it decodes itself). Measured for each: processor time a span,
 * the longest stall of the event loop, resident memory, bytes a span, a trace by id, a search by service and duration, one
 * by an attribute, and what deleting half of the spans gives back. No goal: it says what was chosen on.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import {
  BIGINT,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  VARCHAR,
} from "@duckdb/node-api";
import { EmbeddedSpanStore } from "../collector/store/embedded/spans/embedded-span-store.ts";
import type { Span } from "../lib/model/span.ts";
import { traceSearchSchema } from "../lib/query/schema/traces.ts";
import type { LoggedBatch } from "../lib/query/store-engine.ts";
import { decodeSpans } from "../lib/wire/decode-spans.ts";
import { noteLine } from "./line.ts";
import { CHAIN } from "./load/calls.ts";
import { fill, template } from "./load/template.ts";
import { type BenchOptions, PLAIN_RUN, sized } from "./options.ts";

const SPANS = 512;
const CHUNK = 2048;
const ATTRIBUTE = "peer.address";
const VALUE = "10.244.3.77";
const SERVICE = "svc-7.shop";

function batches(count: number): LoggedBatch[] {
  const templates = Array.from({ length: 40 }, (_, i) => template("otlp", "sdk", i, i % CHAIN));
  const startMs = Date.now() - 600_000;
  return Array.from({ length: count }, (_, n) => {
    const one = templates[n % 40];
    if (one === undefined) throw new Error("no template");
    const receivedMs = startMs + n * 25;
    const body = new Uint8Array(fill(one, Math.floor(n / CHAIN), receivedMs));
    return { log: "0", position: { segment: 1, offset: n + 1 }, id: `b${n}`, receivedMs, format: "otlpProtobuf", body };
  });
}

function spansOf({ format, body, receivedMs }: LoggedBatch): readonly Span[] {
  const decoded = decodeSpans(format, body, receivedMs);
  if (!decoded.ok) throw new Error(decoded.error.code);
  return decoded.value.spans;
}

interface Way {
  readonly name: string;
  take(given: readonly Span[], batch: LoggedBatch): Promise<void>;
  /** All is durable. */
  finish(): Promise<void>;
  trace(id: string): Promise<number>;
  search(): Promise<number>;
  attribute(): Promise<number>;
  /** Lets the older half go. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

function sizeOf(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

/** Our attributes, each a column; the same 18 in every span. */
function keysOf(spans: readonly Span[]): readonly string[] {
  return [...(spans[0]?.attributes.keys() ?? [])];
}

const FIXED: readonly (readonly [string, DuckDBType])[] = [
  ["trace", VARCHAR],
  ["span", VARCHAR],
  ["parent", VARCHAR],
  ["start", BIGINT],
  ["duration", BIGINT],
  ["kind", INTEGER],
  ["service", VARCHAR],
  ["operation", VARCHAR],
  ["status", VARCHAR],
];

function fixedOf(span: Span): DuckDBValue[] {
  const { traceId, spanId, parentSpanId, startNs, durationNs, service, operation, status, kind } = span;
  return [traceId, spanId, parentSpanId ?? "", startNs, durationNs, kind.length, service, operation, status];
}

async function duck(path: string): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(path, { memory_limit: "256MB", threads: "1" });
  return instance.connect();
}

async function count(connection: DuckDBConnection, sql: string): Promise<number> {
  const rows = await (await connection.runAndReadAll(sql)).getRows();
  return Number(rows[0]?.[0] ?? 0);
}

/** All in DuckDB: each attribute a text column; or, for `sealed`, the same rows copied out as Parquet and the table emptied. */
async function inDuckDb(folder: string, keys: readonly string[], sealed: boolean): Promise<Way> {
  const connection = await duck(join(folder, "all.db"));
  const columns = [...FIXED, ...keys.map((key): readonly [string, DuckDBType] => [key, VARCHAR])];
  await connection.run(`CREATE TABLE spans (${columns.map(([name, type]) => `"${name}" ${type}`).join(", ")})`);
  let pending: Span[] = [];
  let inTable = 0;
  let files = 0;
  const seal = async (): Promise<void> => {
    const file = join(folder, `part-${String(files++).padStart(4, "0")}.parquet`);
    await connection.run(`COPY spans TO '${file}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 16384)`);
    await connection.run("DELETE FROM spans");
    inTable = 0;
  };
  const flush = async (): Promise<void> => {
    const appender = await connection.createAppender("spans");
    for (let at = 0; at < pending.length; at += CHUNK) {
      const part = pending.slice(at, at + CHUNK);
      const chunk = DuckDBDataChunk.create(columns.map(([, type]) => type));
      const rows = part.map((span) => [...fixedOf(span), ...keys.map((key) => String(span.attributes.get(key) ?? ""))]);
      chunk.setRows(rows);
      appender.appendDataChunk(chunk);
      await setImmediate();
    }
    appender.closeSync();
    inTable += pending.length;
    pending = [];
    if (sealed && inTable >= 100_000) await seal();
  };
  const from = sealed ? `read_parquet('${join(folder, "part-*.parquet")}')` : "spans";
  return {
    name: sealed ? "sealed Parquet partitions, written by DuckDB" : "all in DuckDB",
    take: async (spans) => {
      pending.push(...spans);
      if (pending.length >= 16_384) await flush();
    },
    finish: async () => {
      await flush();
      if (sealed) await seal();
      await connection.run("CHECKPOINT");
    },
    trace: (id) => count(connection, `SELECT count(*) FROM (SELECT * FROM ${from} WHERE trace = '${id}')`),
    search: () =>
      count(
        connection,
        `SELECT count(DISTINCT trace) FROM ${from} WHERE service = '${SERVICE}' AND duration >= 400000000`,
      ),
    attribute: () => count(connection, `SELECT count(DISTINCT trace) FROM ${from} WHERE "${ATTRIBUTE}" = '${VALUE}'`),
    forget: async () => {
      const names = readdirSync(folder).filter((name) => name.endsWith(".parquet"));
      for (const name of names.slice(0, names.length / 2)) rmSync(join(folder, name));
      if (!sealed) await connection.run("DELETE FROM spans WHERE start < (SELECT median(start) FROM spans)");
      await connection.run("CHECKPOINT");
    },
    close: async () => connection.closeSync(),
  };
}

/** Fixed columns in DuckDB; attributes of 16,384 spans key by key in a deflated segment, addressed by (segment, row). */
async function mixed(folder: string, keys: readonly string[]): Promise<Way> {
  const connection = await duck(join(folder, "fixed.db"));
  const columns = [...FIXED, ["segment", INTEGER] as const, ["row", INTEGER] as const];
  await connection.run(`CREATE TABLE spans (${columns.map(([name, type]) => `"${name}" ${type}`).join(", ")})`);
  let pending: Span[] = [];
  let segments = 0;
  const path = (segment: number): string => join(folder, `attributes-${segment}.seg`);
  const flush = async (): Promise<void> => {
    const segment = segments++;
    const byKey = keys.map((key) => pending.map((span) => span.attributes.get(key) ?? null));
    writeFileSync(path(segment), deflateRawSync(JSON.stringify(byKey), { level: 1 }), { flush: true });
    await setImmediate();
    const appender = await connection.createAppender("spans");
    for (let at = 0; at < pending.length; at += CHUNK) {
      const chunk = DuckDBDataChunk.create(columns.map(([, type]) => type));
      chunk.setRows(pending.slice(at, at + CHUNK).map((span, i) => [...fixedOf(span), segment, at + i]));
      appender.appendDataChunk(chunk);
      await setImmediate();
    }
    appender.closeSync();
    pending = [];
  };
  return {
    name: "fixed columns in DuckDB, attributes in deflated segments",
    take: async (spans) => {
      pending.push(...spans);
      if (pending.length >= 16_384) await flush();
    },
    finish: async () => {
      if (pending.length > 0) await flush();
      await connection.run("CHECKPOINT");
    },
    trace: (id) => count(connection, `SELECT count(*) FROM (SELECT * FROM spans WHERE trace = '${id}')`),
    search: () =>
      count(
        connection,
        `SELECT count(DISTINCT trace) FROM spans WHERE service = '${SERVICE}' AND duration >= 400000000`,
      ),
    attribute: async () => {
      let found = 0;
      for (let segment = 0; segment < segments; segment++) {
        const byKey: unknown = JSON.parse(inflateRawSync(await readWhole(path(segment))).toString());
        const column: unknown = Array.isArray(byKey) ? byKey[keys.indexOf(ATTRIBUTE)] : [];
        if (Array.isArray(column)) found += column.filter((value) => value === VALUE).length;
      }
      return found;
    },
    forget: async () => {
      for (let segment = 0; segment < segments / 2; segment++) rmSync(path(segment));
      await connection.run(`DELETE FROM spans WHERE segment < ${segments / 2}`);
      await connection.run("CHECKPOINT");
    },
    close: async () => connection.closeSync(),
  };
}

async function readWhole(path: string): Promise<Buffer> {
  const { readFile } = await import("node:fs/promises");
  return readFile(path);
}

/** Blocks of columns of our own. */
async function own(folder: string): Promise<Way> {
  const store = await EmbeddedSpanStore.open({
    folder,
    groupMs: 0,
    segmentBytes: 4_000_000,
    retainMs: 86_400_000,
    countRows: 1e9,
  });
  const { edge: _, node: __, ...defaults } = traceSearchSchema.parse({});
  const total = async (fields: object): Promise<number> => {
    const found = await store.search({ ...defaults, start: 0, end: Date.now() * 2, limit: 20, ...fields });
    return found.ok ? found.value.total : 0;
  };
  let pending: LoggedBatch[] = [];
  let bytes = 0;
  return {
    name: "blocks of columns of our own, decoding included",
    take: async (_spans, batch) => {
      pending.push(batch);
      if (pending.length < 32) return;
      await store.ingest(pending);
      pending = [];
    },
    finish: async () => {
      await store.ingest(pending);
      bytes = store.stats().bytes;
    },
    trace: async (id) => {
      const found = store.tracesByLowBits(id.slice(16));
      const [known] = await found;
      return known === undefined ? 0 : (await store.trace(known)).length;
    },
    search: () => total({ service: [SERVICE], minDurationMs: 400 }),
    attribute: () => total({ attr: [`${ATTRIBUTE}=${VALUE}`] }),
    forget: async () => {
      const half = await EmbeddedSpanStore.open({ folder, maxBytes: bytes / 2 });
      await half.tick(Date.now());
      await half.close();
    },
    close: () => store.close(),
  };
}

async function ms(work: () => Promise<number>): Promise<string> {
  const began = performance.now();
  const found = await work();
  return `${(performance.now() - began).toFixed(0)} ms (${found} found)`;
}

async function measured(open: (folder: string) => Promise<Way>, given: readonly LoggedBatch[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "spike-"));
  const way = await open(folder);
  const before = process.memoryUsage().rss;
  let [cpu, stall, most, spans] = [0, 0, 0, 0];
  let last = performance.now();
  const timer = setInterval(() => {
    stall = Math.max(stall, performance.now() - last - 2);
    last = performance.now();
  }, 2);
  const timed = async (work: () => Promise<void>): Promise<void> => {
    const start = process.cpuUsage();
    last = performance.now();
    await work();
    const used = process.cpuUsage(start);
    cpu += used.user + used.system;
    most = Math.max(most, process.memoryUsage().rss);
  };
  const ownDecodes = open === own;
  for (const batch of given) {
    const list = ownDecodes ? [] : spansOf(batch);
    spans += SPANS;
    await timed(() => way.take(list, batch));
    await setImmediate();
  }
  await timed(() => way.finish());
  clearInterval(timer);
  const bytes = sizeOf(folder);
  const id = given[given.length >> 1] ?? given[0];
  const wanted = id === undefined ? "" : (spansOf(id)[0]?.traceId ?? "");
  const reads = [await ms(() => way.trace(wanted)), await ms(() => way.search()), await ms(() => way.attribute())];
  await way.forget();
  const left = sizeOf(folder);
  await way.close();
  rmSync(folder, { recursive: true });
  const figures = `${(cpu / spans).toFixed(2)} us a span, longest stall ${stall.toFixed(0)} ms, resident +${((most - before) / 1e6).toFixed(0)} MB, ${(bytes / spans).toFixed(0)} B a span`;
  return `${way.name}: ${figures}; trace ${reads[0]}, search ${reads[1]}, attribute ${reads[2]}; half forgotten gives ${(100 * (1 - left / bytes)).toFixed(0)} % back`;
}

export async function run(options: BenchOptions = PLAIN_RUN): Promise<string[]> {
  if (!options.named) return [];
  const given = batches(Math.ceil(sized(options, { smoke: 30_000, plain: 300_000, full: 2_000_000 }) / SPANS));
  const [first] = given;
  if (first === undefined) return [];
  const keys = keysOf(spansOf(first));
  const ways = [
    own,
    (folder: string) => mixed(folder, keys),
    (folder: string) => inDuckDb(folder, keys, true),
    (folder: string) => inDuckDb(folder, keys, false),
  ];
  const lines: string[] = [];
  for (const way of ways) lines.push(noteLine("store-spike", await measured(way, given)));
  return lines;
}
