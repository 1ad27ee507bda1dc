/**
 * The log of a rollout → where it stands. In: events in order; out: a state, the same for the same log. Total: an event
 * that does not fit changes nothing that it does not name.
 */
import type { VerdictState } from "../judge/verdict.ts";
import type { HeaderMatch } from "../traffic/contract.ts";
import type { ShiftState } from "../traffic/verify.ts";
import type { Definition } from "./definition.ts";
import type { Act, RolloutEvent, RuleChange } from "./events.ts";

export interface PendingWrite {
  readonly intentId: string;
  readonly canaryBp: number;
  readonly rule: RuleChange | null;
  readonly atMs: number;
}

export interface RouteState {
  /** Canary's share that was acknowledged last; at first the one that was found. */
  readonly shareBp: number;
  /** The share before the last acknowledged write. */
  readonly beforeBp: number;
  readonly acknowledgedMs: number | null;
  readonly pending: PendingWrite | null;
  readonly shift: ShiftState | null;
  /** When its share was proved last. */
  readonly provedMs: number | null;
  readonly observedBp: number | null;
  readonly refused: { readonly code: string; readonly message: string; readonly atMs: number } | null;
  /** Writes tried for the present share: part of the next intent's id. */
  readonly attempts: number;
  readonly foreign: { readonly by: string; readonly canaryBp: number; readonly atMs: number } | null;
  /** Rules of ours that were acknowledged. */
  readonly match: HeaderMatch | null;
  readonly mirrorBp: number;
  readonly ruleMs: number | null;
  /** Revision of what runs behind the canary; null before it was seen. */
  readonly workload: string | null;
  /** Another revision runs there than the one that was approved. */
  readonly moved: { readonly revision: string; readonly atMs: number } | null;
}

export type RolloutPhase = "running" | "paused" | "rollingBack" | "promoted" | "rolledBack";

export interface RolloutState {
  readonly definition: Definition;
  /** Moves with everything that a person would want to have seen before a click: not with each look at the counters. */
  readonly revision: number;
  readonly phase: RolloutPhase;
  readonly startedMs: number;
  /** Index of the step that it is in. */
  readonly step: number;
  readonly stepMs: number;
  /** A person let this step go. */
  readonly released: boolean;
  /** Since when a person holds it. */
  readonly pausedMs: number | null;
  /** Nothing has to be promoted before it any more. */
  readonly isFree: boolean;
  /** The last answer of the present check step. */
  readonly checked: { readonly isReady: boolean; readonly message: string } | null;
  readonly finishedMs: number | null;
  /** Back at once, whatever steps back the definition has. */
  readonly isAtOnce: boolean;
  /** Of the steps back: index of the share that is written or held. */
  readonly backStep: number;
  readonly backMs: number;
  readonly why: string | null;
  readonly verdict: VerdictState | null;
  readonly routes: ReadonlyMap<string, RouteState>;
  /** By intent id. */
  readonly acts: ReadonlyMap<string, Act & { readonly atMs: number }>;
}

type Started = Extract<RolloutEvent, { readonly type: "started" }>;

export function begin({ definition, atMs, sharesBp }: Started): RolloutState {
  const routes = definition.routes.map(({ id }) => {
    const shareBp = sharesBp[id] ?? 0;
    const route: RouteState = {
      ...{ shareBp, beforeBp: shareBp, acknowledgedMs: null, pending: null, shift: null },
      ...{ provedMs: null, observedBp: null, refused: null, attempts: 0, foreign: null },
      ...{ match: null, mirrorBp: 0, ruleMs: null, workload: null, moved: null },
    };
    return [id, route] as const;
  });
  return {
    definition,
    revision: 1,
    phase: "running",
    startedMs: atMs,
    step: 0,
    stepMs: atMs,
    released: false,
    pausedMs: null,
    isFree: (definition.after ?? []).length === 0,
    checked: null,
    finishedMs: null,
    isAtOnce: false,
    backStep: 0,
    backMs: atMs,
    why: null,
    verdict: null,
    routes: new Map(routes),
    acts: new Map(),
  };
}

function withRoute(state: RolloutState, id: string, change: (route: RouteState) => Partial<RouteState>): RolloutState {
  const route = state.routes.get(id);
  if (route === undefined) return state;
  return { ...state, routes: new Map(state.routes).set(id, { ...route, ...change(route) }) };
}

/** What kept a route is taken as it is: refusals, other people's writes, another revision. */
function accepted(route: RouteState): RouteState {
  const workload = route.moved?.revision ?? route.workload;
  return { ...route, refused: null, foreign: null, moved: null, workload };
}

/** A write that the control plane took: shares or a rule, and not both. */
function acknowledged(route: RouteState, { canaryBp, rule }: PendingWrite, atMs: number): Partial<RouteState> {
  const done = { pending: null, attempts: 0, foreign: null };
  if (rule?.kind === "match") return { ...done, match: rule.match, ruleMs: atMs };
  if (rule?.kind === "mirror") return { ...done, mirrorBp: rule.mirrorBp, ruleMs: atMs };
  return { ...done, beforeBp: route.shareBp, shareBp: canaryBp, acknowledgedMs: atMs, shift: null, observedBp: null };
}

