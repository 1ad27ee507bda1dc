/**
 * Ways to keep spans with DuckDB that store-spike.ts compares: all in it, sealed Parquet partitions that it writes, and its
 * table for what every span has beside deflated segments for attributes. Not used by the collector.
 */
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
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
import type { Span } from "../lib/model/span.ts";
import type { LoggedBatch } from "../lib/query/store-engine.ts";

const CHUNK = 2048;
export const ATTRIBUTE = "peer.address";
export const VALUE = "10.244.3.77";
export const SERVICE = "svc-7.shop";

export interface Way {
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
export async function inDuckDb(folder: string, keys: readonly string[], sealed: boolean): Promise<Way> {
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
export async function mixed(folder: string, keys: readonly string[]): Promise<Way> {
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
        const byKey: unknown = JSON.parse(inflateRawSync(await readFile(path(segment))).toString());
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
