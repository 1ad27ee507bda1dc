/** The inbox: rollouts in groups, the ones that wait for the reader first. In: a list; out: groups with what each says. */
import type { RolloutSummary } from "../../query/schema/rollouts.ts";
import { codeWords } from "../code-words.ts";
import { durationMs, percent, plain } from "../format.ts";
import { SHIFT_LOOKS, STATE_LOOKS, WAITING_WORDS } from "./words.ts";

export interface InboxRow {
  readonly rollout: RolloutSummary;
  readonly line: string;
}

export interface InboxGroup {
  readonly title: string;
  readonly rows: readonly InboxRow[];
}

const DONE = new Set<RolloutSummary["state"]>(["promoted", "rolledBack", "aborted", "failed"]);

function isWaiting({ state }: RolloutSummary): boolean {
  return state === "waiting" || state === "needsHuman" || state === "paused";
}

function lineOf(rollout: RolloutSummary, nowMs: number): string {
  const { state, waitingFor, waitingSinceMs, verdict, desired, shift } = rollout;
  if (verdict === "fail" && !DONE.has(state)) return "the judge fails it: roll back?";
  const since = waitingSinceMs === undefined ? "" : ` for ${plain(durationMs(Math.max(0, nowMs - waitingSinceMs)))}`;
  if (waitingFor !== undefined && isWaiting(rollout)) return `${codeWords(WAITING_WORDS, waitingFor)}${since}`;
  const share = desired === null ? "" : `${plain(percent(desired))}, `;
  if (state === "running") return `${share}${shift === null ? STATE_LOOKS.running.words : SHIFT_LOOKS[shift].words}`;
  return STATE_LOOKS[state].words;
}

/** Waiting and mine to act on, waiting for others, running, done; empty groups are left out. */
export function inbox(rollouts: readonly RolloutSummary[], nowMs: number): readonly InboxGroup[] {
  const rows = rollouts.map((rollout) => ({ rollout, line: lineOf(rollout, nowMs) }));
  const mine = rows.filter(({ rollout }) => isWaiting(rollout) && rollout.actions.length > 0);
  const others = rows.filter(({ rollout }) => isWaiting(rollout) && rollout.actions.length === 0);
  const done = rows.filter(({ rollout }) => DONE.has(rollout.state));
  const running = rows.filter((row) => !mine.includes(row) && !others.includes(row) && !done.includes(row));
  return [
    { title: "Waiting for you", rows: mine },
    { title: "Waiting for others", rows: others },
    { title: "Running", rows: running },
    { title: "Done", rows: done },
  ].filter((group) => group.rows.length > 0);
}
