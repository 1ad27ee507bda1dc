/**
 * Flagger: what a Canary says of itself, how a person's intent reaches it, and the gates that Meshscope serves as its
 * webhooks. A gate opens once, for one revision: an old approval never lets a later rollout through, and a gate that
 * nobody opened is closed. Flagger asks once per analysis interval, so a click takes effect with its next question.
 *
 * Known of its source: `status.canaryWeight` is 0 while it waits for promotion, whatever the route says: the route object
 * has the weight. At `confirm-rollout` the checksum in the question still belongs to the version before, so that gate is
 * keyed by the template's hash.
 */
import { at, type Json, type JsonObject, listOf, numberOf, textOf } from "../traffic/document.ts";
import { digestOf } from "../traffic/planning.ts";

export interface FlaggerCanary {
  readonly ref: string;
  readonly revision: string;
  readonly phase: string;
  readonly failedChecks: number;
  readonly threshold: number;
  readonly iterations: number;
  /** As it says; null while it is known to say nothing of the traffic. */
  readonly canaryWeight: number | null;
  readonly lastAppliedSpec: string;
  readonly lastPromotedSpec: string;
  readonly isSuspended: boolean;
  readonly skipsAnalysis: boolean;
  /** Longest time until a click is noticed, s. */
  readonly intervalSec: number;
  readonly condition: { readonly reason: string; readonly message: string } | null;
  /** Which of its hooks ask Meshscope. */
  readonly gates: readonly GateKind[];
  /** Of the objects that its pods are configured by, beside their template. */
  readonly configs: string;
  readonly ramp: readonly number[];
  /** Rounds of an A/B test or a blue/green release; 0 for a ramp. */
  readonly rounds: number;
  readonly target: { readonly kind: string; readonly name: string };
}

export const GATES = ["confirm-rollout", "confirm-traffic-increase", "confirm-promotion", "rollback"] as const;
export type GateKind = (typeof GATES)[number];

const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };
const DEFAULT_INTERVAL_SEC = 60;

/** Go's durations: `1m30s`. */
function secondsOf(text: string | undefined): number {
  const parts = [...(text ?? "").matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.length === 0) return DEFAULT_INTERVAL_SEC;
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (UNITS[unit ?? ""] ?? 0), 0);
}

/** Shares, in percent, that a canary goes through; empty where it is no ramp (A/B, blue/green). */
function rampOf(analysis: Json | undefined): readonly number[] {
  const given = listOf(at(analysis, "stepWeights")).map(numberOf);
  if (given.length > 0) return given.filter((weight) => weight !== undefined);
  const step = numberOf(at(analysis, "stepWeight")) ?? 0;
  if (step <= 0 || (numberOf(at(analysis, "iterations")) ?? 0) > 0) return [];
  const most = numberOf(at(analysis, "maxWeight")) ?? 100;
  const count = Math.min(100, Math.ceil(most / step));
  return Array.from({ length: count }, (_, i) => Math.min(most, (i + 1) * step));
}

/** `gateUrl` is where Meshscope answers gates, as Flagger reaches it; null where it answers none. */
export function readCanary(raw: JsonObject, gateUrl: string | null): FlaggerCanary {
  const status = at(raw, "status");
  const phase = textOf(at(status, "phase")) ?? "Unknown";
  const condition = listOf(at(status, "conditions"))[0];
  const analysis = at(raw, "spec", "analysis") ?? at(raw, "spec", "canaryAnalysis");
  const hooks = listOf(at(analysis, "webhooks"));
  return {
    ref: `${textOf(at(raw, "metadata", "namespace")) ?? ""}/${textOf(at(raw, "metadata", "name")) ?? ""}`,
    revision: textOf(at(raw, "metadata", "resourceVersion")) ?? "",
    phase,
    failedChecks: numberOf(at(status, "failedChecks")) ?? 0,
    threshold: numberOf(at(analysis, "threshold")) ?? 1,
    iterations: numberOf(at(status, "iterations")) ?? 0,
    canaryWeight: phase === "WaitingPromotion" ? null : (numberOf(at(status, "canaryWeight")) ?? null),
    lastAppliedSpec: textOf(at(status, "lastAppliedSpec")) ?? "",
    lastPromotedSpec: textOf(at(status, "lastPromotedSpec")) ?? "",
    isSuspended: at(raw, "spec", "suspend") === true,
    skipsAnalysis: at(raw, "spec", "skipAnalysis") === true,
    intervalSec: secondsOf(textOf(at(analysis, "interval"))),
    condition:
      condition === undefined
        ? null
        : { reason: textOf(at(condition, "reason")) ?? "", message: textOf(at(condition, "message")) ?? "" },
    gates: GATES.filter((gate) =>
      hooks.some((hook) => gateUrl !== null && at(hook, "type") === gate && isBelow(textOf(at(hook, "url")), gateUrl)),
    ),
    configs: at(status, "trackedConfigs") === undefined ? "" : digestOf(at(status, "trackedConfigs")),
    ramp: rampOf(analysis),
    rounds: numberOf(at(analysis, "iterations")) ?? 0,
    target: {
      kind: textOf(at(raw, "spec", "targetRef", "kind")) ?? "Deployment",
      name: textOf(at(raw, "spec", "targetRef", "name")) ?? "",
    },
  };
}

