/**
 * For oracle-pairing.ts alone: kernel-held.ts as plain objects in maps.
 * The spans of the last minutes by their ids, while others may still refer to them. In: sides as they arrive. Out: who has
 * an id, who waits for one, and, in order of arrival, whose time is up. Memory is bounded: 100,000 spans, and none for
 * longer than ten minutes; who asks for more room gives up the oldest. A span that comes again is known by its id, role and
 * service. No clock: the caller says what time it is. When that is set back, whoever arrived later than it now is has had
 * its time: nobody waits for an hour because a clock was wrong.
 */
import { isSameService, type SpanSide } from "../model/span-side.ts";

export const MAX_HELD = 100_000;
export const WAIT_MS = 10_000;
const HOLD_MS = 600_000;
/** Halves of one id: two by the rules, a few more where ids clash. */
const MAX_HALVES = 8;

/** A clock that is set right by less is no clock that is set back. */
const SLEW_MS = 1_000;

/** A logged body: where its record begins and ends, so that it can be read again. */
export interface HeldBatch {
  readonly log: string;
  readonly segment: number;
  readonly from: number;
  readonly to: number;
}

/** A span with what became of it. */
export interface Held {
  readonly side: SpanSide;
  /** Trace and span in one text, and trace and parent. */
  readonly id: string;
  readonly above: string | undefined;
  /** Of which body it is, and the how manieth of its sides; absent where there is no log. */
  readonly batch: HeldBatch | undefined;
  readonly place: number;
  readonly arrivedMs: number;
  /** Nothing more is awaited. */
  settled: boolean;
  /** Client: a server's span tells of the call, or another span of the same caller does. */
  answered: boolean;
  /** Its call was counted with the other end inferred: a partner that comes later adds nothing. */
  halved: boolean;
  /** Client: the span of the same caller above it was counted already. */
  muted: boolean;
  /** Client: the service that a span below it belongs to, where that one is no server's. */
  below: SpanSide["own"] | undefined;
}

const isWithin = ({ arrivedMs }: Held, nowMs: number, spanMs: number): boolean =>
  arrivedMs > nowMs - spanMs && arrivedMs <= nowMs + SLEW_MS;

const NONE: readonly Held[] = [];

export const idOf = (traceId: string, spanId: string): string => `${traceId}${spanId}`;

export class HeldSpans {
  private readonly byId = new Map<string, Held[]>();
  private readonly waiting = new Map<string, Set<Held>>();
  /** In order of arrival; those before `first` are gone, those before `due` had their time. */
  private order: (Held | undefined)[] = [];
  private first = 0;
  private due = 0;
  private readonly limit: number;

  constructor(limit = MAX_HELD) {
    this.limit = limit;
  }

  get size(): number {
    return this.order.length - this.first;
  }

  halves({ id }: Held): readonly Held[] {
    return this.byId.get(id) ?? NONE;
  }

  parents({ above }: Held): readonly Held[] {
    return above === undefined ? NONE : (this.byId.get(above) ?? NONE);
  }

  /** Undefined for one that is held already: a body that was sent again. */
  add(side: SpanSide, nowMs: number, place = 0, batch?: HeldBatch): Held | undefined {
    const id = idOf(side.traceId, side.spanId);
    const halves = this.byId.get(id);
    const known = halves?.some((held) => held.side.role === side.role && isSameService(held.side.own, side.own));
    if (known === true || (halves !== undefined && halves.length >= MAX_HALVES)) return undefined;
    const held: Held = {
      side,
      id,
      above: side.parentSpanId === undefined ? undefined : idOf(side.traceId, side.parentSpanId),
      batch,
      place,
      arrivedMs: nowMs,
      settled: false,
      answered: false,
      halved: false,
      muted: false,
      below: undefined,
    };
    if (halves === undefined) this.byId.set(id, [held]);
    else halves.push(held);
    this.order.push(held);
    return held;
  }

  /** Until the parent arrives, its children stand under its id. */
  await(held: Held): void {
    const { above } = held;
    if (above === undefined) return;
    const others = this.waiting.get(above);
    if (others === undefined) this.waiting.set(above, new Set([held]));
    else others.add(held);
  }

  /** Those that name this id as their parent, in order of arrival. They keep waiting for its other half. */
  awaiting({ id }: Held): Iterable<Held> {
    return this.waiting.get(id) ?? NONE;
  }

  /** The next span whose 10 s are over, or undefined. Nobody's time runs on while something it waits for is held up. */
  nextDue(nowMs: number, heldUpMs = Number.POSITIVE_INFINITY): Held | undefined {
    const held = this.order[this.due];
    if (held === undefined || isWithin(held, nowMs, WAIT_MS)) return undefined;
    if (held.arrivedMs > heldUpMs - WAIT_MS && held.arrivedMs <= nowMs) return undefined;
    this.due++;
    return held;
  }

  /** Gives up what is old or over the limit. `early` is told of those whose time was not yet up. */
  trim(nowMs: number, early: (held: Held) => void): void {
    for (;;) {
      const held = this.order[this.first];
      if (held === undefined || (this.size <= this.limit && isWithin(held, nowMs, HOLD_MS))) break;
      if (this.first >= this.due) {
        this.due = this.first + 1;
        early(held);
      }
      this.order[this.first++] = undefined;
      this.forget(held);
    }
    // Copied once half of it is gone, so that each span is moved at most once on average.
    if (this.first < 1024 || this.first * 2 < this.order.length) return;
    this.order = this.order.slice(this.first);
    this.due -= this.first;
    this.first = 0;
  }

  /** Gives up, oldest first, those who had their time and are in a body that is `inTheWay`. Returns how many. */
  giveUp(inTheWay: (batch: HeldBatch) => boolean): number {
    const before = this.size;
    while (this.first < this.due) {
      const held = this.order[this.first];
      if (held === undefined || held.batch === undefined || !inTheWay(held.batch)) break;
      this.order[this.first++] = undefined;
      this.forget(held);
    }
    return before - this.size;
  }

  private forget(held: Held): void {
    const { id, above } = held;
    const halves = this.byId.get(id)?.filter((other) => other !== held) ?? [];
    if (halves.length === 0) this.byId.delete(id);
    else this.byId.set(id, halves);
    if (above === undefined) return;
    // A set: a hundred thousand children of one parent leave one by one.
    const children = this.waiting.get(above);
    children?.delete(held);
    if (children?.size === 0) this.waiting.delete(above);
  }
}
