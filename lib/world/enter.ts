/**
 * A request enters the estate: at a gateway or another workload that faces outside, or as the call of a workload that nobody called. In: the source's
 * pod and operation. Out: when it ended (ms since the world began), with commits and spans left in the context.
 */
import { type Context, failed } from "./context.ts";
import { mix } from "./draw.ts";
import type { Answer, Pod, SpanRef } from "./hop.ts";
import { recordEntry } from "./record.ts";
import { send, work } from "./request.ts";
import type { Operation, ServiceSpec } from "./spec.ts";
import { hopName, hopTags, inboundCluster, outboundCluster, pathOf } from "./tags.ts";

/** Who stands before the gateway; nobody the mesh knows. */
const OUTSIDE_IP = "198.51.100.20";

export interface Entry {
  readonly pod: Pod;
  readonly service: ServiceSpec;
  readonly operation: Operation;
  readonly startMs: number;
  readonly seed: number;
}

export function enterEstate(context: Context, entry: Entry): number {
  return entry.pod.workload.service === entry.service.name ? enterRelay(context, entry) : enterCaller(context, entry);
}

function enterCaller(context: Context, entry: Entry): number {
  const { pod: from, service, operation, startMs, seed } = entry;
  const link = context.atlas.link(from.workload.service, service.name);
  const call = {
    from,
    link,
    networkMs: link.networkMs,
    service,
    operation,
    startMs,
    seed: mix(seed, 9),
    id: seed,
    depth: 0,
  };
  return send(context, { ...call, deadlineMs: Number.POSITIVE_INFINITY, parent: undefined }).endMs;
}

/** Linkerd never starts a trace: the span of what enters is the app's own. */
function appRoot(context: Context, entry: Entry, ref: SpanRef, answer: Answer): void {
  const { pod, operation, startMs, seed } = entry;
  context.trace?.app({
    ref,
    kind: "server",
    pod,
    name: operation.name,
    startMs,
    endMs: answer.endMs,
    error: failed(answer),
    attributes: {
      "http.request.method": operation.method,
      "http.response.status_code": answer.code,
      "url.path": pathOf(operation, seed),
    },
  });
}

/** A relay's upstream by its first backend: the span of a whole visit does not say which one was reached. */
function nextCluster(context: Context, pod: Pod, name: string): string {
  const service = context.atlas.service(name);
  const backend = service.backends[0];
  return outboundCluster(pod, service, backend === undefined ? null : context.atlas.workload(backend.workload));
}

function enterRelay(context: Context, entry: Entry): number {
  const { pod, service, operation, startMs, seed } = entry;
  const span = context.trace?.ref(undefined);
  const visit = { pod, service, operation, startMs, seed: mix(seed, 9), span, depth: 0 };
  const answer = work(context, { ...visit, deadlineMs: Number.POSITIVE_INFINITY });
  const sizes = { requestBytes: operation.requestBytes, responseBytes: operation.responseBytes };
  recordEntry(context, { pod, service, operation, code: answer.code, ...sizes, durationMs: answer.endMs - startMs });
  if (span === undefined) return answer.endMs;
  if (pod.proxy?.dialect === "linkerd") {
    appRoot(context, entry, span, answer);
    return answer.endMs;
  }
  const next = operation.stages?.[0]?.[0];
  const upstream =
    pod.workload.relays !== true || next === undefined
      ? inboundCluster(pod, service)
      : nextCluster(context, pod, next.service);
  const traceSeed = context.trace?.traceId ?? "";
  context.trace?.hop({
    ref: span,
    shared: false,
    kind: "server",
    pod,
    name: hopName(
      pod,
      pod.workload.relays === true && next !== undefined ? context.atlas.service(next.service) : service,
    ),
    startMs,
    endMs: answer.endMs,
    error: failed(answer),
    tags: hopTags({
      service,
      operation,
      answer,
      ...sizes,
      seed,
      traceSeed,
      peerIp: OUTSIDE_IP,
      upstreamCluster: upstream,
    }),
  });
  return answer.endMs;
}
