/**
 * Desired and observed share over time as paths. In: the series of a rollout, a box in px; out: a stepped path of what was
 * wished, a line of what was seen with gaps as gaps, ticks of the scale. Pure.
 */
import type { RolloutDetail } from "../../query/schema/rollouts.ts";
import { type Box, type Domain, linePath, xOf, yOf } from "../chart.ts";
import { percent, plain } from "../format.ts";

type Series = RolloutDetail["series"];

export interface ShareChart {
  readonly domain: Domain;
  readonly desired: string;
  readonly observed: string;
  readonly ticks: readonly { readonly y: number; readonly text: string }[];
  /** Where the wish changed: from, to. */
  readonly marks: readonly { readonly x: number; readonly atMs: number; readonly text: string }[];
}

/** The top of the scale: the next of 5, 10, 25, 50 and 100 %. */
function topOf(values: readonly (number | null)[]): number {
  const most = Math.max(0, ...values.map((value) => value ?? 0));
  return [0.05, 0.1, 0.25, 0.5, 1].find((top) => most <= top) ?? 1;
}

/** A wish holds until the next one. */
function steppedPath(timesMs: readonly number[], values: readonly (number | null)[], domain: Domain, box: Box): string {
  let path = "";
  let last: number | null = null;
  values.forEach((value, i) => {
    const x = xOf(timesMs[i] ?? 0, domain, box);
    if (value === null) last = null;
    else if (last === null) path += `M${x} ${yOf(value, domain, box)}`;
    else path += `H${x}V${yOf(value, domain, box)}`;
    if (value !== null) last = value;
  });
  return path;
}

function marksOf({ timesMs, desired }: Series, domain: Domain, box: Box): ShareChart["marks"] {
  return desired.flatMap((value, i) => {
    const before = desired[i - 1];
    const atMs = timesMs[i] ?? 0;
    if (value === null || before === undefined || before === null || before === value) return [];
    return [{ x: xOf(atMs, domain, box), atMs, text: `${plain(percent(before))} → ${plain(percent(value))}` }];
  });
}

export function shareChart(series: Series, box: Box): ShareChart | null {
  const startMs = series.timesMs[0];
  const endMs = series.timesMs.at(-1);
  if (startMs === undefined || endMs === undefined || !(endMs > startMs)) return null;
  const max = topOf([...series.desired, ...series.observed]);
  const domain: Domain = { startMs, endMs, max: max * 1.1 };
  return {
    domain,
    desired: steppedPath(series.timesMs, series.desired, domain, box),
    observed: linePath(series.timesMs, series.observed, domain, box),
    ticks: [0, max / 2, max].map((value) => ({ y: yOf(value, domain, box), text: plain(percent(value)) })),
    marks: marksOf(series, domain, box),
  };
}
