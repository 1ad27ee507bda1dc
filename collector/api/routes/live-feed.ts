/**
 * `/graph/live`: one feed per query, shared by its readers. A feed holds the graph as of its last slot and the last 30
 * deltas; a reader starts with a snapshot, or, when it names an id that is still held, with the deltas after it, if those
 * are less than a snapshot: no more than a snapshot's worth is kept. Ids are `<boot>-<slot>`; once the wall clock has stepped back, `<boot>.<steps>-<slot>`, so
 * that no two pictures share one. A reader that is more than 8 MB behind when the next frame comes is dropped: it comes
 * back and resumes. Times in Unix ms.
 */
import { atOnce, type RunSliced } from "../../../lib/base/sliced.ts";
import { deltaPieces, graphPieces, inSteps, type PrintedGraph } from "../../../lib/query/printed-graph.ts";
import type { EventSink } from "../route.ts";

const KEPT_DELTAS = 30;
const MAX_BEHIND_BYTES = 8 * 1024 * 1024;
const PING_MS = 15_000;
/** A feed that nobody reads is kept this long, for those who reconnect. */
const LINGER_MS = 60_000;

export interface FeedOptions {
  readonly boot: string;
  readonly slotMs: number;
  readonly nowMs: () => number;
}

interface Delta {
  readonly slot: number;
  readonly frame: Uint8Array;
}

/** A frame whose data comes in pieces, made once for all who read it. */
async function frame(id: string, event: string, data: Generator<string, void, void>, run: RunSliced): Promise<Buffer> {
  const pieces = await run(inSteps(data, (piece) => Buffer.from(piece)));
  return Buffer.concat([Buffer.from(`id: ${id}\nevent: ${event}\ndata: `), ...pieces, Buffer.from("\n\n")]);
}

const lengthOf = (members: readonly { readonly text: string }[]): number =>
  members.reduce((sum, { text }) => sum + text.length + 1, 0);

/** A reader that missed more than a snapshot is given the snapshot: deltas from before that serve nobody. */
function worthKeeping(deltas: readonly Delta[], { nodes, edges }: PrintedGraph): Delta[] {
  const snapshot = lengthOf(nodes) + lengthOf(edges);
  let after = 0;
  let from = deltas.length - 1;
  while (from > 0 && after + (deltas[from]?.frame.length ?? 0) <= snapshot) after += deltas[from--]?.frame.length ?? 0;
  // Of the first only the slot counts: whoever has seen it needs what came after.
  return deltas.slice(from).map((delta, i) => (i === 0 ? { slot: delta.slot, frame: new Uint8Array(0) } : delta));
}

/** Null where the state that is shared is of the slot before still; the first graph of a feed is of whatever there is. */
export type ComputeFeed = (isFirst: boolean) => Promise<PrintedGraph | null>;

export class LiveFeed {
  lastReadMs: number;
  private readonly readers = new Set<EventSink>();
  private readonly compute: ComputeFeed;
  private readonly options: FeedOptions;
  private readonly run: RunSliced;
  private graph: PrintedGraph | null = null;
  private slot = Number.NEGATIVE_INFINITY;
  private snapshotFrame: Promise<Buffer> | null = null;
  private deltas: Delta[] = [];
  private busy: Promise<void> | null = null;
  private lastPingMs: number;
  /** How often the clock stepped back over a slot boundary. */
  private steps = 0;

  constructor(compute: ComputeFeed, options: FeedOptions, run: RunSliced = atOnce) {
    this.run = run;
    this.compute = compute;
    this.options = options;
    this.lastReadMs = options.nowMs();
    this.lastPingMs = options.nowMs();
  }

  get readerCount(): number {
    return this.readers.size;
  }

  private get idPrefix(): string {
    return `${this.options.boot}${this.steps === 0 ? "" : `.${this.steps}`}-`;
  }

  private id(slot: number): string {
    return `${this.idPrefix}${slot}`;
  }

  private slotNow(): number {
    return Math.floor(this.options.nowMs() / this.options.slotMs);
  }

  async join(sink: EventSink, lastEventId: string | undefined): Promise<void> {
    this.lastReadMs = this.options.nowMs();
    if (this.graph === null) await this.advance();
    let told: PrintedGraph | null;
    let greeting: readonly Uint8Array[];
    do {
      told = this.graph;
      greeting = await this.greeting(lastEventId);
      // A slot that began meanwhile would be told of twice, or not at all.
    } while (told !== this.graph);
    for (const text of greeting) this.send(sink, text);
    if (sink.signal.aborted) return;
    this.readers.add(sink);
    sink.signal.addEventListener("abort", () => this.leave(sink), { once: true });
  }

  private leave(sink: EventSink): void {
    this.readers.delete(sink);
    this.lastReadMs = this.options.nowMs();
  }

