/** The inbox: rollouts in groups, the ones that wait for the reader first. In: a list; out: groups with what each says. */
import { needsPerson } from "../../query/rollout-attention.ts";
import type { RolloutSummary } from "../../query/schema/rollouts.ts";
import { codeWords } from "../code-words.ts";
import { age, percent, plain } from "../format.ts";
import type { StateLook } from "../health-words.ts";
import { SHIFT_LOOKS, STATE_LOOKS, WAITING_WORDS } from "./words.ts";

export interface InboxRow {
  readonly rollout: RolloutSummary;
  readonly look: StateLook;
  readonly line: string;
}

export const INBOX_GROUPS = ["mine", "others", "running", "done"] as const;
export type InboxGroupName = (typeof INBOX_GROUPS)[number];

export interface InboxGroup {
  readonly name: InboxGroupName;
  readonly title: string;
  readonly rows: readonly InboxRow[];
}

const TITLES: Readonly<Record<InboxGroupName, string>> = {
  mine: "Waiting for you",
  others: "Waiting for others",
  running: "Running",
  done: "Done",
};

/** What the list may be narrowed to. */
export const INBOX_FILTERS = ["all", "waiting", "running", "done"] as const;
export type InboxFilter = (typeof INBOX_FILTERS)[number];

export function parseInboxFilter(text: string | null): InboxFilter {
  return INBOX_FILTERS.find((filter) => filter === text) ?? "all";
}

const DONE = new Set<RolloutSummary["state"]>(["promoted", "rolledBack", "aborted", "failed"]);

function isWaiting(rollout: RolloutSummary): boolean {
  return rollout.state === "paused" || needsPerson(rollout);
}

function groupOf(rollout: RolloutSummary): InboxGroupName {
  if (isWaiting(rollout)) return rollout.actions.length > 0 ? "mine" : "others";
  return DONE.has(rollout.state) ? "done" : "running";
}

/** What was read so short a time ago is of now. */
const FRESH_MS = 10_000;

function lineOf(rollout: RolloutSummary, nowMs: number): string {
  const { state, waitingFor, waitingSinceMs, verdict, desired, shift, seenMs } = rollout;
  if (verdict === "fail" && !DONE.has(state)) return "the judge fails it: roll back?";
  const since = waitingSinceMs === undefined ? "" : `, ${plain(age(Math.max(0, nowMs - waitingSinceMs)))}`;
  const share = desired === null ? "" : `${plain(percent(desired))}, `;
  if (state === "unknown" || (seenMs !== undefined && nowMs - seenMs > FRESH_MS && !DONE.has(state)))
    return `${STATE_LOOKS.unknown.words}${seenMs === undefined ? "" : `, seen ${plain(age(nowMs - seenMs))} ago`}`;
  if (waitingFor !== undefined && state !== "running" && isWaiting(rollout))
    return `${share}${codeWords(WAITING_WORDS, waitingFor)}${since}`;
  if (state === "running") return `${share}${shift === null ? STATE_LOOKS.running.words : SHIFT_LOOKS[shift].words}`;
  return STATE_LOOKS[state].words;
}

/** Of one that does not get on what keeps it says more than that it runs. */
function lookOf(rollout: RolloutSummary): StateLook {
  const { state, shift } = rollout;
  return state === "running" && needsPerson(rollout) && shift !== null && shift !== "verified"
    ? SHIFT_LOOKS[shift]
    : STATE_LOOKS[state];
}

function isIn(filter: InboxFilter, name: InboxGroupName): boolean {
  return filter === "all" || filter === name || (filter === "waiting" && (name === "mine" || name === "others"));
}

function isFound({ name, service, namespace, cluster, mesh, owner }: RolloutSummary, find: string): boolean {
  const wanted = find.trim().toLowerCase();
  return `${name} ${service} ${namespace} ${cluster} ${mesh} ${owner.kind}`.toLowerCase().includes(wanted);
}

/** Waiting and mine to act on, waiting for others, running, done; empty groups are left out. */
export function inbox(
  rollouts: readonly RolloutSummary[],
  nowMs: number,
  { filter = "all", find = "" }: { readonly filter?: InboxFilter; readonly find?: string } = {},
): readonly InboxGroup[] {
  return INBOX_GROUPS.filter((name) => isIn(filter, name))
    .map((name) => ({
      name,
      title: TITLES[name],
      rows: rollouts
        .filter((rollout) => groupOf(rollout) === name && isFound(rollout, find))
        .map((rollout) => ({ rollout, look: lookOf(rollout), line: lineOf(rollout, nowMs) })),
    }))
    .filter((group) => group.rows.length > 0);
}

/** How many there are behind each filter, whatever is looked for. */
export function inboxCounts(rollouts: readonly RolloutSummary[]): Readonly<Record<InboxFilter, number>> {
  const of = (filter: InboxFilter): number => rollouts.filter((rollout) => isIn(filter, groupOf(rollout))).length;
  return { all: rollouts.length, waiting: of("waiting"), running: of("running"), done: of("done") };
}
