/** States, shifts, verdicts and actions of a rollout in words and looks. In: codes of the API; out: what the screen says. */
import type { JudgeMode } from "../../query/schema/judge-policy.ts";
import type { RolloutActionName, RolloutDetail, RolloutState, RolloutSummary } from "../../query/schema/rollouts.ts";
import type { StateLook } from "../health-words.ts";

type Shift = NonNullable<RolloutSummary["shift"]>;
type Verdict = NonNullable<RolloutSummary["verdict"]>;

export const STATE_LOOKS: Readonly<Record<RolloutState, StateLook>> = {
  running: { mark: "▸", words: "running", token: "healthy" },
  waiting: { mark: "◆", words: "waits for somebody", token: "unknown" },
  paused: { mark: "‖", words: "paused", token: "degraded" },
  rollingBack: { mark: "◂", words: "rolling back", token: "degraded" },
  promoted: { mark: "✓", words: "promoted", token: "healthy" },
  rolledBack: { mark: "↺", words: "rolled back", token: "idle" },
  aborted: { mark: "×", words: "aborted", token: "failing" },
  failed: { mark: "×", words: "failed", token: "failing" },
  needsHuman: { mark: "!", words: "a person must decide", token: "failing" },
  unknown: { mark: "?", words: "cannot be asked", token: "unknown" },
};

export const SHIFT_LOOKS: Readonly<Record<Shift, StateLook>> = {
  pending: { mark: "…", words: "too few requests yet", token: "idle" },
  shifting: { mark: "▸", words: "shifting", token: "unknown" },
  verified: { mark: "✓", words: "verified", token: "healthy" },
  stalled: { mark: "×", words: "stalled: traffic did not move", token: "failing" },
  partial: { mark: "◐", words: "partial: some callers did not follow", token: "degraded" },
  noTraffic: { mark: "○", words: "no traffic", token: "idle" },
};

type CallerState = RolloutDetail["routes"][number]["callers"][number]["state"];
export const CALLER_LOOKS: Readonly<Record<CallerState, StateLook>> = {
  follows: { mark: "✓", words: "follows", token: "healthy" },
  stays: { mark: "×", words: "stays at the old share", token: "failing" },
  quiet: { mark: "…", words: "too quiet to tell", token: "idle" },
};

export const VERDICT_LOOKS: Readonly<Record<Verdict, StateLook>> = {
  fail: { mark: "×", words: "fail", token: "failing" },
  noData: { mark: "○", words: "no data: held", token: "idle" },
  pass: { mark: "✓", words: "pass", token: "healthy" },
  inconclusive: { mark: "?", words: "no verdict yet", token: "unknown" },
};

export const ACTION_WORDS: Readonly<Record<RolloutActionName, string>> = {
  promote: "Promote",
  promoteFull: "Promote fully",
  pause: "Pause",
  resume: "Resume",
  abort: "Abort",
  rollback: "Roll back",
  retry: "Retry",
  skipStep: "Skip this step",
};

/** What pressing it means, before it is pressed. */
export const ACTION_MEANING: Readonly<Record<RolloutActionName, string>> = {
  promote: "Lets the rollout go on to its next step.",
  promoteFull: "Gives the new version all of the traffic at once, without the steps between.",
  pause: "Holds it at its present share until somebody resumes it.",
  resume: "Lets it go on from where it was paused.",
  abort: "Stops it and gives all of the traffic back to the stable version.",
  rollback: "Gives all of the traffic back to the stable version.",
  retry: "Tries again what was refused.",
  skipStep: "Goes on without the proof or the analysis that this step waits for.",
};

export const WAITING_WORDS: Readonly<Record<string, string>> = {
  promotion: "waits for a promotion",
  resume: "waits to be resumed",
  retry: "a write was refused",
  foreign_write: "somebody else changed the route",
  workload_changed: "another revision runs behind the canary",
  others: "waits for rollouts before it",
  readiness: "waits until the canary is ready",
  counters: "waits for the counters",
  judge: "the judge is looking",
  time: "waits for its time",
  inconclusive: "its analysis has no verdict: a person must decide",
  owner: "its owner is at work",
};

export const WITHHELD_WORDS: Readonly<Record<string, string>> = {
  too_short: "it has not run long enough",
  too_few_requests: "the canary has had too few requests",
  no_split: "the stable pods cannot be compared with each other, so how much errors cluster is not known",
  service_burn: "the whole service burns its error budget: the canary may not be the cause",
};

export const GUARD_WORDS: Readonly<Record<string, string>> = {
  canary_burn: "the canary burns its error budget",
  service_burn: "the whole service burns its error budget",
  budget_cap: "the canary used up its part of the error budget",
};

export const OWNER_WORDS: Readonly<Record<RolloutSummary["owner"]["kind"], string>> = {
  meshscope: "nobody else writes this route",
  argoRollouts: "Argo Rollouts writes this route",
  flagger: "Flagger writes this route",
  consulKubernetes: "Consul's Kubernetes controller writes this entry",
  appMeshController: "the App Mesh controller writes this route",
  conflict: "two controllers claim this route",
};

/** Whose rollout it is, where it is not our own. */
export const OWNER_NAMES: Readonly<Partial<Record<RolloutSummary["owner"]["kind"], string>>> = {
  argoRollouts: "Argo Rollouts",
  flagger: "Flagger",
  consulKubernetes: "Consul's controller",
  appMeshController: "App Mesh controller",
  conflict: "two owners",
};

export const REVERTER_WORDS: Readonly<Record<RolloutDetail["reverters"][number]["kind"], string>> = {
  argoCd: "Argo CD",
  flux: "Flux",
};

export function revertsWords(reverts: boolean | null): string {
  if (reverts === null) return "whether it writes this back is not known";
  return reverts ? "it writes this back" : "it leaves this alone";
}

export const MODE_WORDS: Readonly<Record<JudgeMode, string>> = {
  sequential: "Meshscope's sequential judge",
  threshold: "Thresholds, as Flagger's",
  argo: "Conditions, as Argo Rollouts'",
  kayenta: "Score, as Kayenta's",
};
