/**
 * Argo Rollouts: what a Rollout says of itself, and the intents that a person may have for it, as guarded merge patches.
 * The bodies are those of its own plugin with the revision that was read, so that the API refuses them (409) when anything
 * changed; and they are refused here unless pod hash, step and pause are what the person saw. Promote never skips a step
 * that is running: that is an action of its own.
 */
import { err, ok, type Result } from "../../base/result.ts";
import { at, type Json, type JsonObject, listOf, numberOf, textOf } from "../traffic/document.ts";

/** What an approval is bound to. */
export interface RolloutSight {
  readonly podHash: string;
  readonly stepIndex: number | null;
  readonly pausedSince: string | null;
  /** What people did to it: `paused`, `aborted`, `promoteFull`. */
  readonly marks: readonly string[];
}

export interface ArgoRollout {
  readonly ref: string;
  readonly revision: string;
  readonly phase: string;
  readonly message: string | null;
  readonly strategy: "canary" | "blueGreen";
  readonly steps: readonly Json[];
  readonly stepIndex: number | null;
  readonly podHash: string;
  readonly stableHash: string;
  readonly isPromoted: boolean;
  readonly isAborted: boolean;
  /** The controller has not seen the last change yet: nothing that it says is of now. */
  readonly isSettling: boolean;
  readonly pauses: readonly { readonly reason: string; readonly since: string | null }[];
  readonly isPausedByUser: boolean;
  readonly isControllerPaused: boolean;
  /** It was told to pass all steps by. */
  readonly isFullyPromoting: boolean;
  readonly weights: { readonly canary: number; readonly stable: number } | null;
  readonly conditions: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
  }[];
  readonly analyses: readonly AnalysisRef[];
}

/** An AnalysisRun that the Rollout names, and what it runs for. */
export interface AnalysisRef {
  readonly role: "step" | "background" | "before promotion" | "after promotion";
  readonly name: string;
  readonly status: string;
  readonly message: string;
}

export type ArgoAction = "promote" | "promoteFull" | "pause" | "resume" | "abort" | "retry" | "skipStep";

/** A merge patch; what sends it adds the revision: for a second patch the one that the first was answered with. */
export interface ArgoPatch {
  readonly subresource: "status" | null;
  readonly body: JsonObject;
}

/** The patch as it is sent. */
export function guardedBody({ body }: ArgoPatch, revision: string): JsonObject {
  return { metadata: { resourceVersion: revision }, ...body };
}

export interface ArgoRefusal {
  readonly code:
    | "changed"
    | "nothing_paused"
    | "promoted"
    | "promoting"
    | "not_paused"
    | "no_step"
    | "not_aborted"
    | "aborted"
    | "step_running"
    | "paused"
    | "settling";
  readonly message: string;
}

export function readRollout(raw: JsonObject): ArgoRollout {
  const status = at(raw, "status");
  const canary = at(status, "canary");
  const podHash = textOf(at(status, "currentPodHash")) ?? "";
  const stableHash = textOf(at(status, "stableRS")) ?? textOf(at(status, "blueGreen", "activeSelector")) ?? "";
  const weight = numberOf(at(canary, "weights", "canary", "weight"));
  const generation = numberOf(at(raw, "metadata", "generation"));
  const observed = textOf(at(status, "observedGeneration")) ?? String(numberOf(at(status, "observedGeneration")) ?? "");
  const pauses = listOf(at(status, "pauseConditions")).map((one) => ({
    reason: textOf(at(one, "reason")) ?? "",
    since: textOf(at(one, "startTime")) ?? null,
  }));
  const isControllerPaused = at(status, "controllerPause") === true;
  const isStale = generation !== undefined && observed !== "" && observed !== String(generation);
  return {
    ref: `${textOf(at(raw, "metadata", "namespace")) ?? ""}/${textOf(at(raw, "metadata", "name")) ?? ""}`,
    revision: textOf(at(raw, "metadata", "resourceVersion")) ?? "",
    phase: textOf(at(status, "phase")) ?? "Unknown",
    message: textOf(at(status, "message")) ?? null,
    strategy: at(raw, "spec", "strategy", "blueGreen") === undefined ? "canary" : "blueGreen",
    steps: listOf(at(raw, "spec", "strategy", "canary", "steps")),
    stepIndex: numberOf(at(status, "currentStepIndex")) ?? null,
    podHash,
    stableHash,
    isPromoted: podHash !== "" && podHash === stableHash,
    isAborted: at(status, "abort") === true,
    isSettling: isStale || (isControllerPaused && pauses.length === 0),
    pauses,
    isPausedByUser: at(raw, "spec", "paused") === true,
    isControllerPaused,
    isFullyPromoting: at(status, "promoteFull") === true,
    weights:
      weight === undefined
        ? null
        : { canary: weight, stable: numberOf(at(canary, "weights", "stable", "weight")) ?? 0 },
    conditions: listOf(at(status, "conditions")).map((one) => ({
      type: textOf(at(one, "type")) ?? "",
      status: textOf(at(one, "status")) ?? "",
      reason: textOf(at(one, "reason")) ?? "",
      message: textOf(at(one, "message")) ?? "",
    })),
    analyses: analysesOf(status),
  };
}

