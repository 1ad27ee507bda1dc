/**
 * Rows of `otel_traces` → canonical spans. In: what a query of `readColumns` answers; out: spans, each once: of several
 * with the same span id, kind, service and start, the one that was stored first. Rows that the OpenTelemetry exporter wrote
 * are read as well: their attributes are all texts.
 */
import {
  type Attributes,
  parseSpanId,
  parseTraceId,
  type Span,
  type SpanEvent,
  type SpanKind,
  type SpanLink,
  type SpanStatus,
} from "../../../lib/model/span.ts";
import { readAttributes } from "./attribute-text.ts";
import type { JsonRow } from "./database.ts";
import { FLAGS, KIND_NAMES, STATUS_NAMES } from "./span-row.ts";

/** How much of a span is read: for a summary, for a condition on it, all. */
export type Detail = "summary" | "attributes" | "full";

const SUMMARY = [
  "toString(toUnixTimestamp64Nano(Timestamp))",
  "TraceId",
  "SpanId",
  "ParentSpanId",
  "SpanName",
  "SpanKind",
  "ServiceName",
  "toString(Duration)",
  "StatusCode",
  "MeshscopeFlags",
] as const;
const ATTRIBUTES = [
  "SpanAttributes",
  "MeshscopeSpanTypes",
  "ResourceAttributes",
  "MeshscopeResourceTypes",
  "TraceState",
  "StatusMessage",
  "ScopeName",
  "ScopeVersion",
] as const;
const FULL = [
  "arrayMap(t -> toString(toUnixTimestamp64Nano(t)), `Events.Timestamp`)",
  "`Events.Name`",
  "`Events.Attributes`",
  "MeshscopeEventTypes",
  "`Links.TraceId`",
  "`Links.SpanId`",
  "`Links.Attributes`",
  "MeshscopeLinkTypes",
] as const;

/** What stands between SELECT and FROM. */
export function readColumns(detail: Detail): string {
  const more = detail === "summary" ? [] : detail === "attributes" ? ATTRIBUTES : [...ATTRIBUTES, ...FULL];
  return [...SUMMARY, ...more].join(", ");
}

/** Of rows of the same span, the first one stored comes first; ties are the same body sent twice. */
export const STORED_ORDER = "MeshscopeReceived, MeshscopePosition, MeshscopeRow";

function kindOf(name: string): SpanKind {
  const bare = name.replace(/^SPAN_KIND_/, "").toLowerCase();
  const kinds: readonly SpanKind[] = ["internal", "server", "client", "producer", "consumer"];
  return kinds.find((kind) => KIND_NAMES[kind].toLowerCase() === bare) ?? "unspecified";
}

function statusOf(name: string): SpanStatus {
  const bare = name.replace(/^STATUS_CODE_/, "").toLowerCase();
  const known: readonly SpanStatus[] = ["ok", "error"];
  return known.find((status) => STATUS_NAMES[status].toLowerCase() === bare) ?? "unset";
}

const all = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function eventsOf(row: JsonRow, at: number): SpanEvent[] {
  const [times, names, texts, types] = row.slice(at, at + 4).map(all);
  return (times ?? []).map((time, i) => ({
    timeNs: BigInt(String(time)),
    name: String(names?.[i] ?? ""),
    attributes: readAttributes(texts?.[i], types?.[i]),
  }));
}

function linksOf(row: JsonRow, at: number): SpanLink[] {
  const [traces, spans, texts, types] = row.slice(at, at + 4).map(all);
  return (traces ?? []).flatMap((trace, i) => {
    const traceId = parseTraceId(String(trace));
    const spanId = parseSpanId(String(spans?.[i] ?? ""));
    if (traceId === undefined || spanId === undefined) return [];
    return [{ traceId, spanId, attributes: readAttributes(texts?.[i], types?.[i]) }];
  });
}

const NOTHING: Attributes = new Map();

type Rest = Pick<Span, "attributes" | "resource" | "scope" | "traceState" | "statusMessage">;

function restOf(row: JsonRow, flags: number, resources: Map<string, Attributes>): Rest {
  const at = SUMMARY.length;
  const [texts, types, resource, resourceTypes, traceState, statusMessage, name, version] = row.slice(at, at + 8);
  // Spans of one process have one resource: one object for all of them, as when they came.
  const key = JSON.stringify([resource, resourceTypes]);
  const known = resources.get(key) ?? readAttributes(resource, resourceTypes);
  resources.set(key, known);
  const has = (bit: number, text: unknown): boolean => (flags & bit) !== 0 || String(text ?? "") !== "";
  return {
    attributes: readAttributes(texts, types),
    resource: known,
    ...(has(FLAGS.scope, name) ? { scope: { name: String(name ?? ""), version: String(version ?? "") } } : {}),
    ...(has(FLAGS.traceState, traceState) ? { traceState: String(traceState ?? "") } : {}),
    ...(has(FLAGS.statusMessage, statusMessage) ? { statusMessage: String(statusMessage ?? "") } : {}),
  };
}

function readSpan(row: JsonRow, detail: Detail, resources: Map<string, Attributes>): Span | undefined {
  const [start, trace, id, parent, operation, kind, service, duration, status, bits] = row;
  const traceId = parseTraceId(String(trace));
  const spanId = parseSpanId(String(id));
  if (traceId === undefined || spanId === undefined) return undefined;
  const parentSpanId = parseSpanId(String(parent ?? ""));
  const flags = Number(bits ?? 0);
  const at = SUMMARY.length + ATTRIBUTES.length;
  return {
    traceId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    shared: (flags & FLAGS.shared) !== 0,
    kind: kindOf(String(kind)),
    startNs: BigInt(String(start)),
    durationNs: BigInt(String(duration)),
    service: String(service),
    operation: String(operation),
    status: statusOf(String(status)),
    ...(detail === "summary" ? { attributes: NOTHING, resource: NOTHING } : restOf(row, flags, resources)),
    events: detail === "full" ? eventsOf(row, at) : [],
    links: detail === "full" ? linksOf(row, at + 4) : [],
  };
}

/** In the order of the rows. */
export function readSpans(rows: readonly JsonRow[], detail: Detail): Span[] {
  const seen = new Set<string>();
  const resources = new Map<string, Attributes>();
  return rows.flatMap((row) => {
    const span = readSpan(row, detail, resources);
    if (span === undefined) return [];
    const key = `${span.traceId}${span.spanId}${span.kind} ${span.startNs} ${span.service}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [span];
  });
}
