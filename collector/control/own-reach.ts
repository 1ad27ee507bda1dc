/**
 * Whether the control planes of a rollout of our own answer. A click that would have to wait for one is not taken: what a
 * person wanted then may be wrong when it comes back. The way back and a pause are taken always.
 */
import { changedSince } from "../../lib/control/present/changed.ts";
import { REFUSAL_WORDS } from "../../lib/control/present/own-rollout.ts";
import type { RolloutAction } from "../../lib/control/rollout/events.ts";
import type { RolloutSummary } from "../../lib/query/schema/rollouts.ts";
import { type ControlPlanes, planeOf } from "../actuators/control-planes.ts";
import type { OwnRollout, TakeRefusal } from "./own-rollout.ts";
import type { RolloutRunner } from "./rollout-runner.ts";
import type { ActRefusal, Unreachable } from "./rollout-source.ts";

/** What leads to a write that is no way back. */
const ONWARD: readonly RolloutAction[] = ["promote", "promoteFull", "skipStep", "retry", "resume"];

export const leadsOn = (action: RolloutAction): boolean => ONWARD.includes(action);

/** Control planes of its routes that did not answer its runner last. */
export function unreachableOf({ state, failures }: RolloutRunner): Unreachable[] {
  if (state.phase === "promoted" || state.phase === "rolledBack") return [];
  return state.definition.routes.flatMap(({ id, target }) => {
    const failure = failures.get(id);
    // An object that is not there is an answer.
    return failure === undefined || failure.code === "not_found" ? [] : [{ target: target.cluster, ...failure }];
  });
}

/** When the routes that do not answer were read last: the oldest of them; undefined where all answer, or one never did. */
export function seenMsOf(runner: RolloutRunner): number | undefined {
  const { state, failures } = runner;
  const silent = state.definition.routes.filter(({ id }) => failures.has(id));
  const seen = silent.map(({ id }) => runner.lastSeenMs(id));
  const known = seen.filter((one) => one !== undefined);
  return silent.length === 0 || known.length < silent.length ? undefined : Math.min(...known);
}

/** With when it was seen, and the cause at each button that cannot work now. */
export function heldBack(
  summary: RolloutSummary,
  [first]: readonly Unreachable[],
  seenMs: number | undefined,
): RolloutSummary {
  if (first === undefined) return summary;
  const cause = { code: first.code, message: `${first.target} cannot be asked: ${first.message}` };
  const held = summary.actions.filter(leadsOn);
  return {
    ...summary,
    ...(seenMs === undefined ? {} : { seenMs }),
    actions: summary.actions.filter((action) => !held.includes(action)),
    blocked: { ...summary.blocked, ...Object.fromEntries(held.map((action) => [action, cause])) },
  };
}

/** Asks each control plane now; undefined where all answer. */
export async function firstSilent(
  { definition: { routes } }: RolloutRunner["state"],
  planes: ControlPlanes,
): Promise<Unreachable | undefined> {
  const asked = await Promise.all(
    routes.map(async ({ target }): Promise<Unreachable | undefined> => {
      const read = await planeOf(planes, target)?.traffic.read(target);
      if (read === undefined || read.ok || read.error.code === "not_found") return undefined;
      return { target: target.cluster, code: read.error.code, message: read.error.message };
    }),
  );
  return asked.find((one) => one !== undefined);
}

/** Why a click was not taken, and what changed since the revision that it carried. */
export function takeRefused(
  refusal: TakeRefusal,
  { events, state }: OwnRollout,
  expected: string,
  current: RolloutSummary,
): ActRefusal {
  switch (refusal.code) {
    case "conflict": {
      const message = changedSince(events, Number(expected.split("-").at(-1)), state);
      return { kind: "conflict", code: "conflict", message, current };
    }
    case "not_durable":
      return { kind: "unavailable", code: "not_durable", message: refusal.message, current };
    default:
      return { kind: "refused", code: refusal.code, message: REFUSAL_WORDS[refusal.code], current };
  }
}
