/**
 * When something came and went, from steps of equal length. In: for each step whether it was seen (its counters moved),
 * whether anybody who tells of it was observed, and whether anything of the estate was. Out: changes by step.
 *
 * What was seen, and then not for `quiet` steps in which the estate was observed, is gone, from the first of them on.
 * What is seen after as many is there from that step on. Steps in which nobody looked prove neither: they are passed over,
 * so that a restart of the collector changes nothing, and nothing is new before the estate was observed for so long.
 */
import type { HistoryKind } from "../schema/history.ts";

export interface Presence {
  readonly seen: Uint8Array;
  readonly observed: Uint8Array;
  /** Step in which it was first reported, with or without traffic; below 0: before the first step. */
  readonly firstStep: number;
}

export interface Ground {
  /** Whether anything of the estate was observed, by step. */
  readonly observed: Uint8Array;
  readonly quiet: number;
  /** Changes before this step are not told: what is before it only says how things were. */
  readonly from: number;
}

export interface PresenceChange {
  readonly step: number;
  readonly kind: HistoryKind;
}

function came(firstStep: number, quietFrom: number, isObserved: boolean): HistoryKind {
  if (firstStep >= quietFrom) return "new";
  return isObserved ? "started" : "found";
}

export function presenceChanges({ seen, observed, firstStep }: Presence, ground: Ground): PresenceChange[] {
  const { quiet, from } = ground;
  const changes: PresenceChange[] = [];
  const tell = (step: number, kind: HistoryKind): void => {
    if (step >= from) changes.push({ step, kind });
  };
  let lastSeen = -1;
  let without = 0;
  let withoutObserved = 0;
  for (let step = 0; step < seen.length; step++) {
    // Known to have been there or not in more than half of the time without.
    if (seen[step] === 1) {
      if (without >= quiet) tell(step, came(firstStep, lastSeen + 1, withoutObserved * 2 > without));
      [lastSeen, without, withoutObserved] = [step, 0, 0];
      continue;
    }
    if (ground.observed[step] !== 1) continue;
    without++;
    if (observed[step] === 1) withoutObserved++;
    if (without === quiet && lastSeen >= 0) tell(lastSeen + 1, withoutObserved * 2 > without ? "stopped" : "lost");
  }
  return changes;
}
