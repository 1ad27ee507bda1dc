/**
 * A span → what it says of a call. In: a canonical span of any mesh or SDK. Out: its side of a call, or undefined for a
 * proxy's call to what is no part of the estate (control planes, trace collectors). Pure; the pairing decides what follows.
 *
 * A client span whose upstream is the application behind its own proxy is the server side: Envoy labelled it so before it
 * split its spans (telemetry contract §6.3), and Linkerd says it by `direction=inbound`.
 */
import type { Span } from "../../model/span.ts";
import type { SpanRole, SpanSide } from "../../model/span-side.ts";
import { attribute } from "./attributes.ts";
import { outcomeOfSpan } from "./outcome.ts";
import { ownService } from "./own-service.ts";
import { bothEnds, brokerOf, callerOf, clientPeer, type Named, upstreamPeer } from "./peer.ts";

const ROLES: Readonly<Record<Span["kind"], SpanRole>> = {
  unspecified: "internal",
  internal: "internal",
  server: "server",
  client: "client",
  producer: "producer",
  consumer: "consumer",
};

function roleOf(span: Span, upstream: Named): SpanRole {
  const role = ROLES[span.kind];
  if (span.service === "linkerd-proxy") {
    const direction = attribute(span, "direction");
    if (direction === "inbound") return "server";
    if (direction === "outbound") return "client";
  }
  return role === "client" && upstream === "own" ? "server" : role;
}

function peerOf(span: Span, role: SpanRole, own: SpanSide["own"], upstream: Named): SpanSide["peer"] {
  if (role === "internal") return undefined;
  if (role === "server") return callerOf(span, own);
  if (role !== "client") return brokerOf(span, own);
  return typeof upstream === "object" ? upstream : clientPeer(span, own);
}

export function readSpan(span: Span): SpanSide | undefined {
  const own = ownService(span);
  const upstream = span.kind === "client" ? upstreamPeer(span, own) : undefined;
  if (upstream === "nothing") return undefined;
  const role = roleOf(span, upstream);
  const peer = peerOf(span, role, own, upstream);
  const through = role === "server" || role === "client" ? bothEnds(span) : undefined;
  const { traceId, spanId, parentSpanId, shared } = span;
  return {
    traceId,
    spanId,
    ...(parentSpanId === undefined || parentSpanId === spanId ? {} : { parentSpanId }),
    shared,
    role,
    own,
    ...(peer === undefined ? {} : { peer }),
    ...(through === undefined ? {} : { through }),
    ...outcomeOfSpan(span),
  };
}
