/**
 * One request and everything it causes: calls, attempts, retries, timeouts, cancellation. In: a source's request and
 * the estate. Out: the answer, with commits and spans left in the context. A call that outlives its timeout is cut on
 * both sides: the caller's proxy says 504 UT and the callee's `0 DC`, and so on down the tree. Times: ms since the
 * world began. Recursion is as deep as the estate's calls (acyclic, and asserted below 64). Not handled: hedging, per-try timeouts.
 */
import { assert } from "../base/result.ts";
import { type Context, failed, isMutual, type Visit } from "./context.ts";
import { branch, logNormal, mix, pick } from "./draw.ts";
import type { Answer, Attempt, Call, Pod, SpanRef } from "./hop.ts";
import { clientSpan, serverSpan } from "./hop-spans.ts";
import { recordArrival, recordSend } from "./record.ts";
import { sizesOf } from "./sizes.ts";
import type { CallPlan, Failure } from "./spec.ts";

const MAX_DEPTH = 64;
/** Envoy's base interval of retry back-off. */
const BACKOFF_MS = 25;
/** Sends a call, tries again where the link says so, and records it on both sides. */
export function send(context: Context, call: Call): Answer {
  assert(call.depth < MAX_DEPTH, "calls nest deeper than 64");
  const limitMs = Math.min(call.deadlineMs, call.startMs + (call.link.timeoutMs ?? Number.POSITIVE_INFINITY));
  const traced = (call.from.proxy?.tracer("client", call.from, null) ?? null) !== null;
  const span = traced ? context.trace?.ref(call.parent) : undefined;
  const attempts: Attempt[] = [];
  let startMs = call.startMs;
  for (let tries = 0; tries <= (call.link.retries ?? 0); tries++) {
    const attempt = tryOnce(context, { ...call, startMs, seed: mix(call.seed, 500 + tries) }, limitMs, span);
    if (attempt === null) break;
    attempts.push(attempt);
    const { answer } = attempt;
    startMs = answer.endMs + BACKOFF_MS * branch(call.seed, 900 + tries).next();
    const again = answer.code === 503 || answer.grpc === "14";
    if (!again || startMs + 2 * call.link.networkMs >= limitMs) break;
  }
  const last = attempts.at(-1);
  // The caller was cut off before its request could leave: no proxy has anything to count.
  if (last === undefined) return { endMs: limitMs, code: 0, grpc: "", flags: "DC" };
  const answer = callersAnswer(call, attempts, last.answer);
  const settled = [...attempts.slice(0, -1), { ...last, answer }];
  if (call.service.protocol === "tcp") return answer;
  const size = sizesOf(call, answer);
  recordSend(context, call, settled, { durationMs: answer.endMs - call.startMs, ...size });
  if (span !== undefined) clientSpan(context, call, span, settled);
  return answer;
}

/** How the last attempt's answer looks from the caller's proxy. */
function callersAnswer(call: Call, attempts: readonly Attempt[], last: Answer): Answer {
  if (last.code === 0) {
    const timedOut = call.startMs + (call.link.timeoutMs ?? Number.POSITIVE_INFINITY) <= call.deadlineMs;
    if (!timedOut) return last;
    // A gRPC caller gets the local reply as UNAVAILABLE under a 200.
    return call.service.protocol === "grpc"
      ? { endMs: last.endMs, code: 200, grpc: "14", flags: "UT" }
      : { endMs: last.endMs, code: 504, grpc: "", flags: "UT" };
  }
  const retries = call.link.retries ?? 0;
  if (retries > 0 && attempts.length === retries + 1 && last.code === 503) return { ...last, flags: "URX" };
  return last;
}

/** One attempt; null when there is no time left even to send it. */
function tryOnce(context: Context, call: Call, limitMs: number, span: SpanRef | undefined): Attempt | null {
  const { link, service, startMs } = call;
  const draw = branch(call.seed, 1);
  const pair = `${call.from.workload.service} ${service.name}`;
  const { tuning } = context;
  const networkMs = logNormal(draw, { medianMs: tuning.networkMs.get(pair) ?? link.networkMs, sigma: 0.3 });
  const [refused, healthy, which, replica] = [draw.next(), draw.next(), draw, draw.next()];
  if (startMs + networkMs >= limitMs) return null;
  const cutMs = limitMs - networkMs / 2;
  if (service.kind !== "mesh") return outside(call, startMs + networkMs / 2, cutMs, networkMs / 2);
  const refusal = (flags: string): Answer => ({ endMs: startMs + networkMs, code: 503, grpc: "", flags });
  if (healthy < (link.noHealthyUpstream ?? 0)) return { to: null, mutual: false, answer: refusal("UH"), left: false };
  const weights = context.splits.weights(call.from, service);
  const backend = service.backends[pick(which, weights)];
  if (weights.every((weight) => weight === 0)) return { to: null, mutual: false, answer: refusal("UH"), left: false };
  const pods = context.pods.get(backend?.workload ?? "") ?? [];
  const to = pods[Math.floor(replica * pods.length)];
  assert(to !== undefined, `${service.name} has no pod`);
  if (refused < (link.connectFailure ?? 0)) return { to, mutual: false, answer: refusal("UF"), left: false };
  if (branch(call.seed, 12).next() < (tuning.overflow.get(pair) ?? 0)) return overflow(to, startMs);
  const mutual = isMutual(context, call.from, to, link);
  const at = { ...call, startMs: startMs + networkMs / 2, networkMs, deadlineMs: cutMs };
  if (tuning.denied.has(pair)) return deny(context, at, { to, mutual }, networkMs / 2);
  const answer =
    service.protocol === "tcp" ? query(context, at, to, mutual) : arrive(context, at, { to, mutual }, span);
  return { to, mutual, left: true, answer: { ...answer, endMs: answer.endMs + networkMs / 2 } };
}

