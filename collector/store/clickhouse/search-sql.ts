/**
 * A trace search as SQL. In: the query and its parsed conditions; out: statements. A span is a match when all conditions
 * hold on it; of each, SQL says yes, no or perhaps (attr-sql.ts). Conditions on the graph are always perhaps: they take the
 * whole trace. Subqueries over other rows are GLOBAL: in a cluster they are asked once, not once a shard.
 */

import { SPAN_KINDS } from "../../../lib/model/span.ts";
import type { AttrExpression } from "../../../lib/query/attr-expression.ts";
import type { TraceQuery } from "../../../lib/query/span-store.ts";
import { msToNs } from "../../../lib/query/trace-match.ts";
import type { TraceCursor } from "../../../lib/query/trace-order.ts";
import { attrSql, hasKey } from "./attr-sql.ts";
import type { TableNames } from "./names.ts";
import { KIND_NAMES, STATUS_NAMES } from "./span-row.ts";
import { type Sql, SqlValues } from "./sql.ts";

export interface SearchParts {
  readonly query: TraceQuery;
  readonly attrs: readonly AttrExpression[];
  readonly pushRegex: boolean;
}

/** Kinds as the exporter's older versions wrote them, too. */
function kindTexts(kind: string): string[] {
  const known = SPAN_KINDS.find((one) => one === kind);
  return known === undefined ? [] : [KIND_NAMES[known], `SPAN_KIND_${known.toUpperCase()}`];
}

function statusTexts(status: NonNullable<TraceQuery["status"]>): string[] {
  return [STATUS_NAMES[status], `STATUS_CODE_${status.toUpperCase()}`];
}

/** Every name that a span can claim stands in its service or in one of its attributes, as it is or as a part. */
export function mentions(name: string, values: SqlValues): string {
  const wanted = values.text(name);
  const within = (map: string): string => `arrayExists(text -> position(text, ${wanted}) > 0, mapValues(${map}))`;
  return `(position(ServiceName, ${wanted}) > 0 OR ${within("SpanAttributes")} OR ${within("ResourceAttributes")})`;
}

function graphConditions({ between, of }: TraceQuery, values: SqlValues): string[] {
  const services = of?.services ?? [];
  return [
    ...(between === undefined ? [] : [mentions(between.target.name, values)]),
    ...(of === undefined ? [] : [services.map(({ name }) => mentions(name, values)).join(" OR ") || "0"]),
  ].map((condition) => `(${condition})`);
}

function conditions({ query, attrs }: SearchParts, values: SqlValues): string[] {
  const { service = [], operation = [], kind = [], minDurationMs, maxDurationMs, status } = query;
  return [
    `Timestamp >= ${values.timeNs(msToNs(query.start))}`,
    `Timestamp < ${values.timeNs(msToNs(query.end))}`,
    ...(service.length === 0 ? [] : [`ServiceName IN ${values.texts(service)}`]),
    ...(operation.length === 0 ? [] : [`SpanName IN ${values.texts(operation)}`]),
    ...(kind.length === 0 ? [] : [`SpanKind IN ${values.texts(kind.flatMap(kindTexts))}`]),
    ...(status === undefined ? [] : [`StatusCode IN ${values.texts(statusTexts(status))}`]),
    ...(minDurationMs === undefined ? [] : [`Duration >= ${values.unsigned(msToNs(minDurationMs))}`]),
    ...(maxDurationMs === undefined ? [] : [`Duration <= ${values.unsigned(msToNs(maxDurationMs))}`]),
    ...graphConditions(query, values),
    // No condition holds where the key is missing: said on its own, the index on keys answers it.
    ...attrs.map(({ key }) => hasKey(values.text(key))),
  ];
}

export function asksGraph({ between, of }: TraceQuery): boolean {
  return between !== undefined || of !== undefined;
}

/** 2 yes, 1 perhaps, 0 no: of all conditions on attributes together. */
function verdict({ query, attrs, pushRegex }: SearchParts, values: SqlValues): string {
  const most = asksGraph(query) ? "1" : "2";
  const each = attrs.map((expression) => attrSql(expression, values, pushRegex));
  return each.length === 0 ? `toUInt8(${most})` : `least(${[most, ...each].join(", ")})`;
}

