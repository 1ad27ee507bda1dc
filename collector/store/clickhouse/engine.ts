/**
 * The engine over ClickHouse. In: logged batches, slots, questions; out: answers, or `store_unavailable` for as long as
 * ClickHouse cannot be asked: it may be away when this opens, and whatever was acknowledged waits in the log meanwhile. The
 * tables are made, or found to be a newer version's, as soon as it answers.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Result } from "../../../lib/base/result.ts";
import type { TraceId } from "../../../lib/model/span.ts";
import type { ExemplarQuery } from "../../../lib/query/exemplar-query.ts";
import type { SpanStore, TraceQuery } from "../../../lib/query/span-store.ts";
import type { LoggedBatch, LogPosition, StoreEngine } from "../../../lib/query/store-engine.ts";
import type { Database } from "./database.ts";
import type { EngineStats } from "./engine-stats.ts";
import { findExemplars } from "./exemplars.ts";
import { readFault, StoreFault, writeFault } from "./faults.ts";
import type { Marks } from "./marks.ts";
import type { TableNames } from "./names.ts";
import type { ClickHouseRollups } from "./rollup-store.ts";
import type { SchemaError } from "./schema.ts";
import { Searches } from "./search.ts";
import type { SpanWriter } from "./span-writer.ts";
import { SqlValues } from "./sql.ts";
import { TraceReads } from "./trace-reads.ts";

/** What the search form offers of a service. */
const MAX_OPERATIONS = 500;
const STATS_EVERY_MS = 60_000;

/** Brings the tables up once, however many ask; after a failure, when it is asked for again. */
export class Readiness {
  private readonly bringUp: () => Promise<Result<void, SchemaError>>;
  private readonly patienceMs: number;
  private up: Promise<void> | undefined;

  constructor(bringUp: () => Promise<Result<void, SchemaError>>, patienceMs: number) {
    this.bringUp = bringUp;
    this.patienceMs = patienceMs;
  }

  whenReady(): Promise<void> {
    this.up ??= this.once().catch((error) => {
      this.up = undefined;
      throw error;
    });
    return this.up;
  }

  /** The same, and `store_unavailable` to whoever would have to wait long: a server that hangs is as good as none. */
  async soon(): Promise<void> {
    const late = sleep(this.patienceMs, "late", { ref: false });
    const first = await Promise.race([late, this.whenReady()]);
    if (first !== "late") return;
    throw new StoreFault("store_unavailable", `ClickHouse has not answered within ${this.patienceMs} ms`);
  }

  private async once(): Promise<void> {
    const brought = await this.bringUp();
    if (!brought.ok) throw new StoreFault("store_newer", brought.error.message);
  }
}

export interface EngineParts {
  readonly database: Database;
  readonly names: TableNames;
  readonly ready: Readiness;
  readonly marks: Marks;
  readonly writer: SpanWriter;
  readonly rollups: ClickHouseRollups;
  readonly stats: EngineStats;
}

type SpanReads = Omit<SpanStore, "write">;

function spanReads({ database, names, ready, stats }: EngineParts): SpanReads {
  const reads = new TraceReads(database, names);
  const searches = new Searches(database, names, reads);
  const asked = async <T>(read: () => Promise<T>): Promise<T> => {
    try {
      await ready.soon();
      return await read();
    } catch (error) {
      throw readFault(error);
    }
  };
  const values = async (): ReturnType<SpanReads["values"]> => {
    const text = `SELECT ServiceName, groupUniqArray(${MAX_OPERATIONS})(SpanName) FROM ${names.operations} GROUP BY ServiceName`;
    const rows = await database.rows(new SqlValues().sql(text));
    return rows
      .map(([name, operations]) => ({
        name: String(name),
        operations: (Array.isArray(operations) ? operations.map(String) : []).sort(),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  };
  return {
    trace: (id: TraceId) => asked(() => reads.trace(id)),
    tracesByLowBits: (low: string) => asked(() => reads.byLowBits(low)),
    search: (query: TraceQuery) => asked(() => searches.search(query)),
    exemplars: (query: ExemplarQuery) => asked(() => findExemplars(database, names, reads, query)),
    values: () => asked(values),
    stats: () => stats.spans(),
    close: async () => {},
  };
}

export class ClickHouseEngine implements StoreEngine {
  readonly spans: SpanReads;
  readonly rollups: ClickHouseRollups;
  readonly writer: SpanWriter;
  private readonly parts: EngineParts;
  private statsDueMs = 0;

  constructor(parts: EngineParts) {
    this.parts = parts;
    this.rollups = parts.rollups;
    this.writer = parts.writer;
    this.spans = spanReads(parts);
  }

  async ingest(batches: readonly LoggedBatch[]): Promise<void> {
    const { ready } = this.parts;
    await ready.soon().catch((error) => {
      throw writeFault(error);
    });
    await this.writer.ingest(batches);
  }

  async ingestedThrough(): Promise<ReadonlyMap<string, LogPosition>> {
    return this.parts.marks.all();
  }

  /** Rejects with `store_unavailable` while ClickHouse is away. */
  async tick(nowMs: number): Promise<void> {
    const { ready, rollups } = this.parts;
    await ready.soon().catch((error) => {
      throw readFault(error);
    });
    await rollups.flush();
    if (nowMs >= this.statsDueMs) {
      this.statsDueMs = nowMs + STATS_EVERY_MS;
      // Figures of a table that takes too long to count stay as they were.
      await this.refreshStats().catch((error) => {
        if (!(error instanceof StoreFault) || error.code === "store_unavailable") throw error;
      });
    }
  }

  async refreshStats(): Promise<void> {
    await this.parts.stats.refresh().catch((error) => {
      throw readFault(error);
    });
  }

  async close(): Promise<void> {
    await this.rollups.close();
    await this.parts.marks.save();
    await this.parts.database.close();
  }
}
