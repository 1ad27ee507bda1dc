/**
 * Long work cut into steps of about a millisecond at most. Whoever runs it decides whether other work comes in between two
 * of them; the work itself knows nothing of time.
 */
export type Sliced<T> = Generator<void, T, void>;

/** Runs sliced work to its end, in whatever pieces. */
export type RunSliced = <T>(work: Sliced<T>) => Promise<T>;

/** All steps one after the other, with nothing in between. */
export function finish<T>(work: Sliced<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

export const atOnce: RunSliced = async (work) => finish(work);

/** `map` of each item, with a step after every `perStep` of them. */
export function* mapSliced<T, U>(items: readonly T[], perStep: number, map: (item: T, at: number) => U): Sliced<U[]> {
  const made: U[] = [];
  for (let at = 0; at < items.length; at++) {
    const item = items[at];
    if (item !== undefined) made.push(map(item, at));
    if (at % perStep === perStep - 1) yield;
  }
  return made;
}
