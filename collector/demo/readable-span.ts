/**
 * World spans as the ReadableSpan that OpenTelemetry's exporters take. In: a span of the simulator. Out: the same ids,
 * times, kind, status and attributes. Resources are shared per pod and maker, since exporters group by resource object.
 */
import { type Attributes, type HrTime, SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import { type Resource, resourceFromAttributes } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import type { Attributes as ModelAttributes, SpanKind as ModelKind } from "../../lib/model/span.ts";
import type { WorldSpan } from "../../lib/world/trace.ts";

const BILLION = 1_000_000_000n;

const KINDS: Readonly<Record<ModelKind, SpanKind>> = {
  unspecified: SpanKind.INTERNAL,
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};

function hrTime(ns: bigint): HrTime {
  return [Number(ns / BILLION), Number(ns % BILLION)];
}

/** The simulator sets scalars only; anything else would be lost here, so it is an error. */
function attributesOf(from: ModelAttributes): Attributes {
  const out: Attributes = {};
  for (const [key, value] of from) {
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
      throw new Error(`attribute ${key} is not a scalar`);
    }
    out[key] = value;
  }
  return out;
}

/** Makes readable spans; keeps one resource per pod and maker. */
export function readableSpans(): (world: WorldSpan) => ReadableSpan {
  const resources = new Map<string, Resource>();
  const resourceOf = (world: WorldSpan): Resource => {
    const key = `${world.pod.name} ${world.by}`;
    const known = resources.get(key) ?? resourceFromAttributes(attributesOf(world.span.resource));
    resources.set(key, known);
    return known;
  };
  return (world) => {
    const { span } = world;
    const context = { traceId: span.traceId, traceFlags: TraceFlags.SAMPLED };
    const parent = span.parentSpanId;
    return {
      name: span.operation,
      kind: KINDS[span.kind],
      spanContext: () => ({ ...context, spanId: span.spanId }),
      ...(parent === undefined
        ? {}
        : { parentSpanContext: { ...context, spanId: parent, isRemote: world.by === "proxy" } }),
      startTime: hrTime(span.startNs),
      endTime: hrTime(span.startNs + span.durationNs),
      duration: hrTime(span.durationNs),
      ended: true,
      status: { code: span.status === "error" ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
      attributes: attributesOf(span.attributes),
      events: span.events.map((event) => ({
        name: event.name,
        time: hrTime(event.timeNs),
        attributes: attributesOf(event.attributes),
      })),
      links: [],
      resource: resourceOf(world),
      instrumentationScope: span.scope ?? { name: "", version: "" },
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    };
  };
}
