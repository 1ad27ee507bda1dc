/**
 * A Canary of Flagger → what the API says of it. In: the object, where it is, what was seen of its traffic, its gates; out:
 * summary, steps, and what it says of itself. Flagger does what it was let do with its next tick: what was let go and not
 * asked for yet is said so.
 */
import type { Owned, RolloutActionName, RolloutDetail, RolloutSummary } from "../../query/schema/rollouts.ts";
import {
  type CanaryContext,
  canarySight,
  canarySightText,
  type FlaggerAction,
  type FlaggerCanary,
  flaggerRefusal,
  GATES,
  gateOf,
} from "../owners/flagger.ts";
import { at, type JsonObject, listOf, numberOf, textOf } from "../traffic/document.ts";
import { actionsOf, type OwnerPlace, type Refused, type SeenShares, sharesAnswer } from "./owner-place.ts";

/** The rollback gate is Flagger's way back; it has no steps that could be skipped by name. */
export function flaggerActionOf(action: RolloutActionName): FlaggerAction | undefined {
  if (action === "rollback") return "abort";
  return action === "skipStep" ? undefined : action;
}

const NO_SKIP: Refused = { code: "not_offered", message: "Flagger skips no single step: promote it fully instead" };

export function flaggerRefusalOf(
  canary: FlaggerCanary,
  action: RolloutActionName,
  context: CanaryContext,
): Refused | undefined {
  const wanted = flaggerActionOf(action);
  return wanted === undefined ? NO_SKIP : flaggerRefusal(canary, wanted, context);
}

type StepAnswer = RolloutDetail["steps"][number];

const OVER = new Set(["Promoting", "Finalising", "Succeeded"]);

/** Steps before the ramp, on it, and after it; `now` is the place of the current one. */
export function flaggerSteps(canary: FlaggerCanary, desired: number | null): RolloutDetail["steps"] {
  const { phase, gates, ramp, rounds, iterations } = canary;
  const start = gates.includes("confirm-rollout")
    ? [{ kind: "pause", text: "wait for a person to start" } as const]
    : [];
  const climb =
    ramp.length > 0
      ? ramp.map((weight) => ({ kind: "weight", text: `${weight} % to the canary` }) as const)
      : [{ kind: "analysis", text: `${rounds} rounds of analysis, ${Math.min(iterations, rounds)} done` } as const];
  const end = gates.includes("confirm-promotion")
    ? [{ kind: "pause", text: "wait for a person to promote" } as const]
    : [];
  const last = { kind: "weight", text: "the new version becomes the primary" } as const;
  const steps: readonly Pick<StepAnswer, "kind" | "text">[] = [...start, ...climb, ...end, last];
  const percent = desired === null ? (canary.canaryWeight ?? 0) : desired * 100;
  const climbed = ramp.filter((weight) => weight <= percent + 1e-6).length;
  const place = (): number => {
    if (phase === "Succeeded") return steps.length;
    if (OVER.has(phase)) return steps.length - 1;
    if (phase === "WaitingPromotion") return start.length + climb.length;
    if (phase === "Progressing") return start.length + Math.max(0, Math.min(climbed, climb.length) - 1);
    return phase === "Waiting" ? 0 : -1;
  };
  const now = place();
  return steps.map((step, i) => ({ ...step, state: i < now ? "done" : i === now ? "current" : "ahead" }));
}

type Stand = Pick<RolloutSummary, "state"> & { readonly waitingFor?: string };

function standOf(canary: FlaggerCanary, { openGate }: CanaryContext): Stand {
  const { phase } = canary;
  if (phase === "Succeeded" || phase === "Initialized") return { state: "promoted" };
  if (phase === "Failed") return { state: "failed" };
  if (phase === "Unknown") return { state: "unknown" };
  if (canary.isSuspended) return { state: "paused", waitingFor: "resume" };
  if (openGate === "rollback") return { state: "rollingBack", waitingFor: "owner" };
  if (openGate !== null) return { state: "running", waitingFor: "owner" };
  // Without a webhook to Meshscope somebody else's gate holds it: it is shown as waiting all the same.
  if (phase === "Waiting" || phase === "WaitingPromotion") return { state: "waiting", waitingFor: "promotion" };
  return gateOf(canary) === undefined
    ? { state: "running", waitingFor: "owner" }
    : { state: "waiting", waitingFor: "promotion" };
}

