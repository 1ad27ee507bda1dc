/**
 * A Rollout of Argo Rollouts → what the API says of it. In: the object, where it is, what was seen of its traffic; out:
 * summary, steps, and what it says of itself. Its words stay its own; states and steps are the ones of every rollout.
 */
import type { Owned, RolloutActionName, RolloutDetail, RolloutSummary } from "../../query/schema/rollouts.ts";
import { type ArgoAction, type ArgoRollout, argoRefusal, sightOf, sightText } from "../owners/argo-rollouts.ts";
import { at, type Json, type JsonObject, listOf, numberOf, textOf } from "../traffic/document.ts";
import { actionsOf, type OwnerPlace, type Refused, type SeenShares, sharesAnswer } from "./owner-place.ts";

type StepAnswer = RolloutDetail["steps"][number];
type Step = Pick<StepAnswer, "kind" | "text">;

/** Aborting is Argo's way back. */
export function argoActionOf(action: RolloutActionName): ArgoAction {
  return action === "rollback" ? "abort" : action;
}

function stepOf(step: Json): Step {
  const weight = numberOf(at(step, "setWeight"));
  if (weight !== undefined) return { kind: "weight", text: `${weight} % to the canary` };
  const pause = at(step, "pause");
  if (pause !== undefined) {
    const duration = at(pause, "duration");
    const text = duration === undefined || duration === null ? "wait for a person" : `pause for ${String(duration)}`;
    return { kind: "pause", text: typeof duration === "number" ? `${text} s` : text };
  }
  const analysis = at(step, "analysis");
  if (analysis !== undefined) {
    const names = listOf(at(analysis, "templates")).map((one) => textOf(at(one, "templateName")) ?? "");
    return { kind: "analysis", text: `analysis: ${names.join(", ")}` };
  }
  const mirror = at(step, "setMirrorRoute");
  if (mirror !== undefined) return { kind: "other", text: `mirror ${numberOf(at(mirror, "percentage")) ?? 100} %` };
  const header = at(step, "setHeaderRoute");
  if (header !== undefined) {
    const names = listOf(at(header, "match")).map((one) => textOf(at(one, "headerName")) ?? "");
    return { kind: "other", text: `requests with header ${names.join(", ")} to the canary` };
  }
  const [name = "step"] = Object.keys(typeof step === "object" && step !== null ? step : {});
  return { kind: "other", text: name };
}

/** A blue/green release has no steps of its own: it is shown, may wait, and is switched to. */
function blueGreenSteps({ pauses, isPromoted }: ArgoRollout): readonly StepAnswer[] {
  const now = isPromoted ? 3 : pauses.length > 0 ? 1 : 0;
  const texts: readonly Step[] = [
    { kind: "other", text: "the new version is started beside the old one" },
    { kind: "pause", text: "wait for a person" },
    { kind: "weight", text: "100 % to the new version" },
  ];
  return texts.map((step, i) => ({ ...step, state: i < now ? "done" : i === now ? "current" : "ahead" }));
}

export function argoSteps(rollout: ArgoRollout): RolloutDetail["steps"] {
  if (rollout.strategy === "blueGreen") return [...blueGreenSteps(rollout)];
  const now = rollout.isPromoted ? rollout.steps.length : (rollout.stepIndex ?? 0);
  return rollout.steps.map((step, i) => ({
    ...stepOf(step),
    state: i < now ? "done" : i === now ? "current" : "ahead",
  }));
}

type Stand = Pick<RolloutSummary, "state"> & { readonly waitingFor?: string };

/** A pause of a step with a time of its own ends by itself. */
function isTimed({ steps, stepIndex }: ArgoRollout): boolean {
  const duration = at(steps[stepIndex ?? 0], "pause", "duration");
  return duration !== undefined && duration !== null;
}

