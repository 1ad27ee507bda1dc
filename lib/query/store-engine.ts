/**
 * What stands behind a store that keeps: the log of acknowledged bodies feeds it, and what it has stored of each log tells
 * which of the log's files can go. The same of every engine; one contract suite runs against each.
 */
import type { SpanFormat } from "../model/span-format.ts";
import type { RollupStore } from "./rollup-store.ts";
import type { SpanStore } from "./span-store.ts";

/** A place in a log: after the record that ends there. Ordered by segment, then offset (bytes). */
export interface LogPosition {
  readonly segment: number;
  readonly offset: number;
}

export const LOG_START: LogPosition = { segment: 0, offset: 0 };

export function comparePositions(a: LogPosition, b: LogPosition): number {
  return a.segment - b.segment || a.offset - b.offset;
}

/** One acknowledged body as the log holds it. */
export interface LoggedBatch {
  /** Name of the log: each receiving process writes its own. */
  readonly log: string;
  /** Where its record ends. */
  readonly position: LogPosition;
  /** Never used twice, over restarts too. An engine that meets it again stores nothing. */
  readonly id: string;
  readonly receivedMs: number;
  readonly format: SpanFormat;
  /** Inflated. */
  readonly body: Uint8Array;
}

export interface StoreEngine {
  readonly spans: Omit<SpanStore, "write">;
  readonly rollups: RollupStore;
  /** Stores batches of one log, in the log's order. Once it resolves they are durable and every read sees them; bodies are the caller's again. */
  ingest(batches: readonly LoggedBatch[]): Promise<void>;
  /** How far each log is stored, durably. */
  ingestedThrough(): Promise<ReadonlyMap<string, LogPosition>>;
  /** Time passes: retention, compaction, whatever the engine does by itself. */
  tick(nowMs: number): Promise<void>;
  close(): Promise<void>;
}
