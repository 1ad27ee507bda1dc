/**
 * From what happened to the proxies that see it, and to the truth. In: a finished attempt, call or entry. Out: commits
 * that tell the proxies at both ends and change the ledger, once the tree has ended. What a proxy makes of it is its own.
 */
import { type Context, failed } from "./context.ts";
import type { Answer, Attempt, Call, Entered, Pod, Sizes } from "./hop.ts";
import { meshOf } from "./spec.ts";
import { outsideEnd, type TruthEdge, workloadEnd } from "./truth.ts";

/** The edge of the truth that an attempt belongs to. */
function truthOf(context: Context, call: Call, to: Pod | null): TruthEdge {
  const target = to === null ? outsideEnd(call.service) : workloadEnd(to.workload);
  return context.ledger.edge(workloadEnd(call.from.workload), target, call.service.protocol);
}

/** Whether an edge counts what arrived. A sidecar that calls into ambient mode is the only one to see requests there. */
function countsArrivals(from: Pod, to: Pod): boolean {
  if (from.proxy === null) return true;
  if (meshOf(from.role) !== "istio" || meshOf(to.role) !== "istio") return false;
  return to.proxy?.dialect === "istio" || from.proxy.dialect === "ambient";
}

/** A Linkerd proxy counts answers: it has none of a call that was given up. */
function isSeen(from: Pod, answer: Answer): boolean {
  return from.role !== "linkerd" || (answer.code !== 0 && answer.flags !== "UT");
}

/** One attempt at the pod that got it. */
export function recordArrival(context: Context, call: Call, attempt: Attempt, sizes: Sizes): void {
  const { to, mutual, answer, denied = false } = attempt;
  if (to === null) return;
  context.commits.push((nowMs) => {
    const truth = truthOf(context, call, to);
    truth.arrived++;
    truth.security[mutual ? "mutual" : "plaintext"]++;
    if (denied) truth.denied++;
    if (countsArrivals(call.from, to)) {
      truth.requests++;
      if (failed(answer)) truth.failures++;
    }
    const how = call.from.pool.take(to.name);
    const hop = { call, to, mutual, denied, answer, how, nowMs, ...sizes };
    call.from.proxy?.reached(hop);
    to.proxy?.arrived(hop);
  });
}

/** The whole call at its sender, by its last attempt. */
export function recordSend(context: Context, call: Call, attempts: readonly Attempt[], sizes: Sizes): void {
  const last = attempts.at(-1);
  if (last === undefined) return;
  const { answer, to } = last;
  context.commits.push((nowMs) => {
    const truth = truthOf(context, call, to);
    truth.sent++;
    if (failed(answer)) truth.sentFailures++;
    truth.retries += attempts.length - 1;
    if (answer.flags === "UT") truth.timeouts++;
    if (!last.left) truth.neverLeft++;
    const counts = !last.left || to === null || !countsArrivals(call.from, to);
    if (counts && isSeen(call.from, answer)) {
      truth.requests++;
      if (failed(answer)) truth.failures++;
    }
    if (call.service.kind !== "mesh") truth.security.unknown++;
    call.from.proxy?.sent({ call, attempts, last, nowMs, ...sizes });
  });
}

/** A request from outside the estate. */
export function recordEntry(context: Context, entered: Omit<Entered, "how" | "nowMs">): void {
  const { pod } = entered;
  context.commits.push((nowMs) => pod.proxy?.entered({ ...entered, how: pod.pool.take("outside"), nowMs }));
}
