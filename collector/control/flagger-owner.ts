/**
 * Canaries of Flagger, driven by intent: through gates that Meshscope serves as its webhooks, and through three members of
 * specs (`suspend`, `skipAnalysis`, an annotation of the target's pod template). Flagger acts with its next tick. A patch
 * carries the revision that was read; a gate is bound to the version under release.
 */
import { routesOfCanary } from "../../lib/control/owners/arms.ts";
import {
  type CanaryContext,
  canarySight,
  canarySightFrom,
  canarySightText,
  type FlaggerAction,
  type FlaggerCanary,
  type FlaggerIntent,
  GATES,
  type GateKey,
  type GateKind,
  gateLifeMs,
  gateRevision,
  planFlagger,
  readCanary,
} from "../../lib/control/owners/flagger.ts";
import type { OwnerPatch } from "../../lib/control/owners/patches.ts";
import { gateSnippet } from "../../lib/control/owners/snippets.ts";
import {
  flaggerActionOf,
  flaggerOwned,
  flaggerRefusalOf,
  flaggerSteps,
  flaggerSummary,
} from "../../lib/control/present/flagger-canary.ts";
import type { SeenShares } from "../../lib/control/present/owner-place.ts";
import { type Act, ROLLOUT_ACTIONS } from "../../lib/control/rollout/events.ts";
import { at, type JsonObject, textOf } from "../../lib/control/traffic/document.ts";
import { digestOf } from "../../lib/control/traffic/planning.ts";
import type { Owned, RolloutActionName, RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import type { OwnerApi } from "../actuators/traffic-api.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { FlaggerGates } from "./flagger-gates.ts";
import type { GateUrls } from "./gate-urls.ts";
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

export interface FlaggerParts {
  readonly gates: FlaggerGates;
  readonly urls: GateUrls;
  readonly clock: Clock;
}

const PREVIEW_INTENT = "00000000-0000-8000-8000-000000000000";

function targetKind({ target }: FlaggerCanary): "Deployment" | "DaemonSet" | undefined {
  return target.kind === "Deployment" || target.kind === "DaemonSet" ? target.kind : undefined;
}

/** The pod template that a Canary watches, as one word; null where it cannot be read. */
export async function templateHash(api: OwnerApi, canary: FlaggerCanary): Promise<string | null> {
  const kind = targetKind(canary);
  const [namespace = ""] = canary.ref.split("/");
  if (kind === undefined) return null;
  const read = await api.read(kind, namespace, canary.target.name);
  const template = read.ok ? at(read.value, "spec", "template") : undefined;
  return template === undefined ? null : digestOf(template);
}

/** Who a gate is for, at the place where a Canary stands; undefined where that cannot be told. */
export function gateKey(
  { place, namespace, name }: Pick<OwnedObject, "place" | "namespace" | "name">,
  canary: FlaggerCanary,
  { gate, hash }: { readonly gate: GateKind; readonly hash: string | null },
): GateKey | undefined {
  const revision = gateRevision(canary, gate, hash);
  return revision === undefined ? undefined : { cluster: place.cluster, namespace, name, gate, revision };
}

const MOVING = new Set(["Waiting", "Progressing", "WaitingPromotion", "Promoting", "Finalising"]);

class FlaggerLook implements Look {
  private readonly object: OwnedObject;
  private readonly canary: FlaggerCanary;
  private readonly context: CanaryContext;
  private readonly parts: FlaggerParts;

  constructor(object: OwnedObject, canary: FlaggerCanary, context: CanaryContext, parts: FlaggerParts) {
    this.object = object;
    this.canary = canary;
    this.context = context;
    this.parts = parts;
  }

  get routes() {
    return routesOfCanary(this.object.raw, this.object.place.cluster);
  }

  get isMoving(): boolean {
    return MOVING.has(this.canary.phase);
  }

  summary(shares: SeenShares) {
    const where = { place: this.object.place, shares };
    return flaggerSummary(this.object.raw, this.canary, this.context, where);
  }

  steps(desired: number | null) {
    return flaggerSteps(this.canary, desired);
  }

  async owned(): Promise<Owned> {
    const { place, namespace, name, raw } = this.object;
    const missing = GATES.filter((gate) => !this.canary.gates.includes(gate));
    const urlOf = this.parts.urls.of({ cluster: place.cluster, namespace, name });
    return flaggerOwned(raw, this.canary, urlOf === null ? null : gateSnippet(missing, urlOf));
  }

  private patchesOf({ body, targetBody }: FlaggerIntent): { patch: OwnerPatch; raw: JsonObject | null }[] {
    const { namespace, name, raw } = this.object;
    const kind = targetKind(this.canary);
    const own: OwnerPatch[] = body === null ? [] : [{ kind: "Canary", namespace, name, subresource: null, body }];
    const target: OwnerPatch[] =
      targetBody === null || kind === undefined
        ? []
        : [{ kind, namespace, name: this.canary.target.name, subresource: null, body: targetBody }];
    return [...own.map((patch) => ({ patch, raw })), ...target.map((patch) => ({ patch, raw: null }))];
  }

  previews(): RolloutDetail["previews"] {
    return ROLLOUT_ACTIONS.flatMap((action) => {
      const wanted = flaggerActionOf(action);
      if (wanted === undefined || flaggerRefusalOf(this.canary, action, this.context) !== undefined)
        return action === "rollback" ? this.wayBack() : [];
      const intent = planFlagger(this.canary, wanted, PREVIEW_INTENT);
      const warnings = this.warningsOf(wanted, intent);
      const preview = previewOfPatches(this.object.api, { action, patches: this.patchesOf(intent), warnings });
      return [this.withGate(preview, intent.gate)];
    });
  }

  /** While Flagger asks nobody, the way back is by hand: the version before, put into the target again. */
  private wayBack(): RolloutDetail["previews"] {
    if (this.canary.phase !== "Progressing" && this.canary.phase !== "WaitingPromotion") return [];
    const preview = previewOfPatches(this.object.api, { action: "rollback", patches: [], warnings: [] });
    return [{ ...preview, request: "", breakGlass: this.undo() }];
  }

  private undo(): string {
    const { namespace, api } = this.object;
    return `${api.kubectl ?? "kubectl"} rollout undo ${this.canary.target.kind.toLowerCase()}/${this.canary.target.name} -n ${namespace}`;
  }

  private withGate(preview: RolloutDetail["previews"][number], gate: GateKind | null) {
    if (gate === null) return preview;
    const change = {
      object: `gate ${gate}`,
      path: "the answer to Flagger's next question",
      before: "403, held",
      after: gate === "rollback" ? "200, roll back" : "200, once",
    };
    const request = `200 to the webhook ${gate} of Canary ${this.canary.ref}`;
    return {
      ...preview,
      changes: [change, ...preview.changes],
      request: [request, preview.request].filter((part) => part !== "").join("\n\n"),
      // Nobody but Meshscope answers its gates; the way back by hand is the version before.
      breakGlass: gate === "rollback" ? this.undo() : preview.breakGlass,
    };
  }

  private warningsOf(
    action: FlaggerAction,
    { targetBody }: FlaggerIntent,
  ): RolloutDetail["previews"][number]["warnings"] {
    const tick = {
      code: "next_tick",
      message: `Flagger notices it with its next tick, within ${this.canary.intervalSec} s`,
    };
    const unchecked = {
      code: "unchecked",
      message: "while it is suspended nothing is checked: a bad version keeps its share",
    };
    const skip = {
      code: "skip_stays",
      message: "spec.skipAnalysis holds for later releases as well: Meshscope takes it back when this one is over",
    };
    const template = { code: "new_pods", message: "the target's pods are started anew" };
    return [
      tick,
      ...(action === "pause" ? [unchecked] : []),
      ...(action === "promoteFull" ? [skip] : []),
      ...(targetBody === null ? [] : [template]),
    ];
  }

  refusal(action: RolloutActionName, seen: string): Refusal | undefined {
    const before = canarySightFrom(seen);
    const now = canarySight(this.canary, this.context);
    const wanted = flaggerActionOf(action);
    // The way back asks for the same version alone.
    const isSame = wanted === "abort" ? before.version === now.version : seen === canarySightText(now);
    if (!isSame) return OTHER;
    const refused = flaggerRefusalOf(this.canary, action, this.context);
    return refused === undefined ? undefined : { kind: "refused", ...refused };
  }

  difference(seen: string): string {
    const [before, now] = [canarySightFrom(seen), canarySight(this.canary, this.context)];
    const names = ["phase", "weight", "round", "failed checks", "set"];
    const [was, is] = [before.stand.split("~"), now.stand.split("~")];
    const moved = names.flatMap((name, i) =>
      was[i] === is[i] ? [] : [`${name} ${was[i] || "none"} → ${is[i] || "none"}`],
    );
    return [...(before.version === now.version ? [] : ["another version"]), ...moved].join(", ");
  }

  isDone({ action }: Act): boolean {
    switch (flaggerActionOf(action)) {
      case "pause":
        return this.canary.isSuspended;
      case "resume":
        return !this.canary.isSuspended;
      case "promoteFull":
        return this.canary.skipsAnalysis || this.canary.phase === "Succeeded";
      case "retry":
        return this.canary.phase !== "Failed";
      default:
        return this.context.openGate !== null;
    }
  }

  async send(act: Act): Promise<Sent> {
    const wanted = flaggerActionOf(act.action);
    if (wanted === undefined) return { kind: "conflict" };
    const intent = planFlagger(this.canary, wanted, act.intentId);
    const opened = intent.gate === null ? undefined : await this.openGate(intent.gate);
    if (opened !== undefined) return opened;
    for (const { patch } of this.patchesOf(intent)) {
      const isOwn = patch.kind === "Canary";
      const revision = textOf(at(this.object.raw, "metadata", "resourceVersion")) ?? "";
      const body = isOwn ? { metadata: { resourceVersion: revision }, ...patch.body } : patch.body;
      const name = { namespace: patch.namespace, name: patch.name };
      const answer = await this.object.api.patch(patch.kind, name, null, body);
      if (!answer.ok) return sentOf(answer.error);
    }
    return { kind: "applied" };
  }

  private async openGate(gate: GateKind): Promise<Sent | undefined> {
    const key = gateKey(this.object, this.canary, { gate, hash: this.context.templateHash });
    if (key === undefined) return { kind: "refused", code: "template_unread", message: "its template cannot be read" };
    try {
      await this.parts.gates.opened(key, this.parts.clock.nowMs());
      return undefined;
    } catch (error) {
      return { kind: "unavailable", code: "not_durable", message: String(error) };
    }
  }
}

/** What is open of a Canary now, and not asked yet. */
function openGateOf(object: OwnedObject, canary: FlaggerCanary, hash: string | null, parts: FlaggerParts) {
  const waiting = GATES.find((gate) => {
    const key = gateKey(object, canary, { gate, hash });
    return key !== undefined && parts.gates.waits(key, gateLifeMs(canary), parts.clock.nowMs());
  });
  return waiting ?? null;
}

export function flaggerOwner(parts: FlaggerParts): Owner {
  return {
    kind: "Canary",
    prefix: "flagger",
    look: async (object) => {
      const { place, namespace, name } = object;
      const canary = readCanary(object.raw, parts.urls.base);
      if (!MOVING.has(canary.phase))
        await parts.gates.close({ cluster: place.cluster, namespace, name }, parts.clock.nowMs());
      const hash = canary.phase === "Waiting" ? await templateHash(object.api, canary) : null;
      const openGate = openGateOf(object, canary, hash, parts);
      return new FlaggerLook(object, canary, { templateHash: hash, openGate }, parts);
    },
  };
}
