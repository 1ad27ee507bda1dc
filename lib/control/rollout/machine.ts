/**
 * What a rollout does next. In: where it stands and the time. Out: one command at a time: look up a write whose outcome is
 * not known, write, look at the counters, ask the judge, note an event, or wait and for whom. Pure and total: the same state and
 * time give the same command, so a process that was killed goes on where the log ends. No write is ever sent twice: one
 * that is in the log without an outcome is looked up first.
 *
 * A step is over when every route has its share and its counters prove it; a rollback does not wait for counters.
 */
import { rollBack } from "./back.ts";
import type { Command } from "./command.ts";
import type { Step } from "./definition.ts";
import type { RolloutAction, RolloutEvent } from "./events.ts";
import type { RolloutState, RouteState } from "./state.ts";
import { intentIdOf, isEnding, sharesBack, wantedOf } from "./wanted.ts";
import { lookUp, ruleWrite } from "./writes.ts";

function firstRoute(
  state: RolloutState,
  test: (route: RouteState) => boolean,
): readonly [string, RouteState] | undefined {
  return [...state.routes].find(([, route]) => test(route));
}

function write(state: RolloutState): Command | undefined {
  const wanted = wantedOf(state);
  const { canaryBp } = wanted;
  const [id] = canaryBp === null ? [] : (firstRoute(state, ({ shareBp }) => shareBp !== canaryBp) ?? []);
  if (id !== undefined && canaryBp !== null)
    return { kind: "write", route: id, canaryBp, intentId: intentIdOf(state, id, canaryBp) };
  return ruleWrite(state, wanted, () => true);
}

const isProved = ({ acknowledgedMs, shift }: RouteState): boolean => acknowledgedMs === null || shift === "verified";

/** Undefined once the step is over. */
function stay(state: RolloutState, step: Step, nowMs: number): Command | undefined {
  if (state.released) return undefined;
  switch (step.kind) {
    case "weight":
    case "match":
    case "mirror":
      return undefined;
    case "check":
      return state.checked?.isReady === true ? undefined : { kind: "check", leastReady: step.leastReady };
    case "pause": {
      if (step.forMs === null) return waitForPerson(state, nowMs);
      const endMs = state.stepMs + step.forMs;
      return nowMs >= endMs ? undefined : { kind: "wait", for: "time", untilMs: endMs };
    }
    case "analysis":
      return analyse(state, step.leastMs, nowMs);
  }
}

function waitForPerson(state: RolloutState, nowMs: number): Command {
  const { revertAfterMs } = state.definition;
  if (revertAfterMs === null) return { kind: "wait", for: "promotion", untilMs: null };
  const endMs = state.stepMs + revertAfterMs;
  if (nowMs < endMs) return { kind: "wait", for: "promotion", untilMs: endMs };
  return { kind: "note", event: { type: "rollbackBegan", atMs: nowMs, why: "revert_timer" } };
}

function analyse(state: RolloutState, leastMs: number, nowMs: number): Command | undefined {
  const isAutomatic = state.definition.judge === "automatic";
  if (isAutomatic && state.verdict === "fail")
    return { kind: "note", event: { type: "rollbackBegan", atMs: nowMs, why: "judge_failed" } };
  if (isAutomatic && state.verdict === "pass" && nowMs >= state.stepMs + leastMs) return undefined;
  const waiting = isAutomatic ? undefined : waitForPerson(state, nowMs);
  return waiting?.kind === "note" ? waiting : { kind: "judge" };
}

function advance(state: RolloutState, nowMs: number): Command {
  const next = state.step + 1;
  const hasRule = [...state.routes.values()].some(({ match, mirrorBp }) => match !== null || mirrorBp !== 0);
  if (next < state.definition.steps.length || (hasRule && !isEnding(state)))
    return { kind: "note", event: { type: "stepEntered", atMs: nowMs, step: next } };
  return { kind: "note", event: { type: "finished", atMs: nowMs, outcome: "promoted" } };
}

/** A write that is known not to have arrived is sent again by itself, so often; whatever else was refused is a person's. */
const MAX_TRIES = 3;

const isStuck = ({ refused, foreign, moved, attempts }: RouteState): boolean =>
  foreign !== null || moved !== null || (refused !== null && (refused.code !== "not_written" || attempts >= MAX_TRIES));

