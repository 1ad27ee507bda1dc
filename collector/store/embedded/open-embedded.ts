/**
 * Opens the embedded engine in a data folder: spans in `spans`, rollups in `rollups`. In: the settings; out: the engine, or
 * why the folder cannot be used. A quarter of the disk that the store may take is the rollups'.
 */
import { join } from "node:path";
import { err, ok, type Result } from "../../../lib/base/result.ts";
import type { LoggedBatch, StoreEngine } from "../../../lib/query/store-engine.ts";
import type { HostSettings } from "../host/messages.ts";
import type { EngineSurroundings } from "../host/store-host.ts";
import { prepareDataFolder } from "./data-format.ts";
import { EmbeddedRollups } from "./rollups/embedded-rollups.ts";
import { EmbeddedSpanStore } from "./spans/embedded-span-store.ts";
import { StoreRefused } from "./spans/segment-file.ts";

const ROLLUP_SHARE = 0.25;

export class EmbeddedEngine implements StoreEngine {
  readonly spans: EmbeddedSpanStore;
  readonly rollups: EmbeddedRollups;

  constructor(spans: EmbeddedSpanStore, rollups: EmbeddedRollups) {
    this.spans = spans;
    this.rollups = rollups;
  }

  ingest(batches: readonly LoggedBatch[]): Promise<void> {
    return this.spans.ingest(batches);
  }

  ingestedThrough() {
    return this.spans.ingestedThrough();
  }

  async tick(nowMs: number): Promise<void> {
    await this.spans.tick(nowMs);
    await this.rollups.tick();
  }

  async close(): Promise<void> {
    await Promise.all([this.spans.close(), this.rollups.close()]);
  }
}

export function tiersOf({ rollups }: HostSettings["retention"]) {
  return [
    { slotMs: 10_000, retainMs: rollups.tenSecondsMs },
    { slotMs: 60_000, retainMs: rollups.oneMinuteMs },
    { slotMs: 600_000, retainMs: rollups.tenMinutesMs },
  ];
}

/** Errors: those of the folder's format, `store_newer`, `store_foreign`. */
export async function openEmbedded(
  { dataFolder, retention }: Pick<HostSettings, "dataFolder" | "retention">,
  { clock, log }: Pick<EngineSurroundings, "clock" | "log">,
): Promise<Result<EmbeddedEngine, { readonly code: string; readonly message: string }>> {
  const prepared = await prepareDataFolder(dataFolder);
  if (!prepared.ok) return prepared;
  const { spansMs, maxDiskBytes } = retention;
  try {
    const rollups = await EmbeddedRollups.open({
      folder: join(dataFolder, "rollups"),
      tiers: tiersOf(retention),
      maxBytes: maxDiskBytes * ROLLUP_SHARE,
      nowMs: () => clock.nowMs(),
    });
    if (rollups.damagedBytes > 0) log.warn("rollups_cut_short", { bytes: rollups.damagedBytes });
    const spans = await EmbeddedSpanStore.open({
      folder: join(dataFolder, "spans"),
      retainMs: spansMs,
      maxBytes: maxDiskBytes * (1 - ROLLUP_SHARE),
      // What follows the log gathers groups by itself.
      groupMs: 0,
      report: (what) => log.warn("spans_damaged", { what }),
    });
    return ok(new EmbeddedEngine(spans, rollups));
  } catch (error) {
    if (error instanceof StoreRefused) return err({ code: error.code, message: error.message });
    throw error;
  }
}