function analysesOf(status: Json | undefined): readonly AnalysisRef[] {
  const places = [
    ["step", at(status, "canary", "currentStepAnalysisRunStatus")],
    ["background", at(status, "canary", "currentBackgroundAnalysisRunStatus")],
    ["before promotion", at(status, "blueGreen", "prePromotionAnalysisRunStatus")],
    ["after promotion", at(status, "blueGreen", "postPromotionAnalysisRunStatus")],
  ] as const;
  return places.flatMap(([role, run]) => {
    const name = textOf(at(run, "name"));
    if (name === undefined) return [];
    return [{ role, name, status: textOf(at(run, "status")) ?? "", message: textOf(at(run, "message")) ?? "" }];
  });
}

export function sightOf(rollout: ArgoRollout): RolloutSight {
  const { podHash, stepIndex, pauses, isPausedByUser, isAborted, isFullyPromoting } = rollout;
  const marks = [
    ...(isPausedByUser ? ["paused"] : []),
    ...(isAborted ? ["aborted"] : []),
    ...(isFullyPromoting ? ["promoteFull"] : []),
  ];
  return { podHash, stepIndex, pausedSince: pauses[0]?.since ?? null, marks };
}

/** What a click is bound to, as text: what changes in it is what a person would want to have seen. */
export function sightText({ podHash, stepIndex, pausedSince, marks }: RolloutSight): string {
  return [podHash, stepIndex ?? "", pausedSince ?? "", marks.join("+")].join("~");
}

/** Undefined for a text that is none of ours. */
export function sightFrom(text: string): RolloutSight | undefined {
  const [podHash, step, pausedSince, marks, more] = text.split("~");
  if (podHash === undefined || step === undefined || marks === undefined || more !== undefined) return undefined;
  if (!/^\d*$/.test(step)) return undefined;
  return {
    podHash,
    stepIndex: step === "" ? null : Number(step),
    pausedSince: pausedSince === "" ? null : (pausedSince ?? null),
    marks: marks === "" ? [] : marks.split("+"),
  };
}

export function isSameSight(a: RolloutSight, b: RolloutSight): boolean {
  return sightText(a) === sightText(b);
}

const isPaused = ({ pauses, isPausedByUser }: ArgoRollout): boolean => pauses.length > 0 || isPausedByUser;

