/** What both kinds of owned rollouts share on their way to an answer: where one is, what was seen of its traffic, its id. */
import type { Mesh } from "../../model/identity.ts";
import type { AbsentReason } from "../../query/schema/common.ts";
import type { RolloutActionName, RolloutSummary } from "../../query/schema/rollouts.ts";
import { ROLLOUT_ACTIONS } from "../rollout/events.ts";

export interface OwnerPlace {
  readonly id: string;
  readonly mesh: Mesh;
  readonly cluster: string;
}

/** The new version's share: as the route has it, as the callers' counters have it, and whether that proves it. */
export interface SeenShares {
  readonly desired: number | null;
  readonly observed: number | null;
  readonly shift: RolloutSummary["shift"];
}

export const NOTHING_SEEN: SeenShares = { desired: null, observed: null, shift: null };

export interface Refused {
  readonly code: string;
  readonly message: string;
}

/** `argo:c1:shop:reviews`. */
export function ownedId(prefix: string, cluster: string, namespace: string, name: string): string {
  return [prefix, ...[cluster, namespace, name].map(encodeURIComponent)].join(":");
}

export interface OwnedName {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
}

/** Undefined for an id of another kind. */
export function fromOwnedId(prefix: string, id: string): OwnedName | undefined {
  const [kind, cluster, namespace, name, more] = id.split(":");
  if (kind !== prefix || cluster === undefined || namespace === undefined || name === undefined) return undefined;
  if (more !== undefined) return undefined;
  try {
    return {
      cluster: decodeURIComponent(cluster),
      namespace: decodeURIComponent(namespace),
      name: decodeURIComponent(name),
    };
  } catch {
    return undefined;
  }
}

/** Every action, allowed or with its cause. */
export function actionsOf(refusalOf: (action: RolloutActionName) => Refused | undefined): {
  readonly actions: RolloutActionName[];
  readonly blocked: Record<string, Refused>;
} {
  const refusals = ROLLOUT_ACTIONS.map((action) => [action, refusalOf(action)] as const);
  return {
    actions: refusals.flatMap(([action, refusal]) => (refusal === undefined ? [action] : [])),
    blocked: Object.fromEntries(
      refusals.flatMap(([action, refusal]) =>
        refusal === undefined ? [] : [[action, { code: refusal.code, message: refusal.message }]],
      ),
    ),
  };
}

export function sharesAnswer({ desired, observed, shift }: SeenShares) {
  const absent: Record<string, AbsentReason> = {
    ...(desired === null ? { desired: "unknown" as const } : {}),
    ...(observed === null ? { observed: "notCollected" as const } : {}),
  };
  return { desired, observed, shift, verdict: null, absent };
}
