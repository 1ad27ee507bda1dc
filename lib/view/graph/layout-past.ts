/**
 * What a picture remembers of boxes that were folded: which are open now, and where in them things stood. In: the input and
 * the picture before. Places are from the box's corner, so that a box that moved takes them with it.
 */
import type { LayoutInput } from "./layout-input.ts";
import type { LayoutResult, PastPlace } from "./layout-types.ts";

/** Beyond so many everything is forgotten. */
const MOST = 50_000;

/** Indexes of boxes in which one node stood for all, and no longer does. */
export function openedBoxes(input: LayoutInput, previous: LayoutResult): ReadonlySet<number> {
  const before = new Set(previous.homes.filter((_, i) => previous.folded[i] === 1));
  const folded = new Set(Array.from(input.boxOf).filter((_, i) => input.folded[i] === 1));
  const opened = new Set<number>();
  input.boxIds.forEach((id, box) => {
    if (before.has(id) && !folded.has(box)) opened.add(box);
  });
  return opened;
}

export function pastOf(input: LayoutInput, previous: LayoutResult): ReadonlyMap<string, PastPlace> {
  const now = new Set([...input.ids, ...input.boxIds]);
  const past = new Map([...previous.past].filter(([id]) => !now.has(id)));
  const boxAt = new Map(previous.boxIds.map((id, b) => [id, b]));
  const boxes = new Set(input.boxIds);
  previous.ids.forEach((id, i) => {
    const home = previous.homes[i] ?? "";
    const box = boxAt.get(home);
    if (now.has(id) || box === undefined || previous.folded[i] === 1 || !boxes.has(home)) return;
    const dx = (previous.x[i] ?? 0) - (previous.rects[4 * box] ?? 0);
    const dy = (previous.y[i] ?? 0) - (previous.rects[4 * box + 1] ?? 0);
    past.set(id, { home, dx, dy, width: 0, height: 0 });
  });
  if (past.size > MOST) past.clear();
  // What is back is asked for once more, by whoever places it.
  for (const [id, place] of previous.past) if (now.has(id)) past.set(id, place);
  return past;
}