  /** The frames a reader starts with: what it missed, or a snapshot where that is less. */
  private async greeting(lastEventId: string | undefined): Promise<readonly Uint8Array[]> {
    const missed = this.after(lastEventId)?.map((delta) => delta.frame);
    if (missed?.length === 0) return [];
    const snapshot = await this.currentFrame();
    const length = missed?.reduce((sum, text) => sum + text.length, 0) ?? Number.POSITIVE_INFINITY;
    return missed === undefined || length > snapshot.length ? [snapshot] : missed;
  }

  /** Deltas after an id; undefined when the id is not of this feed or its successors are gone. */
  private after(lastEventId: string | undefined): readonly Delta[] | undefined {
    if (lastEventId === undefined || !lastEventId.startsWith(this.idPrefix)) return undefined;
    const slot = Number(lastEventId.slice(this.idPrefix.length));
    const at = this.deltas.findIndex((delta) => delta.slot === slot);
    return at < 0 ? undefined : this.deltas.slice(at + 1);
  }

  private currentFrame(): Promise<Buffer> {
    if (this.graph === null) return Promise.resolve(Buffer.alloc(0));
    this.snapshotFrame ??= frame(this.id(this.slot), "snapshot", graphPieces(this.graph), this.run);
    return this.snapshotFrame;
  }

  /** A reader is given a frame's time to take the one before: the size of one frame alone drops nobody. */
  private broadcast(text: string | Uint8Array): void {
    for (const sink of [...this.readers]) {
      if (sink.waitingBytes > MAX_BEHIND_BYTES) sink.drop();
      else this.send(sink, text);
    }
  }

  private send(sink: EventSink, text: string | Uint8Array): void {
    if (!sink.signal.aborted) sink.send(text);
  }

  /** Called about once a second: a delta when another slot began, a ping when it is time. */
  async tick(): Promise<void> {
    const now = this.options.nowMs();
    const sincePing = now - this.lastPingMs;
    if (sincePing < 0 || sincePing >= PING_MS) {
      this.lastPingMs = now;
      this.broadcast(`event: ping\ndata: ${JSON.stringify({ nowMs: now })}\n\n`);
    }
    // A clock that stepped back makes an age negative: then it counts from now.
    this.lastReadMs = Math.min(this.lastReadMs, now);
    if (this.slotNow() !== this.slot) await this.advance();
  }

  get idle(): boolean {
    return this.readers.size === 0 && this.options.nowMs() - this.lastReadMs > LINGER_MS;
  }

  /** Computes the graph of the slot that began; many callers share one computation. */
  private advance(): Promise<void> {
    this.busy ??= this.step().finally(() => {
      this.busy = null;
    });
    return this.busy;
  }

  private async step(): Promise<void> {
    const slot = this.slotNow();
    const before = this.graph;
    const after = await this.compute(before === null);
    // The next tick asks again.
    if (after === null) return;
    const isBack = slot < this.slot;
    // Slots come again under the same number: what was kept is not what those ids will mean.
    const id = `${this.options.boot}${this.steps + (isBack ? 1 : 0) === 0 ? "" : `.${this.steps + (isBack ? 1 : 0)}`}-${slot}`;
    const text = before === null ? new Uint8Array(0) : await frame(id, "delta", deltaPieces(before, after), this.run);
    if (isBack) {
      this.steps++;
      this.deltas = [];
    }
    this.graph = after;
    this.slot = slot;
    this.snapshotFrame = null;
    this.deltas = worthKeeping([...this.deltas, { slot, frame: text }].slice(-(KEPT_DELTAS + 1)), after);
    if (before !== null) this.broadcast(text);
  }
}

const TICK_MS = 1_000;
const MAX_FEEDS = 200;

/** All feeds, and the timer that drives them while there are any. */
export class LiveFeeds {
  private readonly feeds = new Map<string, LiveFeed>();
  private readonly options: FeedOptions;
  private readonly run: RunSliced;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: FeedOptions, run: RunSliced = atOnce) {
    this.options = options;
    this.run = run;
  }

  get size(): number {
    return this.feeds.size;
  }

  /** Undefined when there are too many different queries at once. */
  feed(key: string, compute: ComputeFeed): LiveFeed | undefined {
    const known = this.feeds.get(key);
    if (known !== undefined) return known;
    if (this.feeds.size >= MAX_FEEDS) return undefined;
    const made = new LiveFeed(compute, this.options, this.run);
    this.feeds.set(key, made);
    this.timer ??= setInterval(() => void this.tick(), TICK_MS).unref();
    return made;
  }

  async tick(): Promise<void> {
    for (const [key, feed] of this.feeds) {
      if (feed.idle) this.feeds.delete(key);
      // A bug in one computation must not stop the other feeds; the next tick tries again.
      else await feed.tick().catch(() => undefined);
    }
    if (this.feeds.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
