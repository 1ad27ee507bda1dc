/**
 * Rollups as a table: one row for each slot, edge, reporter and group. Its numbers stand in one map under what they count:
 * `requests{code=200,grpc=0}`, `flag{UF}`, `host{…}`, `security{requests,mutual}`, `latency_ms{response,le=25}` (of that
 * bucket alone), `latency_ms_sum{response}`, or a counter's own name. Rates are these over `covered_ms`.
 */
import { DOUBLE, type DuckDBAppender, MAP, mapValue, VARCHAR } from "@duckdb/node-api";
import type { Endpoint } from "../../../../lib/model/identity.ts";
import type { Column, RollupRow, RowValues } from "../../../../lib/model/rollup-row.ts";
import type { ParquetTable } from "./parquet.ts";

const END = ["cluster", "namespace", "kind", "name", "version", "service", "mesh"] as const;
const NUMBERS = MAP(VARCHAR, DOUBLE);

export const ROLLUPS_TABLE: ParquetTable = {
  name: "rollups",
  columns: [
    ["slot_start_ms", "bigint"],
    ["slot_ms", "bigint"],
    ...(["source", "target"] as const).flatMap((end) => END.map((part) => [`${end}_${part}`, "varchar"] as const)),
    ["protocol", "varchar"],
    ["layer", "varchar"],
    ["reporter", "varchar"],
    ["group_key", "varchar"],
    ["covered_ms", "double"],
    ["numbers", "map(varchar, double)"],
  ],
};

function nameOf(column: Column, { schemes }: RollupRow): string {
  switch (column.kind) {
    case "class":
      return `requests{code=${column.code},grpc=${column.grpcStatus}}`;
    case "flag":
      return `flag{${column.flag}}`;
    case "host":
      return `host{${column.host}}`;
    case "security":
      return `security{${column.unit},${column.security}${column.reason === undefined ? "" : `,${column.reason}`}}`;
    case "counter":
      return column.name;
    case "latencySum":
      return `latency_ms_sum{${schemes[column.scheme]?.of ?? ""}#${column.scheme}}`;
    case "bucket": {
      const { of = "", bounds = [] } = schemes[column.scheme] ?? {};
      return `latency_ms{${of}#${column.scheme},le=${bounds[column.index] ?? "+Inf"}}`;
    }
  }
}

function appendEnd(appender: DuckDBAppender, end: Endpoint): void {
  for (const part of END) {
    const text = end[part];
    if (text === undefined || text === null) appender.appendNull();
    else appender.appendVarchar(text);
  }
}

export interface SlotRow extends RowValues {
  readonly startMs: number;
  readonly slotMs: number;
  readonly coveredMs: number;
}

export function appendRollup(appender: DuckDBAppender, { row, values, startMs, slotMs, coveredMs }: SlotRow): void {
  appender.appendBigInt(BigInt(startMs));
  appender.appendBigInt(BigInt(slotMs));
  appendEnd(appender, row.edge.source);
  appendEnd(appender, row.edge.target);
  for (const text of [row.edge.protocol, row.edge.layer, row.reporter, row.group]) appender.appendVarchar(text);
  appender.appendDouble(coveredMs);
  const numbers = row.columns.flatMap((column, i) => {
    const value = values[i] ?? 0;
    return value === 0 ? [] : [{ key: nameOf(column, row), value }];
  });
  appender.appendMap(mapValue(numbers), NUMBERS);
}
