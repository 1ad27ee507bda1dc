/**
 * The last step of both OTLP encodings. In: a raw span as either reader leaves it (ids as hex text, enums as ints, times
 * in ns) with its resource and scope. Out: a canonical span, or a reject that says why there is none.
 * A kind or status code outside the enum is "unspecified" / "unset", as proto3's open enums ask. An all-zero parent id
 * is no parent. Not handled: flags, dropped-item counts, schema URLs (all ignored).
 */
import {
  type Attributes,
  parseSpanId,
  parseTraceId,
  SPAN_KINDS,
  type Span,
  type SpanEvent,
  type SpanId,
  type SpanLink,
  type SpanStatus,
} from "../../model/span.ts";
import type { RejectCode, RejectTally } from "./rejects.ts";

export interface RawLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Attributes;
}

export interface RawSpan {
  /** Hex as it came, any case; empty when absent. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  readonly links: readonly RawLink[];
  /** W3C's; empty when absent. */
  readonly traceState: string;
  /** Texts that were cut. */
  readonly cuts: number;
  /** The server's half of a span id that both ends have. */
  readonly shared?: boolean;
  /** What the reader itself could not read of this span. */
  readonly problem?: RejectCode;
}

export interface RawGroup {
  readonly resource: Attributes;
  readonly service: string;
  readonly scope?: { readonly name: string; readonly version: string };
}

/** OpenTelemetry's own name for a resource without `service.name`. */
export const UNKNOWN_SERVICE = "unknown_service";
/** proto3 int32 enums: 0 unset, 1 ok, 2 error. */
const STATUSES: readonly SpanStatus[] = ["unset", "ok", "error"];

export function serviceOf(resource: Attributes): string {
  const name = resource.get("service.name");
  return typeof name === "string" && name !== "" ? name : UNKNOWN_SERVICE;
}

function links(raw: RawSpan, tally: RejectTally, path: () => string): SpanLink[] {
  const kept: SpanLink[] = [];
  raw.links.forEach((link, i) => {
    const traceId = link.traceId.length === 32 ? parseTraceId(link.traceId) : undefined;
    const spanId = parseSpanId(link.spanId);
    if (traceId === undefined || spanId === undefined)
      tally.add("link_id_invalid", "part", () => `${path()}.links[${i}]`);
    else kept.push({ traceId, spanId, attributes: link.attributes });
  });
  return kept;
}

/** The parent's id, null for a root, undefined when it is malformed. */
function parentOf(text: string): SpanId | null | undefined {
  return text === "" || text === "0000000000000000" ? null : parseSpanId(text);
}

function timeProblem(raw: RawSpan): RejectCode | undefined {
  if (raw.startNs === 0n) return "start_missing";
  return raw.endNs < raw.startNs ? "end_before_start" : undefined;
}

/** Undefined when the span is left out; the tally then has the code and, for the first of its kind, the path. */
export function toSpan(raw: RawSpan, group: RawGroup, tally: RejectTally, path: () => string): Span | undefined {
  const reject = (code: RejectCode): undefined => {
    tally.add(code, "span", path);
    return undefined;
  };
  if (raw.problem !== undefined) return reject(raw.problem);
  const traceId = raw.traceId.length === 32 ? parseTraceId(raw.traceId) : undefined;
  if (traceId === undefined) return reject("trace_id_invalid");
  const spanId = parseSpanId(raw.spanId);
  if (spanId === undefined) return reject("span_id_invalid");
  const parent = parentOf(raw.parentSpanId);
  if (parent === undefined) return reject("parent_id_invalid");
  const problem = timeProblem(raw);
  if (problem !== undefined) return reject(problem);
  tally.add("attribute_cut", "part", path, raw.cuts);
  return {
    traceId,
    spanId,
    ...(parent === null ? {} : { parentSpanId: parent }),
    shared: raw.shared === true,
    kind: SPAN_KINDS[raw.kind] ?? "unspecified",
    startNs: raw.startNs,
    durationNs: raw.endNs - raw.startNs,
    service: group.service,
    operation: raw.name,
    status: STATUSES[raw.statusCode] ?? "unset",
    ...(raw.statusMessage === "" ? {} : { statusMessage: raw.statusMessage }),
    attributes: raw.attributes,
    resource: group.resource,
    ...(group.scope === undefined ? {} : { scope: group.scope }),
    events: raw.events,
    links: links(raw, tally, path),
    ...(raw.traceState === "" ? {} : { traceState: raw.traceState }),
  };
}
