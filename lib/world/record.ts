/**
 * From what happened to what each proxy counts, and to the truth. In: a finished attempt or call. Out: commits that
 * change the counters of the proxies at both ends and the ledger, once the tree has ended.
 */
import { type Attempt, type Call, type Context, failed } from "./context.ts";
import { bump, type Cluster, connect, type EnvoyProxy, respond } from "./envoy-proxy.ts";
import type { Sizes } from "./istio-proxy.ts";
import type { Pod } from "./pods.ts";
import type { Operation, ServiceSpec } from "./spec.ts";
import { observe } from "./tally.ts";
import { outsideEnd, type TruthEdge, workloadEnd } from "./truth.ts";

/** The edge of the truth that an attempt belongs to. */
function truthOf(context: Context, call: Call, to: Pod | null): TruthEdge {
  const target = to === null ? outsideEnd(call.service) : workloadEnd(to.workload);
  return context.ledger.edge(workloadEnd(call.from.workload), target, call.service.protocol);
}

/** One attempt at the pod that got it. `startMs` is when it got there. */
export function recordArrival(context: Context, call: Call, attempt: Attempt, sizes: Sizes): void {
  const { to, mutual, answer } = attempt;
  if (to === null) return;
  context.commits.push(() => {
    const truth = truthOf(context, call, to);
    truth.arrived++;
    truth.security[mutual ? "mutual" : "plaintext"]++;
    if (to.proxy?.dialect === "istio") {
      truth.requests++;
      if (failed(answer)) truth.failures++;
      const source = call.from.proxy === null ? null : call.from.workload;
      const { code, grpc, flags } = answer;
      const view = { source, destination: to.workload, service: call.service, mutual, code, grpc, flags };
      to.proxy.request({ reporter: "destination", ...view }, sizes);
    } else if (to.proxy?.dialect === "envoy") {
      const how = call.from.proxy?.dialect === "envoy" ? call.from.proxy.connection(to.name) : "kept";
      if (call.from.proxy?.dialect === "envoy") {
        connect(call.from.proxy.cluster(call.service.name, mutual), how, mutual);
      }
      envoyInbound(to.proxy, call, { ...sizes, code: answer.code, mutual, how });
    }
  });
}

interface Entered {
  readonly pod: Pod;
  readonly service: ServiceSpec;
  readonly operation: Operation;
}

interface Inbound extends Sizes {
  readonly code: number;
  readonly mutual: boolean;
  readonly how: "added" | "replaced" | "kept";
}

function envoyInbound(proxy: EnvoyProxy, call: Call, got: Inbound): void {
  const manager = proxy.manager("ingress_http");
  const listener = proxy.listener(`0.0.0.0_${call.service.port}`, got.mutual);
  for (const side of [manager, listener]) {
    connect(side, got.how, got.mutual);
    side.received += got.requestBytes;
    side.sent += got.responseBytes;
  }
  respond(manager, listener, got.code, got.durationMs);
  const app = proxy.cluster("local_app", false);
  connect(app, proxy.connection("local_app"), false);
  final(app, got.code, got);
}

/** The final answer of an HTTP cluster. */
function final(cluster: Cluster, code: number, sizes: Sizes): void {
  cluster.requests++;
  cluster.sent += sizes.requestBytes;
  cluster.received += sizes.responseBytes;
  if (code === 0) {
    cluster.cancelled++;
    return;
  }
  bump(cluster.codes, code);
  observe(cluster.timeMs, sizes.durationMs);
}

/** The whole call at its sender, by its last attempt. */
export function recordSend(context: Context, call: Call, attempts: readonly Attempt[], sizes: Sizes): void {
  const last = attempts.at(-1);
  if (last === undefined) return;
  const { answer, to, mutual } = last;
  const { from, service } = call;
  context.commits.push(() => {
    const truth = truthOf(context, call, to);
    truth.sent++;
    if (failed(answer)) truth.sentFailures++;
    truth.retries += attempts.length - 1;
    if (answer.flags === "UT") truth.timeouts++;
    if (!last.left) truth.neverLeft++;
    if (!last.left || to === null || from.proxy?.dialect === "envoy") {
      truth.requests++;
      if (failed(answer)) truth.failures++;
    }
    if (service.kind !== "mesh") truth.security.unknown++;
    if (from.proxy?.dialect === "istio") {
      const { code, grpc, flags } = answer;
      const view = { source: from.workload, destination: to?.workload ?? null, service, mutual, code, grpc, flags };
      from.proxy.request({ reporter: "source", ...view }, sizes);
    } else if (from.proxy?.dialect === "envoy") {
      envoyOutbound(from.proxy, call, attempts, sizes);
    }
  });
}

function envoyOutbound(proxy: EnvoyProxy, call: Call, attempts: readonly Attempt[], sizes: Sizes): void {
  const last = attempts.at(-1);
  if (last === undefined) return;
  const cluster = proxy.cluster(call.service.name, call.link.tls === "mutual");
  for (const attempt of attempts.slice(0, -1)) {
    cluster.requests++;
    bump(cluster.retried, attempt.answer.code);
    cluster.retries++;
  }
  if (attempts.length > 1 && !failed(last.answer)) cluster.retrySuccess++;
  if (last.answer.flags.includes("URX")) cluster.retryLimit++;
  if (last.answer.flags === "UT") cluster.timeouts++;
  final(cluster, last.answer.code, sizes);
  if (call.from.workload.role === "edge") return;
  const port = `127.0.0.1_${call.service.port}`;
  const manager = proxy.manager("egress_http");
  const listener = proxy.listener(port, false);
  const how = proxy.connection(port);
  for (const side of [manager, listener]) {
    connect(side, how, false);
    side.received += sizes.requestBytes;
    side.sent += sizes.responseBytes;
  }
  respond(manager, listener, last.answer.code, sizes.durationMs);
}

/** A request that an edge Envoy took from outside, in plaintext; an Istio gateway counts nothing there. */
export function recordEntry(context: Context, entry: Entered, code: number, durationMs: number): void {
  const { pod, service, operation } = entry;
  if (pod.proxy?.dialect !== "envoy") return;
  const { proxy } = pod;
  context.commits.push(() => {
    const manager = proxy.manager("ingress_http");
    const listener = proxy.listener(`0.0.0.0_${service.port}`, false);
    const how = proxy.connection("outside");
    for (const side of [manager, listener]) {
      connect(side, how, false);
      side.received += operation.requestBytes;
      side.sent += operation.responseBytes;
    }
    respond(manager, listener, code, durationMs);
  });
}