/** Why an action makes no sense now; undefined where it does. */
export function argoRefusal(rollout: ArgoRollout, action: ArgoAction): ArgoRefusal | undefined {
  const paused = isPaused(rollout);
  switch (action) {
    case "resume":
      // A step's own pause is ended by promoting, which asks for another role.
      if (rollout.isPausedByUser) return undefined;
      return { code: "not_paused", message: paused ? "it waits at a step: promote it" : "it is not paused" };
    case "promote":
      if (rollout.isAborted) return { code: "aborted", message: "it was aborted: retry it first" };
      if (paused) return undefined;
      return rollout.isPromoted
        ? { code: "promoted", message: "all traffic is on this version already" }
        : { code: "nothing_paused", message: "it waits for nobody: a step is running; to pass it by, skip the step" };
    case "promoteFull":
      if (rollout.isAborted) return { code: "aborted", message: "it was aborted: retry it first" };
      if (rollout.isFullyPromoting) return { code: "promoting", message: "it was let go to the end already" };
      return rollout.isPromoted ? { code: "promoted", message: "all traffic is on this version already" } : undefined;
    case "pause":
      return rollout.isPausedByUser ? { code: "paused", message: "it is paused already" } : undefined;
    case "abort":
      if (rollout.isAborted) return { code: "aborted", message: "it was aborted already" };
      return rollout.isPromoted
        ? { code: "promoted", message: "all traffic is on this version: undo it instead" }
        : undefined;
    case "retry":
      return rollout.isAborted ? undefined : { code: "not_aborted", message: "it was not aborted" };
    case "skipStep":
      if (rollout.isAborted) return { code: "aborted", message: "it was aborted: retry it first" };
      if (rollout.isPromoted) return { code: "promoted", message: "all traffic is on this version already" };
      if ((rollout.stepIndex ?? 0) >= rollout.steps.length)
        return { code: "no_step", message: "there is no step left to skip" };
      return paused ? { code: "paused", message: "it is paused: promoting ends this step" } : undefined;
  }
}

/** Patches in the order in which they are sent. Errors: `changed` where another state was seen, `settling`, and refusals. */
export function planArgo(
  rollout: ArgoRollout,
  action: ArgoAction,
  seen: RolloutSight,
): Result<readonly ArgoPatch[], ArgoRefusal> {
  // The way back is not held up by a step that went on meanwhile, only by another version than the one that was seen.
  const isSame = action === "abort" ? rollout.podHash === seen.podHash : isSameSight(sightOf(rollout), seen);
  if (!isSame) return err({ code: "changed", message: "it is at another step than the one that was seen" });
  if (rollout.isSettling && action !== "abort")
    return err({ code: "settling", message: "the controller has not taken the last change yet" });
  const refusal = argoRefusal(rollout, action);
  if (refusal !== undefined) return err(refusal);
  return ok(patchesFor(rollout, action));
}

function patchesFor(rollout: ArgoRollout, action: ArgoAction): readonly ArgoPatch[] {
  const status = (body: JsonObject): ArgoPatch => ({ subresource: "status", body: { status: body } });
  const next = (rollout.stepIndex ?? 0) + 1;
  const unpause: readonly ArgoPatch[] = rollout.isPausedByUser
    ? [{ subresource: null, body: { spec: { paused: false } } }]
    : [];
  switch (action) {
    case "resume":
      return unpause;
    case "promote": {
      if (rollout.pauses.length === 0) return unpause;
      const inconclusive =
        rollout.isControllerPaused && rollout.pauses.some(({ reason }) => /^Inconclusive/.test(reason));
      const body = inconclusive
        ? { pauseConditions: null, controllerPause: false, currentStepIndex: next }
        : { pauseConditions: null };
      return [status(body), ...unpause];
    }
    case "promoteFull":
      return [status({ promoteFull: true }), ...unpause];
    case "pause":
      return [{ subresource: null, body: { spec: { paused: true } } }];
    case "abort":
      return [status({ abort: true })];
    case "retry":
      return [status({ abort: false })];
    case "skipStep":
      return [status({ pauseConditions: null, currentStepIndex: next })];
  }
}

/** Whether an action is done, where the answer to it was lost: what it sets is set, on the version that was seen. */
export function isArgoDone(rollout: ArgoRollout, action: ArgoAction, seen: RolloutSight): boolean {
  if (rollout.podHash !== seen.podHash) return false;
  switch (action) {
    case "promote":
      return !rollout.isAborted && !rollout.isPausedByUser && sightOf(rollout).pausedSince !== seen.pausedSince;
    case "promoteFull":
      return rollout.isFullyPromoting || rollout.isPromoted;
    case "pause":
      return rollout.isPausedByUser;
    case "resume":
      return !rollout.isPausedByUser;
    case "abort":
      return rollout.isAborted;
    case "retry":
      return !rollout.isAborted;
    case "skipStep":
      return rollout.isPromoted || (rollout.stepIndex ?? 0) > (seen.stepIndex ?? 0);
  }
}
