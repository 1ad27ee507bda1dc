/**
 * Searches for traces. In: the query; out: a page of summaries, or a coded error. ClickHouse decides which traces match and
 * sorts them; those of which it can only say perhaps are read and looked at here; the page's own are read to be summed up.
 */
import { err, ok, type Result } from "../../../lib/base/result.ts";
import { type AttrExpression, parseAttrExpression } from "../../../lib/query/attr-expression.ts";
import type { ApiError } from "../../../lib/query/schema/common.ts";
import type { TracePage, TraceQuery } from "../../../lib/query/span-store.ts";
import { compileSpanTest } from "../../../lib/query/trace-match.ts";
import { parseCursor, printCursor, type TraceCursor } from "../../../lib/query/trace-order.ts";
import { traceSummary } from "../../../lib/query/trace-summary.ts";
import type { Database, JsonRow } from "./database.ts";
import { faultOf, readFault } from "./faults.ts";
import type { TableNames } from "./names.ts";
import { asksGraph, pageSql, perhapsSql, type SearchParts, totalSql } from "./search-sql.ts";
import { byTrace, traceMatches } from "./span-holds.ts";
import type { TraceReads } from "./trace-reads.ts";

/** Of traces that take a look, the latest so many are looked at. */
const MOST_LOOKED_AT = 4_000;
const LOOKED_AT_A_TIME = 200;
/** RE2 does not take a pattern: CANNOT_COMPILE_REGEXP. */
const REGEX_FAULT = 427;

export class Searches {
  private readonly database: Database;
  private readonly names: TableNames;
  private readonly reads: TraceReads;

  constructor(database: Database, names: TableNames, reads: TraceReads) {
    this.database = database;
    this.names = names;
    this.reads = reads;
  }

  async search(query: TraceQuery): Promise<Result<TracePage, ApiError>> {
    const test = compileSpanTest(query);
    if (!test.ok) return test;
    const cursor = query.cursor === undefined ? ok(undefined) : parseCursor(query.cursor, query.order);
    if (!cursor.ok) return cursor;
    const attrs = (query.attr ?? []).flatMap((text): AttrExpression[] => {
      const parsed = parseAttrExpression(text);
      return parsed.ok ? [parsed.value] : [];
    });
    try {
      return await this.page({ query, attrs, pushRegex: true }, cursor.value).catch((error) => {
        if (faultOf(error).number !== REGEX_FAULT) throw error;
        return this.page({ query, attrs, pushRegex: false }, cursor.value);
      });
    } catch (error) {
      const { code, message } = readFault(error);
      if (code === "store_unavailable") throw readFault(error);
      return err({ code, message });
    }
  }

  private async page(parts: SearchParts, cursor: TraceCursor | undefined): Promise<Result<TracePage, ApiError>> {
    const looked = await this.lookedAt(parts);
    if (!looked.ok) return looked;
    const verified = looked.value;
    const rows = await this.database.rows(pageSql(parts, this.names, verified, cursor));
    const total = await this.total(rows, parts, verified, cursor);
    const { limit, order, start, end } = parts.query;
    const page = rows.slice(0, limit).map(([id, value]) => ({ traceId: String(id), value: BigInt(String(value)) }));
    const last = page[page.length - 1];
    const more = rows.length > limit && last !== undefined;
    const nextCursor = more ? printCursor({ order, ...last, start, end }) : null;
    return ok({ traces: await this.summaries(page.map(({ traceId }) => traceId)), nextCursor, total });
  }

  private async total(
    rows: readonly JsonRow[],
    parts: SearchParts,
    verified: readonly string[],
    cursor: TraceCursor | undefined,
  ): Promise<number> {
    if (rows.length > 0 || cursor === undefined) return Number(rows[0]?.[2] ?? 0);
    const [first] = await this.database.rows(totalSql(parts, this.names, verified));
    return Number(first?.[2] ?? 0);
  }

  private async summaries(ids: readonly string[]) {
    const traces = byTrace(await this.reads.spans(ids, "summary"));
    return ids.flatMap((id) => {
      const spans = traces.get(id);
      return spans === undefined ? [] : [traceSummary(spans)];
    });
  }

  /** Of the traces that may match, those that do. */
  private async lookedAt(parts: SearchParts): Promise<Result<readonly string[], ApiError>> {
    const { query, attrs } = parts;
    const test = compileSpanTest(query);
    if (!test.ok || (attrs.length === 0 && !asksGraph(query))) return test.ok ? ok([]) : test;
    const rows = await this.database.rows(perhapsSql(parts, this.names, MOST_LOOKED_AT + 1));
    if (rows.length > MOST_LOOKED_AT && !asksGraph(query)) {
      const message = `more than ${MOST_LOOKED_AT} traces have to be looked at one by one; ask for a shorter window`;
      return err({ code: "query_too_large", message });
    }
    const ids = rows.slice(0, MOST_LOOKED_AT).map(([id]) => String(id));
    const verified: string[] = [];
    for (let at = 0; at < ids.length; at += LOOKED_AT_A_TIME) {
      const spans = await this.reads.spans(ids.slice(at, at + LOOKED_AT_A_TIME), "attributes");
      for (const [id, own] of byTrace(spans)) if (traceMatches(own, query, test.value)) verified.push(id);
    }
    return ok(verified);
  }
}
