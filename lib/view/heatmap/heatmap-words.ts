/** What a heatmap says in words: a cell under the pointer, the whole for a reader, and what its figures are of. */
import type { AbsentReason } from "../../query/schema/common.ts";
import type { Heatmap } from "../../query/schema/heatmap.ts";
import type { WordTable } from "../code-words.ts";
import { count, durationMs, percent, plain, quantileMs } from "../format.ts";
import { clock } from "../time.ts";
import { counted } from "../trace/trace-words.ts";
import type { Area } from "./area.ts";
import type { CellAt } from "./geometry.ts";
import { type HeatmapView, QUANTILES, type QuantileName, type Quantiles, WHOLE } from "./present-heatmap.ts";

export const TIMED_WORDS: WordTable = {
  firstByte: "time to the first byte of the response",
  response: "time to the end of the response",
  span: "duration of spans",
  mixed: "unlike times: some to the first byte, some to the end of the response",
};

/** Why nothing was timed, and what to do about it. */
export const UNTIMED_WORDS: Readonly<Record<AbsentReason, { readonly title: string; readonly advice: string }>> = {
  notCollected: {
    title: "Requests were counted, but not timed",
    advice: "Its proxies print no latency histogram. Let them print one; docs/sources says how for each mesh.",
  },
  notApplicable: {
    title: "There was no request to time in this window",
    advice: "Choose a longer window. TCP connections have no latency here: their bytes are in the panel on the map.",
  },
  unknown: {
    title: "It was not observed in this window",
    advice: "No proxy that reports it was read in this time. Choose another window, or look at the sources.",
  },
};

/** "10–25 ms", "≤ 5 ms", "> 1 s". */
export function latencyRange({ loMs, hiMs }: Pick<Area, "loMs" | "hiMs">): string {
  if (hiMs === null) return loMs > 0 ? `> ${plain(durationMs(loMs))}` : "any latency";
  if (loMs <= 0) return `≤ ${plain(durationMs(hiMs))}`;
  const [from, to] = [durationMs(loMs), durationMs(hiMs)];
  return from.unit === to.unit ? `${from.text}–${plain(to)}` : `${plain(from)}–${plain(to)}`;
}

export function timeRange({ startMs, endMs }: Pick<Area, "startMs" | "endMs">, zone?: number): string {
  return `${clock(startMs, zone)}–${clock(endMs, zone)}`;
}

export interface CellWords {
  readonly time: string;
  readonly latency: string;
  readonly count: string;
  /** Of its column, in words; empty where there is no share. */
  readonly share: string;
  /** Why the count is not to be trusted, or is none; empty otherwise. */
  readonly caution: string;
}

export function cellWords(view: HeatmapView, { column, row }: CellAt, zone?: number): CellWords | null {
  const at = view.columns[column];
  const bounds = view.rows[row];
  if (at === undefined || bounds === undefined) return null;
  const place = { time: timeRange(at, zone), latency: latencyRange(bounds) };
  if (at.counts === null) return { ...place, count: "not observed", share: "", caution: "no proxy was read" };
  const own = at.counts[bounds.index] ?? 0;
  const share = at.total === null || at.total === 0 ? "" : `${plain(percent(own / at.total))} of its column`;
  const partly = `only ${plain(percent(at.observed))} of this time was observed`;
  return { ...place, count: requestsWords(own), share, caution: at.observed < WHOLE ? partly : "" };
}

/** "12 requests"; fractions of a count are shown as "< 1". */
export function requestsWords(requests: number): string {
  return `${plain(count(requests))} ${requests === 1 ? "request" : "requests"}`;
}

export function spokenCell(words: CellWords): string {
  return [words.time, words.latency, words.count, words.share, words.caution].filter((part) => part !== "").join(", ");
}

/** "p95 83 ms", "p99 ≥ 1 s". */
export function quantileWords(quantiles: Quantiles, name: QuantileName): string {
  const known = quantiles[name];
  if (known === null) return `${name} not known`;
  const hi = Number.isFinite(known.hi) ? known.hi : null;
  return `${name} ${plain(quantileMs(known.value, [known.lo, hi]))}`;
}

/** The whole picture in a sentence or two, for those who do not see it. */
export function heatmapSummary(view: HeatmapView, name: string, zone?: number): string {
  const { rows, columns, gaps, partial } = view;
  const [busiest] = [...columns].sort((a, b) => (b.total ?? 0) - (a.total ?? 0));
  const most = busiest?.total ?? 0;
  const low = rows[0]?.loMs ?? 0;
  const high = rows.at(-1)?.hiMs ?? null;
  const parts = [
    `Latency of ${name} over time, ${timeRange(view, zone)}, ${latencyRange({ loMs: low, hiMs: high })}.`,
    `${requestsWords(view.total)} timed in ${counted(columns.length, "column")}:`,
    `${QUANTILES.map(([quantile]) => quantileWords(view.quantiles, quantile)).join(", ")}.`,
    busiest !== undefined && most > 0
      ? `The busiest column is ${timeRange(busiest, zone)} with ${requestsWords(most)}.`
      : "",
    gaps > 0 ? `Not observed: ${counted(gaps, "column")}.` : "",
    partial > 0 ? `Observed only in part: ${counted(partial, "column")}.` : "",
  ];
  return parts.filter((part) => part !== "").join(" ");
}

/** "no latency" states by the answer's own reason. */
export function untimed(answer: Heatmap) {
  return answer.of === null ? UNTIMED_WORDS[answer.absent?.["of"] ?? "unknown"] : null;
}
