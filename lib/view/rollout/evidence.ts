/** Rows of evidence: what is compared of both versions, with the judge's word where it has one. Pure. */
import type { MetricVerdictAnswer, RolloutDetail } from "../../query/schema/rollouts.ts";
import { codeWords } from "../code-words.ts";
import { count, durationMs, type Figure, percent, plain, ratePerSec, sig3 } from "../format.ts";
import { GUARD_WORDS } from "./words.ts";

type Arm = RolloutDetail["series"]["canary"];

export interface EvidenceRow {
  readonly name: string;
  /** Counts or last values of both. */
  readonly text: string;
  readonly pick: (arm: Arm) => readonly (number | null)[];
  readonly format: (value: number | null) => Figure;
  readonly verdict: MetricVerdictAnswer | null;
  /** What it says, what it still needs. */
  readonly notes: readonly string[];
}

function armText(name: string, { requests, bad }: MetricVerdictAnswer["canary"]): string {
  const share =
    requests === 0 ? "no requests" : `${plain(percent(bad / requests))} of ${plain(count(Math.round(requests)))}`;
  return `${name} ${share}`;
}

function ratioText({ ratio: { low, high } }: MetricVerdictAnswer): string {
  if (low === 0 && high === null) return "nothing is ruled out yet";
  if (high === null) return `at least ${sig3(low)} × the old version's`;
  if (low === 0) return `at most ${sig3(high)} × the old version's`;
  return `${sig3(low)}–${sig3(high)} × the old version's`;
}

function oneNeed(requests: number | null, sec: number | null | undefined, what: string): readonly string[] {
  if (requests === null) return [];
  const time = sec === null || sec === undefined ? "" : `, about ${plain(durationMs(sec * 1000))} at this rate`;
  return [`${plain(count(Math.ceil(requests)))} more requests ${what}${time}`];
}

function neededText({ state, needed }: MetricVerdictAnswer): readonly string[] {
  if (state !== "inconclusive") return [];
  return [
    ...oneNeed(needed.toPass, needed.secToPass, "to pass one as good"),
    ...oneNeed(needed.toFailDoubled, needed.secToFailDoubled, "to see a doubling"),
  ];
}

/** Evidence to the figure, for hover. */
export function exactText({ evidence, dispersion }: MetricVerdictAnswer): string {
  const spread = dispersion === null ? "" : `, dispersion ${sig3(dispersion)}`;
  return `evidence of failure ${sig3(evidence.fail)} of ${sig3(evidence.failBound)}, of passing ${sig3(evidence.pass)} of ${sig3(evidence.passBound)}${spread}`;
}

/** What a guard found, with its figure, its bound, and whether it fails or holds. */
export function guardText({ code, effect, figure, bound }: RolloutDetail["guards"][number]): string {
  const words = codeWords(GUARD_WORDS, code);
  const result = effect === "fail" ? "it fails" : "it is held";
  if (code === "budget_cap")
    return `${words}: ${sig3(figure)} failures more than the old version would have had; ${result} beyond ${sig3(bound)}`;
  return `${words} ${sig3(figure)} × as fast as its objective allows; ${result} beyond ${sig3(bound)} ×`;
}

const lastOf = (values: readonly (number | null)[]): number | null =>
  values.findLast((value) => value !== null) ?? null;

type Picture = Pick<EvidenceRow, "pick" | "format">;
const RATE: Picture = { pick: (arm) => arm.requestsPerSec, format: (value) => ratePerSec(value, "unknown") };
const FAILURES: Picture = { pick: (arm) => arm.errorRatio, format: (value) => percent(value, "unknown") };
const P50: Picture = { pick: (arm) => arm.p50Ms, format: (value) => durationMs(value, "unknown") };
const P99: Picture = { pick: (arm) => arm.p99Ms, format: (value) => durationMs(value, "unknown") };

function plainRow(name: string, picture: Picture, { canary, stable }: RolloutDetail["series"]): EvidenceRow | null {
  const [next, now] = [picture.pick(canary), picture.pick(stable)];
  if (![...next, ...now].some((value) => value !== null)) return null;
  const text = `new ${plain(picture.format(lastOf(next)))} · old ${plain(picture.format(lastOf(now)))}`;
  return { name, text, ...picture, verdict: null, notes: [] };
}

function judgedRow(metric: MetricVerdictAnswer): EvidenceRow {
  const name = metric.name === "errors" ? "failures" : metric.name;
  const text = `${armText("new", metric.canary)} · ${armText("old", metric.primary)}`;
  const notes = [ratioText(metric), ...neededText(metric)];
  return { name, text, ...(metric.name === "errors" ? FAILURES : P99), verdict: metric, notes };
}

/** Judged metrics first, then what nobody judges: each of both versions is drawn once. */
export function evidenceRows({ metrics, series }: Pick<RolloutDetail, "metrics" | "series">): readonly EvidenceRow[] {
  const judged = metrics.map(judgedRow);
  const isDrawn = (picture: Picture): boolean => judged.some(({ pick }) => pick === picture.pick);
  const others = [
    isDrawn(FAILURES) ? null : plainRow("failures", FAILURES, series),
    plainRow("requests", RATE, series),
    plainRow("median latency", P50, series),
    isDrawn(P99) ? null : plainRow("99th percentile of latency", P99, series),
  ];
  return [...judged, ...others.filter((row) => row !== null)];
}

/** What the old version fails now, and how much both carry: from the last that was seen of each. */
function levelOf({ canary, stable }: RolloutDetail["series"]) {
  const [next, now] = [lastOf(canary.requestsPerSec), lastOf(stable.requestsPerSec)];
  const seen = stable.errorRatio.filter((ratio) => ratio !== null);
  const badShare = seen.length === 0 ? null : seen.reduce((sum, ratio) => sum + ratio, 0) / seen.length;
  return { requestsPerSec: next === null && now === null ? null : (next ?? 0) + (now ?? 0), badShare };
}

/** Shares that are still to be given, between none and all, with the traffic that there is: how long would the judge need? */
export function askOf({ steps, series }: Pick<RolloutDetail, "steps" | "series">) {
  const shares = steps.flatMap(({ share, state }) =>
    share === undefined || share <= 0 || share >= 1 || state === "done" ? [] : [share],
  );
  return { shares: [...new Set(shares)], ...levelOf(series) };
}