function standOf(rollout: ArgoRollout): Stand {
  const [pause] = rollout.pauses;
  if (rollout.isAborted) return { state: "aborted" };
  if (rollout.isPausedByUser) return { state: "paused", waitingFor: "resume" };
  if (pause !== undefined) {
    if (/^Inconclusive/.test(pause.reason)) return { state: "waiting", waitingFor: "inconclusive" };
    return isTimed(rollout) ? { state: "running", waitingFor: "time" } : { state: "waiting", waitingFor: "promotion" };
  }
  if (rollout.phase === "Degraded") return { state: "failed" };
  if (rollout.isPromoted) return { state: "promoted" };
  return rollout.phase === "Unknown" ? { state: "unknown" } : { state: "running", waitingFor: "owner" };
}

const NOT_TAKEN: Refused = { code: "settling", message: "the controller has not taken the last change yet" };

export function argoRefusalOf(rollout: ArgoRollout, action: RolloutActionName): Refused | undefined {
  const wanted = argoActionOf(action);
  return argoRefusal(rollout, wanted) ?? (rollout.isSettling && wanted !== "abort" ? NOT_TAKEN : undefined);
}

export function argoSummary(rollout: ArgoRollout, place: OwnerPlace, shares: SeenShares): RolloutSummary {
  const [namespace = "", name = ""] = rollout.ref.split("/");
  const stand = standOf(rollout);
  const steps = argoSteps(rollout);
  const index = Math.max(
    0,
    steps.findIndex(({ state }) => state === "current"),
  );
  const since = Date.parse(rollout.pauses[0]?.since ?? "");
  // Without a route that can be read, its own word for what it set.
  const { canary, stable } = rollout.weights ?? { canary: 0, stable: 0 };
  const said = rollout.weights === null || canary + stable === 0 ? null : canary / (canary + stable);
  return {
    ...place,
    ...{ name, namespace, service: name, ...stand },
    owner: { kind: "argoRollouts", ref: `Rollout ${rollout.ref}`, evidence: [`Rollout ${rollout.ref}`] },
    ...(stand.waitingFor === undefined || Number.isNaN(since) ? {} : { waitingSinceMs: since }),
    revision: sightText(sightOf(rollout)),
    step: { index, count: steps.length, text: steps[index]?.text ?? "" },
    ...sharesAnswer({ ...shares, desired: shares.desired ?? said }),
    ...actionsOf((action) => argoRefusalOf(rollout, action)),
  };
}

function metricOf(metric: Json): Owned["analyses"][number]["metrics"][number] {
  const counted = (["successful", "failed", "inconclusive", "error"] as const).flatMap((name) => {
    const count = numberOf(at(metric, name));
    return count === undefined || count === 0 ? [] : [`${count} ${name}`];
  });
  const last = listOf(at(metric, "measurements")).at(-1);
  return {
    name: textOf(at(metric, "name")) ?? "",
    status: textOf(at(metric, "phase")) ?? "",
    counts: counted.join(", "),
    value: textOf(at(last, "value")) ?? textOf(at(last, "message")) ?? textOf(at(metric, "message")) ?? "",
  };
}

/** `runs`: the AnalysisRuns that could be read, by name. */
export function argoOwned(raw: JsonObject, rollout: ArgoRollout, runs: ReadonlyMap<string, JsonObject>): Owned {
  const times = at(raw, "status", "duration");
  const facts = [
    ["strategy", rollout.strategy === "canary" ? "canary" : "blue/green"],
    ["new version", rollout.podHash],
    ["stable version", rollout.stableHash],
    ["completion", textOf(at(times, "completionStatus"))],
    ["started", textOf(at(times, "rolloutStartedAt"))],
    ["aborted", textOf(at(raw, "status", "abortedAt"))],
  ] as const;
  return {
    phase: rollout.isSettling ? `${rollout.phase}, not settled` : rollout.phase,
    message: rollout.isAborted
      ? `aborted: its spec still asks for ${rollout.podHash}${rollout.message === null ? "" : `; ${rollout.message}`}`
      : rollout.message,
    conditions: rollout.conditions.map((condition) => ({ ...condition })),
    analyses: rollout.analyses.map((analysis) => ({
      ...analysis,
      metrics: listOf(at(runs.get(analysis.name), "status", "metricResults")).map(metricOf),
    })),
    facts: facts.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [{ name, value }])),
    setup: [],
  };
}
