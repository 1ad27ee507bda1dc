/**
 * The store that the configuration names, opened. In: its settings; out: reads of spans and rollups, and, where it keeps
 * what it is given over a restart, the other end of the log: the store follows the log by itself, in its own process, and
 * says how far it is.
 */
import type { RollupStore } from "../../lib/query/rollup-store.ts";
import type { StoreFacts } from "../../lib/query/schema/store.ts";
import type { SpanStore } from "../../lib/query/span-store.ts";
import type { LogPosition } from "../../lib/query/store-engine.ts";

export interface DurableStore {
  /** How far each log was stored when the store was opened. */
  readonly ingestedThrough: ReadonlyMap<string, LogPosition>;
  /** The log is durable up to here: the store reads on. */
  appended(log: string, through: LogPosition): void;
  /** Called whenever more of a log was stored, durably. */
  onIngested(listener: (log: string, through: LogPosition) => void): void;
}

export interface OpenedStore {
  readonly kind: "memory" | "duckdb" | "clickhouse";
  /** `write` is for a store without a log; one that keeps is fed by its log alone. */
  readonly spans: SpanStore;
  readonly rollups: RollupStore;
  /** Absent: what is stored ends with the process, and a log would keep nothing. */
  readonly durable?: DurableStore;
  /** What the store says of itself; of a store in another process, as it last said. */
  facts(): StoreFacts;
  close(): Promise<void>;
}