function withAct(state: RolloutState, act: Act, atMs: number): RolloutState {
  const acts = new Map(state.acts).set(act.intentId, { ...act, atMs });
  switch (act.action) {
    case "promote":
      return { ...state, acts, released: true };
    case "skipStep":
      return state.isFree ? { ...state, acts, released: true } : { ...state, acts, isFree: true, stepMs: atMs };
    case "promoteFull": {
      const last = state.definition.steps.findLastIndex((step) => step.kind === "weight");
      return {
        ...{ ...state, acts, phase: "running", step: last, stepMs: atMs, released: false, verdict: null },
        ...{ isFree: true, checked: null },
      };
    }
    case "pause":
      return { ...state, acts, phase: "paused", pausedMs: atMs };
    case "resume":
      // What it was paused for is not counted as time that the step ran; what it ran before is.
      return {
        ...{ ...state, acts, phase: "running", pausedMs: null },
        stepMs: state.stepMs + Math.max(0, atMs - (state.pausedMs ?? atMs)),
      };
    case "retry":
      return {
        ...state,
        acts,
        routes: new Map([...state.routes].map(([id, route]) => [id, accepted(route)])),
      };
    case "abort":
    case "rollback":
      return { ...state, acts };
  }
}

function changed(state: RolloutState, event: Exclude<RolloutEvent, Started>): RolloutState {
  switch (event.type) {
    case "acted":
      return withAct(state, event.act, event.atMs);
    case "stepEntered":
      return { ...state, step: event.step, stepMs: event.atMs, released: false, verdict: null, checked: null };
    case "writeIntended":
      return withRoute(state, event.route, (route) => ({
        pending: {
          ...{ intentId: event.intentId, canaryBp: event.canaryBp, atMs: event.atMs },
          rule: event.rule ?? null,
        },
        attempts: route.attempts + 1,
        refused: null,
      }));
    case "writeAcknowledged":
      return withRoute(state, event.route, (route) =>
        route.pending?.intentId === event.intentId ? acknowledged(route, route.pending, event.atMs) : {},
      );
    case "writeRefused":
      return withRoute(state, event.route, (route) =>
        route.pending?.intentId !== event.intentId
          ? {}
          : { pending: null, refused: { code: event.code, message: event.message, atMs: event.atMs } },
      );
    case "shiftSeen":
      return withRoute(state, event.route, () => ({
        ...{ shift: event.state, observedBp: event.observedBp },
        ...(event.state === "verified" ? { provedMs: event.atMs } : {}),
      }));
    case "judged":
      return { ...state, verdict: event.verdict };
    case "foreignWrite":
      return withRoute(state, event.route, () => ({
        ...(event.rule === undefined ? { shareBp: event.canaryBp, shift: null } : {}),
        ...(event.rule?.kind === "match" ? { match: event.rule.match } : {}),
        ...(event.rule?.kind === "mirror" ? { mirrorBp: event.rule.mirrorBp } : {}),
        foreign: { by: event.by, canaryBp: event.canaryBp, atMs: event.atMs },
      }));
    case "rollbackBegan":
      return {
        ...{ ...state, phase: "rollingBack", why: event.why, backStep: 0, backMs: event.atMs, pausedMs: null },
        ...{ finishedMs: null, isAtOnce: event.why === "abort" || event.why === "judge_failed" },
        routes: new Map([...state.routes].map(([id, route]) => [id, accepted(route)])),
      };
    case "backStepEntered":
      return { ...state, backStep: event.backStep, backMs: event.atMs };
    case "freed":
      return { ...state, isFree: true, stepMs: event.atMs };
    case "checked":
      return { ...state, checked: { isReady: event.isReady, message: event.message } };
    case "workloadSeen":
      return withRoute(state, event.route, () => ({ workload: event.revision, moved: null }));
    case "workloadChanged":
      return {
        ...withRoute(state, event.route, () => ({ moved: { revision: event.revision, atMs: event.atMs } })),
        released: false,
      };
    case "finished":
      return { ...state, phase: event.outcome, finishedMs: event.atMs };
  }
}

const isDecided = (verdict: RolloutState["verdict"]): boolean => verdict === "pass" || verdict === "fail";

function isNews(state: RolloutState, event: RolloutEvent): boolean {
  if (event.type === "workloadSeen") return false;
  // That there is no verdict yet is no news; a pass or a failure that comes or goes is.
  if (event.type === "judged")
    return event.verdict !== state.verdict && (isDecided(event.verdict) || isDecided(state.verdict));
  if (event.type === "shiftSeen") return event.state !== state.routes.get(event.route)?.shift;
  return true;
}

export function apply(state: RolloutState, event: RolloutEvent): RolloutState {
  if (event.type === "started") return state;
  return { ...changed(state, event), revision: state.revision + (isNews(state, event) ? 1 : 0) };
}

/** Null for a log that does not begin with its start. */
export function replay(events: readonly RolloutEvent[]): RolloutState | null {
  const [first, ...rest] = events;
  return first?.type === "started" ? rest.reduce(apply, begin(first)) : null;
}
