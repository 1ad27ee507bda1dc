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
    const { spans, traceTimes } = this.names;
    const values = new SqlValues();
    const wanted = values.texts(ids);
    const bound = (of: string): string => `(SELECT ${of} FROM ${traceTimes} WHERE TraceId IN ${wanted})`;
    const text = `SELECT ${readColumns(detail)} FROM ${spans}
WHERE TraceId IN ${wanted} AND Timestamp >= ${bound("min(Start)")} AND Timestamp <= ${bound("max(End)")}
ORDER BY ${STORED_ORDER}`;
    return readSpans(await this.database.rows(values.sql(text)), detail);
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
