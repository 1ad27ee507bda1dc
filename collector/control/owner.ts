/**
 * What differs between owners. In: an object of an owner as read; out: what it is, what may be asked of it, and the one way
 * to ask. `OwnerSource` does the rest for all of them: reading, locks, intents that are asked twice, routes, history.
 */
import type { OwnedRoute } from "../../lib/control/owners/arms.ts";
import { changesOfPatch, kubectlPatch, type OwnerPatch, patchRequest } from "../../lib/control/owners/patches.ts";
import type { OwnerPlace, SeenShares } from "../../lib/control/present/owner-place.ts";
import type { Act } from "../../lib/control/rollout/events.ts";
import type { JsonObject } from "../../lib/control/traffic/document.ts";
import type { Owned, RolloutActionName, RolloutDetail, RolloutSummary } from "../../lib/query/schema/rollouts.ts";
import type { OwnerApi, PatchFailure } from "../actuators/traffic-api.ts";

export interface OwnedObject {
  readonly place: OwnerPlace;
  readonly namespace: string;
  readonly name: string;
  readonly api: OwnerApi;
  readonly raw: JsonObject;
}

export type Sent =
  | { readonly kind: "applied" }
  /** Somebody else was first. */
  | { readonly kind: "conflict" }
  | { readonly kind: "refused" | "unavailable"; readonly code: string; readonly message: string }
  /** It may have been done: whoever asks again has it looked up. */
  | { readonly kind: "unknown"; readonly message: string };

export interface Refusal {
  readonly kind: "conflict" | "refused";
  readonly code: string;
  readonly message: string;
}

/** Another than what was seen; who answers says what changed. */
export const OTHER: Refusal = {
  kind: "conflict",
  code: "conflict",
  message: "it stands elsewhere than when it was seen",
};

/** One look at an object. */
export interface Look {
  readonly routes: readonly OwnedRoute[];
  /** False once it is over: its routes need not be read to list it. */
  readonly isMoving: boolean;
  summary(shares: SeenShares): RolloutSummary;
  steps(desired: number | null): RolloutDetail["steps"];
  owned(): Promise<Owned>;
  /** What an action would write, of every action that may be taken, and of the way back. */
  previews(): RolloutDetail["previews"];
  /** Why an action is not taken from what was seen; undefined where it is. */
  refusal(action: RolloutActionName, seen: string): Refusal | undefined;
  /** What moved since, in words. */
  difference(seen: string): string;
  /** Whether an act whose answer was lost is done. */
  isDone(act: Act, seen: string): boolean;
  send(act: Act, seen: string): Promise<Sent>;
}

export interface Owner {
  readonly kind: "Rollout" | "Canary";
  /** First part of the ids of its rollouts. */
  readonly prefix: string;
  look(object: OwnedObject): Promise<Look>;
}

export function sentOf({ code, message }: PatchFailure): Sent {
  switch (code) {
    case "conflict":
      return { kind: "conflict" };
    case "unavailable":
      return { kind: "unavailable", code, message };
    case "unknown":
      return { kind: "unknown", message };
    default:
      return { kind: "refused", code, message };
  }
}

type Preview = RolloutDetail["previews"][number];

export interface PatchPreview {
  readonly action: RolloutActionName;
  /** Each with the object that it changes, where that was read. */
  readonly patches: readonly { readonly patch: OwnerPatch; readonly raw: JsonObject | null }[];
  readonly warnings: Preview["warnings"];
}

export function previewOfPatches(api: OwnerApi, { action, patches, warnings }: PatchPreview): Preview {
  return {
    action,
    changes: patches.flatMap(({ patch, raw }) =>
      changesOfPatch(raw, patch.body).map((change) => ({
        object: `${patch.kind} ${patch.namespace}/${patch.name}`,
        ...change,
      })),
    ),
    request: patches.map(({ patch }) => patchRequest(patch)).join("\n\n"),
    warnings,
    breakGlass: patches.map(({ patch }) => kubectlPatch(patch, api.kubectl)).join("\n"),
  };
}
