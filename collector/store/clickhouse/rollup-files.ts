/**
 * What the rollup store keeps beside the log and not in ClickHouse: what open slots have gained, with the marks, and closed
 * slots until ClickHouse has them. In: checkpoints and appends; out: the same after a crash, each append once. A write is
 * one file that is there whole or not; a later number wins over an earlier one:
 *
 *   checkpoint.json     what was open, and the marks, as of its number
 *   append-<n>.json     slots that left the table and are to be sent
 *   sent-<n>.json       which slots an append held that was sent: no checkpoint before it speaks of them any more
 *
 * Everything here is small next to ClickHouse: a few slots, for as long as ClickHouse is away.
 */
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ClosedSlot } from "../../../lib/model/rollup-row.ts";
import type { Checkpoint } from "../../../lib/query/rollup-store.ts";
import { readIfThere, writeDurably } from "./durable-file.ts";
import { decodeSlots, encodeSlots } from "./slots-text.ts";

interface Kept {
  readonly number: number;
  readonly writeId: string;
  readonly marks: Readonly<Record<string, string>>;
  readonly slots: string;
}

interface Sent {
  readonly writeId: string;
  readonly starts: readonly number[];
}

export interface PendingAppend {
  readonly number: number;
  readonly writeId: string;
  readonly starts: readonly number[];
  /** What its file takes. */
  readonly bytes: number;
}

export interface Recovered {
  readonly open: readonly ClosedSlot[];
  readonly marks: Readonly<Record<string, string>>;
  readonly pending: readonly PendingAppend[];
  /** Writes that were made: made again, they change nothing. */
  readonly writeIds: readonly string[];
}

const parseKept = (text: string): Kept => JSON.parse(text);
const parseSent = (text: string): Sent => JSON.parse(text);

const FILE = /^(append|sent)-(\d+)\.json$/;

export class RollupFiles {
  private readonly folder: string;
  private number = 0;
  private sent: number[] = [];

  constructor(folder: string) {
    this.folder = folder;
  }

  private path(kind: string, number: number): string {
    return join(this.folder, `${kind}-${number}.json`);
  }

  async recover(): Promise<Recovered> {
    await mkdir(this.folder, { recursive: true });
    const text = await readIfThere(join(this.folder, "checkpoint.json"));
    const kept = text === undefined ? undefined : parseKept(text);
    this.number = kept?.number ?? 0;
    const gone = new Set<number>();
    const pending: PendingAppend[] = [];
    const writeIds = kept === undefined ? [] : [kept.writeId];
    for (const { kind, number } of await this.files()) {
      this.number = Math.max(this.number, number);
      const path = this.path(kind, number);
      const one = parseSent((await readIfThere(path)) ?? "{}");
      writeIds.push(one.writeId);
      if (number > (kept?.number ?? 0)) for (const start of one.starts) gone.add(start);
      if (kind === "sent") this.sent.push(number);
      else pending.push({ number, ...one, bytes: (await stat(path)).size });
    }
    const open = (kept === undefined ? [] : decodeSlots(kept.slots)).filter(({ startMs }) => !gone.has(startMs));
    return { open, marks: kept?.marks ?? {}, pending, writeIds };
  }

  private async files(): Promise<{ readonly kind: string; readonly number: number }[]> {
    const found = (await readdir(this.folder)).flatMap((name) => {
      const [, kind = "", number = ""] = FILE.exec(name) ?? [];
      return kind === "" ? [] : [{ kind, number: Number(number) }];
    });
    return found.sort((a, b) => a.number - b.number);
  }

  /** `open` is all that is open, not what was gained alone. */
  async checkpoint({ open, marks }: Checkpoint, writeId: string): Promise<void> {
    const kept: Kept = { number: ++this.number, writeId, marks, slots: encodeSlots(open) };
    await writeDurably(join(this.folder, "checkpoint.json"), JSON.stringify(kept));
    for (const number of this.sent) await rm(this.path("sent", number), { force: true });
    this.sent = [];
  }

  async append(slots: readonly ClosedSlot[], writeId: string): Promise<PendingAppend> {
    const number = ++this.number;
    const starts = slots.map(({ startMs }) => startMs);
    const text = JSON.stringify({ writeId, starts, slots: encodeSlots(slots) });
    await writeDurably(this.path("append", number), text);
    return { number, writeId, starts, bytes: text.length };
  }

  async slotsOf({ number }: PendingAppend): Promise<readonly ClosedSlot[]> {
    const text = await readIfThere(this.path("append", number));
    return text === undefined ? [] : decodeSlots(parseKept(text).slots);
  }

  /** ClickHouse has it. */
  async settle({ number, writeId, starts }: PendingAppend): Promise<void> {
    const sent: Sent = { writeId, starts };
    await writeDurably(this.path("sent", number), JSON.stringify(sent));
    await rm(this.path("append", number), { force: true });
    this.sent.push(number);
  }

  /** ClickHouse will never have it: it is left where it can be looked at. */
  async putAside(pending: PendingAppend): Promise<void> {
    await rename(this.path("append", pending.number), this.path("refused", pending.number));
  }
}
