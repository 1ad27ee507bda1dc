/**
 * Pinned nodes in a picture that is being placed: each is set where its pin says, its box grows to hold it, and what stood
 * there makes way. In: places as they are; out: the same places, changed; nodes that made way have none.
 */
import type { LayoutInput } from "./layout-input.ts";
import {
  apart,
  footprint,
  freeSpot,
  growFreely,
  insideOf,
  type Kept,
  lineOf,
  openStrip,
  type Rect,
  rectOf,
  SIDES,
} from "./layout-room.ts";
import { GAP_Y } from "./layout-types.ts";
import type { Pin, Pins } from "./pins.ts";

/** A pin of a node that stands in another box now, or for a box, holds nothing. */
function pinOf(input: LayoutInput, node: number): Pin | undefined {
  const pin = input.pins?.get(input.ids[node] ?? "");
  const home = input.boxIds[input.boxOf[node] ?? -1] ?? "";
  return input.folded[node] === 1 || pin?.home !== home ? undefined : pin;
}

export const hasPins = (input: LayoutInput): boolean => input.ids.some((_, i) => pinOf(input, i) !== undefined);

export const pinnedOf = (input: LayoutInput): Uint8Array =>
  Uint8Array.from(input.ids, (_, i) => (pinOf(input, i) === undefined ? 0 : 1));

export function isSamePin(input: LayoutInput, before: Pins, node: number): boolean {
  const id = input.ids[node] ?? "";
  const [a, b] = [input.pins?.get(id), before.get(id)];
  return a !== undefined && b !== undefined && a.home === b.home && a.dx === b.dx && a.dy === b.dy;
}

/** What stands directly in a box, with the node that it is; -1 for a box. */
function itemsIn(input: LayoutInput, kept: Kept, box: number): { readonly node: number; readonly rect: Rect }[] {
  const items: { readonly node: number; readonly rect: Rect }[] = [];
  for (let i = 0; i < input.ids.length; i++) {
    if (input.boxOf[i] === box && kept.nodePlaced[i] === 1) items.push({ node: i, rect: footprint(input, kept, i) });
  }
  for (let b = 0; b < input.boxIds.length; b++) {
    if (input.boxParent[b] === box && kept.boxPlaced[b] === 1) items.push({ node: -1, rect: rectOf(kept, b) });
  }
  return items;
}

/** Makes a box large enough for a rectangle: with strips on the sides that it reaches over, where it cannot grow else. */
function holdIn(input: LayoutInput, kept: Kept, box: number, rect: Rect): void {
  if (growFreely(input, kept, box, rect)) return;
  for (const [axis, way] of SIDES) {
    const frame = rectOf(kept, box);
    const room = insideOf(frame);
    const [start, size, from, length] =
      axis === 0 ? [rect.left, rect.width, room.left, room.width] : [rect.top, rect.height, room.top, room.height];
    const over = way === 1 ? start + size - from - length : from - start;
    if (over <= 0) continue;
    openStrip(input, kept, { axis, way, line: lineOf(frame, axis, way), by: over });
  }
}

function place(input: LayoutInput, kept: Kept, node: number, pin: Pin): void {
  const box = input.boxOf[node] ?? -1;
  const corner = box < 0 ? { left: 0, top: 0 } : rectOf(kept, box);
  kept.x[node] = corner.left + pin.dx;
  kept.y[node] = corner.top + pin.dy;
  const items = itemsIn(input, kept, box);
  // What is pinned too, and boxes, do not make way.
  const fixed = items.filter((item) => item.node < 0 || kept.pinned[item.node] === 1).map(({ rect }) => rect);
  const wish = footprint(input, kept, node);
  const isFree = fixed.every((other) => apart(wish, other, -0.5));
  const spot = isFree ? wish : freeSpot(wish, fixed, GAP_Y, null);
  if (spot === null) return;
  kept.x[node] = spot.left + spot.width / 2;
  kept.y[node] = spot.top + (input.above[node] ?? 0);
  for (const item of items) {
    if (item.node >= 0 && kept.pinned[item.node] === 0 && !apart(spot, item.rect, -0.5)) kept.nodePlaced[item.node] = 0;
  }
  if (box >= 0) holdIn(input, kept, box, spot);
  kept.nodePlaced[node] = 1;
}

/** `isSettled`: nodes that stand where they are to stand already. */
export function placePinned(input: LayoutInput, kept: Kept, isSettled: (node: number) => boolean): void {
  const moved = input.ids.map((_, i) => i).filter((i) => kept.pinned[i] === 1 && !isSettled(i));
  for (const node of moved) kept.nodePlaced[node] = 0;
  for (const node of moved) {
    const pin = pinOf(input, node);
    if (pin !== undefined) place(input, kept, node, pin);
  }
}
