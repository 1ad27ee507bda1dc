/** What an engine and the log in front of it say of themselves, gathered once a second. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { RollupStore } from "../../../lib/query/rollup-store.ts";
import type { StoreError, StoreFacts } from "../../../lib/query/schema/store.ts";
import type { SpanStoreStats } from "../../../lib/query/span-store.ts";

interface Stores {
  readonly spans: { stats(): SpanStoreStats };
  readonly rollups: RollupStore;
}

export function rollupFacts(rollups: RollupStore): StoreFacts["rollups"] {
  const { slots, values, evicted, bytes } = rollups.stats();
  const tiers = rollups.tiers.map(({ slotMs, retainMs }) => {
    return { slotMs, retainMs, slots: slots[String(slotMs)] ?? 0, oldestMs: rollups.oldestMs(slotMs) };
  });
  return { tiers, values, bytes: bytes ?? null, evicted };
}

export function spanFacts({ stats }: { stats(): SpanStoreStats }): StoreFacts["spans"] {
  const { spans, traces, bytes, evicted } = stats();
  return { count: spans, traces, bytes, evicted };
}

/** Of every file below a folder, two levels deep; what vanishes meanwhile counts nothing. */
export async function bytesBelow(folder: string): Promise<number> {
  let bytes = 0;
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  for (const entry of entries) {
    const found = await stat(join(folder, entry)).catch(() => undefined);
    if (found?.isFile()) bytes += found.size;
  }
  return bytes;
}

export interface HostState {
  readonly kind: StoreFacts["kind"];
  readonly log: NonNullable<StoreFacts["log"]>;
  readonly lastError: StoreError | null;
}

export function engineFacts({ spans, rollups }: Stores, { kind, log, lastError }: HostState): StoreFacts {
  return {
    kind,
    state: "up",
    spans: spanFacts({ stats: () => spans.stats() }),
    rollups: rollupFacts(rollups),
    log,
    restarts: 0,
    residentBytes: process.memoryUsage.rss(),
    lastError,
  };
}
