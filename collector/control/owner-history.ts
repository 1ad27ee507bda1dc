/** What owners were asked, and what came of it, newest first, as a person reads it. */
import { ACTED } from "../../lib/control/present/history.ts";
import type { RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import type { IntentEntry } from "./intent-journal.ts";

type Entry = RolloutDetail["history"][number];

function entryOf(entry: IntentEntry): readonly Entry[] {
  const { atMs } = entry;
  switch (entry.type) {
    case "taken":
      return [{ atMs, type: "acted", text: ACTED[entry.action], actor: entry.actor, reason: entry.reason }];
    case "settled": {
      const text = entry.outcome === "applied" ? "the owner took it" : `refused: ${entry.message} (${entry.code})`;
      return [{ atMs, type: entry.outcome === "applied" ? "writeAcknowledged" : "writeRefused", text }];
    }
    case "seen":
      return [{ atMs, type: entry.what, text: entry.text }];
  }
}

export function historyOfIntents(entries: readonly IntentEntry[]): RolloutDetail["history"] {
  return entries.flatMap(entryOf).reverse();
}
