/**
 * How much ClickHouse holds, asked now and then and told at once. In: a connection; out: figures as of the last time they
 * were asked for. In a cluster they are of the node that answers, but for counts, which are of all.
 */
import type { RollupStoreStats } from "../../../lib/query/rollup-store.ts";
import type { SpanStoreStats } from "../../../lib/query/span-store.ts";
import type { Database } from "./database.ts";
import { PLAIN, type TableNames, TIER_MS, TIERS } from "./names.ts";
import { SqlValues } from "./sql.ts";

export interface TierFacts {
  readonly slots: number;
  readonly values: number;
  readonly oldestMs: number | null;
}

const NOTHING: TierFacts = { slots: 0, values: 0, oldestMs: null };

export class EngineStats {
  private readonly database: Database;
  private readonly name: string;
  private readonly names: TableNames;
  private spanStats: SpanStoreStats = { spans: 0, traces: 0, bytes: 0, evicted: 0 };
  private rollupBytes = 0;
  private readonly tierFacts = new Map<number, TierFacts>();

  constructor(database: Database, name: string, names: TableNames) {
    this.database = database;
    this.name = name;
    this.names = names;
  }

  spans(): SpanStoreStats {
    return this.spanStats;
  }

  tier(slotMs: number): TierFacts {
    return this.tierFacts.get(slotMs) ?? NOTHING;
  }

  rollups(): RollupStoreStats {
    const tiers = [...this.tierFacts];
    return {
      slots: Object.fromEntries(tiers.map(([slotMs, { slots }]) => [String(slotMs), slots])),
      values: tiers.reduce((sum, [, { values }]) => sum + values, 0),
      evicted: 0,
    };
  }

  /** Bytes of the rollups, at the node that was asked. */
  get bytesOfRollups(): number {
    return this.rollupBytes;
  }

  async refresh(): Promise<void> {
    const { spans, traceTimes } = this.names;
    const bytes = await this.bytesByTable();
    const of = (name: string): number => (bytes.get(name) ?? 0) + (bytes.get(`${name}_local`) ?? 0);
    const [counts] = await this.database.rows(
      new SqlValues().sql(`SELECT (SELECT count() FROM ${spans}), (SELECT uniqCombined64(TraceId) FROM ${traceTimes})`),
    );
    this.spanStats = {
      spans: Number(counts?.[0] ?? 0),
      traces: Number(counts?.[1] ?? 0),
      bytes: of(PLAIN.spans) + of(PLAIN.traceTimes),
      evicted: 0,
    };
    this.rollupBytes = TIERS.reduce((sum, tier) => sum + of(PLAIN.rollups(tier)) + of(PLAIN.coverage(tier)), 0);
    for (const tier of TIERS) await this.refreshTier(tier);
  }

  private async bytesByTable(): Promise<Map<string, number>> {
    const values = new SqlValues();
    const text = `SELECT table, sum(bytes_on_disk) FROM system.parts WHERE active AND database = ${values.text(this.name)}
GROUP BY table`;
    const rows = await this.database.rows(values.sql(text));
    return new Map(rows.map(([table, bytes]) => [String(table), Number(bytes)]));
  }

  private async refreshTier(tier: (typeof TIERS)[number]): Promise<void> {
    const text = `SELECT uniqExact(Start), count(), toUnixTimestamp(min(Start)) FROM ${this.names.rollups(tier)}`;
    const [row] = await this.database.rows(new SqlValues().sql(text));
    const values = Number(row?.[1] ?? 0);
    const oldestMs = values === 0 ? null : Number(row?.[2] ?? 0) * 1000;
    this.tierFacts.set(TIER_MS[tier], { slots: Number(row?.[0] ?? 0), values, oldestMs });
  }
}
