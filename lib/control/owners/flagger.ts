/**
 * Flagger: what a Canary says of itself, how a person's intent reaches it, and the gates that Meshscope serves as its
 * webhooks. A gate opens once, for one revision: an old approval never lets a later rollout through, and a gate that
 * nobody opened is closed. Flagger asks once per analysis interval, so a click takes effect with its next question.
 *
 * Known of its source: `status.canaryWeight` is 0 while it waits for promotion, whatever the route says: the route object
 * has the weight. At `confirm-rollout` the checksum in the question still belongs to the version before, so that gate is
 * keyed by the template's hash.
 */
import { at, type JsonObject, listOf, numberOf, textOf } from "../traffic/document.ts";

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

/** `gateUrl` is where Meshscope answers gates, as Flagger reaches it. */
export function readCanary(raw: JsonObject, gateUrl: string): FlaggerCanary {
  const status = at(raw, "status");
  const phase = textOf(at(status, "phase")) ?? "Unknown";
  const condition = listOf(at(status, "conditions"))[0];
  const hooks = listOf(at(raw, "spec", "analysis", "webhooks"));
  return {
    ref: `${textOf(at(raw, "metadata", "namespace")) ?? ""}/${textOf(at(raw, "metadata", "name")) ?? ""}`,
    revision: textOf(at(raw, "metadata", "resourceVersion")) ?? "",
    phase,
    failedChecks: numberOf(at(status, "failedChecks")) ?? 0,
    threshold: numberOf(at(raw, "spec", "analysis", "threshold")) ?? 1,
    iterations: numberOf(at(status, "iterations")) ?? 0,
    canaryWeight: phase === "WaitingPromotion" ? null : (numberOf(at(status, "canaryWeight")) ?? null),
    lastAppliedSpec: textOf(at(status, "lastAppliedSpec")) ?? "",
    lastPromotedSpec: textOf(at(status, "lastPromotedSpec")) ?? "",
    isSuspended: at(raw, "spec", "suspend") === true,
    skipsAnalysis: at(raw, "spec", "skipAnalysis") === true,
    intervalSec: secondsOf(textOf(at(raw, "spec", "analysis", "interval"))),
    condition:
      condition === undefined
        ? null
        : { reason: textOf(at(condition, "reason")) ?? "", message: textOf(at(condition, "message")) ?? "" },
    gates: GATES.filter((gate) =>
      hooks.some((hook) => at(hook, "type") === gate && (textOf(at(hook, "url")) ?? "").startsWith(gateUrl)),
    ),
  };
}

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

export type FlaggerAction = "promote" | "promoteFull" | "pause" | "resume" | "abort";

export type FlaggerIntent =
  | { readonly kind: "open"; readonly gate: GateKind; readonly key: GateKey }
  | { readonly kind: "patch"; readonly body: JsonObject };

export interface GateKey {
  readonly namespace: string;
  readonly name: string;
  readonly gate: GateKind;
  /** The template's hash at `confirm-rollout`, else the checksum of the spec under analysis. */
  readonly revision: string;
}

export interface FlaggerRefusal {
  readonly code: "no_gate" | "paused" | "not_paused" | "not_running" | "skipping";
  readonly message: string;
}

function keyOf({ ref, lastAppliedSpec }: FlaggerCanary, gate: GateKind, templateHash: string): GateKey {
  const [namespace = "", name = ""] = ref.split("/");
  return { namespace, name, gate, revision: gate === "confirm-rollout" ? templateHash : lastAppliedSpec };
}

const RUNNING = new Set(["Waiting", "Progressing", "WaitingPromotion"]);

/** `templateHash` is that of the target's pod template. */
export function planFlagger(
  canary: FlaggerCanary,
  action: FlaggerAction,
  templateHash: string,
): FlaggerIntent | FlaggerRefusal {
  switch (action) {
    case "promote": {
      const gate = gateOf(canary);
      if (gate !== undefined) return { kind: "open", gate, key: keyOf(canary, gate, templateHash) };
      return {
        code: "no_gate",
        message: `in phase ${canary.phase} Flagger asks Meshscope nothing: add the webhook that is shown`,
      };
    }
    case "abort":
      if (!RUNNING.has(canary.phase))
        return { code: "not_running", message: `in phase ${canary.phase} there is nothing to roll back` };
      if (canary.gates.includes("rollback"))
        return { kind: "open", gate: "rollback", key: keyOf(canary, "rollback", templateHash) };
      return { code: "no_gate", message: "Flagger has no rollback webhook to Meshscope: add the one that is shown" };
    case "promoteFull":
      if (canary.skipsAnalysis) return { code: "skipping", message: "its analysis is skipped already" };
      return { kind: "patch", body: { spec: { skipAnalysis: true } } };
    case "pause":
      if (canary.isSuspended) return { code: "paused", message: "it is suspended already" };
      return { kind: "patch", body: { spec: { suspend: true } } };
    case "resume":
      if (!canary.isSuspended) return { code: "not_paused", message: "it is not suspended" };
      return { kind: "patch", body: { spec: { suspend: false } } };
  }
}

export function gateId({ namespace, name, gate, revision }: GateKey): string {
  return JSON.stringify([namespace, name, gate, revision]);
}

export interface Gate {
  readonly openedMs: number;
  /** When Flagger was let through, or null. */
  readonly usedMs: number | null;
}

/** How long an approval waits for Flagger's next question. */
export const GATE_LIFE_MS = 15 * 60_000;

/** Whether a question is let through, and what becomes of the gate. `rollback` answers as long as it is asked of one revision. */
export function askGate(
  gate: Gate | undefined,
  kind: GateKind,
  nowMs: number,
): { readonly go: boolean; readonly gate: Gate | undefined } {
  if (gate === undefined) return { go: false, gate };
  if (kind === "rollback") return { go: true, gate: { ...gate, usedMs: gate.usedMs ?? nowMs } };
  if (gate.usedMs !== null || nowMs - gate.openedMs > GATE_LIFE_MS) return { go: false, gate };
  return { go: true, gate: { ...gate, usedMs: nowMs } };
}
