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
  readonly fields: Readonly<Record<(typeof COMBO_FIELDS)[number], Uint32Array>>;
  readonly spans: Uint32Array;
  /** Shortest and longest, ns. */
  readonly least: Float64Array;
  readonly most: Float64Array;
}

/** The values of a key, by its occurrences. */
export interface KeyValues {
  /** Each value once, or one an occurrence. */
  readonly values: ValueList;
  /** Which value an occurrence has; undefined: they are in its order. */
  readonly ids: PackedInts | undefined;
}

export interface OpenHead {
  readonly head: BlockHead;
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

const HEAD_CACHE = 24 * 1024 * 1024;
const COLUMN_CACHE = 40 * 1024 * 1024;

/** Shared by all blocks of a store. */
export class BlockCaches {
  private readonly traces = new Map<string, number>();

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
