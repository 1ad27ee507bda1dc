/**
 * Whole traces out of ClickHouse. In: ids; out: their spans. A first look at `otel_traces_trace_id_ts` tells when a trace
 * was, so that only those hours of `otel_traces` are read.
 */
import { parseTraceId, type Span, type TraceId } from "../../../lib/model/span.ts";
import type { Database } from "./database.ts";
import { readFault } from "./faults.ts";
import type { TableNames } from "./names.ts";
import { type Detail, readColumns, readSpans, STORED_ORDER } from "./span-read.ts";
import { SqlValues } from "./sql.ts";

/** So many ids a statement: more make it long, fewer make it many. */
const IDS_A_TIME = 500;
const MAX_LOW_BITS = 100;

export class TraceReads {
  private readonly database: Database;
  private readonly names: TableNames;

  constructor(database: Database, names: TableNames) {
    this.database = database;
    this.names = names;
  }

  /** Spans of these traces, those stored first in front. */
  async spans(ids: readonly string[], detail: Detail): Promise<Span[]> {
    const spans: Span[] = [];
    for (let at = 0; at < ids.length; at += IDS_A_TIME) {
      spans.push(...(await this.some(ids.slice(at, at + IDS_A_TIME), detail)));
    }
    return spans;
  }

  private async some(ids: readonly string[], detail: Detail): Promise<Span[]> {
    const extent = await this.extent(ids);
    if (extent === undefined) return [];
    const values = new SqlValues();
    const { from, to } = extent;
    const text = `SELECT ${readColumns(detail)} FROM ${this.names.spans}
WHERE TraceId IN ${values.texts(ids)} AND Timestamp >= ${values.timeNs(from)} AND Timestamp <= ${values.timeNs(to)}
ORDER BY ${STORED_ORDER}`;
    return readSpans(await this.database.rows(values.sql(text)), detail);
  }

  /** Between which starts the spans of these traces lie, ns; undefined where there is none. */
  private async extent(ids: readonly string[]): Promise<{ readonly from: bigint; readonly to: bigint } | undefined> {
    const values = new SqlValues();
    const nanos = (of: string): string => `toString(toUnixTimestamp64Nano(${of}))`;
    const text = `SELECT count(), ${nanos("min(Start)")}, ${nanos("max(End)")} FROM ${this.names.traceTimes}
WHERE TraceId IN ${values.texts(ids)}`;
    const [[count, from, to] = []] = await this.database.rows(values.sql(text));
    return Number(count) > 0 ? { from: BigInt(String(from)), to: BigInt(String(to)) } : undefined;
  }

  async trace(id: TraceId): Promise<readonly Span[]> {
    try {
      return await this.some([id], "full");
    } catch (error) {
      throw readFault(error);
    }
  }

  async byLowBits(low: string): Promise<readonly TraceId[]> {
    const values = new SqlValues();
    const text = `SELECT DISTINCT TraceId FROM ${this.names.traceTimes}
WHERE substring(TraceId, 17) = ${values.text(low.toLowerCase())} LIMIT ${MAX_LOW_BITS}`;
    try {
      const rows = await this.database.rows(values.sql(text));
      return rows.flatMap(([id]) => parseTraceId(String(id)) ?? []);
    } catch (error) {
      throw readFault(error);
    }
  }
}
