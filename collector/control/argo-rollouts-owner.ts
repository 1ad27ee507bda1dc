/**
 * Rollouts of Argo Rollouts, driven by intent: the merge patches of its own plugin, each with the revision that was read.
 * Its status changes often, so a refused revision is read again, and sent again where version, step and pause are still
 * what the person saw; at most three times. A promotion ends a pause and never passes a step by.
 */

import {
  type ArgoPatch,
  type ArgoRollout,
  guardedBody,
  isArgoDone,
  planArgo,
  type RolloutSight,
  readRollout,
  sightFrom,
  sightOf,
} from "../../lib/control/owners/argo-rollouts.ts";
import { routesOfRollout } from "../../lib/control/owners/arms.ts";
import type { OwnerPatch } from "../../lib/control/owners/patches.ts";
import {
  argoActionOf,
  argoOwned,
  argoRefusalOf,
  argoSteps,
  argoSummary,
} from "../../lib/control/present/argo-rollout.ts";
import { type Act, ROLLOUT_ACTIONS } from "../../lib/control/rollout/events.ts";
import { at, type JsonObject } from "../../lib/control/traffic/document.ts";
import type { Owned, RolloutActionName, RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import type { OwnerApi } from "../actuators/traffic-api.ts";
import {
  type Look,
  OTHER,
  type OwnedObject,
  type Owner,
  previewOfPatches,
  type Refusal,
  type Sent,
  sentOf,
} from "./owner.ts";

const MOST_TRIES = 3;

class ArgoLook implements Look {
  private readonly object: OwnedObject;
  private readonly rollout: ArgoRollout;

  constructor(object: OwnedObject) {
    this.object = object;
    this.rollout = readRollout(object.raw);
  }

  get routes() {
    return routesOfRollout(this.object.raw, this.object.place.cluster);
  }

  get isMoving(): boolean {
    return !this.rollout.isPromoted;
  }

  summary(shares: Parameters<Look["summary"]>[0]) {
    return argoSummary(this.rollout, this.object.place, shares);
  }

  steps() {
    return argoSteps(this.rollout);
  }

  async owned(): Promise<Owned> {
    const { api, namespace, raw } = this.object;
    const names = [...new Set(this.rollout.analyses.map(({ name }) => name))];
    const read = await Promise.all(names.map((name) => api.read("AnalysisRun", namespace, name)));
    const runs = read.flatMap((one, i) => (one.ok ? [[names[i] ?? "", one.value] as const] : []));
    return argoOwned(raw, this.rollout, new Map(runs));
  }

  private patchOf({ subresource, body }: ArgoPatch): OwnerPatch {
    const { namespace, name } = this.object;
    return { kind: "Rollout", namespace, name, subresource, body };
  }

  previews(): RolloutDetail["previews"] {
    return ROLLOUT_ACTIONS.flatMap((action) => {
      if (argoRefusalOf(this.rollout, action) !== undefined) return [];
      const plan = planArgo(this.rollout, argoActionOf(action), sightOf(this.rollout));
      if (!plan.ok) return [];
      const patches = plan.value.map((patch) => ({ patch: this.patchOf(patch), raw: this.object.raw }));
      return [previewOfPatches(this.object.api, { action, patches, warnings: this.warningsOf(action) })];
    });
  }

  private warningsOf(action: RolloutActionName): RolloutDetail["previews"][number]["warnings"] {
    if (argoActionOf(action) !== "abort") return [];
    const isScaled = at(this.object.raw, "spec", "strategy", "canary", "dynamicStableScale") === true;
    const scaled = {
      code: "stable_scaled_down",
      message: "the stable version was scaled down with the ramp: its traffic comes back as its pods do",
    };
    const wanted = { code: "spec_unchanged", message: "its spec, and Git, go on asking for the new version" };
    return isScaled ? [scaled, wanted] : [wanted];
  }

  refusal(action: RolloutActionName, seen: string): Refusal | undefined {
    const sight = sightFrom(seen);
    if (sight === undefined) return OTHER;
    const plan = planArgo(this.rollout, argoActionOf(action), sight);
    if (plan.ok) return undefined;
    const { code, message } = plan.error;
    return code === "changed" ? OTHER : { kind: "refused", code, message };
  }

  difference(seen: string): string {
    const before = sightFrom(seen);
    const now = sightOf(this.rollout);
    if (before === undefined) return "";
    const stepText = (index: number | null): string => (index === null ? "none" : String(index + 1));
    const parts = [
      before.podHash === now.podHash ? "" : `version ${before.podHash} → ${now.podHash}`,
      before.stepIndex === now.stepIndex ? "" : `step ${stepText(before.stepIndex)} → ${stepText(now.stepIndex)}`,
      before.pausedSince !== null && now.pausedSince === null ? "its pause was ended" : "",
      before.marks.join() === now.marks.join()
        ? ""
        : `${before.marks.join() || "nothing"} → ${now.marks.join() || "nothing"}`,
    ];
    return parts.filter((part) => part !== "").join(", ");
  }

  isDone({ action }: Act, seen: string): boolean {
    const sight = sightFrom(seen);
    return sight !== undefined && isArgoDone(this.rollout, argoActionOf(action), sight);
  }

  async send({ action }: Act, seen: string): Promise<Sent> {
    const sight = sightFrom(seen);
    if (sight === undefined) return { kind: "conflict" };
    return sendArgo(this.object, argoActionOf(action), sight);
  }
}

type ArgoAct = ReturnType<typeof argoActionOf>;

async function readAgain({ api, namespace, name }: OwnedObject) {
  const read = await api.read("Rollout", namespace, name);
  return read.ok ? read.value : undefined;
}

async function patchOnce(
  api: OwnerApi,
  { namespace, name }: OwnedObject,
  patch: ArgoPatch,
  revision: string,
): Promise<{ readonly sent: Sent; readonly after?: JsonObject }> {
  const answer = await api.patch("Rollout", { namespace, name }, patch.subresource, guardedBody(patch, revision));
  return answer.ok ? { sent: { kind: "applied" }, after: answer.value } : { sent: sentOf(answer.error) };
}

/** The patches of an action in order, each from the revision that the one before it was answered with. */
async function sendArgo(object: OwnedObject, action: ArgoAct, sight: RolloutSight): Promise<Sent> {
  let raw: JsonObject | undefined = object.raw;
  for (let attempt = 0; attempt < MOST_TRIES && raw !== undefined; attempt++) {
    const rollout: ArgoRollout = readRollout(raw);
    const plan = planArgo(rollout, action, sight);
    if (!plan.ok) return { kind: "conflict" };
    const [first, ...rest] = plan.value;
    if (first === undefined) return { kind: "applied" };
    const { sent, after } = await patchOnce(object.api, object, first, rollout.revision);
    if (sent.kind === "applied") return sendRest(object, rest, { sight, after });
    if (sent.kind !== "conflict") return sent;
    raw = await readAgain(object);
  }
  return raw === undefined
    ? { kind: "unavailable", code: "unavailable", message: "it could not be read again" }
    : { kind: "conflict" };
}

/** What follows is bound to the version alone: the controller answers the first patch by moving on. */
async function sendRest(
  object: OwnedObject,
  patches: readonly ArgoPatch[],
  { sight, after }: { readonly sight: RolloutSight; readonly after: JsonObject | undefined },
): Promise<Sent> {
  let raw = after;
  for (const patch of patches) {
    let sent: Sent = { kind: "conflict" };
    for (let attempt = 0; attempt < MOST_TRIES && sent.kind === "conflict"; attempt++) {
      const now = raw === undefined ? undefined : readRollout(raw);
      if (now === undefined || now.podHash !== sight.podHash) return { kind: "conflict" };
      const done = await patchOnce(object.api, object, patch, now.revision);
      sent = done.sent;
      raw = done.after ?? (await readAgain(object));
    }
    if (sent.kind !== "applied") return sent;
  }
  return { kind: "applied" };
}

export const ARGO_ROLLOUTS: Owner = {
  kind: "Rollout",
  prefix: "argo",
  look: async (object) => new ArgoLook(object),
};
