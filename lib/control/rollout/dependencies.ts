/** Rollouts that wait for each other. In: ids and what each waits for; out: a circle among them, named, or none. */

/** The first circle, its first id again at the end; null where there is none. */
export function circleIn(after: ReadonlyMap<string, readonly string[]>): readonly string[] | null {
  const done = new Set<string>();
  for (const start of after.keys()) {
    // The way so far, with the place in each one's list: a stack instead of a recursion.
    const way: { readonly id: string; next: number }[] = done.has(start) ? [] : [{ id: start, next: 0 }];
    while (way.length > 0) {
      const top = way.at(-1);
      if (top === undefined) break;
      const next = after.get(top.id)?.[top.next++];
      if (next === undefined) {
        done.add(top.id);
        way.pop();
        continue;
      }
      const from = way.findIndex(({ id }) => id === next);
      if (from >= 0) return [...way.slice(from).map(({ id }) => id), next];
      if (!done.has(next)) way.push({ id: next, next: 0 });
    }
  }
  return null;
}
