/**
 * What one span says of a call, read apart from its attributes: the language between the mesh's reader (which knows names
 * and attributes) and the pairing (which knows ids and time). Times are Unix ms by the clock of whoever made the span.
 */
import type { EdgeRef, Endpoint, Protocol } from "./identity.ts";
import type { SpanId, TraceId } from "./span.ts";

/** `internal` is everything that neither calls nor answers. */
export type SpanRole = "client" | "server" | "producer" | "consumer" | "internal";

/** How a call ended and how long it took. */
export interface SpanOutcome {
  readonly protocol: Protocol;
  readonly endMs: number;
  readonly durationMs: number;
  /** HTTP code, "none" (no response), or "ok" and "error" where the span has no code and only a status. */
  readonly code: string;
  /** Decimal; empty where the call is not gRPC or the span does not say. */
  readonly grpcStatus: string;
  /** Envoy response flags. */
  readonly flags: readonly string[];
  /** Share of requests that were kept when this one was, (0, 1]; null where the span does not say. */
  readonly sampled: number | null;
}

export interface SpanSide extends SpanOutcome {
  readonly traceId: TraceId;
  readonly spanId: SpanId;
  readonly parentSpanId?: SpanId;
  readonly shared: boolean;
  readonly role: SpanRole;
  /** Whose span it is. */
  readonly own: Endpoint;
  /** The other end as this span alone names it. Of a producer and a consumer: the broker. */
  readonly peer?: Endpoint;
  /** Both ends of the call that this span stands between: a waypoint's. */
  readonly through?: { readonly source: Endpoint; readonly target: Endpoint };
}

/** One call, from whichever spans of it arrived. Counted once, in the slot of its end. */
export interface SpanCall extends SpanOutcome {
  readonly edge: EdgeRef;
  /** Key of the service whose span told it: the time over which its spans were taken is the denominator of a rate. */
  readonly speaker: string;
}

/** Why a span that was taken is in no edge. It is in its trace all the same. */
export type PairingLoss = "pairing_full" | "span_late" | "span_out_of_time";

/** A service as spans name it. */
export function serviceKeyOf({ cluster, namespace, service, name }: Endpoint): string {
  return JSON.stringify([cluster, namespace, service ?? name]);
}

/** Parts of two names that may be one: a part that either leaves out says nothing against it. */
export const agree = (a: string, b: string): boolean => a === "" || b === "" || a === b;

/**
 * Whether two spans speak for one service, as a proxy and the application behind it do, each with its own idea of the name:
 * parts that one of them leaves out agree, and `web.shop` is `web` in `shop`.
 */
export function isSameService(a: Endpoint, b: Endpoint): boolean {
  if (!agree(a.cluster, b.cluster)) return false;
  const [nameA, nameB] = [a.service ?? a.name, b.service ?? b.name];
  if (nameA === nameB) return agree(a.namespace, b.namespace);
  return nameA === `${nameB}.${b.namespace}` || nameB === `${nameA}.${a.namespace}`;
}
