/**
 * Reads Envoy's Prometheus text just far enough to check the harness with, by a way of its own.
 *
 * In: the text of one scrape. Out: samples with name, labels and value; sums over those that match. Lines that are not
 * samples are passed over. Not handled: timestamps, exemplars, OpenMetrics.
 */
export type Sample = {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  /** As printed: some gauges are beyond 2^53. */
  readonly text: string;
};

export function samplesOf(text: string): readonly Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split("\n")) {
    const parts = /^([a-zA-Z_:][\w:]*)\{(.*)\} (\S+)$/.exec(line);
    if (parts === null) continue;
    const [, name = "", inside = "", value = ""] = parts;
    const labels = new Map<string, string>();
    for (const [, key = "", raw = ""] of inside.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)) labels.set(key, raw);
    samples.push({ name, labels, text: value });
  }
  return samples;
}

export type Match = { readonly [label: string]: string };

/** The matching samples' values summed; undefined where there is no such series, which is not the same as 0. */
export function sumOf(samples: readonly Sample[], name: string, match: Match = {}): number | undefined {
  const wanted = Object.entries(match);
  const found = samples.filter(
    (sample) => sample.name === name && wanted.every(([label, value]) => sample.labels.get(label) === value),
  );
  return found.length === 0 ? undefined : found.reduce((sum, sample) => sum + Number(sample.text), 0);
}
