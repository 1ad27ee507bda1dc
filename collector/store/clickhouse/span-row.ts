/**
 * Spans as rows of `otel_traces`. In: canonical spans and where they came from; out: lines of JSONCompactEachRow. The first
 * columns are those of the OpenTelemetry exporter for ClickHouse, by name, type and meaning; those that begin with
 * `Meshscope` hold what it has no place for. Times are whole nanoseconds: ClickHouse reads a bare integer as ticks.
 */
import type { Attributes, Span, SpanKind, SpanStatus } from "../../../lib/model/span.ts";
import { type AttributeText, attributeText, jsonText, NO_ATTRIBUTES } from "./attribute-text.ts";

export const SPAN_COLUMNS = [
  "Timestamp",
  "TraceId",
  "SpanId",
  "ParentSpanId",
  "TraceState",
  "SpanName",
  "SpanKind",
  "ServiceName",
  "ResourceAttributes",
  "ScopeName",
  "ScopeVersion",
  "SpanAttributes",
  "Duration",
  "StatusCode",
  "StatusMessage",
  "Events.Timestamp",
  "Events.Name",
  "Events.Attributes",
  "Links.TraceId",
  "Links.SpanId",
  "Links.TraceState",
  "Links.Attributes",
  "MeshscopeFlags",
  "MeshscopeSpanTypes",
  "MeshscopeResourceTypes",
  "MeshscopeEventTypes",
  "MeshscopeLinkTypes",
  "MeshscopeMember",
  "MeshscopeBatch",
  "MeshscopePosition",
  "MeshscopeRow",
  "MeshscopeReceived",
] as const;

/** Bits of `MeshscopeFlags`: what an empty text alone would not tell from what was left out. */
export const FLAGS = { shared: 1, scope: 2, traceState: 4, statusMessage: 8 } as const;

/** As the exporter prints them. */
export const KIND_NAMES: Readonly<Record<SpanKind, string>> = {
  unspecified: "Unspecified",
  internal: "Internal",
  server: "Server",
  client: "Client",
  producer: "Producer",
  consumer: "Consumer",
};
export const STATUS_NAMES: Readonly<Record<SpanStatus, string>> = { unset: "Unset", ok: "Ok", error: "Error" };

/** Where a batch of spans came from, and its place among all others. */
export interface Origin {
  readonly member: string;
  readonly batch: string;
  /** Grows along the log. */
  readonly position: bigint;
  readonly receivedMs: number;
}

function flagsOf({ shared, scope, traceState, statusMessage }: Span): number {
  return (
    (shared ? FLAGS.shared : 0) |
    (scope === undefined ? 0 : FLAGS.scope) |
    (traceState === undefined ? 0 : FLAGS.traceState) |
    (statusMessage === undefined ? 0 : FLAGS.statusMessage)
  );
}

const list = (parts: readonly string[]): string => `[${parts.join(",")}]`;

/** Most events hold nothing but texts: then none of them has a map of types. */
function typesOf(all: readonly AttributeText[]): string {
  return all.every(({ types }) => types === NO_ATTRIBUTES.types) ? "[]" : list(all.map(({ types }) => types));
}

/** Writes one batch. Resources and scopes are shared by many spans and printed once. */
export class SpanRows {
  private readonly origin: string;
  private readonly received: string;
  private readonly resources = new Map<Attributes, AttributeText>();

  constructor({ member, batch, position, receivedMs }: Origin) {
    this.origin = `${jsonText(member)},${jsonText(batch)},${position}`;
    this.received = String(Math.round(receivedMs));
  }

  private resource(attributes: Attributes): AttributeText {
    const known = this.resources.get(attributes);
    if (known !== undefined) return known;
    const made = attributeText(attributes);
    this.resources.set(attributes, made);
    return made;
  }

  /** `index`: of the span in its batch. */
  line(span: Span, index: number): string {
    const resource = this.resource(span.resource);
    const own = attributeText(span.attributes);
    const events = span.events.map(({ attributes }) => attributeText(attributes));
    const links = span.links.map(({ attributes }) => attributeText(attributes));
    const { scope } = span;
    return list([
      `${span.startNs},"${span.traceId}","${span.spanId}","${span.parentSpanId ?? ""}"`,
      jsonText(span.traceState ?? ""),
      jsonText(span.operation),
      `"${KIND_NAMES[span.kind]}"`,
      jsonText(span.service),
      resource.texts,
      jsonText(scope?.name ?? ""),
      jsonText(scope?.version ?? ""),
      own.texts,
      `${span.durationNs},"${STATUS_NAMES[span.status]}"`,
      jsonText(span.statusMessage ?? ""),
      list(span.events.map(({ timeNs }) => String(timeNs))),
      list(span.events.map(({ name }) => jsonText(name))),
      list(events.map(({ texts }) => texts)),
      list(span.links.map(({ traceId }) => `"${traceId}"`)),
      list(span.links.map(({ spanId }) => `"${spanId}"`)),
      list(span.links.map(() => '""')),
      list(links.map(({ texts }) => texts)),
      `${flagsOf(span)},${own.types},${resource.types},${typesOf(events)},${typesOf(links)}`,
      `${this.origin},${index},${this.received}`,
    ]);
  }
}
