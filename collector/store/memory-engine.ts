/**
 * The memory stores as an engine: fed by logged bodies, and gone with the process. For tests of what stands in front of an
 * engine. Bodies that cannot be decoded are left out.
 */
import {
  comparePositions,
  type LoggedBatch,
  type LogPosition,
  type StoreEngine,
} from "../../lib/query/store-engine.ts";
import { decodeSpans } from "../../lib/wire/decode-spans.ts";
import { MemoryRollupStore } from "./memory-rollup-store.ts";
import { MemorySpanStore } from "./memory-span-store.ts";

export class MemoryEngine implements StoreEngine {
  readonly spans = new MemorySpanStore();
  readonly rollups = new MemoryRollupStore();
  private readonly through = new Map<string, LogPosition>();
  private readonly ids = new Set<string>();

  async ingest(batches: readonly LoggedBatch[]): Promise<void> {
    for (const { log, position, id, format, body, receivedMs } of batches) {
      const decoded = decodeSpans(format, body, receivedMs);
      if (decoded.ok && !this.ids.has(id)) await this.spans.write(decoded.value.spans);
      this.ids.add(id);
      const known = this.through.get(log);
      if (known === undefined || comparePositions(position, known) > 0) this.through.set(log, position);
    }
  }

  async ingestedThrough(): Promise<ReadonlyMap<string, LogPosition>> {
    return new Map(this.through);
  }

  async tick(): Promise<void> {}

  async close(): Promise<void> {
    await Promise.all([this.spans.close(), this.rollups.close()]);
  }
}
