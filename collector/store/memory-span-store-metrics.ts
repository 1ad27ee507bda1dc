/** What a span store says of its size on `/metrics`. In: a store. Out: two gauges and a counter, read at every scrape. */
import { Counter, Gauge, type Registry } from "prom-client";
import type { SpanStore } from "../../lib/query/span-store.ts";

export function registerSpanMetrics(store: Pick<SpanStore, "stats">, registry: Registry): void {
  const registers = [registry];
  new Gauge({
    name: "meshscope_spans_stored",
    help: "Spans held",
    registers,
    collect() {
      this.set(store.stats().spans);
    },
  });
  new Gauge({
    name: "meshscope_span_bytes",
    help: "Estimated heap of the spans held, in bytes",
    registers,
    collect() {
      this.set(store.stats().bytes);
    },
  });
  new Counter({
    name: "meshscope_spans_evicted_total",
    help: "Spans let go to stay within the limits, or not kept because their trace alone is over them",
    registers,
    collect() {
      this.reset();
      this.inc(store.stats().evicted);
    },
  });
}
