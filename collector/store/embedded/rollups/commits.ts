/**
 * What was committed. A write is blocks in files that all carry its number, and then one record here: with the record it
 * counts, without it its blocks are cut off at the next start. The record carries what must change together with the
 * blocks: how far the logs were folded (marks), which slots were closed and need their checkpoints no more, and the id by
 * which a write is known that is made again. Rewritten as one record when it has grown.
 */
import { RecordLog } from "./record-log.ts";

export interface Commit {
  readonly seq: number;
  readonly writeId?: string;
  readonly marks?: Readonly<Record<string, string>>;
  /** Starts of the slots that this write closed. */
  readonly closed?: readonly number[];
  /** In a rewritten file: the last ids, and which write closed each slot. */
  readonly before?: { readonly writeIds: readonly string[]; readonly closed: readonly (readonly [number, number])[] };
}

const REWRITE_BYTES = 1024 * 1024;
/** Writes come one after the other: the last two may be made again. */
const KEPT_IDS = 16;

export class Commits {
  seq = 0;
  marks: Readonly<Record<string, string>> = {};
  /** By start of a slot, the write that closed it; only of slots that a checkpoint may still hold. */
  readonly closedBy = new Map<number, number>();
  private writeIds: string[] = [];
  private readonly log: RecordLog<Commit>;

  constructor(path: string) {
    this.log = new RecordLog(path);
  }

  /** Returns the bytes of a last record that was not whole. */
  async load(isReadOnly = false): Promise<number> {
    const { records, damagedBytes } = await this.log.load(isReadOnly);
    for (const record of records) this.take(record);
    return damagedBytes;
  }

  private take({ seq, writeId, marks, closed, before }: Commit): void {
    this.seq = Math.max(this.seq, seq);
    if (before !== undefined) {
      this.writeIds = [...before.writeIds];
      for (const [start, by] of before.closed) this.closedBy.set(start, by);
    }
    if (writeId !== undefined) this.writeIds = [...this.writeIds, writeId].slice(-KEPT_IDS);
    if (marks !== undefined) this.marks = marks;
    for (const start of closed ?? []) this.closedBy.set(start, seq);
  }

  has(writeId: string | undefined): boolean {
    return writeId !== undefined && this.writeIds.includes(writeId);
  }

  async add(commit: Commit): Promise<void> {
    await this.log.add([commit]);
    this.take(commit);
  }

  heal(): Promise<void> {
    return this.log.heal();
  }

  /** `isOpen`: whether a checkpoint may still hold something of a slot. */
  async shrink(isOpen: (start: number) => boolean): Promise<void> {
    for (const start of this.closedBy.keys()) if (!isOpen(start)) this.closedBy.delete(start);
    if (this.log.bytes < REWRITE_BYTES) return;
    const before = { writeIds: this.writeIds, closed: [...this.closedBy] };
    await this.log.replace([{ seq: this.seq, marks: this.marks, before }]);
  }
}
