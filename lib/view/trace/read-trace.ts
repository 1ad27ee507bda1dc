/**
 * A `/traces/{id}` answer read fast: the same shape as `traceSchema`, by hand, since a schema walk over the attributes of
 * 100,000 spans costs seconds before the first row is drawn. In: parsed JSON. Out: the trace, or where it differs.
 */
import { SPAN_KINDS } from "../../model/span.ts";
import { TRACE_WARNINGS, type Trace, type TraceSpan } from "../../query/schema/traces.ts";

type Issue = { readonly path: PropertyKey[]; readonly message: string };
export type ReadTrace =
  | { readonly success: true; readonly data: Trace }
  | { readonly success: false; readonly error: { readonly issues: readonly Issue[] } };

/** Attribute values nest at most this deep: the receivers refuse more. */
const DEPTH = 64;
const KINDS: ReadonlySet<unknown> = new Set(SPAN_KINDS);
const STATUSES: ReadonlySet<unknown> = new Set(["unset", "ok", "error"]);
const WARNINGS: ReadonlySet<unknown> = new Set(TRACE_WARNINGS);

export const fastTraceSchema = {
  safeParse(value: unknown): ReadTrace {
    const spans = isRecord(value) ? value["spans"] : undefined;
    if (Array.isArray(spans)) {
      const wrong = spans.findIndex((span: unknown) => !isSpan(span));
      if (wrong !== -1) return failure(["spans", wrong], "not a span");
    }
    return isTrace(value) ? { success: true, data: value } : failure([], "not a trace");
  },
};

function failure(path: PropertyKey[], message: string): ReadTrace {
  return { success: false, error: { issues: [{ path, message }] } };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Spans are checked by the caller, one by one, so that the wrong one is named. */
function isTrace(value: unknown): value is Trace {
  if (!isRecord(value)) return false;
  const { traceId, spanCount, startNs, durationNs, services, warnings, spans } = value;
  return (
    typeof traceId === "string" &&
    typeof spanCount === "number" &&
    typeof startNs === "string" &&
    typeof durationNs === "string" &&
    isListOf(services, isServiceCount) &&
    isListOf(warnings, isWarning) &&
    Array.isArray(spans)
  );
}

function isServiceCount(value: unknown): boolean {
  return isRecord(value) && typeof value["name"] === "string" && typeof value["spans"] === "number";
}

function isWarning(value: unknown): boolean {
  return isRecord(value) && WARNINGS.has(value["code"]) && typeof value["spans"] === "number";
}

function isSpan(value: unknown): value is TraceSpan {
  if (!isRecord(value)) return false;
  const { spanId, service, operation, kind, startNs, durationNs, status, shared } = value;
  return (
    typeof spanId === "string" &&
    typeof service === "string" &&
    typeof operation === "string" &&
    typeof startNs === "string" &&
    typeof durationNs === "string" &&
    KINDS.has(kind) &&
    STATUSES.has(status) &&
    (shared === undefined || typeof shared === "boolean") &&
    hasSpanExtras(value)
  );
}

function hasSpanExtras(value: Readonly<Record<string, unknown>>): boolean {
  const { parentSpanId, statusMessage, node, edge, attributes, resource, events, links } = value;
  return (
    isTextOrNone(parentSpanId) &&
    isTextOrNone(statusMessage) &&
    isTextOrNone(node) &&
    isTextOrNone(edge) &&
    (attributes === undefined || isAttributes(attributes, 0)) &&
    (resource === undefined || isAttributes(resource, 0)) &&
    (events === undefined || isListOf(events, isEvent)) &&
    (links === undefined || isListOf(links, isLink))
  );
}

function isEvent(value: unknown): boolean {
  if (!isRecord(value)) return false;
  return (
    typeof value["timeNs"] === "string" && typeof value["name"] === "string" && isAttributes(value["attributes"], 0)
  );
}

function isLink(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { traceId, spanId, attributes } = value;
  return typeof traceId === "string" && typeof spanId === "string" && isAttributes(attributes, 0);
}

function isTextOrNone(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}

function isListOf(value: unknown, check: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(check);
}

function isAttributes(value: unknown, depth: number): boolean {
  if (!isRecord(value)) return false;
  for (const key in value) if (!isAttribute(value[key], depth)) return false;
  return true;
}

function isAttribute(value: unknown, depth: number): boolean {
  if (typeof value === "string" || typeof value === "boolean" || typeof value === "number") return true;
  if (depth > DEPTH) return false;
  if (Array.isArray(value)) return value.every((item: unknown) => isAttribute(item, depth + 1));
  if (!isRecord(value) || Object.keys(value).length !== 1) return false;
  const { int, bytes, map } = value;
  return typeof int === "string" || typeof bytes === "string" || isAttributes(map, depth + 1);
}
