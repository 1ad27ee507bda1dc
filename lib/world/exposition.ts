/** A pod's scrape endpoint: which dialect it prints, its media type and its text. In: pod and times. Out: text. */
import type { Pod } from "./pods.ts";
import { printEnvoy } from "./print-envoy.ts";
import { type PrintTimes, printIstio } from "./print-istio.ts";

export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/** Null where no proxy runs. `scrapes`: how often this pod has been asked, this time included. */
export function expose(pod: Pod, times: PrintTimes, scrapes: number): Exposition | null {
  switch (pod.proxy?.dialect) {
    case "istio": {
      // The agent answers in the media type of the app it merges.
      const open = pod.workload.appMetrics === "openMetrics";
      const contentType = open
        ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
        : "text/plain; version=0.0.4; charset=utf-8";
      return { contentType, text: printIstio(pod, pod.proxy, times, scrapes) };
    }
    case "envoy":
      return { contentType: "text/plain; charset=UTF-8", text: printEnvoy(pod.proxy, times) };
    case undefined:
      return null;
  }
}