/** The caller's circuit breaker refuses at once. */
function overflow(to: Pod, startMs: number): Attempt {
  return { to, mutual: false, left: false, answer: { endMs: startMs + 0.1, code: 503, grpc: "", flags: "UO" } };
}

/** The proxy of `to` refuses what its policy does not allow, and its app sees nothing. */
function deny(
  context: Context,
  call: Call,
  at: { readonly to: Pod; readonly mutual: boolean },
  backMs: number,
): Attempt {
  const answer: Answer = { endMs: call.startMs + 0.3, code: 403, grpc: "", flags: "-" };
  const attempt: Attempt = { ...at, left: true, denied: true, answer };
  recordArrival(context, call, attempt, { durationMs: 0.3, ...sizesOf(call, answer) });
  return { ...attempt, answer: { ...answer, endMs: answer.endMs + backMs } };
}

/** A service outside the estate: nobody there reports. */
function outside(call: Call, startMs: number, cutMs: number, backMs: number): Attempt {
  const draw = branch(call.seed, 2);
  const endMs = startMs + logNormal(draw, call.operation.work);
  const own = failureOf(call.operation.failure, draw.next(), call.service.protocol === "grpc");
  const answer = endMs >= cutMs ? { endMs: cutMs, code: 0, grpc: "", flags: "DC" } : { endMs, ...own };
  return { to: null, mutual: false, left: true, answer: { ...answer, endMs: answer.endMs + backMs } };
}

type Outcome = Pick<Answer, "code" | "grpc" | "flags">;

/** Success, or one of the failure's answers: `luck` is uniform in [0, 1). */
function failureOf(failure: Failure | undefined, luck: number, grpc: boolean): Outcome {
  const success = { code: 200, grpc: grpc ? "0" : "", flags: "-" };
  if (failure === undefined || luck >= failure.probability) return success;
  const index = Math.floor((luck / failure.probability) * failure.answers.length);
  return { ...success, ...failure.answers[index] };
}

/** A request reaches a pod through its proxy, if it has one. */
function arrive(
  context: Context,
  call: Call,
  at: { readonly to: NonNullable<Attempt["to"]>; readonly mutual: boolean },
  client: SpanRef | undefined,
): Answer {
  const { to, mutual } = at;
  const traced = call.from.proxy?.tracer("client", call.from, to) ?? null;
  const maker = to.proxy?.tracer("server", to, call.from) ?? null;
  const parent = traced === null ? call.parent : client;
  // Stock Envoy's Zipkin tracer joins the caller's span: one id, two halves.
  const shared = to.proxy?.dialect === "envoy" && call.from.proxy?.dialect === "envoy" && client !== undefined;
  const own = context.trace === null || maker === null ? parent : context.trace.ref(parent);
  const span = shared ? client : own;
  const { service, operation, startMs, deadlineMs, seed, depth } = call;
  const answer = work(context, { pod: to, service, operation, startMs, deadlineMs, seed: mix(seed, 3), span, depth });
  const size = sizesOf(call, answer);
  recordArrival(context, call, { to, mutual, answer, left: true }, { durationMs: answer.endMs - startMs, ...size });
  serverSpan(context, call, { to, maker, span, shared, answer });
  return answer;
}

