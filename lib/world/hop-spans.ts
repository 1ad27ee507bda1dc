/**
 * The spans of one HTTP call: one at the side that made it, one at the side that got it, each by the proxy that traces
 * there, in its mesh's words. In: a finished call or attempt. Out: spans left in the context's trace.
 */
import { type Context, failed } from "./context.ts";
import { styleOf } from "./envoy-styles.ts";
import type { Answer, Attempt, Call, Pod, SpanRef } from "./hop.ts";
import { linkerdTags } from "./linkerd-span.ts";
import { sizesOf } from "./sizes.ts";
import { type HopFacts, hopName, hopTags, inboundCluster, outboundCluster, pathOf, waypointTags } from "./tags.ts";

/** Every proxy's words for a hop: its name and its tags. */
function words(maker: Pod, facts: HopFacts, kind: "client" | "server"): { name: string; tags: Record<string, string> } {
  if (maker.proxy?.dialect !== "linkerd") return { name: hopName(maker, facts.service), tags: hopTags(facts) };
  const name = pathOf(facts.operation, facts.seed);
  return { name, tags: linkerdTags(facts, kind === "server" ? "inbound" : "outbound") };
}

export interface Arrived {
  readonly to: Pod;
  /** Null where no proxy traces this side. */
  readonly maker: Pod | null;
  readonly span: SpanRef | undefined;
  readonly shared: boolean;
  readonly answer: Answer;
}

export function serverSpan(context: Context, call: Call, arrived: Arrived): void {
  const { trace } = context;
  const { to, maker, span, answer } = arrived;
  if (trace === null || span === undefined || maker === null) return;
  const { service, operation, from, id } = call;
  const cluster = maker === to ? inboundCluster(to, service) : outboundCluster(maker, service, to.workload);
  const facts: HopFacts = {
    service,
    operation,
    answer,
    seed: id,
    traceSeed: trace.traceId,
    peerIp: from.ip,
    upstreamCluster: cluster,
    upstreamAddress: `${to.ip}:${service.port}`,
    ...sizesOf(call, answer),
  };
  const { name, tags } = words(maker, facts, "server");
  if (maker !== to) Object.assign(tags, waypointTags(from, to));
  trace.hop({
    ref: span,
    shared: arrived.shared,
    kind: "server",
    pod: maker,
    name,
    startMs: call.startMs,
    endMs: answer.endMs,
    error: failed(answer),
    tags,
  });
}

export function clientSpan(context: Context, call: Call, span: SpanRef, attempts: readonly Attempt[]): void {
  const { from, service, operation, startMs, id } = call;
  const last = attempts.at(-1);
  if (last === undefined || context.trace === null) return;
  const { answer, to } = last;
  const served = to?.workload ?? null;
  // Bytes that a proxy only passes on make no span.
  if (styleOf(from.role, from.workload)?.names.outbound(service, served).opaque === true) return;
  const cluster = outboundCluster(from, service, served);
  const facts: HopFacts = {
    service,
    operation,
    answer,
    seed: id,
    traceSeed: context.trace.traceId,
    peerIp: to?.ip ?? from.ip,
    upstreamCluster: cluster,
    attempts: attempts.length,
    ...(to === null ? {} : { upstreamAddress: `${to.ip}:${service.port}` }),
    ...sizesOf(call, answer),
  };
  const { name, tags } = words(from, facts, "client");
  const relays = from.workload.relays === true && from.proxy?.dialect !== "linkerd";
  context.trace.hop({
    ref: span,
    shared: false,
    kind: "client",
    pod: from,
    name: relays ? `router ${cluster} egress` : name,
    startMs,
    endMs: answer.endMs,
    error: failed(answer),
    tags,
  });
}
