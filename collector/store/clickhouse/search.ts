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
import {
  asksGraph,
  type Extent,
  extentSql,
  isShort,
  type Known,
  type PageParts,
  pageSql,
  type SearchParts,
  totalSql,
  verdictsSql,
} from "./search-sql.ts";
import { byTrace, traceMatches } from "./span-holds.ts";
import type { TraceReads } from "./trace-reads.ts";

/** So many ids can be sent with a query: a server takes 128 KiB a value. */
const MOST_IDS = 3_000;
/** Where the whole trace decides, whether it belongs to an edge or a node, the latest so many are looked at. */
const MOST_IN_GRAPH = 1_000;
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
    const known = await this.known(parts);
    if (!known.ok) return known;
    const { limit, order, start, end } = parts.query;
    const extent = isShort(parts.query) ? undefined : await this.extent(parts, known.value);
    if (extent === "none") return ok({ traces: [], nextCursor: null, total: 0 });
    const asked: PageParts = {
      ...parts,
      known: known.value,
      ...(extent === undefined ? {} : { extent }),
      ...(cursor === undefined ? {} : { cursor }),
    };
    const rows = await this.database.rows(pageSql(asked, this.names));
    const page = rows.slice(0, limit).map(([id, value]) => ({ traceId: String(id), value: BigInt(String(value)) }));
    const last = page[page.length - 1];
    const more = rows.length > limit && last !== undefined;
    const nextCursor = more ? printCursor({ order, ...last, start, end }) : null;
    const traces = await this.summaries(page.map(({ traceId }) => traceId));
    return ok({ traces, nextCursor, total: await this.total(rows, asked) });
  }

  private async extent(parts: SearchParts, known: Known): Promise<Extent | "none"> {
    const [[count, from, to] = []] = await this.database.rows(extentSql(parts, this.names, known));
    return Number(count) > 0 ? { from: BigInt(String(from)), to: BigInt(String(to)) } : "none";
  }

  private async total(rows: readonly JsonRow[], asked: PageParts): Promise<number> {
    if (rows.length > 0 || asked.cursor === undefined) return Number(rows[0]?.[2] ?? 0);
    const [first] = await this.database.rows(totalSql(asked, this.names));
    return Number(first?.[2] ?? 0);
  }

  private async summaries(ids: readonly string[]) {
    const traces = byTrace(await this.reads.spans(ids, "summary"));
    return ids.flatMap((id) => {
      const spans = traces.get(id);
      return spans === undefined ? [] : [traceSummary(spans)];
    });
  }

  /** Of a search that hangs on attributes or on the graph, the traces that match: all of them, or those that took a look. */
  private async known(parts: SearchParts): Promise<Result<Known, ApiError>> {
    const { query, attrs } = parts;
    if (asksGraph(query))
      return ok({ ids: await this.looked(parts, await this.verdicts(parts, MOST_IN_GRAPH)), isAll: true });
    if (attrs.length === 0) return ok({ ids: [], isAll: false });
    const rows = await this.verdicts(parts, MOST_IDS + 1);
    if (rows.length <= MOST_IDS) {
      const certain = rows.filter(([, verdict]) => Number(verdict) === 2).map(([id]) => String(id));
      return ok({ ids: [...certain, ...(await this.looked(parts, rows))], isAll: true });
    }
    const perhaps = await this.verdicts(parts, MOST_IDS + 1, true);
    if (perhaps.length <= MOST_IDS) return ok({ ids: await this.looked(parts, perhaps), isAll: false });
    const message = `more than ${MOST_IDS} traces have to be looked at one by one; ask for a shorter window`;
    return err({ code: "query_too_large", message });
  }

  private verdicts(parts: SearchParts, limit: number, perhapsOnly = false): Promise<readonly JsonRow[]> {
    return this.database.rows(verdictsSql(parts, this.names, limit, perhapsOnly));
  }

  /** Of the traces that may match, those that do. */
  private async looked({ query }: SearchParts, rows: readonly JsonRow[]): Promise<string[]> {
    const test = compileSpanTest(query);
    if (!test.ok) return [];
    const ids = rows.filter(([, verdict]) => Number(verdict) === 1).map(([id]) => String(id));
    const matching: string[] = [];
    for (let at = 0; at < ids.length; at += LOOKED_AT_A_TIME) {
      const spans = await this.reads.spans(ids.slice(at, at + LOOKED_AT_A_TIME), "attributes");
      for (const [id, own] of byTrace(spans)) if (traceMatches(own, query, test.value)) matching.push(id);
    }
    return matching;
  }
}
