/**
 * Opens the store that the configuration names. In: the configuration, and the live table's rows for what comes back from
 * a store that keeps; out: the store, or the error that says why it cannot be opened: nothing was started then. One that
 * keeps runs in a process of its own.
 */
import { err, ok, type Result } from "../../lib/base/result.ts";
import type { StoreFacts } from "../../lib/query/schema/store.ts";
import type { LogPosition } from "../../lib/query/store-engine.ts";
import type { Config } from "../config/config.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { Log } from "../telemetry/log.ts";
import { rollupFacts, spanFacts } from "./host/engine-facts.ts";
import { HostClient, type HostProcess } from "./host/host-client.ts";
import { RemoteRollups } from "./host/remote-rollups.ts";
import { RemoteSpans } from "./host/remote-spans.ts";
import { spawnHost } from "./host/spawn-host.ts";
import { MemoryRollupStore } from "./memory-rollup-store.ts";
import { MemorySpanStore } from "./memory-span-store.ts";
import type { DurableStore, OpenedStore } from "./opened-store.ts";
import { NO_BOOK, type RowBook } from "./row-aligner.ts";

export interface StoreSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  /** The live table's rows; absent: stored rows come back as they were stored. */
  readonly rows?: RowBook;
  /** How the store's process is started; absent: as a child, from beside the running bundle. */
  readonly start?: () => HostProcess;
}

export interface StartError {
  readonly code: string;
  readonly message: string;
}

/** Measured at 2.2 KB of heap a span with 18 attributes: 440 MB. The memory store is for a look around, not for history. */
const MAX_SPANS = 200_000;

function openMemory(): OpenedStore {
  const spans = new MemorySpanStore({ maxSpans: MAX_SPANS });
  const rollups = new MemoryRollupStore();
  const facts = (): StoreFacts => ({
    kind: "memory",
    state: "up",
    spans: spanFacts({ stats: () => spans.stats() }),
    rollups: rollupFacts(rollups),
    log: null,
    restarts: 0,
    residentBytes: null,
    lastError: null,
  });
  const close = async (): Promise<void> => {
    await Promise.all([spans.close(), rollups.close()]);
  };
  return { kind: "memory", spans, rollups, facts, close };
}

/** What was appended before the process was there, or while it was away, it is told when it comes. */
function durableOver(client: HostClient, ingestedThrough: DurableStore["ingestedThrough"]): DurableStore {
  const through = new Map<string, LogPosition>();
  const listeners: ((log: string, through: LogPosition) => void)[] = [];
  client.onIngested = (log, position) => {
    for (const listener of listeners) listener(log, position);
  };
  const before = client.onSession;
  client.onSession = (opened) => {
    before(opened);
    for (const [log, position] of through) client.tell({ type: "appended", log, through: position });
  };
  return {
    ingestedThrough,
    appended: (log, position) => {
      through.set(log, position);
      client.tell({ type: "appended", log, through: position });
    },
    onIngested: (listener) => {
      listeners.push(listener);
    },
  };
}

/** Errors: the engine's own (`data_too_new`, `data_unreadable`, `data_in_use`, …), `store_start_failed`. */
export async function openStore(
  config: Pick<Config, "store" | "dataFolder" | "retention" | "cluster">,
  { clock, log, rows = NO_BOOK, start = spawnHost }: StoreSurroundings,
): Promise<Result<OpenedStore, StartError>> {
  const { store, dataFolder, retention, cluster } = config;
  if (store.kind === "memory") return ok(openMemory());
  const member = cluster === undefined ? {} : { member: cluster.self };
  const client = new HostClient({ settings: { store, dataFolder, retention, ...member }, start, clock, log });
  const opened = await client.open();
  if (!opened.ok) return err(opened.error);
  const { ingested, tiers, facts } = opened.value;
  const spans = new RemoteSpans(client);
  const rollups = new RemoteRollups(client, tiers, rows);
  client.onSession = () => rollups.reset();
  const durable = durableOver(client, new Map(ingested));
  return ok({
    kind: store.kind,
    spans,
    rollups,
    durable,
    facts: () => client.facts() ?? facts,
    close: () => client.close(),
  });
}
