/**
 * What the tables are: columns, order, partitions, how long they are kept. In: how long; out: tables, not yet statements.
 * Spans are kept from when they were received, so partitions are days of receipt: an insert then goes to one or two of
 * them, however old its spans, and TTL drops whole parts.
 */
import type { Retention } from "../../config/config.ts";
import { PLAIN, TIER_MS, TIERS, type TierName } from "./names.ts";

export interface Table {
  readonly name: string;
  /** Columns and indexes, one a line. */
  readonly columns: readonly string[];
  readonly engine: "MergeTree" | "SummingMergeTree" | "ReplacingMergeTree";
  /** Of the engine. */
  readonly argument?: string;
  readonly partition?: string;
  readonly order: string;
  readonly ttl?: string;
  /** Where a row goes in a cluster. */
  readonly shard: string;
  /** Rows that are read together at least; 8,192 where it is not said. */
  readonly granularity?: number;
}

const ATTRIBUTES = "Map(LowCardinality(String), String) CODEC(ZSTD(1))";
const TYPES = "Map(LowCardinality(String), LowCardinality(String))";

/** The exporter's, in its order. */
const EXPORTER_COLUMNS = [
  "`Timestamp` DateTime64(9) CODEC(Delta, ZSTD(1))",
  "`TraceId` String CODEC(ZSTD(1))",
  "`SpanId` String CODEC(ZSTD(1))",
  "`ParentSpanId` String CODEC(ZSTD(1))",
  "`TraceState` String CODEC(ZSTD(1))",
  "`SpanName` LowCardinality(String) CODEC(ZSTD(1))",
  "`SpanKind` LowCardinality(String) CODEC(ZSTD(1))",
  "`ServiceName` LowCardinality(String) CODEC(ZSTD(1))",
  `\`ResourceAttributes\` ${ATTRIBUTES}`,
  "`ScopeName` String CODEC(ZSTD(1))",
  "`ScopeVersion` String CODEC(ZSTD(1))",
  `\`SpanAttributes\` ${ATTRIBUTES}`,
  "`Duration` UInt64 CODEC(ZSTD(1))",
  "`StatusCode` LowCardinality(String) CODEC(ZSTD(1))",
  "`StatusMessage` String CODEC(ZSTD(1))",
  "`Events.Timestamp` Array(DateTime64(9)) CODEC(ZSTD(1))",
  "`Events.Name` Array(LowCardinality(String)) CODEC(ZSTD(1))",
  "`Events.Attributes` Array(Map(LowCardinality(String), String)) CODEC(ZSTD(1))",
  "`Links.TraceId` Array(String) CODEC(ZSTD(1))",
  "`Links.SpanId` Array(String) CODEC(ZSTD(1))",
  "`Links.TraceState` Array(String) CODEC(ZSTD(1))",
  "`Links.Attributes` Array(Map(LowCardinality(String), String)) CODEC(ZSTD(1))",
] as const;

/** What a canonical span has beyond them, and where it came from. */
export const OWN_COLUMNS = [
  "`MeshscopeFlags` UInt8 DEFAULT 0",
  `\`MeshscopeSpanTypes\` ${TYPES} CODEC(ZSTD(1))`,
  `\`MeshscopeResourceTypes\` ${TYPES} CODEC(ZSTD(1))`,
  `\`MeshscopeEventTypes\` Array(${TYPES}) CODEC(ZSTD(1))`,
  `\`MeshscopeLinkTypes\` Array(${TYPES}) CODEC(ZSTD(1))`,
  "`MeshscopeMember` LowCardinality(String)",
  "`MeshscopeBatch` String CODEC(ZSTD(1))",
  "`MeshscopePosition` UInt64 CODEC(Delta, ZSTD(1))",
  "`MeshscopeRow` UInt32 CODEC(Delta, ZSTD(1))",
  "`MeshscopeReceived` DateTime64(3) DEFAULT now64(3) CODEC(Delta, ZSTD(1))",
] as const;

const bloom = (name: string, of: string, rate: number): string =>
  `INDEX ${name} ${of} TYPE bloom_filter(${rate}) GRANULARITY 1`;

const SPAN_INDEXES = [
  bloom("idx_trace_id", "TraceId", 0.001),
  bloom("idx_res_attr_key", "mapKeys(ResourceAttributes)", 0.01),
  bloom("idx_res_attr_value", "mapValues(ResourceAttributes)", 0.01),
  bloom("idx_span_attr_key", "mapKeys(SpanAttributes)", 0.01),
  bloom("idx_span_attr_value", "mapValues(SpanAttributes)", 0.01),
  "INDEX idx_duration Duration TYPE minmax GRANULARITY 1",
  "INDEX idx_timestamp Timestamp TYPE minmax GRANULARITY 1",
] as const;

/** A DateTime ends in 2106 and then begins again: what is to be kept for longer would be past its time at once. */
const LONGEST_SEC = 40 * 365 * 86_400;

