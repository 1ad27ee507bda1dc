/**
 * A canonical span as the API prints it (schema/traces.ts). Numbers that JSON cannot hold become text: int64 outside
 * ±2^53 as `{int}`, NaN and the infinities as their names. Depth is at most 64: the readers refuse deeper values.
 */
import type { Attributes, AttributeValue, Span } from "../model/span.ts";
import type { JsonAttribute, TraceSpan } from "./schema/traces.ts";

export function jsonAttribute(value: AttributeValue): JsonAttribute {
  if (typeof value === "bigint") return { int: String(value) };
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value !== "object") return value;
  if ("bytes" in value) return { bytes: value.bytes };
  return Symbol.iterator in value ? value.map(jsonAttribute) : { map: jsonAttributes(value.map) };
}

/** Built from entries, so that a key such as `__proto__` is a key like any other. */
export function jsonAttributes(attributes: Attributes): { [key: string]: JsonAttribute } {
  return Object.fromEntries([...attributes].map(([key, value]) => [key, jsonAttribute(value)]));
}

/** Ids of the span's place in the graph's `service` view. */
export interface GraphPlace {
  readonly node?: string;
  readonly edge?: string;
}

export function jsonSpan(span: Span, place: GraphPlace, detail: "summary" | "full"): TraceSpan {
  const head: TraceSpan = {
    spanId: span.spanId,
    ...(span.parentSpanId === undefined ? {} : { parentSpanId: span.parentSpanId }),
    ...(span.shared ? { shared: true } : {}),
    service: span.service,
    operation: span.operation,
    kind: span.kind,
    startNs: String(span.startNs),
    durationNs: String(span.durationNs),
    status: span.status,
    ...(span.statusMessage === undefined ? {} : { statusMessage: span.statusMessage }),
    ...place,
  };
  if (detail === "summary") return head;
  return {
    ...head,
    attributes: jsonAttributes(span.attributes),
    resource: jsonAttributes(span.resource),
    events: span.events.map((event) => ({
      timeNs: String(event.timeNs),
      name: event.name,
      attributes: jsonAttributes(event.attributes),
    })),
    links: span.links.map((link) => ({
      traceId: link.traceId,
      spanId: link.spanId,
      attributes: jsonAttributes(link.attributes),
    })),
  };
}
