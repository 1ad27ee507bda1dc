/**
 * The simulated Flagger: one Canary over an HTTPRoute, one look an analysis interval. In: a store, the time, and who answers
 * webhooks. Out: writes to Canary and route, as `flagger`. It reads the route's weights and adds its step; its gates hold it
 * without counting as failed checks; it never retries. Not here: metrics, alerts, A/B tests, mirroring.
 */
import { createHash } from "node:crypto";
import { FLAGGER_SERVICE, type Seed } from "./cluster-objects.ts";
import { at, isSame, type Json, type JsonObject, listOf, numberAt, objectOf, textAt, withMember } from "./document.ts";
import { KINDS } from "./kubernetes-kinds.ts";
import type { ObjectStore } from "./object-store.ts";

const MANAGER = "flagger";
const NAMESPACE = "orders";
const WHOLE = 100;
const FLAGGER_LEAST_MS = 10_000;
const KEY = { namespace: NAMESPACE, name: FLAGGER_SERVICE } as const;

/** A question of a webhook. Out: whether it was answered with success. */
export type AskHook = (url: string, body: JsonObject) => Promise<boolean>;

/** As it tells one template from another. */
export function checksum(template: Json | undefined): string {
  return createHash("sha256")
    .update(JSON.stringify(template ?? null))
    .digest("hex")
    .slice(0, 10);
}

export function canarySeed(template: Json | undefined, nowMs: number): Seed {
  const transition = new Date(nowMs).toISOString();
  return [
    KINDS.canary,
    {
      metadata: { ...KEY },
      spec: {
        provider: "gatewayapi:v1",
        // Nothing moves before there is somebody to ask.
        suspend: true,
        targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: FLAGGER_SERVICE },
        service: { port: 8080, gatewayRefs: [{ group: "core", kind: "Service", name: FLAGGER_SERVICE, port: 8080 }] },
        analysis: { interval: "10s", threshold: 5, maxWeight: 60, stepWeight: 20, webhooks: [] },
      },
      status: {
        phase: "Progressing",
        canaryWeight: 20,
        failedChecks: 0,
        iterations: 0,
        lastAppliedSpec: checksum(template),
        lastPromotedSpec: checksum(null),
        lastTransitionTime: transition,
        conditions: conditionsOf("Progressing", transition),
      },
    },
  ];
}

const MESSAGES: Readonly<Record<string, string>> = {
  Progressing: "New revision detected, progressing canary analysis.",
  Waiting: "Waiting for approval.",
  WaitingPromotion: "Waiting for approval.",
  Promoting: "Canary analysis completed, starting primary rolling update.",
  Finalising: "Canary analysis completed, routing all traffic to primary.",
  Succeeded: "Canary analysis completed successfully, promotion finished.",
  Failed: "Canary analysis failed, Deployment scaled to zero.",
};

function conditionsOf(phase: string, time: string): readonly JsonObject[] {
  const status = phase === "Succeeded" ? "True" : phase === "Failed" ? "False" : "Unknown";
  const times = { lastUpdateTime: time, lastTransitionTime: time };
  return [{ type: "Promoted", status, reason: phase, message: MESSAGES[phase] ?? phase, ...times }];
}

export class FlaggerController {
  private readonly store: ObjectStore;
  private readonly ask: AskHook;
  private lastMs: number;
  private looking = false;

  constructor(store: ObjectStore, ask: AskHook, nowMs: number) {
    this.store = store;
    this.ask = ask;
    this.lastMs = nowMs;
  }

  private get canary(): JsonObject {
    return objectOf(this.store.read({ kind: KINDS.canary, ...KEY }));
  }

  /** Looks where an interval has passed and the last look is over. */
  async reconcile(nowMs: number): Promise<void> {
    if (this.looking || nowMs - this.lastMs < intervalMs(this.canary)) return;
    this.looking = true;
    this.lastMs = nowMs;
    try {
      await this.look(nowMs);
    } finally {
      this.looking = false;
    }
  }

