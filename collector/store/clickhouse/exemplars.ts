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
import { SqlValues } from "./sql.ts";
import type { TraceReads } from "./trace-reads.ts";

/** Traces that are read for one heatmap. */
const MOST_TRACES = 2_000;
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

export async function findExemplars(
  database: Database,
  names: TableNames,
  reads: TraceReads,
  query: ExemplarQuery,
): Promise<readonly Exemplar[]> {
  const values = new SqlValues();
  const where = candidates(query, values);
  const text = `SELECT TraceId FROM ${names.spans} WHERE ${where}
GROUP BY TraceId ORDER BY cityHash64(TraceId) LIMIT ${MOST_TRACES}`;
  try {
    const rows = await database.rows(values.sql(text));
    const cells = new ExemplarCells(query);
    const spans = await reads.spans(
      rows.map(([id]) => String(id)),
      "attributes",
    );
    for (const own of byTrace(spans).values()) cells.take(own);
    return cells.list();
  } catch (error) {
    throw readFault(error);
  }
}
