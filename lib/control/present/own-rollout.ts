/**
 * Where a rollout of our own stands → what the API says of it. In: its state, its log, the last looks at counters and judge;
 * out: summary, steps, metrics and history. Pure; shares 0..1.
 */
import type { Mesh } from "../../model/identity.ts";
import { digits4 } from "../../query/numbers.ts";
import type { MetricVerdictAnswer, RolloutDetail, RolloutSummary } from "../../query/schema/rollouts.ts";
import type { MetricVerdict, Verdict } from "../judge/verdict.ts";
import type { Step } from "../rollout/definition.ts";
import { ROLLOUT_ACTIONS } from "../rollout/events.ts";
import { type ActionRefusal, decide, refusalOf } from "../rollout/machine.ts";
import type { RolloutState } from "../rollout/state.ts";
import { desiredBp } from "../rollout/wanted.ts";
import type { HeaderMatch } from "../traffic/contract.ts";
import { WHOLE_BP } from "../traffic/weights.ts";

export const REFUSAL_WORDS: Readonly<Record<ActionRefusal, string>> = {
  over: "the rollout is over",
  rolling_back: "it is on its way back",
  paused: "it is paused: resume it first",
  not_paused: "it is not paused",
  not_waiting: "it waits for nobody: this step ends when the counters prove it",
  not_verified: "the counters do not prove the present share yet",
  nothing_to_retry: "nothing was refused",
  already_promoting: "it was let go already",
  workload_changed:
    "another revision runs behind the canary than the one that was looked at: retry takes it as it is now",
  awaiting_others: "it waits for rollouts that must be promoted before it: skip that by its name",
  verdict_failed: "the judge failed the canary: roll back, or skip the analysis by its name",
};

/** Behind the last step. */
const ENDING = "rules of this rollout are taken away";

const percent = (bp: number): string => `${bp / 100} %`;

