/** What the store says of itself on `/metrics`. In: its facts; out: gauges, read at every scrape. */
import type { Registry } from "prom-client";
import type { StoreFacts } from "../../lib/query/schema/store.ts";
import { gaugeOn } from "../telemetry/gauge.ts";

export function registerStoreMetrics(facts: () => StoreFacts, registry: Registry): void {
  const gauge = (name: string, help: string, read: (of: StoreFacts) => number): void => {
    gaugeOn(registry, `meshscope_store_${name}`, help, () => read(facts()));
  };
  gauge("up", "1 while the store answers, 0 while its process is started again", ({ state }) =>
    state === "up" ? 1 : 0,
  );
  gauge("restarts", "Times that the store's process was started again", ({ restarts }) => restarts);
  gauge("lag_bytes", "Acknowledged and not yet stored", ({ log }) => log?.lagBytes ?? 0);
  gauge("lag_seconds", "How long the oldest of that has waited", ({ log }) => (log?.lagMs ?? 0) / 1000);
  gauge("quarantined", "Bodies that could not be stored and were put aside", ({ log }) => log?.quarantined ?? 0);
  gauge("rollup_bytes", "Rollups on disk", ({ rollups }) => rollups.bytes ?? 0);
  gauge("resident_bytes", "Memory of the store's own process", ({ residentBytes }) => residentBytes ?? 0);
}