export function flaggerSummary(
  raw: JsonObject,
  canary: FlaggerCanary,
  context: CanaryContext,
  where: { readonly place: OwnerPlace; readonly shares: SeenShares },
): RolloutSummary {
  const [namespace = "", name = ""] = canary.ref.split("/");
  const said = canary.canaryWeight === null ? null : canary.canaryWeight / 100;
  const desired = where.shares.desired ?? said;
  const steps = flaggerSteps(canary, desired);
  const index = steps.findIndex(({ state }) => state === "current");
  const stand = standOf(canary, context);
  const since = Date.parse(textOf(at(raw, "status", "lastTransitionTime")) ?? "");
  return {
    ...where.place,
    ...{ name, namespace, service: textOf(at(raw, "spec", "service", "name")) ?? canary.target.name, ...stand },
    owner: { kind: "flagger", ref: `Canary ${canary.ref}`, evidence: [`Canary ${canary.ref}`] },
    ...(stand.waitingFor === undefined || Number.isNaN(since) ? {} : { waitingSinceMs: since }),
    revision: canarySightText(canarySight(canary, context)),
    step: { index: Math.max(0, index), count: steps.length, text: steps[index]?.text ?? canary.phase },
    ...sharesAnswer({ ...where.shares, desired }),
    ...actionsOf((action) => flaggerRefusalOf(canary, action, context)),
  };
}

function metricsOf(raw: JsonObject): Owned["analyses"] {
  const analysis = at(raw, "spec", "analysis") ?? at(raw, "spec", "canaryAnalysis");
  const metrics = listOf(at(analysis, "metrics")).map((metric) => {
    const [min, max] = [numberOf(at(metric, "thresholdRange", "min")), numberOf(at(metric, "thresholdRange", "max"))];
    const bounds = [
      ...(min === undefined ? [] : [`at least ${min}`]),
      ...(max === undefined ? [] : [`at most ${max}`]),
    ];
    return {
      name: textOf(at(metric, "name")) ?? textOf(at(metric, "templateRef", "name")) ?? "",
      status: "",
      counts: bounds.join(", "),
      value: "",
    };
  });
  if (metrics.length === 0) return [];
  return [{ name: "metrics of its analysis", role: "checks", status: "", message: "", metrics }];
}

/** `snippet`: the webhooks that let Meshscope hold and release it; null where all are there, or none can be. */
export function flaggerOwned(raw: JsonObject, canary: FlaggerCanary, snippet: string | null): Owned {
  const conditions = listOf(at(raw, "status", "conditions")).map((one) => ({
    type: textOf(at(one, "type")) ?? "",
    status: textOf(at(one, "status")) ?? "",
    reason: textOf(at(one, "reason")) ?? "",
    message: textOf(at(one, "message")) ?? "",
  }));
  const missing = GATES.filter((gate) => !canary.gates.includes(gate));
  const facts = [
    ["failed checks", `${canary.failedChecks} of ${canary.threshold} until it rolls back`],
    ["rounds", canary.rounds === 0 ? "" : `${canary.iterations} of ${canary.rounds}`],
    ["next tick", `within ${canary.intervalSec} s`],
    ["gates here", canary.gates.join(", ") || "none"],
    ["version", canary.lastAppliedSpec],
    ["promoted version", canary.lastPromotedSpec],
    ["analysis", canary.skipsAnalysis ? "skipped" : ""],
    ["its own word on the weight", canary.canaryWeight === null ? "" : `${canary.canaryWeight} %`],
  ] as const;
  return {
    phase: canary.isSuspended ? `${canary.phase}, suspended` : canary.phase,
    message: canary.condition?.message ?? null,
    conditions,
    analyses: metricsOf(raw),
    facts: facts.flatMap(([name, value]) => (value === "" ? [] : [{ name, value }])),
    setup:
      snippet === null || missing.length === 0
        ? []
        : [{ title: `Webhooks for spec.analysis.webhooks of the Canary: ${missing.join(", ")}`, text: snippet }],
  };
}
