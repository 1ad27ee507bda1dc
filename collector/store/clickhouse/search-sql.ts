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

/** Traces with a span that matches or may match, the latest first, and which of both it is: 2 or 1. */
export function verdictsSql(parts: SearchParts, names: TableNames, limit: number, perhapsOnly = false): Sql {
  const values = new SqlValues();
  const where = conditions(parts, values).join(" AND ");
  const only = perhapsOnly ? " HAVING max(verdict) = 1" : "";
  const text = `SELECT TraceId, max(verdict) FROM (
  SELECT TraceId, Timestamp, ${verdict(parts, values)} AS verdict FROM ${names.spans} WHERE ${where} AND verdict > 0
) GROUP BY TraceId${only} ORDER BY max(Timestamp) DESC, TraceId LIMIT ${limit}`;
  return values.sql(text);
}

/** Which traces the rest of a search is about. */
export interface Known {
  /** Traces that match for certain, or were looked at and do. */
  readonly ids: readonly string[];
  /** Whether there are no others. */
  readonly isAll: boolean;
}

function matched(parts: SearchParts, names: TableNames, values: SqlValues, { ids, isAll }: Known): string {
  const known = `SELECT arrayJoin(${values.texts(ids)}) AS TraceId`;
  if (isAll) return known;
  const surely = `SELECT TraceId FROM ${names.spans} WHERE ${conditions(parts, values).join(" AND ")}`;
  const certain = parts.attrs.length === 0 ? surely : `${surely} AND ${verdict(parts, values)} = 2`;
  return ids.length === 0 ? certain : `${certain} UNION ALL ${known}`;
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

export interface Extent {
  readonly from: bigint;
  readonly to: bigint;
}

/** Whether only when the traces were is to be known of them, and not their spans. */
export function isShort({ order, minTraceDurationMs, hasError }: TraceQuery): boolean {
  return order === "start" && minTraceDurationMs === undefined && hasError === undefined;
}

/** How many rows tell of the traces that match, and between which starts their spans lie, ns as text. */
export function extentSql(parts: SearchParts, names: TableNames, known: Known): Sql {
  const values = new SqlValues();
  const nanos = (of: string): string => `toString(toUnixTimestamp64Nano(${of}))`;
  return values.sql(`SELECT count(), ${nanos("min(Start)")}, ${nanos("max(End)")} FROM ${names.traceTimes}
WHERE TraceId GLOBAL IN (${matched(parts, names, values, known)})`);
}

export interface PageParts extends SearchParts {
  readonly known: Known;
  /** Of all traces that match; not asked for where `isShort`. */
  readonly extent?: Extent;
  readonly cursor?: TraceCursor;
}

function foundSql(parts: PageParts, names: TableNames, values: SqlValues): string {
  const { query, known, extent } = parts;
  const ids = matched(parts, names, values, known);
  if (extent === undefined) {
    return `SELECT TraceId, toInt128(toUnixTimestamp64Nano(min(Start))) AS key FROM ${names.traceTimes}
  WHERE TraceId GLOBAL IN (${ids}) GROUP BY TraceId`;
  }
  const within = `Timestamp >= ${values.timeNs(extent.from)} AND Timestamp <= ${values.timeNs(extent.to)}`;
  return `SELECT TraceId, toInt128(${KEYS[query.order]}) AS key FROM ${names.spans}
  WHERE TraceId GLOBAL IN (${ids}) AND ${within} GROUP BY TraceId${havings(query, values)}`;
}

function pastSql({ cursor }: PageParts, values: SqlValues): string {
  if (cursor === undefined) return "";
  const key = `toInt128(${values.text(String(cursor.value))})`;
  return `WHERE key < ${key} OR (key = ${key} AND TraceId > ${values.text(cursor.traceId)})`;
}

/** Rows of trace id, key of the order as text, and how many there are in all. */
export function pageSql(parts: PageParts, names: TableNames): Sql {
  const values = new SqlValues();
  const found = foundSql(parts, names, values);
  return values.sql(`SELECT TraceId, toString(key), toString(total) FROM (
  SELECT TraceId, key, count() OVER () AS total FROM (${found})
) ${pastSql(parts, values)} ORDER BY key DESC, TraceId ASC LIMIT ${parts.query.limit + 1}`);
}

/** The same without a cursor, and one row of it: how many there are, where a page past the last one lists none. */
export function totalSql({ cursor: _cursor, ...parts }: PageParts, names: TableNames): Sql {
  return pageSql({ ...parts, query: { ...parts.query, limit: 0 } }, names);
}
