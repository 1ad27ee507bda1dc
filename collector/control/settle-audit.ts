/**
 * Outcomes of audit entries that a process left open when it died. In: the audit and the logs of the rollouts, read and not
 * yet going on; out: each entry with the outcome that its log knows. A write whose log has no outcome either stays open: it
 * is looked up on its route, and settled then. What no log knows was never begun.
 */
import type { RolloutEvent } from "../../lib/control/rollout/events.ts";
import type { AuditEntry } from "../../lib/query/schema/audit.ts";
import type { AuditLog } from "./audit-log.ts";
import type { OwnRollouts } from "./own-rollouts.ts";

type Outcome = AuditEntry["outcome"];

const REFUSED: Readonly<Record<string, Outcome>> = {
  conflict: "conflict",
  invalid: "refused",
  forbidden: "forbidden",
};

/** Of one write; null while it must be looked up. */
function outcomeOfWrite(intentId: string, events: readonly RolloutEvent[]): Outcome | null {
  const told = events.filter((event) => "intentId" in event && event.intentId === intentId);
  const last = told.at(-1);
  if (last === undefined) return "unavailable";
  if (last.type === "writeAcknowledged") return "applied";
  if (last.type === "writeRefused") return REFUSED[last.code] ?? "unavailable";
  return null;
}

function outcomeOf(entry: AuditEntry, events: readonly RolloutEvent[] | undefined): Outcome | null {
  if (entry.action === "start") return events === undefined ? "unavailable" : "applied";
  if (events === undefined) return null;
  if (entry.id === `write-${entry.intentId}`) return outcomeOfWrite(entry.intentId, events);
  const isTaken = events.some((event) => event.type === "acted" && event.act.intentId === entry.intentId);
  return isTaken ? "applied" : "unavailable";
}

export async function settleAudit(audit: AuditLog, own: OwnRollouts): Promise<void> {
  for (const entry of audit.pending()) {
    const outcome = entry.rollout === null ? null : outcomeOf(entry, own.eventsOf(entry.rollout));
    if (outcome !== null) await audit.settle(entry.id, outcome);
  }
}
