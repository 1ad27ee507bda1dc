/**
 * What the Argo Rollouts controller makes of a Rollout, one step at a time: a canary with traffic routing by Istio subsets.
 * In: the Rollout as stored and the time. Out: its next status, the canary's weight that its VirtualService must have, and
 * whether the new version is the stable one now. Pure. Not here: analyses, experiments, blue/green, scaling.
 */
import { at, type Json, type JsonObject, listOf, numberAt, objectOf, textAt } from "./document.ts";

export interface Reconciled {
  readonly status: JsonObject;
  readonly canaryWeight: number;
  readonly isPromoted: boolean;
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** `30s`, `5m`, or seconds; undefined: until somebody promotes. */
function pauseSec(step: Json | undefined): number | undefined {
  const given = at(step, "pause", "duration");
  if (typeof given === "number") return given;
  const match = /^(\d+)([smh])?$/.exec(typeof given === "string" ? given : "");
  return match === null ? undefined : Number(match[1]) * (UNITS[match[2] ?? "s"] ?? 1);
}

function weightAt(steps: readonly Json[], index: number): number {
  return steps.slice(0, index).reduce<number>((weight, step) => numberAt(step, "setWeight") ?? weight, 0);
}

interface Progress {
  readonly index: number;
  readonly phase: "Progressing" | "Paused" | "Degraded" | "Healthy";
  readonly message: string;
  readonly pauses: readonly JsonObject[];
  readonly controllerPause: boolean;
  readonly weight: number;
}

/** Where it is after this look: at most one step on. */
function progressOf(rollout: JsonObject, nowMs: number): Progress {
  const status = objectOf(rollout["status"]);
  const steps = listOf(at(rollout, "spec", "strategy", "canary", "steps"));
  const wasAborted = textAt(status, "abortedAt") !== "";
  const index =
    status["promoteFull"] === true ? steps.length : wasAborted ? 0 : (numberAt(status, "currentStepIndex") ?? 0);
  const pauses = status["promoteFull"] === true ? [] : listOf(status["pauseConditions"]).map(objectOf);
  const here = (rest: Partial<Progress>): Progress => ({
    index,
    phase: "Progressing",
    message: "more replicas need to be updated",
    pauses: [],
    controllerPause: false,
    weight: weightAt(steps, rest.index ?? index),
    ...rest,
  });
  if (at(rollout, "spec", "paused") === true)
    return here({ phase: "Paused", message: "manually paused", pauses, controllerPause: pauses.length > 0 });
  const step = steps[index];
  const isPauseStep = at(step, "pause") !== undefined;
  const [pause] = pauses;
  if (pause !== undefined) {
    const forSec = pauseSec(step);
    const over = forSec !== undefined && nowMs - Date.parse(textAt(pause, "startTime")) >= forSec * 1000;
    if (over) return here({ index: index + 1 });
    return here({ phase: "Paused", message: textAt(pause, "reason"), pauses, controllerPause: true });
  }
  if (status["controllerPause"] === true && isPauseStep && !wasAborted) return here({ index: index + 1 });
  if (isPauseStep) {
    const startTime = new Date(nowMs).toISOString();
    const reason = "CanaryPauseStep";
    return here({ phase: "Paused", message: reason, pauses: [{ reason, startTime }], controllerPause: true });
  }
  return step === undefined ? here({ phase: "Healthy", message: "", weight: 0 }) : here({ index: index + 1 });
}

function weightsStatus(status: JsonObject, weight: number): JsonObject {
  const of = (hash: string, share: number): JsonObject => ({ weight: share, podTemplateHash: textAt(status, hash) });
  const weights = { canary: of("currentPodHash", weight), stable: of("stableRS", 100 - weight) };
  return { ...objectOf(status["canary"]), weights };
}

function condition(type: string, status: boolean, reason: string): JsonObject {
  return { type, status: status ? "True" : "False", reason, message: reason };
}

function conditionsOf(phase: Progress["phase"]): readonly JsonObject[] {
  const reasons = {
    Progressing: "ReplicaSetUpdated",
    Paused: "RolloutPaused",
    Degraded: "RolloutAborted",
    Healthy: "NewReplicaSetAvailable",
  } as const;
  return [
    condition("Available", true, "AvailableReason"),
    condition("Progressing", phase !== "Degraded", reasons[phase]),
    condition("Paused", phase === "Paused", "RolloutPaused"),
    condition("Healthy", phase === "Healthy", phase === "Healthy" ? "RolloutHealthy" : "RolloutNotHealthy"),
    condition("Completed", phase === "Healthy", phase === "Healthy" ? "RolloutCompleted" : "RolloutNotCompleted"),
  ];
}

function aborted(status: JsonObject, observedGeneration: string, nowMs: number): JsonObject {
  const { pauseConditions: _pauses, promoteFull: _full, ...kept } = status;
  return {
    ...kept,
    observedGeneration,
    phase: "Degraded",
    message: "RolloutAborted: Rollout aborted update to revision 2",
    abortedAt: textAt(status, "abortedAt") || new Date(nowMs).toISOString(),
    currentStepIndex: 0,
    controllerPause: false,
    canary: weightsStatus(status, 0),
    conditions: conditionsOf("Degraded"),
  };
}

export function reconcileRollout(rollout: JsonObject, nowMs: number): Reconciled {
  const status = objectOf(rollout["status"]);
  const observedGeneration = String(numberAt(rollout, "metadata", "generation") ?? 0);
  const isDone = textAt(status, "currentPodHash") === textAt(status, "stableRS");
  if (isDone) return { status: { ...status, observedGeneration }, canaryWeight: 0, isPromoted: true };
  if (status["abort"] === true) {
    return { status: aborted(status, observedGeneration, nowMs), canaryWeight: 0, isPromoted: false };
  }
  const { index, phase, message, pauses, controllerPause, weight } = progressOf(rollout, nowMs);
  const isPromoted = phase === "Healthy";
  const {
    abort: _abort,
    abortedAt: _at,
    pauseConditions: _pauses,
    promoteFull: _full,
    message: _old,
    ...kept
  } = status;
  const stable = isPromoted ? { stableRS: textAt(status, "currentPodHash") } : {};
  const next = {
    ...kept,
    ...stable,
    observedGeneration,
    phase,
    currentStepIndex: index,
    controllerPause,
    ...(message === "" ? {} : { message }),
    ...(pauses.length === 0 ? {} : { pauseConditions: pauses }),
    conditions: conditionsOf(phase),
  };
  return { status: { ...next, canary: weightsStatus(next, weight) }, canaryWeight: weight, isPromoted };
}