const isBelow = (url: string | undefined, gateUrl: string): boolean =>
  url === gateUrl || (url ?? "").startsWith(gateUrl.endsWith("/") ? gateUrl : `${gateUrl}/`);

/** Which gate a person opens by promoting in a phase; undefined where Flagger asks nobody. */
export function gateOf({ phase, gates }: FlaggerCanary): GateKind | undefined {
  const wanted: Readonly<Record<string, GateKind>> = {
    Waiting: "confirm-rollout",
    Progressing: "confirm-traffic-increase",
    WaitingPromotion: "confirm-promotion",
  };
  const gate = wanted[phase];
  return gate !== undefined && gates.includes(gate) ? gate : undefined;
}

/** What a click is bound to: the version under release, and where it stood. */
export interface CanarySight {
  /** The template's hash while it waits to start, else the checksum of what is under analysis and its configuration. */
  readonly version: string;
  readonly stand: string;
}

export interface CanaryContext {
  /** Of the target's pod template; null where it cannot be read. */
  readonly templateHash: string | null;
  /** A gate that is open and was not asked yet. */
  readonly openGate: GateKind | null;
}

export function canarySight(canary: FlaggerCanary, { templateHash, openGate }: CanaryContext): CanarySight {
  const { phase, lastAppliedSpec, configs, canaryWeight, iterations, failedChecks } = canary;
  const version = phase === "Waiting" ? (templateHash ?? "unread") : [lastAppliedSpec, configs].join(".");
  const marks = [
    ...(canary.isSuspended ? ["suspended"] : []),
    ...(canary.skipsAnalysis ? ["skipAnalysis"] : []),
    ...(openGate === null ? [] : [openGate]),
  ];
  return { version, stand: [phase, canaryWeight ?? "", iterations, failedChecks, marks.join("+")].join("~") };
}

export const canarySightText = ({ version, stand }: CanarySight): string => `${version}~${stand}`;

export function canarySightFrom(text: string): CanarySight {
  const [version = "", ...stand] = text.split("~");
  return { version, stand: stand.join("~") };
}

export type FlaggerAction = "promote" | "promoteFull" | "pause" | "resume" | "abort" | "retry";

/** What is done, in this order: a gate that opens, a patch of the Canary, a patch of its target. */
export interface FlaggerIntent {
  readonly gate: GateKind | null;
  readonly body: JsonObject | null;
  readonly targetBody: JsonObject | null;
}

const NOTHING: FlaggerIntent = { gate: null, body: null, targetBody: null };

export interface GateKey {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly gate: GateKind;
  /** Of the version under release, and of `confirm-traffic-increase` its step as well. */
  readonly revision: string;
}

export interface FlaggerRefusal {
  readonly code:
    | "no_gate"
    | "gate_open"
    | "paused"
    | "not_paused"
    | "not_running"
    | "not_started"
    | "skipping"
    | "not_failed"
    | "template_unread"
    | "suspended";
  readonly message: string;
}

/** What a gate is bound to: an approval of one version, or of one step of it, opens it for that alone. */
export function gateRevision(canary: FlaggerCanary, gate: GateKind, templateHash: string | null): string | undefined {
  const { lastAppliedSpec, configs, canaryWeight, iterations } = canary;
  if (gate === "confirm-rollout") return templateHash ?? undefined;
  const version = [lastAppliedSpec, configs].join(".");
  return gate === "confirm-traffic-increase" ? [version, canaryWeight ?? "", iterations].join(".") : version;
}

const MOVING = new Set(["Progressing", "WaitingPromotion"]);
const no = (code: FlaggerRefusal["code"], message: string): FlaggerRefusal => ({ code, message });

