/**
 * The open slots of the live table as they are written to: which slot, that a row of it is about to change (the journal
 * keeps what it held before), and which rows changed since a reader looked.
 */
import type { RowTable } from "./row-table.ts";
import type { SlotJournal } from "./slot-journal.ts";
import { SlotNumbers } from "./slot-numbers.ts";

/** Longer than the default window, whose slots are read and written to all the time. */
const PACKED_AFTER_MS = 6 * 60_000;

export abstract class OpenSlots {
  abstract readonly table: RowTable;
  /** Set where gains are written to the store between closings of slots. */
  journal: SlotJournal | null = null;
  /** Counter increases folded, for the collector's own metrics. */
  folded = 0;
  protected readonly slots = new Map<number, SlotNumbers>();
  protected writes = 0;
  protected readonly writtenAt: number[] = [];
  private lastSlotMs = Number.NaN;
  private lastSlot: SlotNumbers | undefined;

  /** A slot that is about to be written to. Nearly all that comes at a time is of one slot or two. */
  slotAt(slotMs: number): SlotNumbers {
    let slot = slotMs === this.lastSlotMs ? this.lastSlot : this.slots.get(slotMs);
    if (slot === undefined) {
      slot = new SlotNumbers();
      this.slots.set(slotMs, slot);
    }
    this.lastSlotMs = slotMs;
    this.lastSlot = slot;
    return slot;
  }

  /** Moves when a row has to be touched again before it is written to. */
  get epoch(): number {
    return this.journal === null ? 0 : this.journal.epoch;
  }

  /** A row is about to be written to in this slot. */
  touch(slotMs: number, index: number): void {
    const isNew = this.journal?.has(slotMs, index) === false && this.table.at(index)?.member === undefined;
    if (isNew) this.journal?.touch(slotMs, index, this.slotAt(slotMs).get(index));
  }

  /** Some increases of a row were added by who has its numbers. */
  wrote(index: number, increases: number): void {
    this.writtenAt[index] = ++this.writes;
    this.folded += increases;
  }

  protected written(slotMs: number, index: number): SlotNumbers {
    const slot = this.slotAt(slotMs);
    this.writtenAt[index] = ++this.writes;
    this.touch(slotMs, index);
    return slot;
  }

  /** One at a time: it takes some milliseconds in a large estate. */
  protected packOne(nowMs: number): void {
    for (const [startMs, slot] of this.slots) {
      if (startMs >= nowMs - PACKED_AFTER_MS || slot.isPacked) continue;
      slot.pack();
      return;
    }
  }

  /** Bytes that the numbers of all open slots take. */
  get numberBytes(): number {
    let bytes = 0;
    for (const slot of this.slots.values()) bytes += slot.bytes;
    return bytes;
  }

  /** The slot is closed, or given up. */
  protected gone(slotMs: number): void {
    this.slots.delete(slotMs);
    if (slotMs === this.lastSlotMs) this.lastSlotMs = Number.NaN;
  }
}
