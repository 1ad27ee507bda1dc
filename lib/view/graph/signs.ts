/**
 * Where the signs of a node stand: its health, a pin, a missing proxy. In a node that has room for it health stands in the middle, the
 * others at the rim; beside a smaller one all do, at a size that can be read, so that no zoom leaves health to colour alone.
 * Screen px, from the node's middle; a sign beside is a disc.
 */
import type { Rect } from "./occupied.ts";

/** A smaller radius has no room for a sign. */
export const SIGNS_INSIDE_FROM = 7;
/** Radius of the disc of a sign beside its node. */
export const SIGN_DISC = 6.5;
const SLANT = Math.SQRT1_2;
/** So near the level of the middle a disc clears the name of the node above and its own. */
const LEVEL = 1;

export interface Spot {
  readonly x: number;
  readonly y: number;
}

export interface SignSpots {
  /** Null where it stands in the node. */
  readonly mark: Spot | null;
  readonly pin: Spot;
  readonly noProxy: Spot;
}

/** Beside a small node none lies where its name begins, which is under it. */
export function signSpots(radius: number): SignSpots {
  const rim = radius * 0.84;
  if (radius >= SIGNS_INSIDE_FROM) return { mark: null, pin: { x: -rim, y: -rim }, noProxy: { x: -rim, y: rim } };
  const away = radius + 5;
  return {
    mark: { x: away, y: -LEVEL },
    pin: { x: -away * SLANT, y: -away * SLANT - 3 },
    noProxy: { x: -away - 4, y: LEVEL },
  };
}

interface Signed {
  readonly radius: number;
  readonly card: unknown;
  readonly mark: string;
  readonly pinned: boolean;
  readonly noProxy: boolean;
}

/** What the signs beside a node take, about a middle. */
export function signRects({ radius, card, mark, pinned, noProxy }: Signed, at: Spot): Rect[] {
  if (card !== null || radius >= SIGNS_INSIDE_FROM) return [];
  const spots = signSpots(radius);
  const taken = [mark === "" ? null : spots.mark, pinned ? spots.pin : null, noProxy ? spots.noProxy : null];
  const side = 2 * SIGN_DISC;
  return taken.flatMap((spot) =>
    spot === null ? [] : [{ x: at.x + spot.x - SIGN_DISC, y: at.y + spot.y - SIGN_DISC, w: side, h: side }],
  );
}
