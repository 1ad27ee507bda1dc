/**
 * What a rollout would write to one route, and what would stand there afterwards. In: the documents as read and the share
 * or rule that is wished for; out: a plan, or the documents after it. Pure: for the writer, for what a button shows and for
 * what a definition shows before it starts.
 */
import { err, ok, type Result } from "../../base/result.ts";
import type { HeaderMatch, Plan, PlanError, TrafficState } from "../traffic/contract.ts";
import { planSplit, readSplit } from "../traffic/drivers.ts";
import { documentAfter } from "../traffic/patch.ts";
import { hasMatch, mirrorBpOf, planMatch, planMirror } from "../traffic/rules.ts";
import { WHOLE_BP } from "../traffic/weights.ts";
import type { RouteRef } from "./definition.ts";
import type { RuleChange } from "./events.ts";

/** A split and the object that holds rules above it: often one and the same. */
export interface RouteDocuments {
  readonly split: TrafficState;
  readonly rules: TrafficState;
}

/** The canary's share; null where the rule or the backend is not there. */
export function canaryBp(state: TrafficState, { routeKey, canary }: RouteRef): number | null {
  const route = state.routes.find(({ key }) => key === routeKey);
  return route?.backends.find(({ id }) => id === canary)?.weightBp ?? null;
}

/** Other backends of the rule keep what they have. Errors: those of the plan. */
export function planFor(
  state: TrafficState,
  ref: RouteRef,
  wantedBp: number,
  intentId: string,
): Result<Plan, PlanError> {
  const route = state.routes.find(({ key }) => key === ref.routeKey);
  const others = route?.backends.filter(({ id }) => id !== ref.stable && id !== ref.canary) ?? [];
  const shares = Object.fromEntries(others.map(({ id, weightBp }) => [id, weightBp] as const));
  const left = WHOLE_BP - others.reduce((sum, { weightBp }) => sum + weightBp, 0);
  const canary = Math.min(wantedBp, left);
  return planSplit(
    state,
    { routeKey: ref.routeKey, sharesBp: { ...shares, [ref.stable]: left - canary, [ref.canary]: canary } },
    intentId,
  );
}

/** `present`: the rule of ours that stands there, which is what is taken away. */
export function planRule(
  documents: RouteDocuments,
  ref: RouteRef,
  rule: RuleChange,
  present: HeaderMatch | null,
  intentId: string,
): Result<Plan, PlanError> {
  const wish = { ...documents, routeKey: ref.routeKey, canary: ref.canary, intentId };
  if (rule.kind === "mirror") return planMirror(wish, rule.mirrorBp);
  const match = rule.match ?? present;
  if (match === null) return err({ code: "no_change", message: "there is no rule to take away" });
  return planMatch(wish, match, rule.match !== null);
}

/** Whether the documents have the rule as it is wished for. */
export function hasRule(
  documents: RouteDocuments,
  { routeKey, canary }: RouteRef,
  rule: RuleChange,
  present: HeaderMatch | null,
): boolean {
  const place = { ...documents, routeKey, canary };
  if (rule.kind === "mirror") return mirrorBpOf(place) === rule.mirrorBp;
  const match = rule.match ?? present;
  return match === null || hasMatch(place, match) === (rule.match !== null);
}

/** The documents after a plan; null where the API would refuse it. */
export function documentsAfter({ split, rules }: RouteDocuments, plan: Plan): RouteDocuments | null {
  const isSplit = plan.target === split.target;
  const before = isSplit ? split : rules;
  const raw = documentAfter(before, plan);
  if (raw === null) return null;
  if (isSplit) {
    const after = readSplit(split.target, raw);
    return { split: after, rules: rules.target === split.target ? after : rules };
  }
  const revision = String(Number(rules.revision) + 1);
  return { split, rules: { ...rules, raw, revision: Object.keys(raw).length === 0 ? "0" : revision } };
}

/** One line of a value as the mesh writes it. */
export function valueText(value: Plan["changes"][number]["before"]): string {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

/** Plans of the writes that lead from the documents to a share and rules, first first. Errors: of the first that cannot be. */
export function plansTo(
  start: RouteDocuments,
  ref: RouteRef,
  wanted: { readonly canaryBp: number | null; readonly match: HeaderMatch | null; readonly mirrorBp: number },
  present: { readonly match: HeaderMatch | null; readonly mirrorBp: number },
  intentId: string,
): Result<{ readonly plans: readonly Plan[]; readonly after: RouteDocuments }, PlanError> {
  const plans: Plan[] = [];
  let documents = start;
  const add = (plan: Result<Plan, PlanError>): PlanError | undefined => {
    if (!plan.ok) return plan.error.code === "no_change" ? undefined : plan.error;
    const after = documentsAfter(documents, plan.value);
    if (after === null) return { code: "route_not_found", message: "the change does not fit the object" };
    plans.push(plan.value);
    documents = after;
    return undefined;
  };
  const isOther = JSON.stringify(wanted.match) !== JSON.stringify(present.match);
  const rules: readonly RuleChange[] = [
    ...(isOther && present.match !== null ? [{ kind: "match", match: null } as const] : []),
    ...(isOther && wanted.match !== null ? [{ kind: "match", match: wanted.match } as const] : []),
    ...(wanted.mirrorBp === present.mirrorBp ? [] : [{ kind: "mirror", mirrorBp: wanted.mirrorBp } as const]),
  ];
  const share = wanted.canaryBp === null ? undefined : add(planFor(documents.split, ref, wanted.canaryBp, intentId));
  if (share !== undefined) return err(share);
  for (const rule of rules) {
    const problem = add(planRule(documents, ref, rule, present.match, intentId));
    if (problem !== undefined) return err(problem);
  }
  return ok({ plans, after: documents });
}
