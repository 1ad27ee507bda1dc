/** What each series id of one endpoint is to the fold of its target, in columns: 7 bytes an id. */
import type { SeriesMeaning } from "../model/meaning.ts";
import { ProcessClock } from "./process-clock.ts";
import type { EndpointState } from "./series-start.ts";

export const UNBOUND = 0;
export const COUNTER = 1;
export const LATENCY = 2;
export const OTHER = 3;

/** A meaning that is read as it stands. */
export interface OtherSeries {
  readonly meaning: SeriesMeaning;
  /** The series as text. */
  readonly canonical: string;
}

export class EndpointBinding implements EndpointState {
  readonly index: number;
  readonly job: string;
  lastMs: number | null = null;
  lastLoss: EndpointState["lastLoss"] = null;
  reading = 0;
  readonly process = new ProcessClock();
  kinds = new Uint8Array(64);
  /** Place of the counter or histogram. */
  refs = new Int32Array(64);
  /** Which sample of its histogram it is. */
  parts = new Int16Array(64);
  readonly others = new Map<number, OtherSeries>();
  /** Places of counters that this reading shows without a usable value, and those of the one before. */
  withheld: Set<number> = new Set();
  withheldBefore: ReadonlySet<number> = new Set();

  constructor(index: number, job: string) {
    this.index = index;
    this.job = job;
  }

  get bytes(): number {
    return this.kinds.length * 7;
  }

  bind(id: number, kind: number, ref: number, part = 0): void {
    if (id >= this.kinds.length) this.grow(Math.max(id + 1, Math.ceil(this.kinds.length * 1.5)));
    this.kinds[id] = kind;
    this.refs[id] = ref;
    this.parts[id] = part;
  }

  private grow(size: number): void {
    const { kinds, refs, parts } = this;
    this.kinds = new Uint8Array(size);
    this.refs = new Int32Array(size);
    this.parts = new Int16Array(size);
    this.kinds.set(kinds);
    this.refs.set(refs);
    this.parts.set(parts);
  }
}
