/**
 * Work with a deadline, that somebody may end before. In: how long it may take, a signal, the work; out: what the work gives.
 * When it is done nothing of it is left with the signal, however long that lives: `AbortSignal.any` leaves an entry for each
 * call with one that never aborts.
 */

export interface Limit {
  /** Aborts at the deadline, or when somebody ends the work. */
  readonly signal: AbortSignal;
  /** The deadline came first. */
  readonly isLate: () => boolean;
}

export async function withDeadline<T>(
  ms: number,
  outer: AbortSignal | undefined,
  work: (limit: Limit) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = !own.signal.aborted;
    own.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError"));
  }, ms);
  timer.unref();
  const end = () => own.abort(outer?.reason);
  if (outer?.aborted === true) end();
  else outer?.addEventListener("abort", end);
  try {
    return await work({ signal: own.signal, isLate: () => isLate });
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener("abort", end);
  }
}
