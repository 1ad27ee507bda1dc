/**
 * Spans as a table: one row a span, its attributes by type in four maps, so that `attributes_number['http.status'] >= 500`
 * needs no cast. What is neither text, number nor truth (lists, bytes, maps, integers beyond 2^53) is JSON text in the
 * fourth, as the API writes it; events and links are JSON text too.
 */
import { BOOLEAN, DOUBLE, type DuckDBAppender, type DuckDBValue, MAP, mapValue, VARCHAR } from "@duckdb/node-api";
import type { Attributes, AttributeValue, Span } from "../../../../lib/model/span.ts";
import { jsonAttribute, jsonAttributes } from "../../../../lib/query/trace-json.ts";
import type { ParquetTable } from "./parquet.ts";

const MAPS = ["string", "number", "bool", "json"] as const;
const TYPES = {
  string: { sql: "map(varchar, varchar)", type: MAP(VARCHAR, VARCHAR) },
  number: { sql: "map(varchar, double)", type: MAP(VARCHAR, DOUBLE) },
  bool: { sql: "map(varchar, boolean)", type: MAP(VARCHAR, BOOLEAN) },
  json: { sql: "map(varchar, varchar)", type: MAP(VARCHAR, VARCHAR) },
} as const;

export const SPANS_TABLE: ParquetTable = {
  name: "spans",
  columns: [
    ["trace_id", "varchar"],
    ["span_id", "varchar"],
    ["parent_span_id", "varchar"],
    ["kind", "varchar"],
    ["start_ns", "bigint"],
    ["duration_ns", "bigint"],
    ["service", "varchar"],
    ["operation", "varchar"],
    ["status", "varchar"],
    ["status_message", "varchar"],
    ["scope_name", "varchar"],
    ["scope_version", "varchar"],
    ["trace_state", "varchar"],
    ["shared", "boolean"],
    ...(["attributes", "resource"] as const).flatMap((of) =>
      MAPS.map((kind) => [`${of}_${kind}`, TYPES[kind].sql] as const),
    ),
    ["events", "varchar"],
    ["links", "varchar"],
  ],
};

function kindOf(value: AttributeValue): (typeof MAPS)[number] {
  if (typeof value === "string") return "string";
  if (typeof value === "number") return "number";
  return typeof value === "boolean" ? "bool" : "json";
}

function simple(value: AttributeValue): DuckDBValue {
  return typeof value === "object" || typeof value === "bigint" ? JSON.stringify(jsonAttribute(value)) : value;
}

function appendAttributes(appender: DuckDBAppender, attributes: Attributes): void {
  for (const kind of MAPS) {
    const entries = [...attributes].filter(([, value]) => kindOf(value) === kind);
    appender.appendMap(mapValue(entries.map(([key, value]) => ({ key, value: simple(value) }))), TYPES[kind].type);
  }
}

function appendText(appender: DuckDBAppender, text: string | undefined): void {
  if (text === undefined) appender.appendNull();
  else appender.appendVarchar(text);
}

const INT64 = 2n ** 63n;

/** Beyond what 64 bits hold, the largest that they do. */
function appendInt(appender: DuckDBAppender, value: bigint): void {
  appender.appendBigInt(value >= INT64 ? INT64 - 1n : value < -INT64 ? -INT64 : value);
}

export function appendSpan(appender: DuckDBAppender, span: Span): void {
  appender.appendVarchar(span.traceId);
  appender.appendVarchar(span.spanId);
  appendText(appender, span.parentSpanId);
  appender.appendVarchar(span.kind);
  appendInt(appender, span.startNs);
  appendInt(appender, span.durationNs);
  for (const text of [span.service, span.operation, span.status]) appender.appendVarchar(text);
  for (const text of [span.statusMessage, span.scope?.name, span.scope?.version, span.traceState]) {
    appendText(appender, text);
  }
  appender.appendBoolean(span.shared);
  appendAttributes(appender, span.attributes);
  appendAttributes(appender, span.resource);
  const events = span.events.map(({ timeNs, name, attributes }) => {
    return { timeNs: String(timeNs), name, attributes: jsonAttributes(attributes) };
  });
  const links = span.links.map(({ attributes, ...ids }) => ({ ...ids, attributes: jsonAttributes(attributes) }));
  appender.appendVarchar(JSON.stringify(events));
  appender.appendVarchar(JSON.stringify(links));
}
