/**
 * Facts of one window kept from one reading of it to the next. In: an edge, the choice made of its rows, and what they say
 * now; out: the fact made of the same the last time. An edge that nobody spoke of anew costs a look, not a sum, and its very
 * fact goes on, so that whatever was worked out from it goes on too.
 */
import type { RollupRow } from "../model/rollup-row.ts";
import type { Choice } from "./edge-choice.ts";
import type { EdgeFact } from "./edge-facts.ts";
import type { IndexedEdge } from "./edge-index.ts";

export interface Spoken {
  readonly values: ReadonlyMap<string, Float64Array>;
  readonly coveredMs: ReadonlyMap<string, number>;
  readonly isSilent: (row: RollupRow) => boolean;
}

/** Whatever a fact is made of, in a fixed order. */
type Stamp = (Float64Array | Choice | number | undefined)[];

interface Kept {
  readonly stamp: Stamp;
  readonly fact: EdgeFact;
}

export class FactMemory {
  /** Facts made, as against those that were known. */
  made = 0;
  private known = new Map<IndexedEdge, Kept>();
  /** Of this reading: what it does not ask for is forgotten with the next. A map that holds weakly costs each collection. */
  private next = new Map<IndexedEdge, Kept>();

  /** Another reading begins. */
  begin(): void {
    this.known = this.next;
    this.next = new Map();
  }

  /** All edges of the reading were asked for: what was known before is held no longer. */
  end(): void {
    this.known = new Map();
  }

  factOf(edge: IndexedEdge, choice: Choice, spoken: Spoken, make: () => EdgeFact): EdgeFact {
    const stamp = stampOf(edge, choice, spoken);
    const before = this.next.get(edge) ?? this.known.get(edge);
    const isKnown = before !== undefined && isSame(before.stamp, stamp);
    if (!isKnown) this.made++;
    const kept = isKnown ? before : { stamp, fact: make() };
    this.next.set(edge, kept);
    this.known.delete(edge);
    return kept.fact;
  }
}

function stampOf(edge: IndexedEdge, choice: Choice, spoken: Spoken): Stamp {
  const stamp: Stamp = [choice];
  for (const row of edge.rows) {
    stamp.push(row.lastSeenMs, row.columns.length);
    for (const { atMs } of row.tls.values()) stamp.push(atMs);
  }
  for (const rows of [choice.main, choice.caller, choice.extras ?? []]) {
    for (const row of rows) {
      stamp.push(spoken.values.get(row.key), spoken.coveredMs.get(row.group), spoken.isSilent(row) ? 1 : 0);
      stamp.push(row.columns.length);
    }
  }
  return stamp;
}

function isSame(a: Stamp, b: Stamp): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
