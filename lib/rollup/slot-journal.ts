/**
 * What the open slots have gained since the last checkpoint. In: a word before each write to a row of a slot. Out: the
 * gains, by slot and row. The values as they stood before the first write since then are kept, so that a write costs a
 * look-up, and memory follows what is written between two checkpoints, not what is open.
 */
export type SlotGains = ReadonlyMap<number, ReadonlyMap<number, Float64Array>>;

type ValuesOf = (slotMs: number, index: number) => Float64Array | undefined;

function less(values: Float64Array, before: Float64Array): Float64Array {
  const gained = Float64Array.from(values);
  for (let i = 0; i < before.length; i++) gained[i] = (gained[i] ?? 0) - (before[i] ?? 0);
  return gained;
}

const NOTHING = new Float64Array(0);

export class SlotJournal {
  /** Moves whenever rows that were touched may have to be touched again; never 0. */
  epoch = 1;
  private before = new Map<number, Map<number, Float64Array>>();

  /** Whether the row's values of before are kept already. */
  has(slotMs: number, index: number): boolean {
    return this.before.get(slotMs)?.has(index) === true;
  }

  /** Called before a write; `values` is what the row holds in this slot, undefined when it holds nothing yet. */
  touch(slotMs: number, index: number, values: Float64Array | undefined): void {
    let rows = this.before.get(slotMs);
    if (rows === undefined) {
      rows = new Map();
      this.before.set(slotMs, rows);
    }
    if (!rows.has(index)) rows.set(index, values === undefined ? NOTHING : values.slice());
  }

  /** Whether this slot has gained anything since the last `take`. */
  touched(slotMs: number): boolean {
    return this.before.has(slotMs);
  }

  /** Whether any slot before this one has. */
  touchedBefore(slotMs: number): boolean {
    for (const touched of this.before.keys()) if (touched < slotMs) return true;
    return false;
  }

  /** The slot left the table, with all that it held. */
  forget(slotMs: number): void {
    this.epoch++;
    this.before.delete(slotMs);
  }

  /** Gains since the last `take`; from here on they count from nothing again. */
  take(valuesOf: ValuesOf): SlotGains {
    const gains = new Map<number, Map<number, Float64Array>>();
    for (const [slotMs, rows] of this.before) {
      const gained = new Map<number, Float64Array>();
      for (const [index, before] of rows) {
        const values = valuesOf(slotMs, index);
        if (values !== undefined) gained.set(index, less(values, before));
      }
      gains.set(slotMs, gained);
    }
    this.before = new Map();
    this.epoch++;
    return gains;
  }

  /** What was taken was not kept after all: it is gained still. Slots that have left since are not asked for. */
  giveBack(gains: SlotGains, valuesOf: ValuesOf): void {
    this.epoch++;
    for (const [slotMs, rows] of gains) {
      for (const [index, gained] of rows) {
        const values = valuesOf(slotMs, index);
        if (values === undefined) continue;
        this.touch(slotMs, index, values);
        const kept = this.before.get(slotMs);
        // Rows only grow: what was gained is never longer than what is held.
        const before = Float64Array.from({ length: values.length }, (_, i) => kept?.get(index)?.[i] ?? 0);
        kept?.set(index, less(before, gained));
      }
    }
  }
}