function lasting(ms: number): string {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  return ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1000} s`;
}

export function matchText({ header, how, value }: HeaderMatch): string {
  const is = { exact: "=", prefix: "beginning with", regex: "matching" } as const;
  return `${header} ${is[how]} ${value}`;
}

export function stepText(step: Step): string {
  switch (step.kind) {
    case "weight":
      return `${percent(step.canaryBp)} to the canary`;
    case "pause":
      return step.forMs === null ? "wait for a person" : `pause for ${lasting(step.forMs)}`;
    case "analysis":
      return `analysis, at least ${lasting(step.leastMs)}`;
    case "match":
      return step.match === null
        ? "end of the rule for a header"
        : `requests with ${matchText(step.match)} to the canary`;
    case "mirror":
      return step.mirrorBp === 0 ? "end of the mirror" : `copies of ${percent(step.mirrorBp)} to the canary`;
    case "check":
      return step.leastReady === "asStable"
        ? "wait until the canary has as many ready endpoints as the stable version"
        : `wait until the canary has ${step.leastReady} ready endpoints`;
  }
}

function stateOf(state: RolloutState, nowMs: number): { state: RolloutSummary["state"]; waitingFor?: string } {
  if (state.phase === "promoted" || state.phase === "rolledBack") return { state: state.phase };
  if (state.phase === "paused") return { state: "paused", waitingFor: "resume" };
  const routes = [...state.routes.values()];
  const next = decide(state, nowMs);
  if (state.phase === "rollingBack")
    return { state: "rollingBack", ...(next.kind === "wait" ? { waitingFor: next.for } : {}) };
  if (next.kind === "wait" && next.for === "retry") {
    const isForeign = routes.some(({ foreign }) => foreign !== null);
    const isMoved = routes.some(({ moved }) => moved !== null);
    return { state: "needsHuman", waitingFor: isForeign ? "foreign_write" : isMoved ? "workload_changed" : "retry" };
  }
  if (next.kind === "wait" && next.for === "promotion") return { state: "waiting", waitingFor: "promotion" };
  // The judge advises: a person decides.
  if (next.kind === "judge" && state.definition.judge === "advisory")
    return { state: "waiting", waitingFor: "promotion" };
  if (next.kind === "await") return { state: "running", waitingFor: "others" };
  if (next.kind === "check") return { state: "running", waitingFor: "readiness" };
  if (next.kind === "observe") return { state: "running", waitingFor: "counters" };
  return {
    state: "running",
    ...(next.kind === "wait" ? { waitingFor: next.for } : next.kind === "judge" ? { waitingFor: "judge" } : {}),
  };
}

/** The share that is meant to stand, and the one that was seen, of all routes together: the lowest of each. */
function sharesOf(state: RolloutState): { desired: number | null; observed: number | null } {
  const desired = desiredBp(state);
  const observed = [...state.routes.values()].flatMap(({ observedBp }) => (observedBp === null ? [] : [observedBp]));
  return {
    desired: desired === null ? null : desired / WHOLE_BP,
    observed: observed.length === 0 ? null : Math.min(...observed) / WHOLE_BP,
  };
}

const WORST_SHIFT = ["stalled", "partial", "noTraffic", "pending", "shifting", "verified"] as const;

export interface Placed {
  readonly mesh: Mesh;
  readonly cluster: string;
  readonly namespace: string;
  readonly service: string;
  readonly revision: string;
}

export function ownSummary(state: RolloutState, place: Placed, nowMs: number): RolloutSummary {
  const { definition } = state;
  const refusals = ROLLOUT_ACTIONS.map((action) => [action, refusalOf(state, action)] as const);
  const blocked = refusals.flatMap(([action, code]) =>
    code === undefined ? [] : [[action, { code, message: REFUSAL_WORDS[code] }] as const],
  );
  const { desired, observed } = sharesOf(state);
  const shifts = [...state.routes.values()].map(({ shift }) => shift);
  const now = stateOf(state, nowMs);
  const step = definition.steps[state.step];
  const { revision, ...where } = place;
  return {
    id: definition.id,
    name: definition.name,
    ...where,
    owner: { kind: "meshscope", ref: null, evidence: ["nobody else claims the routes"] },
    ...now,
    ...(now.waitingFor === undefined ? {} : { waitingSinceMs: state.stepMs }),
    revision,
    step: { index: state.step, count: definition.steps.length, text: step === undefined ? ENDING : stepText(step) },
    desired,
    observed,
    shift: WORST_SHIFT.find((shift) => shifts.includes(shift)) ?? null,
    verdict: state.verdict,
    actions: refusals.flatMap(([action, code]) => (code === undefined ? [action] : [])),
    blocked: Object.fromEntries(blocked),
    absent: {
      ...(desired === null ? { desired: "notApplicable" as const } : {}),
      ...(observed === null ? { observed: "unknown" as const } : {}),
    },
  };
}

export function ownSteps(state: RolloutState): RolloutDetail["steps"] {
  const isOver = state.phase === "promoted";
  return state.definition.steps.map((step, i) => ({
    kind: step.kind,
    text: stepText(step),
    ...(step.kind === "weight" ? { share: step.canaryBp / WHOLE_BP } : {}),
    state: isOver || i < state.step ? "done" : i === state.step ? "current" : "ahead",
  }));
}

/** Evidence as a plain factor; beyond a million it is said as such. */
const factor = (log: number): number => digits4(Math.min(1e6, Math.exp(log)));

/** `requestsPerSec`: of the service now, for how long the requests still needed take. */
export function metricAnswer(metric: MetricVerdict, requestsPerSec: number | null): MetricVerdictAnswer {
  const { evidence, bounds, counts, ratio, needed } = metric;
  const secFor = (requests: number | null): number | null =>
    requests === null || requestsPerSec === null || requestsPerSec <= 0 ? null : Math.ceil(requests / requestsPerSec);
  return {
    name: metric.name,
    state: metric.state,
    canary: { requests: digits4(counts.canaryRequests), bad: digits4(counts.canaryBad) },
    primary: { requests: digits4(counts.primaryRequests), bad: digits4(counts.primaryBad) },
    ratio: { low: digits4(ratio[0]), high: ratio[1] === null ? null : digits4(ratio[1]) },
    evidence: {
      fail: factor(evidence.logFail),
      failBound: factor(bounds.fail),
      pass: factor(evidence.logPass),
      passBound: factor(bounds.pass),
    },
    dispersion: metric.dispersion === null ? null : digits4(metric.dispersion),
    needed: { ...needed, secToPass: secFor(needed.toPass), secToFailDoubled: secFor(needed.toFailDoubled) },
  };
}

export function verdictAnswer(
  verdict: Verdict | null,
  requestsPerSec: number | null,
): Pick<RolloutDetail, "metrics" | "guards" | "withheld" | "compatible"> {
  if (verdict === null) return { metrics: [], guards: [], withheld: [], compatible: null };
  const { mode, summary, checks } = verdict;
  return {
    compatible:
      summary === null
        ? null
        : {
            ...{ mode, summary },
            checks: checks.map((check) => ({ ...check, value: check.value === null ? null : digits4(check.value) })),
          },
    metrics: verdict.metrics.map((metric) => metricAnswer(metric, requestsPerSec)),
    guards: verdict.guards.map((finding) => ({
      ...finding,
      figure: digits4(finding.figure),
      bound: digits4(finding.bound),
    })),
    withheld: [...verdict.withheld],
  };
}