  private async look(nowMs: number): Promise<void> {
    const { canary } = this;
    if (at(canary, "spec", "suspend") === true || canary["spec"] === undefined) return;
    const template = checksum(at(this.store.read({ kind: KINDS.deployment, ...KEY }), "spec", "template"));
    const phase = textAt(canary, "status", "phase");
    if (template !== textAt(canary, "status", "lastAppliedSpec") || phase === "Waiting")
      return this.begin(template, nowMs);
    switch (phase) {
      case "Progressing":
      case "WaitingPromotion":
        if (at(canary, "spec", "skipAnalysis") === true) return this.become("Promoting", nowMs);
        if (await this.approved("rollback", false)) return this.rollBack(nowMs);
        return phase === "Progressing" ? this.advance(nowMs) : this.mayPromote(nowMs);
      case "Promoting":
        this.weigh(0);
        return this.become("Finalising", nowMs);
      case "Finalising":
        return this.become("Succeeded", nowMs, { lastPromotedSpec: textAt(canary, "status", "lastAppliedSpec") });
      default:
        return;
    }
  }

  private async begin(template: string, nowMs: number): Promise<void> {
    if (!(await this.approved("confirm-rollout", true))) return this.become("Waiting", nowMs);
    this.weigh(0);
    this.become("Progressing", nowMs, { lastAppliedSpec: template, canaryWeight: 0, failedChecks: 0, iterations: 0 });
  }

  private async advance(nowMs: number): Promise<void> {
    const analysis = at(this.canary, "spec", "analysis");
    const most = numberAt(analysis, "maxWeight") ?? WHOLE;
    const weight = this.routed();
    if (weight >= most) return this.mayPromote(nowMs);
    if (!(await this.approved("confirm-traffic-increase", true))) return;
    const next = Math.min(most, weight + (numberAt(analysis, "stepWeight") ?? WHOLE));
    this.weigh(next);
    this.become("Progressing", nowMs, { canaryWeight: next });
  }

  /** While it waits it says that the canary has nothing, whatever the route says. */
  private async mayPromote(nowMs: number): Promise<void> {
    if (await this.approved("confirm-promotion", true)) return this.become("Promoting", nowMs);
    this.become("WaitingPromotion", nowMs, { canaryWeight: 0 });
  }

  private rollBack(nowMs: number): void {
    this.weigh(0);
    this.become("Failed", nowMs, { canaryWeight: 0 });
  }

  /** All hooks of a kind have to agree; `otherwise` where there are none. */
  private async approved(type: string, otherwise: boolean): Promise<boolean> {
    const { canary } = this;
    const hooks = listOf(at(canary, "spec", "analysis", "webhooks")).filter((hook) => textAt(hook, "type") === type);
    if (hooks.length === 0) return otherwise;
    const question = {
      ...KEY,
      phase: textAt(canary, "status", "phase"),
      checksum: textAt(canary, "status", "lastAppliedSpec"),
      metadata: {},
    };
    for (const hook of hooks) {
      if (!(await this.ask(textAt(hook, "url"), { ...question, metadata: at(hook, "metadata") ?? {} }))) return false;
    }
    return true;
  }

  private become(phase: string, nowMs: number, rest: JsonObject = {}): void {
    const { canary } = this;
    const old = objectOf(canary["status"]);
    const time = new Date(nowMs).toISOString();
    const isNew = textAt(old, "phase") !== phase;
    const moved = isNew ? { lastTransitionTime: time, conditions: conditionsOf(phase, time) } : {};
    const status = { ...old, ...rest, phase, ...moved };
    if (isSame(status, old)) return;
    const options = { manager: MANAGER, subresource: "status" } as const;
    this.store.replace({ kind: KINDS.canary, ...KEY }, withMember(canary, ["status"], status), options);
  }

  private get route(): JsonObject {
    return objectOf(this.store.read({ kind: KINDS.httpRoute, ...KEY }));
  }

  private routed(): number {
    return numberAt(this.route, "spec", "rules", 0, "backendRefs", 1, "weight") ?? 0;
  }

  /** All rules anew: what others put beside them is gone. */
  private weigh(canary: number): void {
    const refs = listOf(at(this.route, "spec", "rules", 0, "backendRefs"));
    const weights = [WHOLE - canary, canary];
    const rules = [
      { name: "primary", backendRefs: refs.map((ref, i) => ({ ...objectOf(ref), weight: weights[i] ?? 0 })) },
    ];
    const next = withMember(this.route, ["spec", "rules"], rules);
    this.store.replace({ kind: KINDS.httpRoute, ...KEY }, next, { manager: MANAGER });
  }
}

/** Flagger takes nothing shorter than ten seconds. */
function intervalMs(canary: JsonObject): number {
  const match = /^(\d+)(s|m)$/.exec(textAt(canary, "spec", "analysis", "interval"));
  const given = match === null ? 60_000 : Number(match[1]) * (match[2] === "m" ? 60_000 : 1_000);
  return Math.max(given, FLAGGER_LEAST_MS);
}
