/**
 * What the pairing holds, as places in logged bodies: a span is not written down again, only which of a body's spans are
 * held and what became of them. In: held spans; out: text per body, a character a side. And back, with the bodies' sides.
 */
import type { Endpoint } from "../model/identity.ts";
import { ANSWERED, HALVED, type HeldBatch, type HeldTable, MUTED, SETTLED } from "./kernel-held.ts";
import type { SideBatch } from "./side-batch.ts";

export interface SavedHeld {
  readonly batch: HeldBatch;
  readonly arrivedMs: number;
  /** One character a side, from FIRST_CHARACTER on: the bits of a held span and those below; sides after the last one held are left out. */
  readonly states: string;
  /** By place: the services that spans below them belong to. */
  readonly below: readonly (readonly [number, Endpoint])[];
}

const FIRST_CHARACTER = 48;
const HELD = 1;
const WAS_DUE = 32;
const BITS = [SETTLED, ANSWERED, HALVED, MUTED] as const;
const STATE = SETTLED | ANSWERED | HALVED | MUTED;

/** In order of arrival. Spans that are in no log are left out. */
export function saveHeld(spans: HeldTable): SavedHeld[] {
  const saved: SavedHeld[] = [];
  let batch: HeldBatch | undefined;
  let arrivedMs = 0;
  let states: number[] = [];
  let below: [number, Endpoint][] = [];
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
  spans.each((place, nth, of, wasDue) => {
    if (of === undefined) return;
    if (of !== batch) {
      end();
      batch = of;
      arrivedMs = spans.arrivedMs(place);
    }
    while (states.length < nth) states.push(0);
    let state = HELD | (wasDue ? WAS_DUE : 0);
    for (const bit of BITS) if (spans.is(place, bit)) state |= bit;
    states.push(state);
    const service = spans.below(place);
    if (service !== undefined) below.push([nth, service]);
  });
  end();
  return saved;
}

export function restoreHeld(
  spans: HeldTable,
  saved: readonly SavedHeld[],
  sidesOf: (batch: HeldBatch) => SideBatch | undefined,
): void {
  for (const { batch, arrivedMs, states, below } of saved) {
    const sides = sidesOf(batch);
    const belowOf = new Map(below);
    for (let nth = 0; sides !== undefined && nth < sides.size && nth < states.length; nth++) {
      const state = states.charCodeAt(nth) - FIRST_CHARACTER;
      if ((state & HELD) === 0) continue;
      const arrival = { nowMs: arrivedMs, batch, state: state & STATE, below: belowOf.get(nth) };
      spans.put(sides, nth, arrival, (state & WAS_DUE) !== 0);
    }
  }
}
