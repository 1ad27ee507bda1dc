/**
 * One object for equal parts of many meanings. A proxy prints hundreds of series an edge, most of them buckets, and a label
 * cut out of a line keeps the whole line in memory; shared parts keep one. In: a meaning. Out: an equal one.
 */
import type { EdgeRef } from "../model/identity.ts";
import type { Measure, Principals, SeriesMeaning } from "../model/meaning.ts";

/** Past this many of a sort the memory starts afresh: sharing is lost, nothing else. */
const LIMIT = 20_000;

class Pool<T> {
  private readonly known = new Map<string, T>();

  of(value: T): T {
    const key = typeof value === "string" ? value : JSON.stringify(value);
    const found = this.known.get(key);
    if (found !== undefined) return found;
    if (this.known.size >= LIMIT) this.known.clear();
    this.known.set(key, value);
    return value;
  }
}

export class Interner {
  private readonly edges = new Pool<EdgeRef>();
  private readonly measures = new Pool<Measure>();
  private readonly principals = new Pool<Principals>();
  private readonly texts = new Pool<string>();

  shared(meaning: SeriesMeaning): SeriesMeaning {
    if (meaning.kind === "counter") {
      const { principals } = meaning;
      return {
        ...meaning,
        edge: this.edges.of(meaning.edge),
        measure: this.measures.of(meaning.measure),
        family: this.texts.of(meaning.family),
        ...(principals === undefined ? {} : { principals: this.principals.of(principals) }),
      };
    }
    if (meaning.kind === "latency") {
      const histogram = this.texts.of(meaning.histogram);
      return { ...meaning, edge: this.edges.of(meaning.edge), family: this.texts.of(meaning.family), histogram };
    }
    if (meaning.kind === "state") {
      return { ...meaning, edge: this.edges.of(meaning.edge), family: this.texts.of(meaning.family) };
    }
    return meaning;
  }
}
