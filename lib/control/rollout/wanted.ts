/**
 * What a step asks of every route, and the name of the write that makes it so. In: where the rollout stands; out: shares
 * and rules; an id that is the same for the same try of the same write, in whichever process it is made.
 */
import { sha256 } from "../../base/sha256.ts";
import type { HeaderMatch } from "../traffic/contract.ts";
import type { RolloutAction, RuleChange } from "./events.ts";
import type { RolloutState } from "./state.ts";

export interface Wanted {
  /** Null before the first step that names a share. */
  readonly canaryBp: number | null;
  readonly match: HeaderMatch | null;
  readonly mirrorBp: number;
}

/** Shares of the steps back that it still goes through; then none. */
export function sharesBack({ isAtOnce, definition }: RolloutState): readonly number[] {
  return isAtOnce ? [] : definition.rollback.sharesBp;
}

/** Behind the last step every rule is gone. */
export function isEnding({ step, definition }: RolloutState): boolean {
  return step >= definition.steps.length;
}

export function wantedOf(state: RolloutState): Wanted {
  if (state.phase === "rollingBack" || state.phase === "rolledBack")
    return { canaryBp: sharesBack(state)[state.backStep] ?? 0, match: null, mirrorBp: 0 };
  const passed = state.definition.steps.slice(0, state.step + 1);
  const weight = passed.findLast((step) => step.kind === "weight");
  const match = isEnding(state) ? undefined : passed.findLast((step) => step.kind === "match");
  const mirror = isEnding(state) ? undefined : passed.findLast((step) => step.kind === "mirror");
  return {
    canaryBp: weight?.kind === "weight" ? weight.canaryBp : null,
    match: match?.kind === "match" ? match.match : null,
    mirrorBp: mirror?.kind === "mirror" ? mirror.mirrorBp : 0,
  };
}

/** The share that the present step asks for; null before the first step that names one. */
export function wantedBp(state: RolloutState): number | null {
  return wantedOf(state).canaryBp;
}

/**
 * The share that is meant to stand, of one route or of all together (the lowest): what the present step asks for, and before
 * the first that names one what the routes were found with. Null of a route that is not known.
 */
export function desiredBp(state: RolloutState, route?: string): number | null {
  const found = route === undefined ? [...state.routes.values()] : [state.routes.get(route)];
  const shares = found.flatMap((one) => (one === undefined ? [] : [one.shareBp]));
  return wantedBp(state) ?? (shares.length === 0 ? null : Math.min(...shares));
}

const CHANGES: ReadonlySet<string> = new Set(["weight", "match", "mirror"]);

/** What an action leads to next; undefined where it writes nothing. */
export function wantedAfter(state: RolloutState, action: RolloutAction): Wanted | undefined {
  const { steps, rollback } = state.definition;
  switch (action) {
    case "promote":
    case "skipStep": {
      const ahead = steps.findIndex(({ kind }, i) => i > state.step && CHANGES.has(kind));
      const hasRule = [...state.routes.values()].some(({ match, mirrorBp }) => match !== null || mirrorBp !== 0);
      if (ahead < 0 && !hasRule) return undefined;
      return wantedOf({ ...state, step: ahead < 0 ? steps.length : ahead });
    }
    case "promoteFull":
      return wantedOf({ ...state, step: steps.findLastIndex(({ kind }) => kind === "weight") });
    case "retry":
      return wantedOf(state);
    case "abort":
      return { canaryBp: 0, match: null, mirrorBp: 0 };
    case "rollback": {
      // Shares that are no lower than the present one are no steps.
      const highest = Math.max(...[...state.routes.values()].map(({ shareBp }) => shareBp));
      return { canaryBp: rollback.sharesBp.find((bp) => bp < highest) ?? 0, match: null, mirrorBp: 0 };
    }
    default:
      return undefined;
  }
}

/** A UUID (version 8, RFC 9562). */
export function intentIdOf(state: RolloutState, route: string, canaryBp: number, rule?: RuleChange): string {
  const { attempts = 0, acknowledgedMs = null, ruleMs = null } = state.routes.get(route) ?? {};
  const place = state.phase === "rollingBack" ? `back ${state.backStep}` : `step ${state.step}`;
  const parts = [state.definition.id, route, place, canaryBp, attempts, acknowledgedMs ?? 0];
  const text = [...parts, ...(rule === undefined ? [] : [JSON.stringify(rule), ruleMs ?? 0])].join("\n");
  const bytes = sha256(new TextEncoder().encode(text)).slice(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
