/**
 * How much garbage may gather before all of the heap is looked through. Buffers count as garbage with the heap that they
 * hang on, and bodies of spans are buffers: a heap of 30 MB is looked through for every 15 MB of them, a hundred times a
 * minute, and nearly all of it is found alive each time. In: nothing. Out: a heap that is small grows to three times its
 * size first; one that is large keeps the engine's own measure, which is what its limits in memory are stated for.
 */
import { getHeapStatistics, setFlagsFromString } from "node:v8";

const SMALL_BYTES = 96 * 1024 * 1024;
const LOOK_MS = 5_000;
/** Of what is alive; 0 is the engine's own measure. */
const GROWTH = { small: 200, large: 0 } as const;

/** The engine looks at this flag at each collection, so that it may be set at any time. Until the returned function is called. */
export function watchHeapRoom(
  used = (): number => getHeapStatistics().used_heap_size,
  set: (flag: string) => void = setFlagsFromString,
): () => void {
  let size: keyof typeof GROWTH | undefined;
  const look = (): void => {
    const now = used() < SMALL_BYTES ? "small" : "large";
    if (now === size) return;
    size = now;
    set(`--heap-growing-percent=${GROWTH[now]}`);
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
