/**
 * Traces for the cells of a heatmap. In: the cells and whose calls they are; out: a few a cell. Of many traces only some are
 * read, chosen by a hash of their ids, so that every column has its share and a refresh finds the same ones.
 */
import type { Calls, ExemplarQuery } from "../../../lib/query/exemplar-query.ts";
import { ExemplarCells } from "../../../lib/query/heatmap-exemplars.ts";
import type { Exemplar } from "../../../lib/query/schema/heatmap.ts";
import { msToNs } from "../../../lib/query/trace-match.ts";
import type { Database } from "./database.ts";
import { readFault } from "./faults.ts";
import type { TableNames } from "./names.ts";
import { mentions } from "./search-sql.ts";
import { byTrace } from "./span-holds.ts";
import { readColumns, readSpans, STORED_ORDER } from "./span-read.ts";
import { type Sql, SqlValues } from "./sql.ts";
import type { TraceReads } from "./trace-reads.ts";

/** Traces that are read for one heatmap. */
const MOST_TRACES = 1_000;
const MOST_SPANS = 4_000;
/** As this and the exporter's older versions write them. */
const SIDES = {
  server: ["Server", "Consumer", "SPAN_KIND_SERVER", "SPAN_KIND_CONSUMER"],
  client: ["Client", "Producer", "SPAN_KIND_CLIENT", "SPAN_KIND_PRODUCER"],
} as const;
/** A span that started before the first column may end in it: this much before is looked at. */
const LONGEST_MS = 600_000;

function about(calls: Calls, values: SqlValues): string {
  const names =
    calls.kind === "between" ? calls.pairs.map(({ target }) => target.name) : calls.services.map(({ name }) => name);
  const each = [...new Set(names)].map((name) => mentions(name, values));
  return each.length === 0 ? "0" : `(${each.join(" OR ")})`;
}

function candidates(query: ExemplarQuery, values: SqlValues): string {
  const { xMs, endMs, calls } = query;
  const first = xMs[0] ?? endMs;
  return [
    `Timestamp >= ${values.timeNs(msToNs(first - LONGEST_MS))}`,
    `Timestamp < ${values.timeNs(msToNs(endMs))}`,
    `toInt128(toUnixTimestamp64Nano(Timestamp)) + Duration >= toUnixTimestamp64Nano(${values.timeNs(msToNs(first))})`,
    about(calls, values),
  ].join(" AND ");
}

/** Whether a span is such a call hangs on the span alone: those that may be are read, and nothing of their traces. */
function ownSpansSql(
  query: ExemplarQuery & { readonly calls: { readonly side: "server" | "client" } },
  names: TableNames,
): Sql {
  const values = new SqlValues();
  const kinds = SIDES[query.calls.side];
  const where = `${candidates(query, values)} AND SpanKind IN ${values.texts(kinds)}`;
  return values.sql(`SELECT ${readColumns("attributes")} FROM ${names.spans} WHERE ${where}
ORDER BY cityHash64(TraceId), ${STORED_ORDER} LIMIT ${MOST_SPANS}`);
}

export async function findExemplars(
  database: Database,
  names: TableNames,
  reads: TraceReads,
  query: ExemplarQuery,
): Promise<readonly Exemplar[]> {
  const cells = new ExemplarCells(query);
  const { calls } = query;
  try {
    const spans =
      calls.kind === "of"
        ? readSpans(await database.rows(ownSpansSql({ ...query, calls }, names)), "attributes")
        : await reads.spans(await tracesOf(database, names, query), "attributes");
    for (const own of byTrace(spans).values()) cells.take(own);
    return cells.list();
  } catch (error) {
    throw readFault(error);
  }
}

async function tracesOf(database: Database, names: TableNames, query: ExemplarQuery): Promise<string[]> {
  const values = new SqlValues();
  const text = `SELECT TraceId FROM ${names.spans} WHERE ${candidates(query, values)}
GROUP BY TraceId ORDER BY cityHash64(TraceId) LIMIT ${MOST_TRACES}`;
  return (await database.rows(values.sql(text))).map(([id]) => String(id));
}
