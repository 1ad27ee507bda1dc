/** Nodes in rows as wide as a frame: what a box that keeps room is filled with where its own layout would not fit in it. */
import { type Arrangement, BOX_PAD, BOX_TITLE } from "./layout-boxes.ts";
import type { LayoutInput } from "./layout-input.ts";
import { GAP_Y } from "./layout-types.ts";

const GAP_X = 12;

/** `input`: one box with nodes directly in it. Rows as they come, each in the middle, spread over the height there is. */
export function arrangeRows(input: LayoutInput, width: number, height: number): Arrangement {
  const count = input.ids.length;
  const x = new Float64Array(count);
  const y = new Float64Array(count);
  const rows: { readonly members: number[]; length: number; tall: number }[] = [];
  for (let i = 0; i < count; i++) {
    const wide = 2 * (input.halfWidth[i] ?? 0) + GAP_X;
    const tall = (input.above[i] ?? 0) + (input.below[i] ?? 0);
    let row = rows.at(-1);
    if (row === undefined || row.length + wide > width - 2 * BOX_PAD) {
      row = { members: [], length: 0, tall: 0 };
      rows.push(row);
    }
    row.members.push(i);
    row.length += wide;
    row.tall = Math.max(row.tall, tall);
  }
  const used = rows.reduce((sum, { tall }) => sum + tall + GAP_Y, 0);
  const spare = Math.max(0, height - BOX_TITLE - BOX_PAD - used) / Math.max(1, rows.length);
  let top = BOX_TITLE + spare / 2;
  for (const { members, length, tall } of rows) {
    let left = Math.max(BOX_PAD, (width - length) / 2);
    for (const i of members) {
      const half = input.halfWidth[i] ?? 0;
      x[i] = left + half + GAP_X / 2;
      y[i] = top + (input.above[i] ?? 0);
      left += 2 * half + GAP_X;
    }
    top += tall + GAP_Y + spare;
  }
  const rects = Float64Array.from([0, 0, width, Math.max(height, top + BOX_PAD - spare / 2)]);
  return { x, y, rects, ways: [], byForce: false };
}
