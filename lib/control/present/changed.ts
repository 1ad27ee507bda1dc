/**
 * What happened to a rollout since a person looked at it, in one line: who, when, and the shares before and after. In: the
 * log and the revision that was seen; out: a sentence. Shares in percent.
 */
import type { RolloutEvent } from "../rollout/events.ts";
import { apply, begin, type RolloutPhase, type RolloutState } from "../rollout/state.ts";
import { wantedAfter } from "../rollout/wanted.ts";
import { eventText } from "./history.ts";

const percent = (bp: number): string => `${bp / 100}`;

const shareOf = (state: RolloutState): number => Math.min(...[...state.routes.values()].map(({ shareBp }) => shareBp));

interface Seen {
  readonly at: RolloutState;
  readonly since: readonly RolloutEvent[];
}

/** The state at a revision and what came after it; at the end of the log where the revision is not of it. */
function split(events: readonly RolloutEvent[], revision: number): Seen | null {
  const [first, ...rest] = events;
  if (first?.type !== "started") return null;
  let at = begin(first);
  for (const [i, event] of rest.entries()) {
    const next = apply(at, event);
    if (next.revision > revision) return { at, since: rest.slice(i) };
    at = next;
  }
  return { at, since: [] };
}

/** The phase that whoever saw the revision saw; undefined for what is no revision. */
export function phaseAt(events: readonly RolloutEvent[], revision: number): RolloutPhase | undefined {
  return Number.isInteger(revision) ? split(events, revision)?.at.phase : undefined;
}

export function changedSince(events: readonly RolloutEvent[], revision: number, now: RolloutState): string {
  const seen = split(events, revision);
  const cause = seen?.since.find(({ type }) => type === "acted" || type === "foreignWrite") ?? seen?.since.at(-1);
  if (seen === null || cause === undefined) return "changed since you looked";
  const by = cause.type === "acted" ? cause.act.actor : cause.type === "foreignWrite" ? cause.by : "meshscope";
  const from = shareOf(seen.at);
  const acted = cause.type === "acted" ? wantedAfter(seen.at, cause.act.action)?.canaryBp : undefined;
  const to = cause.type === "foreignWrite" ? cause.canaryBp : (acted ?? from);
  const shares = from === to ? "" : ` (${percent(from)} → ${percent(to)} %)`;
  return `changed by ${by} at ${new Date(cause.atMs).toISOString()}: ${eventText(cause, now.definition)}${shares}`;
}
