/**
 * Answers calls from an engine. In: a call, after the parts that belong to it; out: parts of the answer and its end, or a
 * code. A few reads run at a time, the rest wait in order; past a bound they are refused. Writes run one after the other.
 * Long answers leave in pieces, each of which has left before the next is made.
 */
import type { ClosedSlot, RollupRow } from "../../../lib/model/rollup-row.ts";
import type { Span } from "../../../lib/model/span.ts";
import type { SpanNames } from "../../../lib/query/directory.ts";
import type { StoreEngine } from "../../../lib/query/store-engine.ts";
import { codeOf } from "./log-follower.ts";
import type { Answer, Call, FromHost, Part, ToHost, WireWanted } from "./messages.ts";
import type { Port } from "./port.ts";
import { encodeSpans } from "./span-codec.ts";
import { exemplarsWithNames, searchWithNames } from "./span-names.ts";
import { RowReceiver, RowSender, SumJoiner } from "./sum-codec.ts";

const READS_AT_A_TIME = 4;
const MAX_WAITING = 256;
/** 5 ms of writing. */
const PIECE_SPANS = 200;

const DONE: Answer = { of: "done" };

type Waiting = { readonly id: number; readonly call: Call };

export class CallServer {
  private readonly engine: StoreEngine;
  private readonly port: Port<FromHost, ToHost>;
  private readonly sender = new RowSender();
  private readonly receiver = new RowReceiver();
  private readonly uploads = new Map<number, Map<number, SumJoiner>>();
  private readonly waiting: Waiting[] = [];
  private readonly cancelled = new Set<number>();
  private readonly running = new Set<Promise<void>>();
  private reads = 0;
  private writes: Promise<void> = Promise.resolve();

  private readonly names: SpanNames | undefined;

  constructor(engine: StoreEngine, port: Port<FromHost, ToHost>, names?: SpanNames) {
    this.engine = engine;
    this.port = port;
    this.names = names;
  }

  get isReading(): boolean {
    return this.reads > 0 || this.waiting.length > 0;
  }

  part(id: number, part: Part): void {
    if (part.of !== "slot") return;
    const slots = this.uploads.get(id) ?? new Map<number, SumJoiner>();
    const joiner = slots.get(part.slot.startMs) ?? new SumJoiner();
    joiner.add(this.receiver.read(part.slot.sum));
    slots.set(part.slot.startMs, joiner);
    this.uploads.set(id, slots);
  }

  cancel(id: number): void {
    if (this.running.size > 0 || this.waiting.length > 0) this.cancelled.add(id);
    const at = this.waiting.findIndex((one) => one.id === id);
    if (at >= 0) this.waiting.splice(at, 1);
  }

  call(id: number, call: Call): void {
    if (call.method === "append" || call.method === "checkpoint" || call.method === "restore") {
      this.writes = this.writes.then(() => this.run(id, call));
      return;
    }
    if (this.waiting.length >= MAX_WAITING) {
      const message = `${MAX_WAITING} reads are waiting for the store`;
      void this.port.send({ type: "failed", id, code: "store_unavailable", message });
      return;
    }
    this.waiting.push({ id, call });
    this.next();
  }

  /** What is in hand is finished; what waits is not begun. */
  async drain(): Promise<void> {
    this.waiting.length = 0;
    await Promise.all([this.writes, ...this.running]);
  }

  private next(): void {
    while (this.reads < READS_AT_A_TIME) {
      const one = this.waiting.shift();
      if (one === undefined) return;
      this.reads++;
      const run = this.run(one.id, one.call).finally(() => {
        this.reads--;
        this.running.delete(run);
        if (this.reads === 0 && this.waiting.length === 0) this.cancelled.clear();
        this.next();
      });
      this.running.add(run);
    }
  }

  private async run(id: number, call: Call): Promise<void> {
    try {
      const answer = await this.answer(id, call);
      await this.port.send({ type: "done", id, answer });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      await this.port.send({ type: "failed", id, code: codeOf(error), message });
    } finally {
      this.uploads.delete(id);
    }
  }

  private async answer(id: number, call: Call): Promise<Answer> {
    const { spans, rollups } = this.engine;
    switch (call.method) {
      case "trace":
        return this.sendSpans(id, await spans.trace(call.traceId));
      case "tracesByLowBits":
        return { of: "ids", ids: await spans.tracesByLowBits(call.low) };
      case "search":
        return { of: "page", page: await spans.search(searchWithNames(call.asked, this.names)) };
      case "exemplars":
        return { of: "exemplars", exemplars: await spans.exemplars(exemplarsWithNames(call.asked, this.names)) };
      case "values":
        return { of: "values", values: await spans.values() };
      case "read": {
        const wanted = call.wanted === undefined ? undefined : this.wanted(call.wanted);
        const sum = await rollups.read(call.tierMs, call.fromMs, call.toMs, wanted);
        for (const piece of this.sender.pieces(sum)) {
          if (this.cancelled.has(id)) break;
          await this.port.send({ type: "part", id, part: { of: "sum", sum: piece } });
        }
        return DONE;
      }
      case "append":
        await rollups.append(this.slots(id), call.writeId);
        return DONE;
      case "checkpoint":
        await rollups.checkpoint({ open: this.slots(id), marks: call.marks }, call.writeId);
        return DONE;
      case "restore":
        return this.restore(id);
    }
  }

  private slots(id: number): ClosedSlot[] {
    const slots = this.uploads.get(id) ?? new Map<number, SumJoiner>();
    return [...slots].map(([startMs, { sum }]) => ({ startMs, ...sum }));
  }

  /** Rows that the asker has not met are sent: it decides on them itself. */
  private wanted({ epoch, known, bits }: WireWanted): ((row: RollupRow) => boolean) | undefined {
    if (epoch !== this.sender.epoch) return undefined;
    return (row) => {
      const number = this.sender.numberOf(row.key);
      if (number === undefined || number >= known) return true;
      return ((bits[number >> 3] ?? 0) & (1 << (number & 7))) !== 0;
    };
  }

  private async sendSpans(id: number, spans: readonly Span[]): Promise<Answer> {
    for (let at = 0; at < spans.length && !this.cancelled.has(id); at += PIECE_SPANS) {
      const part: Part = { of: "spans", text: encodeSpans(spans.slice(at, at + PIECE_SPANS)) };
      await this.port.send({ type: "part", id, part });
    }
    return DONE;
  }

  private async restore(id: number): Promise<Answer> {
    const { open, marks } = await this.engine.rollups.restore();
    for (const { startMs, ...sum } of open) {
      for (const piece of this.sender.pieces(sum)) {
        await this.port.send({ type: "part", id, part: { of: "slot", slot: { startMs, sum: piece } } });
      }
    }
    return { of: "marks", marks };
  }
}
