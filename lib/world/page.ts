/**
 * One Envoy's exposition in the making: families by name, filled stat by stat and written in Envoy's order: counters,
 * gauges, histograms, each sorted by name. In: samples. Out: lines.
 */
import { faceOf, fixedLabels, type Tagging } from "./stat-tags.ts";
import type { Tally } from "./tally.ts";
import { family, histogram } from "./text.ts";

export type Kind = "counter" | "gauge";

/** Writes one stat of an entity: `<family><stat>{<code label>,<labels>}`. */
export type Put = (stat: string, value: number | string, code?: string) => void;

export class Page {
  private readonly tagging: Tagging;
  private readonly plain: Readonly<Record<Kind, Map<string, [string, number | string][]>>> = {
    counter: new Map(),
    gauge: new Map(),
  };
  private readonly tallies = new Map<string, [string, Tally][]>();

  constructor(tagging: Tagging) {
    this.tagging = tagging;
  }

  /** For the stats of one entity; `prefix` as in the dotted stat name, with its last dot. */
  at(kind: Kind, prefix: string): Put {
    const { family: name, labels } = faceOf(this.tagging, prefix);
    return (stat, value, code) => {
      const list = code === undefined ? labels : [code, labels].filter((text) => text !== "").join(",");
      push(this.plain[kind], name + stat, [list, value]);
    };
  }

  /** A stat of the process, with the fixed labels alone. */
  own(kind: Kind, name: string, value: number | string): void {
    push(this.plain[kind], name, [fixedLabels(this.tagging), value]);
  }

  /** A stat made before the proxy knew its tags. */
  bare(kind: Kind, name: string, value: number | string): void {
    push(this.plain[kind], name, ["", value]);
  }

  times(prefix: string, stat: string, tally: Tally): void {
    const { family: name, labels } = faceOf(this.tagging, prefix);
    push(this.tallies, name + stat, [labels, tally]);
  }

  lines(): string[] {
    const out: string[] = [];
    for (const kind of ["counter", "gauge"] as const) {
      for (const [name, samples] of sorted(this.plain[kind])) family(out, name, kind, samples);
    }
    for (const [name, series] of sorted(this.tallies)) histogram(out, name, series);
    return out;
  }
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