/** Ids of traces that may match and of which none of the spans matches for certain, the latest first. */
export function perhapsSql(parts: SearchParts, names: TableNames, limit: number): Sql {
  const values = new SqlValues();
  const where = conditions(parts, values).join(" AND ");
  const text = `SELECT TraceId FROM (
  SELECT TraceId, Timestamp, ${verdict(parts, values)} AS verdict FROM ${names.spans} WHERE ${where} AND verdict > 0
) GROUP BY TraceId HAVING max(verdict) = 1 ORDER BY max(Timestamp) DESC, TraceId LIMIT ${limit}`;
  return values.sql(text);
}

function matched(parts: SearchParts, names: TableNames, values: SqlValues, verified: readonly string[]): string {
  const surely = `SELECT TraceId FROM ${names.spans} WHERE ${conditions(parts, values).join(" AND ")}`;
  const certain = parts.attrs.length === 0 ? surely : `${surely} AND ${verdict(parts, values)} = 2`;
  const looked = `SELECT arrayJoin(${values.texts(verified)}) AS TraceId`;
  if (asksGraph(parts.query)) return looked;
  return verified.length === 0 ? certain : `${certain} UNION ALL ${looked}`;
}

const ONCE = "uniqExact(SpanId, SpanKind, ServiceName, Timestamp)";
const ERRORS = "uniqExactIf((SpanId, SpanKind, ServiceName, Timestamp), StatusCode IN ('Error', 'STATUS_CODE_ERROR'))";
const START = "toUnixTimestamp64Nano(min(Timestamp))";
const DURATION = `max(toInt128(toUnixTimestamp64Nano(Timestamp)) + Duration) - ${START}`;

const KEYS: Readonly<Record<TraceQuery["order"], string>> = {
  start: START,
  duration: DURATION,
  spans: ONCE,
  errors: ERRORS,
};

function havings({ minTraceDurationMs, hasError }: TraceQuery, values: SqlValues): string {
  const all = [
    ...(minTraceDurationMs === undefined ? [] : [`${DURATION} >= ${values.unsigned(msToNs(minTraceDurationMs))}`]),
    ...(hasError === undefined ? [] : [`${ERRORS} ${hasError === "1" ? ">" : "="} 0`]),
  ];
  return all.length === 0 ? "" : ` HAVING ${all.join(" AND ")}`;
}

/** Rows of trace id, key of the order as text, and how many there are in all; the last column only of what is listed. */
export function pageSql(
  parts: SearchParts,
  names: TableNames,
  verified: readonly string[],
  cursor: TraceCursor | undefined,
): Sql {
  const values = new SqlValues();
  const { query } = parts;
  const ids = matched(parts, names, values, verified);
  const bound = (of: string): string => `(SELECT ${of} FROM ${names.traceTimes} WHERE TraceId GLOBAL IN (${ids}))`;
  const isShort = query.order === "start" && query.minTraceDurationMs === undefined && query.hasError === undefined;
  const found = isShort
    ? `SELECT TraceId, toInt128(toUnixTimestamp64Nano(min(Start))) AS key FROM ${names.traceTimes}
  WHERE TraceId GLOBAL IN (${ids}) GROUP BY TraceId`
    : `SELECT TraceId, toInt128(${KEYS[query.order]}) AS key FROM ${names.spans}
  WHERE TraceId GLOBAL IN (${ids}) AND Timestamp >= ${bound("min(Start)")} AND Timestamp <= ${bound("max(End)")}
  GROUP BY TraceId${havings(query, values)}`;
  const past =
    cursor === undefined
      ? ""
      : `WHERE key < toInt128(${values.text(String(cursor.value))}) OR (key = toInt128(${values.text(String(cursor.value))}) AND TraceId > ${values.text(cursor.traceId)})`;
  return values.sql(`SELECT TraceId, toString(key), toString(total) FROM (
  SELECT TraceId, key, count() OVER () AS total FROM (${found})
) ${past} ORDER BY key DESC, TraceId ASC LIMIT ${query.limit + 1}`);
}

/** How many there are, where a page past the last one lists none. */
export function totalSql(parts: SearchParts, names: TableNames, verified: readonly string[]): Sql {
  const { text, values } = pageSql({ ...parts, query: { ...parts.query, limit: 0 } }, names, verified, undefined);
  return { text, values };
}
