CREATE DATABASE IF NOT EXISTS `meshscope`;

CREATE TABLE IF NOT EXISTS `meshscope`.`meshscope_schema`
(
  `Version` UInt32,
  `Applied` DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree()
ORDER BY Version
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100000;

CREATE TABLE IF NOT EXISTS `meshscope`.`otel_traces`
(
  `Timestamp` DateTime64(9) CODEC(Delta, ZSTD(1)),
  `TraceId` String CODEC(ZSTD(1)),
  `SpanId` String CODEC(ZSTD(1)),
  `ParentSpanId` String CODEC(ZSTD(1)),
  `TraceState` String CODEC(ZSTD(1)),
  `SpanName` LowCardinality(String) CODEC(ZSTD(1)),
  `SpanKind` LowCardinality(String) CODEC(ZSTD(1)),
  `ServiceName` LowCardinality(String) CODEC(ZSTD(1)),
  `ResourceAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  `ScopeName` String CODEC(ZSTD(1)),
  `ScopeVersion` String CODEC(ZSTD(1)),
  `SpanAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  `Duration` UInt64 CODEC(ZSTD(1)),
  `StatusCode` LowCardinality(String) CODEC(ZSTD(1)),
  `StatusMessage` String CODEC(ZSTD(1)),
  `Events.Timestamp` Array(DateTime64(9)) CODEC(ZSTD(1)),
  `Events.Name` Array(LowCardinality(String)) CODEC(ZSTD(1)),
  `Events.Attributes` Array(Map(LowCardinality(String), String)) CODEC(ZSTD(1)),
  `Links.TraceId` Array(String) CODEC(ZSTD(1)),
  `Links.SpanId` Array(String) CODEC(ZSTD(1)),
  `Links.TraceState` Array(String) CODEC(ZSTD(1)),
  `Links.Attributes` Array(Map(LowCardinality(String), String)) CODEC(ZSTD(1)),
  `MeshscopeFlags` UInt8 DEFAULT 0,
  `MeshscopeSpanTypes` Map(LowCardinality(String), LowCardinality(String)) CODEC(ZSTD(1)),
  `MeshscopeResourceTypes` Map(LowCardinality(String), LowCardinality(String)) CODEC(ZSTD(1)),
  `MeshscopeEventTypes` Array(Map(LowCardinality(String), LowCardinality(String))) CODEC(ZSTD(1)),
  `MeshscopeLinkTypes` Array(Map(LowCardinality(String), LowCardinality(String))) CODEC(ZSTD(1)),
  `MeshscopeMember` LowCardinality(String),
  `MeshscopeBatch` String CODEC(ZSTD(1)),
  `MeshscopePosition` UInt64 CODEC(Delta, ZSTD(1)),
  `MeshscopeRow` UInt32 CODEC(Delta, ZSTD(1)),
  `MeshscopeReceived` DateTime64(3) DEFAULT now64(3) CODEC(Delta, ZSTD(1)),
  INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
  INDEX idx_res_attr_key mapKeys(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX idx_res_attr_value mapValues(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX idx_span_attr_key mapKeys(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX idx_span_attr_value mapValues(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX idx_duration Duration TYPE minmax GRANULARITY 1,
  INDEX idx_timestamp Timestamp TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree()
PARTITION BY toDate(MeshscopeReceived)
ORDER BY (toStartOfHour(Timestamp), ServiceName, SpanName, Timestamp)
TTL toDateTime(MeshscopeReceived) + toIntervalSecond(259200)
SETTINGS index_granularity = 2048, ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100000;

CREATE TABLE IF NOT EXISTS `meshscope`.`otel_traces_trace_id_ts`
(
  `TraceId` String CODEC(ZSTD(1)),
  `Start` DateTime64(9) CODEC(Delta, ZSTD(1)),
  `End` DateTime64(9) CODEC(Delta, ZSTD(1)),
  `MeshscopeReceived` DateTime64(3) DEFAULT now64(3) CODEC(Delta, ZSTD(1)),
  INDEX idx_trace_id TraceId TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX idx_low substring(TraceId, 17) TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree()
PARTITION BY toDate(MeshscopeReceived)
ORDER BY (TraceId, Start)
TTL toDateTime(MeshscopeReceived) + toIntervalSecond(259200)
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100000;

CREATE TABLE IF NOT EXISTS `meshscope`.`meshscope_operations`
(
  `ServiceName` LowCardinality(String),
  `SpanName` String CODEC(ZSTD(1)),
  `Seen` DateTime('UTC')
)
ENGINE = ReplacingMergeTree(Seen)
ORDER BY (ServiceName, SpanName)
TTL Seen + toIntervalSecond(345600)
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100000;

CREATE TABLE IF NOT EXISTS `meshscope`.`meshscope_rollup_columns`
(
  `Column` UInt64,
  `Meaning` String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree()
ORDER BY Column
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100000;

CREATE TABLE IF NOT EXISTS `meshscope`.`meshscope_rollup_rows`
(
  `RowId` UInt64,
  `Member` LowCardinality(String),
  `Facts` String CODEC(ZSTD(1)),
  `Written` DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(Written)
ORDER BY (RowId, Member)
TTL toDateTime(Written) + toIntervalSecond(7948800)
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100000;

CREATE TABLE IF NOT EXISTS `meshscope`.`meshscope_rollups_10s`
(
  `Start` DateTime('UTC') CODEC(Delta, ZSTD(1)),
  `RowId` UInt64 CODEC(Delta, ZSTD(1)),
  `Column` UInt64 CODEC(ZSTD(1)),
  `Value` Float64 CODEC(ZSTD(1))
)
ENGINE = SummingMergeTree(Value)
PARTITION BY toStartOfHour(Start)
ORDER BY (Start, RowId, Column)
TTL Start + toIntervalSecond(21610)
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100000;

CREATE TABLE IF NOT EXISTS `meshscope`.`meshscope_coverage_10s`
(
  `Start` DateTime('UTC') CODEC(Delta, ZSTD(1)),
  `Group` String CODEC(ZSTD(1)),
  `Member` LowCardinality(String),
  `CoveredMs` Float64 CODEC(ZSTD(1))
)
ENGINE = SummingMergeTree(CoveredMs)
PARTITION BY toStartOfHour(Start)
ORDER BY (Start, Group, Member)
TTL Start + toIntervalSecond(21610)
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100000;

CREATE TABLE IF NOT EXISTS `meshscope`.`meshscope_rollups_1m`
(
  `Start` DateTime('UTC') CODEC(Delta, ZSTD(1)),
  `RowId` UInt64 CODEC(Delta, ZSTD(1)),
  `Column` UInt64 CODEC(ZSTD(1)),
  `Value` Float64 CODEC(ZSTD(1))
)
ENGINE = SummingMergeTree(Value)
PARTITION BY toDate(Start)
ORDER BY (Start, RowId, Column)
TTL Start + toIntervalSecond(259260)
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100000;

CREATE TABLE IF NOT EXISTS `meshscope`.`meshscope_coverage_1m`
(
  `Start` DateTime('UTC') CODEC(Delta, ZSTD(1)),
  `Group` String CODEC(ZSTD(1)),
  `Member` LowCardinality(String),
  `CoveredMs` Float64 CODEC(ZSTD(1))
)
ENGINE = SummingMergeTree(CoveredMs)
PARTITION BY toDate(Start)
ORDER BY (Start, Group, Member)
TTL Start + toIntervalSecond(259260)
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100000;

CREATE TABLE IF NOT EXISTS `meshscope`.`meshscope_rollups_10m`
(
  `Start` DateTime('UTC') CODEC(Delta, ZSTD(1)),
  `RowId` UInt64 CODEC(Delta, ZSTD(1)),
  `Column` UInt64 CODEC(ZSTD(1)),
  `Value` Float64 CODEC(ZSTD(1))
)
ENGINE = SummingMergeTree(Value)
PARTITION BY toMonday(Start)
ORDER BY (Start, RowId, Column)
TTL Start + toIntervalSecond(7776600)
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100000;

CREATE TABLE IF NOT EXISTS `meshscope`.`meshscope_coverage_10m`
(
  `Start` DateTime('UTC') CODEC(Delta, ZSTD(1)),
  `Group` String CODEC(ZSTD(1)),
  `Member` LowCardinality(String),
  `CoveredMs` Float64 CODEC(ZSTD(1))
)
ENGINE = SummingMergeTree(CoveredMs)
PARTITION BY toMonday(Start)
ORDER BY (Start, Group, Member)
TTL Start + toIntervalSecond(7776600)
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1, non_replicated_deduplication_window = 100000;

ALTER TABLE `meshscope`.`otel_traces`
  ADD COLUMN IF NOT EXISTS `MeshscopeFlags` UInt8 DEFAULT 0,
  ADD COLUMN IF NOT EXISTS `MeshscopeSpanTypes` Map(LowCardinality(String), LowCardinality(String)) CODEC(ZSTD(1)),
  ADD COLUMN IF NOT EXISTS `MeshscopeResourceTypes` Map(LowCardinality(String), LowCardinality(String)) CODEC(ZSTD(1)),
  ADD COLUMN IF NOT EXISTS `MeshscopeEventTypes` Array(Map(LowCardinality(String), LowCardinality(String))) CODEC(ZSTD(1)),
  ADD COLUMN IF NOT EXISTS `MeshscopeLinkTypes` Array(Map(LowCardinality(String), LowCardinality(String))) CODEC(ZSTD(1)),
  ADD COLUMN IF NOT EXISTS `MeshscopeMember` LowCardinality(String),
  ADD COLUMN IF NOT EXISTS `MeshscopeBatch` String CODEC(ZSTD(1)),
  ADD COLUMN IF NOT EXISTS `MeshscopePosition` UInt64 CODEC(Delta, ZSTD(1)),
  ADD COLUMN IF NOT EXISTS `MeshscopeRow` UInt32 CODEC(Delta, ZSTD(1)),
  ADD COLUMN IF NOT EXISTS `MeshscopeReceived` DateTime64(3) DEFAULT now64(3) CODEC(Delta, ZSTD(1));

ALTER TABLE `meshscope`.`otel_traces_trace_id_ts`
  ADD COLUMN IF NOT EXISTS `MeshscopeReceived` DateTime64(3) DEFAULT now64(3) CODEC(Delta, ZSTD(1));
