/**
 * Two windows compared, as the map shows them. In: the comparison's answer; out: the window of the base, one graph of both
 * with what came and went marked on its edges, and each change in words. Times are Unix ms.
 */
import { CHANGE_KINDS, type Change, type ChangeKind, type CompareAnswer } from "../query/schema/compare.ts";
import type { Graph } from "../query/schema/graph.ts";
import { count, durationMs, percent, plain, ratePerSec } from "./format.ts";
import { formatRange, parseRange, type Range } from "./timeline/range.ts";

/** What the window is compared with by name, as in the URL. */
export const AGAINST = ["off", "before", "1h", "1d", "7d"] as const;
type Named = (typeof AGAINST)[number];
/** By name, or any window. */
export type Against = Named | Range;

export const AGAINST_WORDS: Readonly<Record<Named, string>> = {
  off: "nothing",
  before: "the window before",
  "1h": "an hour earlier",
  "1d": "a day earlier",
  "7d": "a week earlier",
};

const SHIFT_MS: Readonly<Record<Exclude<Named, "off" | "before">, number>> = {
  "1h": 3_600_000,
  "1d": 86_400_000,
  "7d": 7 * 86_400_000,
};

/** `before`, or `<start>-<end>`; what makes no sense compares with nothing. */
export function parseAgainst(text: string | null | undefined): Against {
  return AGAINST.find((one) => one === text) ?? parseRange(text) ?? "off";
}

export function formatAgainst(against: Against): string | null {
  if (against === "off") return null;
  return typeof against === "string" ? against : formatRange(against);
}

/** The base of a window: the one that is named by its bounds, or one as long, and as much earlier as is asked. */
export function baseOf({ startMs, endMs }: Range, against: Exclude<Against, "off">): Range {
  if (typeof against !== "string") return against;
  const by = against === "before" ? endMs - startMs : SHIFT_MS[against];
  return { startMs: startMs - by, endMs: endMs - by };
}

/** Members of both windows; an edge that came or went carries a badge that says so. */
export function unionGraph({ window, nodes, edges, added, removed, completeness }: CompareAnswer): Graph {
  const [came, went] = [new Set(added), new Set(removed)];
  const mark = (id: string): readonly string[] => (came.has(id) ? ["added"] : went.has(id) ? ["removed"] : []);
  return {
    window,
    nodes,
    edges: edges.map((edge) => {
      const marks = mark(edge.id);
      return marks.length === 0 ? edge : { ...edge, badges: [...marks, ...(edge.badges ?? [])] };
    }),
    completeness: completeness.window,
  };
}

/** Ids that changed: what is lit on the picture. */
export const changedIds = ({ changes }: CompareAnswer): ReadonlySet<string> => new Set(changes.map(({ id }) => id));

const FIGURES = {
  rate: (value: number | null) => plain(ratePerSec(value)),
  errors: (value: number | null) => plain(percent(value)),
  latency: (value: number | null) => plain(durationMs(value)),
  mtls: (value: number | null) => plain(percent(value)),
  peers: (value: number | null) => plain(count(value ?? 0)),
} as const;

const KIND_WORDS: Readonly<Record<ChangeKind, string>> = {
  added: "new",
  removed: "gone",
  rate: "rate",
  errors: "failures",
  latency: "p95",
  mtls: "mutual TLS",
  peers: "peers",
};

const NAMES = { rate: "rate", errors: "failures", latency: "p95", mtls: "mutual TLS", peers: "peers" } as const;

/** "new", "rate", … with how often each is among the changes, in the order of `CHANGE_KINDS`. */
export function changeKinds(
  changes: readonly Change[],
): readonly { readonly kind: ChangeKind; readonly words: string }[] {
  return CHANGE_KINDS.flatMap((kind) => {
    const found = changes.filter((change) => change.kind === kind).length;
    return found === 0 ? [] : [{ kind, words: `${KIND_WORDS[kind]} (${plain(count(found))})` }];
  });
}

/** "failures 0.2 % → 14 %", "new, 12 /s", "gone, was 12 /s". */
export function changeWords({ kind, before, after }: Change): string {
  if (kind === "added") return after === null ? "new" : `new, ${FIGURES.rate(after)}`;
  if (kind === "removed") return before === null ? "gone" : `gone, was ${FIGURES.rate(before)}`;
  return `${NAMES[kind]} ${FIGURES[kind](before)} → ${FIGURES[kind](after)}`;
}
