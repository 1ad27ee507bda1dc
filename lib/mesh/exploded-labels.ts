/**
 * Which labels of a crowd of series have too many values, and a series with those values folded into `other`. In: some of
 * the series. Out: labels, the one with the most values first. A bucket's bound is never folded: it is a part of a number.
 */
import { OTHER } from "../model/edge-stats.ts";
import type { Series } from "../wire/exposition/parse-series.ts";

export interface Exploded {
  readonly label: string;
  /** Different values seen, in as many series as were looked at. */
  readonly values: number;
  /** A metric that carries it. */
  readonly metric: string;
}

/** A label with more different values than this share of the series looked at has exploded. */
const SHARE = 0.1;
const BOUND = "le";

/** At least the label with the most values; none where no label has two. */
export function explodedIn(crowd: readonly Series[]): readonly Exploded[] {
  const labels = new Map<string, { readonly metric: string; readonly values: Set<string> }>();
  for (const { name, labels: own } of crowd) {
    for (const [label, value] of own) {
      const known = labels.get(label) ?? { metric: name, values: new Set<string>() };
      labels.set(label, known);
      known.values.add(value);
    }
  }
  const found = [...labels].map(([label, { metric, values }]) => ({ label, metric, values: values.size }));
  const many = found.filter(({ label, values }) => label !== BOUND && values > 1);
  many.sort((a, b) => b.values - a.values || (a.label < b.label ? -1 : 1));
  return many.filter(({ values }, nth) => nth === 0 || values > crowd.length * SHARE);
}

export function folded({ name, labels }: Series, into: ReadonlySet<string>): Series {
  return { name, labels: new Map([...labels].map(([label, value]) => [label, into.has(label) ? OTHER : value])) };
}
