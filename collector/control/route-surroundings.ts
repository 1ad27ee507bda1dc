/**
 * What stands beside a route and what its API would let us do: asked before a rollout starts, and for its page. In: an API and
 * a route as read; out: warnings, and whether it may be written (null where that cannot be asked). What cannot be asked says
 * nothing. For a page the answer is kept for half a minute, since it takes lists of whole clusters.
 */
import type { Plan, TrafficState } from "../../lib/control/traffic/contract.ts";
import type { TrafficApi } from "../actuators/traffic-api.ts";

export interface Surroundings {
  readonly warnings: Plan["warnings"];
  readonly mayWrite: boolean | null;
  /** True where an answer is under way still. */
  readonly isLate: boolean;
}

const KEPT_MS = 30_000;

export async function surroundingsOf(
  traffic: TrafficApi,
  state: TrafficState,
  routeKey: string,
): Promise<Surroundings> {
  const [hazards, may] = await Promise.all([traffic.hazards?.(state, routeKey), traffic.mayWrite?.(state.target)]);
  const isLate = [hazards, may].some((answer) => answer?.ok === false && answer.error.code === "slow");
  const warnings = hazards?.ok === true ? hazards.value : [];
  return { warnings, mayWrite: may?.ok === true ? may.value : null, isLate };
}

/** A warning of its own where the account may not write. */
export function forbiddenText({ target }: TrafficState): string {
  return `Meshscope's own account may not write ${target.cluster}/${target.namespace}/${target.name}`;
}

interface Kept {
  readonly atMs: number;
  readonly answer: Promise<Surroundings>;
}

const kept = new WeakMap<WeakKey, Map<string, Kept>>();

/** At most half a minute old, kept with `keeper`; what was not answered in time is asked again by the next page. */
export function keptSurroundings(
  keeper: WeakKey,
  traffic: TrafficApi,
  state: TrafficState,
  routeKey: string,
  nowMs: number,
): Promise<Surroundings> {
  const routes = kept.get(keeper) ?? new Map<string, Kept>();
  kept.set(keeper, routes);
  const { driver, namespace, name } = state.target;
  const key = `${driver} ${namespace}/${name} ${routeKey}`;
  const last = routes.get(key);
  if (last !== undefined && Math.abs(nowMs - last.atMs) < KEPT_MS) return last.answer;
  const answer = surroundingsOf(traffic, state, routeKey);
  routes.set(key, { atMs: nowMs, answer });
  return answer.then((surroundings) => {
    if (surroundings.isLate) routes.delete(key);
    return surroundings;
  });
}
