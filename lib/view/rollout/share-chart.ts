/**
 * Desired and observed share over time as paths. In: the series of one route, a box in px; out: a stepped path of what was
 * wished, a line of what was seen with gaps as gaps, a thin one for each caller, ticks of both scales. Pure.
 */
import { type Box, type Domain, linePath, ticks, xOf, yOf } from "../chart.ts";
import { percent, plain } from "../format.ts";

export interface ShareSeries {
  readonly timesMs: readonly number[];
  readonly desired: readonly (number | null)[];
  readonly observed: readonly (number | null)[];
  readonly callers: readonly { readonly caller: string; readonly observed: readonly (number | null)[] }[];
}

export interface ShareChart {
  readonly domain: Domain;
  readonly desired: string;
  readonly observed: string;
  readonly callers: readonly { readonly caller: string; readonly path: string }[];
  readonly ticks: readonly { readonly y: number; readonly text: string }[];
  readonly times: readonly { readonly x: number; readonly atMs: number }[];
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
    const x = xOf(timesMs[i] ?? 0, domain, box).toFixed(1);
    if (value !== null) {
      const y = yOf(value, domain, box).toFixed(1);
      path += last === null ? `M${x} ${y}` : `H${x}V${y}`;
    }
    last = value;
  });
  return path;
}

function marksOf({ timesMs, desired }: ShareSeries, domain: Domain, box: Box): ShareChart["marks"] {
  return desired.flatMap((value, i) => {
    const before = desired[i - 1];
    const atMs = timesMs[i] ?? 0;
    if (value === null || before === undefined || before === null || before === value) return [];
    return [{ x: xOf(atMs, domain, box), atMs, text: `${plain(percent(before))} → ${plain(percent(value))}` }];
  });
}

/** The first time that anything is known of, a little before it: what was not yet watched takes no room. */
function startOf({ timesMs, desired, observed }: ShareSeries): number {
  const known = timesMs.findIndex((_, i) => (desired[i] ?? null) !== null || (observed[i] ?? null) !== null);
  return known < 0 ? timesMs.length : Math.max(0, known - 2);
}

/** Null where nothing is known of at two times. */
export function shareChart(series: ShareSeries, box: Box): ShareChart | null {
  const from = startOf(series);
  const startMs = series.timesMs[from];
  const endMs = series.timesMs.at(-1);
  if (startMs === undefined || endMs === undefined || !(endMs > startMs)) return null;
  const cut = <T>(values: readonly T[]): readonly T[] => values.slice(from);
  const timesMs = cut(series.timesMs);
  const [desired, observed] = [cut(series.desired), cut(series.observed)];
  const callers = series.callers.map((one) => ({ caller: one.caller, observed: cut(one.observed) }));
  const max = topOf([...desired, ...observed, ...callers.flatMap((one) => [...one.observed])]);
  const domain: Domain = { startMs, endMs, max: max * 1.1 };
  const line = (values: readonly (number | null)[]): string => linePath(timesMs, values, domain, box);
  return {
    domain,
    desired: steppedPath(timesMs, desired, domain, box),
    observed: line(observed),
    callers: callers.map((one) => ({ caller: one.caller, path: line(one.observed) })),
    ticks: [0, max / 2, max].map((value) => ({ y: yOf(value, domain, box), text: plain(percent(value)) })),
    times: ticks(domain, 5).map((atMs) => ({ atMs, x: xOf(atMs, domain, box) })),
    marks: marksOf({ timesMs, desired, observed, callers }, domain, box),
  };
}
