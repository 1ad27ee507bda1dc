/**
 * What happened → ticks on a time axis. In: marks of `GET /events`, oldest first, and a window (Unix ms); out: ticks with
 * their place 0..1, words, and where they lead. Marks that would lie on each other are one tick. Kinds are open: one that is
 * not known here is drawn like the rest, and leads to its rollout or, if it has none, to the page that says most of it.
 */
import type { Mark } from "../query/schema/events.ts";
import { nearTogether, WORDS_SHOWN } from "./near-ticks.ts";
import { clock } from "./time.ts";

export interface EventTick {
  /** Of the newest mark in it. */
  readonly id: string;
  readonly atMs: number;
  readonly share: number;
  readonly words: readonly string[];
  /** What is worse than a person's own act. */
  readonly isBad: boolean;
  /** Path without the page's own state; null where there is no page of it. */
  readonly path: string | null;
}

const PAGES: Readonly<Record<string, string>> = { action: "/audit", write: "/audit" };

function isBad({ kind, text, outcome }: Mark): boolean {
  if (kind === "foreignWrite" || outcome === "refused" || outcome === "conflict") return true;
  return (kind === "verdict" && /\bfail/.test(text)) || (kind === "finished" && /rolled back/i.test(text));
}

function pathOf(marks: readonly Mark[]): string | null {
  const rollouts = new Set(marks.map(({ rollout }) => rollout));
  const [only] = rollouts;
  if (rollouts.size === 1 && typeof only === "string") return `/rollouts/${encodeURIComponent(only)}`;
  const paths = new Set(marks.map(({ kind, rollout }) => (rollout === null ? PAGES[kind] : "/rollouts")));
  return paths.size === 1 ? ([...paths][0] ?? null) : "/audit";
}

function wordsOf(marks: readonly Mark[]): string[] {
  const shown = marks.slice(-WORDS_SHOWN).map(({ atMs, text }) => `${clock(atMs)} ${text}`);
  const rest = marks.length - shown.length;
  return rest === 0 ? shown : [`${rest} before`, ...shown];
}

function tickOf(marks: readonly Mark[], share: number): EventTick | null {
  const last = marks.at(-1);
  if (last === undefined) return null;
  const { id, atMs } = last;
  return { id, atMs, share, words: wordsOf(marks), isBad: marks.some(isBad), path: pathOf(marks) };
}

export function eventTicks(marks: readonly Mark[], { start, end }: { start: number; end: number }): EventTick[] {
  return nearTogether(marks, start, end).flatMap(({ members, share }) => tickOf(members, share) ?? []);
}
