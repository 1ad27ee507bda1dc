/**
 * Nodes that the user holds in place. A pin says where in its box a node stands, from the box's corner, so that a box takes
 * what is pinned in it along; outside all boxes it says where in the picture. World pixels, in whole ones.
 */

export interface Pin {
  /** Id of the box; empty outside all. */
  readonly home: string;
  readonly dx: number;
  readonly dy: number;
}
export type Pins = ReadonlyMap<string, Pin>;
export const NO_PINS: Pins = new Map();

/** More are not kept: the first ones go. */
export const MOST_PINS = 500;

/** Pins with one more, or with that one elsewhere. */
export function withPin(pins: Pins, id: string, pin: Pin): Pins {
  const next = new Map(pins);
  next.delete(id);
  next.set(id, pin);
  for (const first of next.keys()) {
    if (next.size <= MOST_PINS) break;
    next.delete(first);
  }
  return next;
}

export function withoutPin(pins: Pins, id: string): Pins {
  const next = new Map(pins);
  next.delete(id);
  return next;
}

const isPlace = (value: unknown): value is number => Number.isFinite(value) && Math.abs(Number(value)) <= 1e7;

export const pinsText = (pins: Pins): string =>
  JSON.stringify([...pins].map(([id, { home, dx, dy }]) => [id, home, dx, dy]));

/** The pins that a text lists; what is damaged of it is left out. */
export function pinsOf(text: string | null): Pins {
  try {
    const listed: unknown = JSON.parse(text ?? "[]");
    if (!Array.isArray(listed)) return NO_PINS;
    return listed.slice(-MOST_PINS).reduce<Pins>((pins, row: unknown) => {
      if (!Array.isArray(row)) return pins;
      const [id, home, dx, dy] = row;
      if (typeof id !== "string" || typeof home !== "string" || !isPlace(dx) || !isPlace(dy)) return pins;
      return withPin(pins, id, { home, dx, dy });
    }, NO_PINS);
  } catch {
    return NO_PINS;
  }
}
