/**
 * How long the event loop keeps work waiting. In: nothing. Out: a histogram on /metrics,
 * `meshscope_event_loop_delay_seconds`, of how late a timer of 10 ms fires, counted since start: several readers can each
 * take differences, which the quantiles of prom-client's own gauges (reset at every read, the period included) do not
 * allow. A pause of any length is one observation, as everywhere where such delays are measured.
 */
import { performance } from "node:perf_hooks";
import { Histogram, type Registry } from "prom-client";

export const LOOP_PERIOD_MS = 10;
/** Seconds. 10 and 50 ms are the goals at p99 and p99.9. */
export const LOOP_BOUNDS: readonly number[] = [
  0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1, 2, 5,
];

/** Watches until the returned function is called; the timer keeps no process alive. */
export function watchEventLoop(registry: Registry): () => void {
  const histogram = new Histogram({
    name: "meshscope_event_loop_delay_seconds",
    help: "How late a timer of 10 ms fires: what the event loop keeps waiting",
    buckets: [...LOOP_BOUNDS],
    registers: [registry],
  });
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    histogram.observe(Math.max(0, now - last - LOOP_PERIOD_MS) / 1000);
    last = now;
  }, LOOP_PERIOD_MS);
  timer.unref();
  return () => clearInterval(timer);
}
