/**
 * What the pairing holds, as places in logged bodies: a span is not written down again, only which of a body's spans are
 * held and what became of them. In: held spans; out: text per body, a character a side. And back, with the bodies' sides.
 */
import type { SpanSide } from "../model/span-side.ts";
import { type Held, type HeldBatch, type HeldSpans, idOf } from "./held-spans.ts";

export interface SavedHeld {
  readonly batch: HeldBatch;
  readonly arrivedMs: number;
  /** One character a side, from FIRST_CHARACTER on: the bits below; sides after the last one held are left out. */
  readonly states: string;
  /** By place: the services that spans below them belong to. */
  readonly below: readonly (readonly [number, SpanSide["own"]])[];
}

const FIRST_CHARACTER = 48;
const HELD = 1;
const SETTLED = 2;
const ANSWERED = 4;
const HALVED = 8;
const MUTED = 16;
const WAS_DUE = 32;

function stateOf(held: Held, wasDue: boolean): number {
  const settled = held.settled ? SETTLED : 0;
  const answered = held.answered ? ANSWERED : 0;
  const halved = held.halved ? HALVED : 0;
  const muted = held.muted ? MUTED : 0;
  return HELD | settled | answered | halved | muted | (wasDue ? WAS_DUE : 0);
}

/** In order of arrival. Spans that are in no log are left out. */
export function saveHeld(spans: HeldSpans): SavedHeld[] {
  const saved: SavedHeld[] = [];
  let batch: HeldBatch | undefined;
  let arrivedMs = 0;
  let states: number[] = [];
  let below: [number, SpanSide["own"]][] = [];
  const end = (): void => {
    if (batch === undefined) return;
    // In pieces: a call takes only so many arguments.
    const parts: string[] = [];
    for (let from = 0; from < states.length; from += 4_096) {
      parts.push(String.fromCharCode(...states.slice(from, from + 4_096).map((state) => FIRST_CHARACTER + state)));
    }
    saved.push({ batch, arrivedMs, states: parts.join(""), below });
    states = [];
    below = [];
  };
  for (const { held, wasDue } of spans.all()) {
    if (held.batch === undefined) continue;
    if (held.batch !== batch) {
      end();
      batch = held.batch;
      arrivedMs = held.arrivedMs;
    }
    while (states.length < held.place) states.push(0);
    states.push(stateOf(held, wasDue));
    if (held.below !== undefined) below.push([held.place, held.below]);
  }
  end();
  return saved;
}

export function restoreHeld(
  spans: HeldSpans,
  saved: readonly SavedHeld[],
  sidesOf: (batch: HeldBatch) => readonly SpanSide[] | undefined,
): void {
  for (const { batch, arrivedMs, states, below } of saved) {
    const sides = sidesOf(batch) ?? [];
    const belowOf = new Map(below);
    sides.forEach((side, place) => {
      const state = states.charCodeAt(place) - FIRST_CHARACTER;
      if (!(place < states.length && (state & HELD) !== 0)) return;
      const { traceId, spanId, parentSpanId } = side;
      const held: Held = {
        side,
        id: idOf(traceId, spanId),
        above: parentSpanId === undefined ? undefined : idOf(traceId, parentSpanId),
        batch,
        place,
        arrivedMs,
        settled: (state & SETTLED) !== 0,
        answered: (state & ANSWERED) !== 0,
        halved: (state & HALVED) !== 0,
        muted: (state & MUTED) !== 0,
        below: belowOf.get(place),
      };
      spans.put(held, (state & WAS_DUE) !== 0);
    });
  }
}