function gateRefusal(canary: FlaggerCanary, { templateHash, openGate }: CanaryContext): FlaggerRefusal | undefined {
  const gate = gateOf(canary);
  if (canary.isSuspended) return no("suspended", "it is suspended, so Flagger asks nothing: resume it first");
  if (gate === undefined)
    return no("no_gate", `in phase ${canary.phase} Flagger asks Meshscope nothing: add the webhook that is shown`);
  if (gate === openGate) return no("gate_open", "it was let go already: Flagger asks with its next tick");
  if (gate === "confirm-rollout" && templateHash === null)
    return no("template_unread", "the pod template cannot be read, so an approval could not be bound to a version");
  return undefined;
}

export function flaggerRefusal(
  canary: FlaggerCanary,
  action: FlaggerAction,
  context: CanaryContext,
): FlaggerRefusal | undefined {
  const { phase } = canary;
  switch (action) {
    case "promote":
      return gateRefusal(canary, context);
    case "abort":
      if (phase === "Waiting")
        return no("not_started", "no traffic moved yet: it stays where it is as long as nobody lets it start");
      if (!MOVING.has(phase)) return no("not_running", `in phase ${phase} there is nothing to roll back`);
      if (!canary.gates.includes("rollback"))
        return no("no_gate", "Flagger has no rollback webhook to Meshscope: add the one that is shown");
      return context.openGate === "rollback" ? no("gate_open", "it is on its way back already") : undefined;
    case "promoteFull":
      if (phase === "Waiting") return no("not_started", "its start is not confirmed: promote it first");
      if (!MOVING.has(phase)) return no("not_running", `in phase ${phase} there is nothing to promote`);
      if (canary.isSuspended) return no("suspended", "it is suspended: resume it first");
      return canary.skipsAnalysis ? no("skipping", "its analysis is skipped already") : undefined;
    case "pause":
      return canary.isSuspended ? no("paused", "it is suspended already") : undefined;
    case "resume":
      return canary.isSuspended ? undefined : no("not_paused", "it is not suspended");
    case "retry":
      return phase === "Failed" ? undefined : no("not_failed", `in phase ${phase} there is nothing to try again`);
  }
}

/** `intentId` marks the target's template for a retry: Flagger starts anew when the template is another. */
export function planFlagger(canary: FlaggerCanary, action: FlaggerAction, intentId: string): FlaggerIntent {
  switch (action) {
    case "promote":
      return { ...NOTHING, gate: gateOf(canary) ?? null };
    case "abort":
      // Flagger asks nothing while it is suspended.
      return { ...NOTHING, gate: "rollback", body: canary.isSuspended ? { spec: { suspend: false } } : null };
    case "promoteFull":
      return { ...NOTHING, body: { spec: { skipAnalysis: true } } };
    case "pause":
      return { ...NOTHING, body: { spec: { suspend: true } } };
    case "resume":
      return { ...NOTHING, body: { spec: { suspend: false } } };
    case "retry": {
      const annotations = { "meshscope.dev/retry": intentId };
      return { ...NOTHING, targetBody: { spec: { template: { metadata: { annotations } } } } };
    }
  }
}

export function gateId({ cluster, namespace, name, gate, revision }: GateKey): string {
  return JSON.stringify([cluster, namespace, name, gate, revision]);
}

export interface Gate {
  readonly openedMs: number;
  /** When Flagger was let through, or null. */
  readonly usedMs: number | null;
}

/** How long an approval waits for Flagger's next question, at least. */
export const GATE_LIFE_MS = 15 * 60_000;

/** Two of Flagger's ticks, where those are longer. */
export function gateLifeMs({ intervalSec }: FlaggerCanary): number {
  return Math.max(GATE_LIFE_MS, 2_000 * intervalSec);
}

/**
 * Whether a question is let through, and what becomes of the gate: one question, once, within its life. `rollback` answers
 * until the canary is seen to be back, so that a lost answer leaves no bad version where it is.
 */
export function askGate(
  gate: Gate | undefined,
  { kind, lifeMs }: { readonly kind: GateKind; readonly lifeMs: number },
  nowMs: number,
): { readonly go: boolean; readonly gate: Gate | undefined } {
  const isUsed = gate !== undefined && gate.usedMs !== null && kind !== "rollback";
  if (gate === undefined || isUsed || nowMs - gate.openedMs > lifeMs) return { go: false, gate };
  return { go: true, gate: { ...gate, usedMs: gate.usedMs ?? nowMs } };
}
