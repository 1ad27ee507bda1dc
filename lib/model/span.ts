/**
 * The canonical span: what every trace format is translated to. Times are Unix nanoseconds as bigint, durations
 * nanoseconds. Attributes keep their types. Never mutated; derived fields live in view models, keyed by id.
 */
import type { Brand } from "../base/brand.ts";

/** 32 lower-case hex digits. 64-bit ids are padded with zeros on the left. */
export type TraceId = Brand<string, "TraceId">;
/** 16 lower-case hex digits. */
export type SpanId = Brand<string, "SpanId">;

export type AttributeValue =
  | string
  | number
  | boolean
  /** An int64 outside ±2^53. */
  | bigint
  | readonly AttributeValue[]
  | { readonly bytes: string }
  | { readonly map: Attributes };

export type Attributes = ReadonlyMap<string, AttributeValue>;

export const SPAN_KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"] as const;
export type SpanKind = (typeof SPAN_KINDS)[number];
export type SpanStatus = "unset" | "ok" | "error";

export interface SpanEvent {
  readonly timeNs: bigint;
  readonly name: string;
  readonly attributes: Attributes;
}

export interface SpanLink {
  readonly traceId: TraceId;
  readonly spanId: SpanId;
  readonly attributes: Attributes;
}

export interface Span {
  readonly traceId: TraceId;
  readonly spanId: SpanId;
  readonly parentSpanId?: SpanId;
  /** Zipkin: client and server share one span id, and this is the server's half. */
  readonly shared: boolean;
  readonly kind: SpanKind;
  readonly startNs: bigint;
  readonly durationNs: bigint;
  readonly service: string;
  readonly operation: string;
  readonly status: SpanStatus;
  readonly statusMessage?: string;
  readonly attributes: Attributes;
  readonly resource: Attributes;
  readonly scope?: { readonly name: string; readonly version: string };
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  /** W3C's, as it came: a sampler may say there what share of requests it keeps. */
  readonly traceState?: string;
}

const TRACE_PATTERN = /^[0-9a-f]{32}$/;
const SPAN_PATTERN = /^[0-9a-f]{16}$/;

const NO_TRACE = "0".repeat(32);
const NO_SPAN = "0".repeat(16);

// biome-ignore lint/plugin: id maker
const madeTrace = (text: string): TraceId => text as TraceId;
// biome-ignore lint/plugin: id maker
const madeSpan = (text: string): SpanId => text as SpanId;

/** Hex in any case, 16 or 32 digits, not all zero; anything else is undefined. */
export function parseTraceId(text: string): TraceId | undefined {
  // As binary formats have it, in one look.
  if (TRACE_PATTERN.test(text)) return text === NO_TRACE ? undefined : madeTrace(text);
  const id = text.toLowerCase().padStart(32, "0");
  const wellFormed = (text.length === 32 || text.length === 16) && TRACE_PATTERN.test(id) && id !== NO_TRACE;
  return wellFormed ? madeTrace(id) : undefined;
}

export function parseSpanId(text: string): SpanId | undefined {
  const id = SPAN_PATTERN.test(text) ? text : text.toLowerCase();
  return SPAN_PATTERN.test(id) && id !== NO_SPAN ? madeSpan(id) : undefined;
}
