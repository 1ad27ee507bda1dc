/**
 * Rollups that another process keeps. In: the questions of `RollupStore`; out: its answers, or `store_unavailable`. What a
 * row is crosses once and again when it has changed; its numbers cross as typed arrays. Rows that the live table has too
 * come back as the live table's own, with their numbers in its order of columns.
 */
import { randomBytes } from "node:crypto";
import type { ClosedSlot, RollupRow, SlotSum } from "../../../lib/model/rollup-row.ts";
import type {
  Checkpoint,
  Restored,
  RollupStore,
  RollupStoreStats,
  RollupTier,
} from "../../../lib/query/rollup-store.ts";
import { RowAligner, type RowBook } from "../row-aligner.ts";
import { expectAnswer, type HostClient } from "./host-client.ts";
import type { Part, WireWanted } from "./messages.ts";
import { numberOf, RowReceiver, RowSender, SumJoiner } from "./sum-codec.ts";

export class RemoteRollups implements RollupStore {
  readonly tiers: readonly RollupTier[];
  private readonly client: HostClient;
  private sender = new RowSender();
  private receiver = new RowReceiver();
  private readonly aligner: RowAligner;
  private sifted: { readonly by: (row: RollupRow) => boolean; readonly verdicts: WireWanted } | undefined;
  private readonly boot = randomBytes(6).toString("hex");
  private writes = 0;

  constructor(client: HostClient, tiers: readonly RollupTier[], book: RowBook) {
    this.client = client;
    this.tiers = tiers;
    this.aligner = new RowAligner(book);
  }

  /** Another process listens from now on. */
  reset(): void {
    this.sender = new RowSender();
    this.receiver = new RowReceiver();
  }

  async append(slots: readonly ClosedSlot[]): Promise<void> {
    await this.client.insist({ method: "append", writeId: this.writeId() }, () => this.parts(slots));
  }

  async checkpoint({ open, marks }: Checkpoint): Promise<void> {
    await this.client.insist({ method: "checkpoint", writeId: this.writeId(), marks }, () => this.parts(open));
  }

  private writeId(): string {
    return `${this.boot}-${++this.writes}`;
  }

  private *parts(slots: readonly ClosedSlot[]): Generator<Part> {
    const { sender } = this;
    for (const { startMs, rows, coveredMs } of slots) {
      for (const sum of sender.pieces({ rows, coveredMs })) yield { of: "slot", slot: { startMs, sum } };
    }
  }

  async restore(): Promise<Restored> {
    let slots = new Map<number, SumJoiner>();
    const answer = await this.client.insist(
      { method: "restore" },
      () => {
        slots = new Map();
        return [];
      },
      (part) => {
        if (part.of !== "slot") return;
        const joiner = slots.get(part.slot.startMs) ?? new SumJoiner();
        joiner.add(this.receiver.read(part.slot.sum));
        slots.set(part.slot.startMs, joiner);
      },
    );
    const open = [...slots].map(([startMs, { sum }]) => ({ startMs, ...sum }));
    return { open, marks: expectAnswer(answer, "marks").marks };
  }

  async read(tierMs: number, fromMs: number, toMs: number, wanted?: (row: RollupRow) => boolean): Promise<SlotSum> {
    const { receiver } = this;
    const joiner = new SumJoiner();
    const call = { method: "read", tierMs, fromMs, toMs } as const;
    const sifted = wanted === undefined ? call : { ...call, wanted: this.verdictsOf(wanted) };
    await this.client.ask(sifted, (part) => {
      if (part.of === "sum") joiner.add(receiver.read(part.sum));
    });
    const { rows, coveredMs } = joiner.sum;
    const known = "wanted" in sifted && sifted.wanted.epoch === receiver.epoch ? sifted.wanted.known : 0;
    // Rows that were known were asked about before; the rest came along.
    const kept = wanted === undefined ? rows : rows.filter(({ row }) => numberOf(row) < known || wanted(row));
    return { rows: kept.map((one) => this.aligner.align(one)), coveredMs };
  }

  /** The same question about many windows is put to the rows once. */
  private verdictsOf(wanted: (row: RollupRow) => boolean): WireWanted {
    const { rows, epoch } = this.receiver;
    const known = this.sifted;
    if (known?.by === wanted && known.verdicts.epoch === epoch && known.verdicts.known === rows.length) {
      return known.verdicts;
    }
    this.sifted = { by: wanted, verdicts: verdicts(this.receiver, wanted) };
    return this.sifted.verdicts;
  }

  oldestMs(tierMs: number): number | null {
    const tier = this.client.facts()?.rollups.tiers.find(({ slotMs }) => slotMs === tierMs);
    return tier?.oldestMs ?? null;
  }

  stats(): RollupStoreStats {
    const facts = this.client.facts()?.rollups;
    const slots = Object.fromEntries((facts?.tiers ?? []).map(({ slotMs, slots: held }) => [String(slotMs), held]));
    return { slots, values: facts?.values ?? 0, evicted: facts?.evicted ?? 0, bytes: facts?.bytes ?? 0 };
  }

  /** The client is closed by whoever opened it. */
  async close(): Promise<void> {}
}

function verdicts({ rows, epoch }: RowReceiver, wanted: (row: RollupRow) => boolean): WireWanted {
  const bits = new Uint8Array((rows.length + 7) >> 3);
  rows.forEach((row, number) => {
    if (wanted(row)) bits[number >> 3] = (bits[number >> 3] ?? 0) | (1 << (number & 7));
  });
  return { epoch, known: rows.length, bits };
}
