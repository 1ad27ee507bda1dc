/** Writes that are due, and those whose outcome must be looked up. In: where the rollout stands; out: a command or none. */

import type { Command } from "./command.ts";
import type { RuleChange } from "./events.ts";
import type { RolloutState, RouteState } from "./state.ts";
import { intentIdOf, type Wanted } from "./wanted.ts";

/** All of them: one control plane that does not answer keeps nobody from asking the others. */
export function lookUp(state: RolloutState): Command | undefined {
  const writes = [...state.routes].flatMap(([route, { pending }]) =>
    pending === null ? [] : [{ route, intentId: pending.intentId, canaryBp: pending.canaryBp, rule: pending.rule }],
  );
  return writes.length === 0 ? undefined : { kind: "lookUp", writes };
}

function ruleDue(route: RouteState, { match, mirrorBp }: Pick<Wanted, "match" | "mirrorBp">): RuleChange | undefined {
  // Another rule than ours is never changed into it: the one goes, then the other comes.
  if (JSON.stringify(route.match) !== JSON.stringify(match))
    return { kind: "match", match: route.match === null ? match : null };
  return route.mirrorBp === mirrorBp ? undefined : { kind: "mirror", mirrorBp };
}

export function ruleWrite(
  state: RolloutState,
  wanted: Pick<Wanted, "match" | "mirrorBp">,
  may: (route: RouteState) => boolean,
): Command | undefined {
  for (const [id, route] of state.routes) {
    const rule = may(route) ? ruleDue(route, wanted) : undefined;
    if (rule === undefined) continue;
    const { shareBp: canaryBp } = route;
    return { kind: "write", route: id, canaryBp, intentId: intentIdOf(state, id, canaryBp, rule), rule };
  }
  return undefined;
}
