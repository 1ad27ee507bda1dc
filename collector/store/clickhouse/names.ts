/**
 * What the tables are called. In: database and, for many nodes, the cluster. Out: quoted names. With a cluster each table
 * is a Distributed one over `<name>_local` on every node, and all reads and writes go to the Distributed one.
 */
import { identifier } from "./sql.ts";

export const TIERS = ["10s", "1m", "10m"] as const;
export type TierName = (typeof TIERS)[number];

export const TIER_MS: Readonly<Record<TierName, number>> = { "10s": 10_000, "1m": 60_000, "10m": 600_000 };

export interface TableNames {
  readonly spans: string;
  readonly traceTimes: string;
  readonly operations: string;
  readonly columns: string;
  readonly rows: string;
  readonly schema: string;
  rollups(tier: TierName): string;
  coverage(tier: TierName): string;
}

/** Table names without database; the first two are the OpenTelemetry exporter's. */
export const PLAIN = {
  spans: "otel_traces",
  traceTimes: "otel_traces_trace_id_ts",
  operations: "meshscope_operations",
  columns: "meshscope_rollup_columns",
  rows: "meshscope_rollup_rows",
  schema: "meshscope_schema",
  rollups: (tier: TierName) => `meshscope_rollups_${tier}`,
  coverage: (tier: TierName) => `meshscope_coverage_${tier}`,
} as const;

export function tableNames(database: string): TableNames {
  const own = (name: string): string => `${identifier(database)}.${identifier(name)}`;
  return {
    spans: own(PLAIN.spans),
    traceTimes: own(PLAIN.traceTimes),
    operations: own(PLAIN.operations),
    columns: own(PLAIN.columns),
    rows: own(PLAIN.rows),
    schema: own(PLAIN.schema),
    rollups: (tier) => own(PLAIN.rollups(tier)),
    coverage: (tier) => own(PLAIN.coverage(tier)),
  };
}