function run(state: RolloutState, nowMs: number): Command {
  if (firstRoute(state, isStuck) !== undefined) return { kind: "wait", for: "retry", untilMs: null };
  const due = write(state);
  if (due !== undefined) return due;
  const step = state.definition.steps[state.step];
  const unproved = [...state.routes].filter(([, route]) => !isProved(route)).map(([id]) => id);
  const isSkipped = state.released && step?.kind === "weight";
  if (unproved.length > 0 && !isSkipped) return { kind: "observe", routes: unproved };
  return (step === undefined ? undefined : stay(state, step, nowMs)) ?? advance(state, nowMs);
}

export function decide(state: RolloutState, nowMs: number): Command {
  switch (state.phase) {
    case "promoted":
    case "rolledBack":
      return { kind: "wait", for: "nothing", untilMs: null };
    case "rollingBack":
      return rollBack(state, nowMs);
    case "paused":
      return lookUp(state) ?? { kind: "wait", for: "resume", untilMs: null };
    case "running":
      if (!state.isFree) return { kind: "await", rollouts: state.definition.after ?? [] };
      return lookUp(state) ?? run(state, nowMs);
  }
}

export type ActionRefusal =
  | "over"
  | "rolling_back"
  | "paused"
  | "not_paused"
  | "not_waiting"
  | "not_verified"
  | "nothing_to_retry"
  | "already_promoting"
  | "verdict_failed"
  | "workload_changed"
  | "awaiting_others";

/** Why an action makes no sense now; undefined where it does. Abort and rollback are only refused once it is over. */
export function refusalOf(state: RolloutState, action: RolloutAction): ActionRefusal | undefined {
  const { phase } = state;
  if (phase === "promoted" || phase === "rolledBack")
    return action === "rollback" && phase === "promoted" ? undefined : "over";
  // A gradual way back can be cut short.
  if (phase === "rollingBack")
    return action === "abort" && sharesBack(state).length > state.backStep ? undefined : "rolling_back";
  const step = state.definition.steps[state.step];
  switch (action) {
    case "abort":
    case "rollback":
      return undefined;
    case "pause":
      return phase === "paused" ? "paused" : undefined;
    case "resume":
      return phase === "paused" ? undefined : "not_paused";
    case "retry":
      return firstRoute(state, isStuck) === undefined ? "nothing_to_retry" : undefined;
    case "promote":
      return promoteRefusal(state, step);
    case "skipStep":
      if (phase === "paused") return "paused";
      if (firstRoute(state, isVoid) !== undefined) return "workload_changed";
      return state.released ? "already_promoting" : undefined;
    case "promoteFull":
      if (phase === "paused") return "paused";
      if (!state.isFree) return "awaiting_others";
      if (firstRoute(state, isVoid) !== undefined) return "workload_changed";
      return [...state.routes.values()].every(isProved) ? undefined : "not_verified";
  }
}

/** Approved was another revision than the one that runs there now. */
const isVoid = ({ moved }: RouteState): boolean => moved !== null;

function promoteRefusal(state: RolloutState, step: Step | undefined): ActionRefusal | undefined {
  if (state.phase === "paused") return "paused";
  if (!state.isFree) return "awaiting_others";
  if (firstRoute(state, isVoid) !== undefined) return "workload_changed";
  if (state.released) return "already_promoting";
  if (![...state.routes.values()].every(isProved)) return "not_verified";
  if (step?.kind !== "pause" && step?.kind !== "analysis") return "not_waiting";
  // A pause that ends by itself may be ended by hand.
  return state.verdict === "fail" && step.kind === "analysis" ? "verdict_failed" : undefined;
}

/** The events of an act that was not refused. */
export function eventsOf(act: Extract<RolloutEvent, { readonly type: "acted" }>): readonly RolloutEvent[] {
  const { action } = act.act;
  if (action !== "abort" && action !== "rollback") return [act];
  return [act, { type: "rollbackBegan", atMs: act.atMs, why: action }];
}

/** Whether a route's shares are another than the ones that were acknowledged: for the runner, which reads them. */
export function isForeign(route: RouteState, readBp: number): boolean {
  return route.pending === null && route.shareBp !== readBp;
}
