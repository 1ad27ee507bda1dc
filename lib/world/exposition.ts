/** A pod's scrape endpoint. In: pod and times. Out: media type and text, in the dialect of its proxy. */
import type { Exposition, Pod, PrintTimes } from "./hop.ts";

/** Null where no proxy runs. `scrapes`: how often this pod has been asked, this time included. */
export function expose(pod: Pod, times: PrintTimes, scrapes: number): Exposition | null {
  return pod.proxy?.print(pod, times, scrapes) ?? null;
}
