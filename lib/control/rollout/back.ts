/**
 * The way back: every route to the share of the step back that it is in, each held, the last one none; rules of ours go
 * with the first. In: where it stands; out: one command. It waits for no counter, no route waits for another, and it tries
 * again until it is acknowledged. No route is ever given more than it has.
 */
import type { Command } from "./command.ts";
import type { RolloutState, RouteState } from "./state.ts";
import { intentIdOf, sharesBack } from "./wanted.ts";
import { lookUp, ruleWrite } from "./writes.ts";

/** Between two tries of a write on the way back. */
const RETRY_MS = 5_000;
const MAX_AT_ONCE = 3;

/** A write that is known not to have arrived is tried again at once, twice. */
const isNotSent = ({ code }: NonNullable<RouteState["refused"]>, attempts: number): boolean =>
  code === "not_written" && attempts < MAX_AT_ONCE;

const isDue = ({ shareBp }: RouteState, wanted: number): boolean => (wanted === 0 ? shareBp !== 0 : shareBp > wanted);

export function rollBack(state: RolloutState, nowMs: number): Command {
  const wanted = sharesBack(state)[state.backStep] ?? 0;
  const routes = [...state.routes];
  const may = ({ pending, refused, attempts }: RouteState): boolean =>
    pending === null && (refused === null || isNotSent(refused, attempts) || nowMs - refused.atMs >= RETRY_MS);
  const [due] = routes.find(([, route]) => isDue(route, wanted) && may(route)) ?? [];
  if (due !== undefined)
    return { kind: "write", route: due, canaryBp: wanted, intentId: intentIdOf(state, due, wanted) };
  const rule = ruleWrite(state, { match: null, mirrorBp: 0 }, may);
  if (rule !== undefined) return rule;
  const open = lookUp(state);
  if (open !== undefined) return open;
  const stuck = routes.filter(([, route]) => route.refused !== null && isLeft(route, wanted));
  if (stuck.length > 0) {
    const untilMs = Math.min(...stuck.map(([, { refused }]) => (refused?.atMs ?? nowMs) + RETRY_MS));
    return { kind: "wait", for: "retry", untilMs };
  }
  return hold(state, wanted, nowMs);
}

const isLeft = (route: RouteState, wanted: number): boolean =>
  isDue(route, wanted) || route.match !== null || route.mirrorBp !== 0;

function hold(state: RolloutState, wanted: number, nowMs: number): Command {
  if (wanted === 0) return { kind: "note", event: { type: "finished", atMs: nowMs, outcome: "rolledBack" } };
  // A share that is no lower than what every route had is no step: nothing is held for it.
  const isHeld = [...state.routes.values()].some(({ acknowledgedMs }) => (acknowledgedMs ?? -1) >= state.backMs);
  const endMs = state.backMs + state.definition.rollback.holdMs;
  if (isHeld && nowMs < endMs) return { kind: "wait", for: "time", untilMs: endMs };
  return { kind: "note", event: { type: "backStepEntered", atMs: nowMs, backStep: state.backStep + 1 } };
}