function after(time: string, ms: number): string {
  return `${time} + toIntervalSecond(${Math.min(LONGEST_SEC, Math.max(1, Math.ceil(ms / 1000)))})`;
}

function spanTables(spansMs: number): Table[] {
  return [
    {
      name: PLAIN.spans,
      columns: [...EXPORTER_COLUMNS, ...OWN_COLUMNS, ...SPAN_INDEXES],
      engine: "MergeTree",
      partition: "toDate(MeshscopeReceived)",
      order: "(toStartOfHour(Timestamp), ServiceName, SpanName, Timestamp)",
      // A trace has one or two spans in each place that it is in: what is read around them is most of its cost.
      granularity: 2048,
      ttl: after("toDateTime(MeshscopeReceived)", spansMs),
      shard: "cityHash64(TraceId)",
    },
    {
      name: PLAIN.traceTimes,
      columns: [
        "`TraceId` String CODEC(ZSTD(1))",
        "`Start` DateTime64(9) CODEC(Delta, ZSTD(1))",
        "`End` DateTime64(9) CODEC(Delta, ZSTD(1))",
        "`MeshscopeReceived` DateTime64(3) DEFAULT now64(3) CODEC(Delta, ZSTD(1))",
        bloom("idx_trace_id", "TraceId", 0.01),
        bloom("idx_low", "substring(TraceId, 17)", 0.01),
      ],
      engine: "MergeTree",
      partition: "toDate(MeshscopeReceived)",
      order: "(TraceId, Start)",
      ttl: after("toDateTime(MeshscopeReceived)", spansMs),
      shard: "cityHash64(TraceId)",
    },
    {
      name: PLAIN.operations,
      columns: ["`ServiceName` LowCardinality(String)", "`SpanName` String CODEC(ZSTD(1))", "`Seen` DateTime('UTC')"],
      engine: "ReplacingMergeTree",
      argument: "Seen",
      order: "(ServiceName, SpanName)",
      ttl: after("Seen", spansMs + 86_400_000),
      shard: "cityHash64(ServiceName, SpanName)",
    },
  ];
}

/** A partition holds a sixth of a tier's retention or so. */
const TIER_PARTITION: Readonly<Record<TierName, string>> = {
  "10s": "toStartOfHour(Start)",
  "1m": "toDate(Start)",
  "10m": "toMonday(Start)",
};

function tierTables(tier: TierName, retainMs: number): Table[] {
  const common = {
    engine: "SummingMergeTree",
    partition: TIER_PARTITION[tier],
    ttl: after("Start", retainMs + TIER_MS[tier]),
  } as const;
  const start = "`Start` DateTime('UTC') CODEC(Delta, ZSTD(1))";
  return [
    {
      ...common,
      name: PLAIN.rollups(tier),
      columns: [
        start,
        "`RowId` UInt64 CODEC(Delta, ZSTD(1))",
        "`Column` UInt64 CODEC(ZSTD(1))",
        "`Value` Float64 CODEC(ZSTD(1))",
      ],
      argument: "Value",
      order: "(Start, RowId, Column)",
      shard: "RowId",
    },
    {
      ...common,
      name: PLAIN.coverage(tier),
      columns: [
        start,
        "`Group` String CODEC(ZSTD(1))",
        "`Member` LowCardinality(String)",
        "`CoveredMs` Float64 CODEC(ZSTD(1))",
      ],
      argument: "CoveredMs",
      order: "(Start, Group, Member)",
      shard: "cityHash64(Group)",
    },
  ];
}

function rowTables(keptMs: number): Table[] {
  return [
    {
      name: PLAIN.columns,
      columns: ["`Column` UInt64", "`Meaning` String CODEC(ZSTD(1))"],
      engine: "ReplacingMergeTree",
      order: "Column",
      shard: "Column",
    },
    {
      name: PLAIN.rows,
      columns: [
        "`RowId` UInt64",
        "`Member` LowCardinality(String)",
        "`Facts` String CODEC(ZSTD(1))",
        "`Written` DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1))",
      ],
      engine: "ReplacingMergeTree",
      argument: "Written",
      order: "(RowId, Member)",
      // Rows in use are written again every day.
      ttl: after("toDateTime(Written)", keptMs + 2 * 86_400_000),
      shard: "RowId",
    },
  ];
}

export const SCHEMA_TABLE: Table = {
  name: PLAIN.schema,
  columns: ["`Version` UInt32", "`Applied` DateTime('UTC') DEFAULT now()"],
  engine: "ReplacingMergeTree",
  order: "Version",
  shard: "Version",
};

export function tables({ spansMs, rollups }: Pick<Retention, "spansMs" | "rollups">): readonly Table[] {
  const retain = { "10s": rollups.tenSecondsMs, "1m": rollups.oneMinuteMs, "10m": rollups.tenMinutesMs };
  const longest = Math.max(...Object.values(retain));
  return [...spanTables(spansMs), ...rowTables(longest), ...TIERS.flatMap((tier) => tierTables(tier, retain[tier]))];
}
