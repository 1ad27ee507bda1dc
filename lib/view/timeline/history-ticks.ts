/**
 * What came and went → ticks on the strip. In: entries of `GET /graph/history`, oldest first, and the strip's bounds (Unix
 * ms); out: ticks with their place 0..1, how many came and went, words, and what a click selects. Entries that would lie on
 * each other are one tick; nodes are named before edges.
 */
import type { HistoryEntry, HistoryKind } from "../../query/schema/history.ts";
import { nodeLabel } from "../find.ts";
import { nearTogether, WORDS_SHOWN } from "../near-ticks.ts";
import { clock } from "../time.ts";
import type { Range } from "./range.ts";

export interface HistoryTick {
  readonly atMs: number;
  readonly share: number;
  readonly came: number;
  readonly went: number;
  readonly words: readonly string[];
  /** The one node or edge that it is about; null where there are several. */
  readonly only: { readonly kind: "node" | "edge"; readonly id: string } | null;
}

const KIND_WORDS: Readonly<Record<HistoryKind, string>> = {
  new: "new",
  started: "traffic begins",
  found: "reported again",
  stopped: "no traffic any more",
  lost: "not reported any more",
};

const CAME: ReadonlySet<HistoryKind> = new Set(["new", "started", "found"]);

/** "14:05:20 payments v3: new", "14:05:20 cart → payments: no traffic any more". */
export function entryWords({ atMs, kind, ends }: HistoryEntry): string {
  return `${clock(atMs)} ${ends.map((end) => nodeLabel(end)).join(" → ")}: ${KIND_WORDS[kind]}`;
}

function tickOf(entries: readonly HistoryEntry[], share: number): HistoryTick | null {
  const [first] = entries;
  if (first === undefined) return null;
  const came = entries.filter(({ kind }) => CAME.has(kind)).length;
  const named = [...entries].sort((a, b) => Number(a.of === "edge") - Number(b.of === "edge"));
  const rest = entries.length - WORDS_SHOWN;
  const words = named.slice(0, WORDS_SHOWN).map(entryWords);
  return {
    ...{ atMs: first.atMs, share, came, went: entries.length - came },
    words: rest > 0 ? [...words, `and ${rest} more`] : words,
    only: entries.length === 1 ? { kind: first.of, id: first.id } : null,
  };
}

export function historyTicks(entries: readonly HistoryEntry[], { startMs, endMs }: Range): HistoryTick[] {
  return nearTogether(entries, startMs, endMs).flatMap(({ members, share }) => tickOf(members, share) ?? []);
}

/** The windows before and after an instant, each as long as `lengthMs`; the later one ends at `untilMs` at the latest. */
export function aboutInstant(atMs: number, lengthMs: number, untilMs: number): { before: Range; after: Range } {
  const endMs = Math.max(atMs + 10_000, Math.min(atMs + lengthMs, untilMs));
  return { before: { startMs: atMs - lengthMs, endMs: atMs }, after: { startMs: atMs, endMs } };
}
