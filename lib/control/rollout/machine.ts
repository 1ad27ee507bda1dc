/**
 * What a rollout does next. In: where it stands and the time. Out: one command at a time: look up a write whose outcome is
 * not known, write, look at the counters, ask the judge, note an event, or wait and for whom. Pure and total: the same state and
 * time give the same command, so a process that was killed goes on where the log ends. No write is ever sent twice: one
 * that is in the log without an outcome is looked up first.
 *
 * A step is over when every route has its share and its counters prove it; a rollback does not wait for counters.
 */
import { sha256 } from "../../base/sha256.ts";
import type { Step } from "./definition.ts";
import type { RolloutAction, RolloutEvent } from "./events.ts";
import type { RolloutState, RouteState } from "./state.ts";

export type WaitingFor = "promotion" | "time" | "counters" | "judge" | "retry" | "resume" | "nothing";

export type Command =
  | { readonly kind: "write"; readonly route: string; readonly canaryBp: number; readonly intentId: string }
  | { readonly kind: "lookUp"; readonly route: string; readonly canaryBp: number; readonly intentId: string }
  | { readonly kind: "observe"; readonly routes: readonly string[] }
  | { readonly kind: "judge" }
  | { readonly kind: "note"; readonly event: RolloutEvent }
  /** `untilMs` null: until somebody acts. */
  | { readonly kind: "wait"; readonly for: WaitingFor; readonly untilMs: number | null };

/** Between two tries of a write on the way back. */
const RETRY_MS = 5_000;

/** A UUID (version 8, RFC 9562) that is the same for the same try of the same write. */
export function intentIdOf(state: RolloutState, route: string, canaryBp: number): string {
  const attempts = state.routes.get(route)?.attempts ?? 0;
  const place = state.phase === "rollingBack" ? `back ${state.backStep}` : `step ${state.step}`;
  const text = [
    state.definition.id,
    route,
    place,
    canaryBp,
    attempts,
    state.routes.get(route)?.acknowledgedMs ?? 0,
  ].join("\n");
  const bytes = sha256(new TextEncoder().encode(text)).slice(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The share that the present step asks for; null before the first step that names one. */
export function wantedBp(state: RolloutState): number | null {
  if (state.phase === "rollingBack") return state.definition.rollback.sharesBp[state.backStep] ?? 0;
  const step = state.definition.steps.slice(0, state.step + 1).findLast((one) => one.kind === "weight");
  return step?.kind === "weight" ? step.canaryBp : null;
}

function firstRoute(
  state: RolloutState,
  test: (route: RouteState) => boolean,
): readonly [string, RouteState] | undefined {
  return [...state.routes].find(([, route]) => test(route));
}

function lookUp(state: RolloutState): Command | undefined {
  const [id, route] = firstRoute(state, ({ pending }) => pending !== null) ?? [];
  if (id === undefined || route?.pending === null || route?.pending === undefined) return undefined;
  const { intentId, canaryBp } = route.pending;
  return { kind: "lookUp", route: id, canaryBp, intentId };
}

function write(state: RolloutState, wanted: number, may: (route: RouteState) => boolean): Command | undefined {
  const [id] = firstRoute(state, (route) => route.shareBp !== wanted && may(route)) ?? [];
  if (id === undefined) return undefined;
  return { kind: "write", route: id, canaryBp: wanted, intentId: intentIdOf(state, id, wanted) };
}

function rollBack(state: RolloutState, nowMs: number): Command {
  const wanted = wantedBp(state) ?? 0;
  const due = write(state, wanted, ({ refused }) => refused === null || nowMs - refused.atMs >= RETRY_MS);
  if (due !== undefined) return due;
  const [, stuck] = firstRoute(state, ({ shareBp }) => shareBp !== wanted) ?? [];
  if (stuck !== undefined) return { kind: "wait", for: "retry", untilMs: (stuck.refused?.atMs ?? nowMs) + RETRY_MS };
  if (wanted === 0) return { kind: "note", event: { type: "finished", atMs: nowMs, outcome: "rolledBack" } };
  const endMs = state.backMs + state.definition.rollback.holdMs;
  if (nowMs < endMs) return { kind: "wait", for: "time", untilMs: endMs };
  return { kind: "note", event: { type: "backStepEntered", atMs: nowMs, backStep: state.backStep + 1 } };
}

const isProved = ({ acknowledgedMs, shift }: RouteState): boolean => acknowledgedMs === null || shift === "verified";

/** Undefined once the step is over. */
function stay(state: RolloutState, step: Step, nowMs: number): Command | undefined {
  if (state.released) return undefined;
  switch (step.kind) {
    case "weight":
      return undefined;
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
  if (next < state.definition.steps.length)
    return { kind: "note", event: { type: "stepEntered", atMs: nowMs, step: next } };
  return { kind: "note", event: { type: "finished", atMs: nowMs, outcome: "promoted" } };
}

/** A write that is known not to have arrived is sent again by itself, so often; whatever else was refused is a person's. */
const MAX_TRIES = 3;

const isStuck = ({ refused, foreign, attempts }: RouteState): boolean =>
  foreign !== null || (refused !== null && (refused.code !== "not_written" || attempts >= MAX_TRIES));

function run(state: RolloutState, nowMs: number): Command {
  const wanted = wantedBp(state);
  if (firstRoute(state, isStuck) !== undefined) return { kind: "wait", for: "retry", untilMs: null };
  const due = wanted === null ? undefined : write(state, wanted, () => true);
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
      return lookUp(state) ?? rollBack(state, nowMs);
    case "paused":
      return lookUp(state) ?? { kind: "wait", for: "resume", untilMs: null };
    case "running":
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
  | "verdict_failed";

/** Why an action makes no sense now; undefined where it does. Abort and rollback are only refused once it is over. */
export function refusalOf(state: RolloutState, action: RolloutAction): ActionRefusal | undefined {
  const { phase } = state;
  if (phase === "promoted" || phase === "rolledBack")
    return action === "rollback" && phase === "promoted" ? undefined : "over";
  if (phase === "rollingBack") return "rolling_back";
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
      return phase === "paused" ? "paused" : state.released ? "already_promoting" : undefined;
    case "promoteFull":
      if (phase === "paused") return "paused";
      return [...state.routes.values()].every(isProved) ? undefined : "not_verified";
  }
}

function promoteRefusal(state: RolloutState, step: Step | undefined): ActionRefusal | undefined {
  if (state.phase === "paused") return "paused";
  if (state.released) return "already_promoting";
  if (![...state.routes.values()].every(isProved)) return "not_verified";
  if (step === undefined || step.kind === "weight") return "not_waiting";
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
