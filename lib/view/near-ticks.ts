/**
 * What happened at instants, gathered where it would lie on each other on a time axis. In: things with their time, oldest
 * first, and the axis's bounds (Unix ms, both within); out: groups with their place 0..1, each at the place of its first.
 */

/** Closer than this, share of the width, two ticks cannot be told apart. */
const NEAR = 0.012;
/** Words of one tick, at most. */
export const WORDS_SHOWN = 4;

export function nearTogether<T extends { readonly atMs: number }>(
  things: readonly T[],
  startMs: number,
  endMs: number,
): { readonly share: number; readonly members: readonly T[] }[] {
  const groups: { share: number; members: T[] }[] = [];
  for (const thing of things) {
    if (thing.atMs < startMs || thing.atMs > endMs || endMs <= startMs) continue;
    const share = (thing.atMs - startMs) / (endMs - startMs);
    const group = groups.at(-1);
    if (group !== undefined && share - group.share < NEAR) group.members.push(thing);
    else groups.push({ share, members: [thing] });
  }
  return groups;
}
