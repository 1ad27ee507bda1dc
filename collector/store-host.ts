/**
 * The process of the store: wiring around `StoreHost`. It hears its parent's messages alone and ends when told to, or
 * when the parent is gone; signals that a terminal sends to the whole group are the parent's to act on.
 */
import { meshSpanNames } from "./pipeline/span-names.ts";
import { openClickHouse } from "./store/clickhouse/open-clickhouse.ts";
import { openEmbedded } from "./store/embedded/open-embedded.ts";
import type { FromHost, ToHost } from "./store/host/messages.ts";
import { ipcPort } from "./store/host/spawn-host.ts";
import { type OpenEngine, StoreHost } from "./store/host/store-host.ts";
import { systemClock } from "./telemetry/clock.ts";
import { watchHeapRoom } from "./telemetry/heap-room.ts";
import { jsonLog } from "./telemetry/log.ts";

const openEngine: OpenEngine = (settings, surroundings) => {
  const { store } = settings;
  if (store.kind === "clickhouse") return openClickHouse({ ...settings, clickhouse: store.clickhouse }, surroundings);
  return openEmbedded(settings, surroundings);
};

watchHeapRoom();
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => {});
const log = jsonLog((line) => process.stderr.write(line), systemClock.nowMs);
new StoreHost(ipcPort<FromHost, ToHost>(process), openEngine, { clock: systemClock, log, names: meshSpanNames });
