/** What blocks are made of for those who read them, and the caches that all blocks of a store share. */
import type { BlockHead } from "./block-head.ts";
import type { COMBO_FIELDS } from "./kernel-block-builder.ts";
import type { PackedInts } from "./kernel-packed.ts";
import type { ValueList } from "./kernel-value-list.ts";
import { WeightedCache } from "./lru.ts";

export class BlockDamaged extends Error {}
/** Retention took the file while it was read. */
export class BlockGone extends Error {}

export interface BlockSource {
  /** Never given to another block. */
  readonly key: string;
  /** Of the block. Throws BlockGone. */
  read(offset: number, length: number): Uint8Array;
}

/** One combination of what many spans share: see COMBO_FIELDS. */
export interface Combos {
  readonly count: number;
  readonly fields: Readonly<Record<(typeof COMBO_FIELDS)[number], PackedInts>>;
  /** Steps (block-math.ts) below the shortest and above the longest. */
  readonly least: PackedInts;
  readonly most: PackedInts;
}

/** The values of a key, by its occurrences. */
export interface KeyValues {
  /** Each value once, or one an occurrence. */
  readonly values: ValueList;
  /** Which value an occurrence has; undefined: they are in its order. */
  readonly ids: PackedInts | undefined;
}

export interface OpenHead {
  readonly head: Omit<BlockHead, "strings">;
  /** Services and operations by number, as ids in the table. */
  readonly strings: Uint32Array;
  readonly table: StringTable;
  readonly bodyAt: number;
  readonly combos: Combos;
  readonly startNs: bigint;
  readonly lastStartNs: bigint;
  readonly endNs: bigint;
  /** By name, of attributes alone. */
  readonly keyOf: ReadonlyMap<string, number>;
}

export interface Ranks {
  readonly shapes: number;
  readonly counts: Uint32Array;
}

const MAX_TEXTS = 200_000;
const HEAD_CACHE = 24 * 1024 * 1024;
const COLUMN_CACHE = 40 * 1024 * 1024;

/** Services and operations: the same stand in every block, and each is held once. */
export class StringTable {
  private readonly ids = new Map<string, number>();
  private readonly texts: string[] = [];

  get size(): number {
    return this.texts.length;
  }

  intern(strings: readonly string[]): Uint32Array {
    return Uint32Array.from(strings, (text) => {
      const known = this.ids.get(text);
      if (known !== undefined) return known;
      this.ids.set(text, this.texts.length);
      return this.texts.push(text) - 1;
    });
  }

  /** Undefined: no block that was read has it. */
  idOf(text: string): number | undefined {
    return this.ids.get(text);
  }

  text(id: number | undefined): string {
    return this.texts[id ?? -1] ?? "";
  }
}

/** Shared by all blocks of a store. */
export class BlockCaches {
  private strings = new StringTable();
  private readonly traces = new Map<string, number>();

  /** Where the next block's texts go; a new one where this one is large, and the old goes with its blocks. */
  table(): StringTable {
    if (this.strings.size > MAX_TEXTS) {
      this.strings = new StringTable();
      this.heads.clear();
    }
    return this.strings;
  }

  /** How often a trace of the block was asked for, this time included; forgotten when a thousand blocks were asked. */
  asked(key: string): number {
    const asked = (this.traces.get(key) ?? 0) + 1;
    if (this.traces.size > 1000) this.traces.clear();
    this.traces.set(key, asked);
    return asked;
  }

  readonly heads = new WeightedCache<OpenHead>(HEAD_CACHE);
  readonly columns = new WeightedCache<unknown>(COLUMN_CACHE);
}