/** A query over a kept TCP connection: bytes for the proxies, a client span of the app's own. */
function query(context: Context, call: Call, to: NonNullable<Attempt["to"]>, mutual: boolean): Answer {
  const { from, service, operation, startMs, deadlineMs } = call;
  const takes = logNormal(branch(call.seed, 4), operation.work);
  const cut = startMs + takes >= deadlineMs;
  const answer = { endMs: cut ? deadlineMs : startMs + takes, code: cut ? 0 : 200, grpc: "", flags: cut ? "DC" : "-" };
  const size = sizesOf(call, answer);
  context.commits.push((nowMs) => context.tcp.transfer({ from, to, service, mutual, ...size }, nowMs));
  if (from.proxy !== null && from.proxy.dialect !== "envoy") {
    context.trace?.app({
      ref: context.trace.ref(call.parent),
      kind: "client",
      pod: from,
      name: operation.name,
      startMs,
      endMs: answer.endMs,
      error: cut,
      attributes: {
        "db.system.name": "postgresql",
        "db.namespace": operation.path,
        "db.query.text": `SELECT * FROM ${operation.path} WHERE id = $1`,
        "server.address": service.host,
        "server.port": service.port,
      },
    });
  }
  return answer;
}

/** How much worse a version does for the share of its service's requests that it is given. */
function strainOf(
  { tuning, splits }: Context,
  { pod, service }: Visit,
): { readonly slower: number; readonly failure: Failure | undefined } {
  const strain = tuning.strains.get(pod.workload.name);
  if (strain === undefined) return { slower: 1, failure: undefined };
  const share = splits.share(service, pod.workload.name);
  const probability = Math.min(1, strain.failure.probability + strain.failuresPerShare * share);
  return { slower: 1 + strain.slowerPerShare * share, failure: { ...strain.failure, probability } };
}

/** The app at work: own time, then its calls stage by stage, then own time again. */
export function work(context: Context, visit: Visit): Answer {
  const { pod, operation, service, startMs, deadlineMs } = visit;
  const draw = branch(visit.seed, 5);
  const strain = strainOf(context, visit);
  const own = logNormal(draw, context.tuning.work.get(pod.workload.name) ?? operation.work) * strain.slower;
  const takes = Math.max(0.4, draw.next() < 0.002 ? own * 8 : own);
  const failure = strain.failure ?? context.tuning.failures.get(pod.workload.name) ?? operation.failure;
  const outcome = failureOf(failure, draw.next(), service.protocol === "grpc");
  const cut: Answer = { endMs: deadlineMs, code: 0, grpc: "", flags: "DC" };
  const inner = operation.appSpan === undefined ? visit.span : context.trace?.ref(visit.span);
  let answer: Answer = { endMs: startMs + takes * 0.6, ...outcome };
  if (!failed(answer)) answer = stages(context, { ...visit, span: inner }, answer);
  if (answer.code !== 0) answer = { ...answer, endMs: answer.endMs + takes * 0.4 };
  if (answer.code === 0 || answer.endMs >= deadlineMs) answer = cut;
  if (operation.appSpan !== undefined && inner !== undefined) {
    const margin = answer === cut ? 0 : 0.05;
    context.trace?.app({
      ref: inner,
      kind: "internal",
      pod,
      ...operation.appSpan,
      startMs: startMs + 0.05,
      endMs: answer.endMs - margin,
      error: failed(answer),
    });
  }
  return answer;
}

function stages(context: Context, visit: Visit, begun: Answer): Answer {
  let answer = begun;
  for (const [index, stage] of (visit.operation.stages ?? []).entries()) {
    if (answer.endMs >= visit.deadlineMs) return { ...answer, code: 0 };
    let endMs = answer.endMs;
    for (const [place, plan] of stage.entries()) {
      const child = callOf(context, visit, plan, {
        startMs: answer.endMs,
        seed: mix(visit.seed, 20 + index * 10 + place),
      });
      if (child === null) continue;
      endMs = Math.max(endMs, child.endMs);
      answer = merge(visit, plan, answer, child);
    }
    answer = { ...answer, endMs };
    if (failed(answer)) return answer;
  }
  return answer;
}

function callOf(context: Context, visit: Visit, plan: CallPlan, at: { startMs: number; seed: number }): Answer | null {
  if (branch(at.seed, 6).next() >= (plan.probability ?? 1)) return null;
  const service = context.atlas.service(plan.service);
  const link = context.atlas.link(visit.pod.workload.service, plan.service);
  return send(context, {
    from: visit.pod,
    link,
    networkMs: link.networkMs,
    service,
    operation: context.atlas.operation(service, plan.operation),
    startMs: at.startMs,
    deadlineMs: visit.deadlineMs,
    seed: at.seed,
    id: at.seed,
    parent: visit.span,
    depth: visit.depth + 1,
  });
}

/** A gateway relays what it got; an app whose critical call failed answers 500. */
function merge(visit: Visit, plan: CallPlan, answer: Answer, child: Answer): Answer {
  if (visit.pod.workload.relays === true) return { ...answer, code: child.code, flags: child.flags };
  if (plan.critical !== true || !(failed(child) || child.code === 403)) return answer;
  return visit.service.protocol === "grpc" ? { ...answer, grpc: "13" } : { ...answer, code: 500 };
}
