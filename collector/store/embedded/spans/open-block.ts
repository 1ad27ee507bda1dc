/**
 * The block that is being filled, as reads see it. In: the builder. Out: a block in memory, made when somebody asks and
 * kept until more was committed; and the hashes of its traces.
 */
import { Block } from "./block.ts";
import { EncodeBuffers, encodeNow } from "./block-encode.ts";
import type { BlockCaches } from "./block-parts.ts";
import type { BlockBuilder } from "./kernel-block-builder.ts";
import { type BlockRef, entryOf } from "./segments.ts";
import { hasHash, sortedHashes } from "./trace-index.ts";

const NO_META = { receivedMs: [0, 0], through: new Map(), tail: 0, batches: new Map() } as const;

interface Snapshot {
  readonly ref: BlockRef;
  readonly hashes: Uint32Array;
}

export class OpenBlockView {
  private readonly caches: BlockCaches;
  private readonly buffers = new EncodeBuffers();
  private snapshot: Snapshot | undefined;
  private generation = 0;
  private builder: BlockBuilder | undefined;

  constructor(caches: BlockCaches) {
    this.caches = caches;
  }

  /** What the builder has now is read from now on. */
  show(builder: BlockBuilder): void {
    this.builder = builder;
    this.snapshot = undefined;
  }

  private made(): Snapshot | undefined {
    const { builder } = this;
    if (builder === undefined || builder.rows === 0) return undefined;
    if (this.snapshot !== undefined) return this.snapshot;
    this.generation += 1;
    const { bytes, head } = encodeNow(builder, NO_META, this.buffers);
    const key = `open:${this.generation}`;
    const block = new Block({ key, read: (at, length) => bytes.subarray(at, at + length) }, this.caches);
    const entry = entryOf(head, 0, bytes.length);
    this.snapshot = { ref: { block, entry }, hashes: sortedHashes(builder.traceWords, builder.traces) };
    return this.snapshot;
  }

  ref(): BlockRef | undefined {
    return this.made()?.ref;
  }

  holding(hash: number): Block | undefined {
    const made = this.made();
    return made !== undefined && hasHash(made.hashes, hash) ? made.ref.block : undefined;
  }
}
