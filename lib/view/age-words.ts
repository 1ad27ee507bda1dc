/** The status line's word on how old what is on screen is. */
import { age, plain } from "./format.ts";

/**
 * `newestMs`: age of the newest observation in the window at its end, null where there is none. `sinceMs` since the answer
 * came; null for a window that stands still.
 */
export function ageWords(newestMs: number | null, sinceMs: number | null): string {
  if (sinceMs === null) {
    const newest = newestMs === null ? "nothing was observed in it" : `newest ${plain(age(newestMs))} before its end`;
    return `window stands still, ${newest}`;
  }
  return newestMs === null ? "no observation yet" : `data ${plain(age(newestMs + sinceMs))} old`;
}
