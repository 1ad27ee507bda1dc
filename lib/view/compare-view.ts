/**
 * Two windows compared, as the map shows them. In: the comparison's answer; out: the window of the base, one graph of both
 * with what came and went marked on its edges, and each change in words. Times are Unix ms.
 */
import type { ComparedEdge } from "../query/compare/compared-edge.ts";
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

type Side = "window" | "base";

const isUnobserved = (answer: CompareAnswer, side: Side): boolean => answer.completeness[side].observedShare === 0;

/** Nothing was observed in one of the two: nothing can be said of what changed. */
export const isComparable = (answer: CompareAnswer): boolean =>
  !isUnobserved(answer, "base") && !isUnobserved(answer, "window");

/** Members of both windows; an edge that came or went, or of which that is not known, carries a badge that says so. */
export function unionGraph(answer: CompareAnswer): Graph {
  const { window, nodes, edges, added, removed, notKnown, baseOnly, completeness } = answer;
  const before = new Set(baseOnly);
  const [came, went] = [new Set(added), new Set(removed)];
  // Where it is so of all, it is said once beside the picture.
  const open = new Set(isComparable(answer) ? notKnown : []);
  const mark = (id: string): readonly string[] =>
    came.has(id) ? ["added"] : went.has(id) ? ["removed"] : open.has(id) ? ["notKnown"] : [];
  return {
    window,
    nodes,
    edges: edges.map((edge): ComparedEdge => {
      const marks = mark(edge.id);
      const marked = marks.length === 0 ? edge : { ...edge, badges: [...marks, ...(edge.badges ?? [])] };
      return before.has(edge.id) ? { ...marked, ofBase: true } : marked;
    }),
    completeness: completeness.window,
  };
}

/** Ids that changed: what is lit on the picture. Undefined where nobody can know: then nothing is dimmed either. */
export const changedIds = (answer: CompareAnswer): ReadonlySet<string> | undefined =>
  isComparable(answer) ? new Set(answer.changes.map(({ id }) => id)) : undefined;

/** A window of which less was observed says how much. */
const WHOLE_SHARE = 0.95;

/** What a comparison cannot say, and why; null where it can say all. `a`, `b`: what the base and the window are called. */
export function notKnownWords(
  answer: CompareAnswer,
  { a, b }: { readonly a: string; readonly b: string },
): string | null {
  const { nodes, notKnown, completeness } = answer;
  const dark = [...(isUnobserved(answer, "base") ? [a] : []), ...(isUnobserved(answer, "window") ? [b] : [])];
  if (dark.length > 0) return `Nothing was observed in ${dark.join(" and in ")}: what is new or gone is not known.`;
  const thin = (
    [
      [a, "base"],
      [b, "window"],
    ] as const
  ).flatMap(([name, side]) => {
    const share = completeness[side].observedShare;
    return share < WHOLE_SHARE ? [`${plain(percent(share))} of ${name}`] : [];
  });
  const observed = thin.length === 0 ? [] : [`Only ${thin.join(" and ")} was observed.`];
  const ids = new Set(notKnown);
  const ofNodes = nodes.filter(({ id }) => ids.has(id)).length;
  const parts = [ofNodes === 0 ? "" : counted(ofNodes, "node"), counted(ids.size - ofNodes, "edge")];
  const members = parts.filter((part) => part !== "").join(" and ");
  const why = "who tells of them was not observed in the other window, or for less than half of it";
  const open = ids.size === 0 ? [] : [`Of ${members} it is not known whether they are new or gone: ${why}.`];
  return observed.length + open.length === 0 ? null : [...observed, ...open].join(" ");
}

const counted = (n: number, what: string): string => (n === 0 ? "" : `${plain(count(n))} ${what}${n === 1 ? "" : "s"}`);

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
