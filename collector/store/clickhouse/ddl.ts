/**
 * The tables, as statements in order. In: database, cluster (or none) and how long things are kept; out: DDL. One node: a
 * MergeTree family table each. A cluster: `<name>_local` replicated on every node, and a Distributed one of the plain name
 * over them, sharded so that all that is merged or read together is on one shard.
 *
 * The cluster's statements are held by a golden text and were never run by this project's tests: its engine in a process
 * has neither ON CLUSTER nor Replicated nor Distributed over other nodes.
 */
import type { Retention } from "../../config/config.ts";
import { PLAIN } from "./names.ts";
import { identifier, literal } from "./sql.ts";
import { OWN_COLUMNS, SCHEMA_TABLE, type Table, tables } from "./tables.ts";

export interface SchemaSettings {
  readonly database: string;
  readonly cluster?: string;
  readonly retention: Pick<Retention, "spansMs" | "rollups">;
}

/** How many of the last inserts of a table are remembered by their tokens. */
const TOKENS = 100_000;
const TOKEN_SECONDS = 7 * 86_400;

function createLocal(table: Table, { database, cluster }: SchemaSettings): string {
  const isLone = cluster === undefined;
  const name = `${identifier(database)}.${identifier(isLone ? table.name : `${table.name}_local`)}`;
  const { engine, argument } = table;
  const path = `${literal(`/clickhouse/tables/{shard}/${database}/${table.name}`)}, '{replica}'`;
  const head = isLone
    ? `${engine}(${argument ?? ""})`
    : `Replicated${engine}(${path}${argument === undefined ? "" : `, ${argument}`})`;
  const window = isLone
    ? `non_replicated_deduplication_window = ${TOKENS}`
    : `replicated_deduplication_window = ${TOKENS}, replicated_deduplication_window_seconds = ${TOKEN_SECONDS}`;
  return [
    `CREATE TABLE IF NOT EXISTS ${name}${isLone ? "" : ` ON CLUSTER ${identifier(cluster)}`}`,
    `(\n  ${table.columns.join(",\n  ")}\n)`,
    `ENGINE = ${head}`,
    ...(table.partition === undefined ? [] : [`PARTITION BY ${table.partition}`]),
    `ORDER BY ${table.order}`,
    ...(table.ttl === undefined ? [] : [`TTL ${table.ttl}`]),
    `SETTINGS index_granularity = ${table.granularity ?? 8192}, ttl_only_drop_parts = 1, ${window}`,
  ].join("\n");
}

function createDistributed(table: Table, database: string, cluster: string): string {
  const name = identifier(table.name);
  const local = `${table.name}_local`;
  return [
    `CREATE TABLE IF NOT EXISTS ${identifier(database)}.${name} ON CLUSTER ${identifier(cluster)}`,
    `AS ${identifier(database)}.${identifier(local)}`,
    `ENGINE = Distributed(${literal(cluster)}, ${literal(database)}, ${literal(local)}, ${table.shard})`,
  ].join("\n");
}

/** The database and the table of versions: what is there before anything else is known. */
export function baseStatements(settings: SchemaSettings): string[] {
  const { database, cluster } = settings;
  const on = cluster === undefined ? "" : ` ON CLUSTER ${identifier(cluster)}`;
  return [`CREATE DATABASE IF NOT EXISTS ${identifier(database)}${on}`, ...create(SCHEMA_TABLE, settings)];
}

function create(table: Table, settings: SchemaSettings): string[] {
  const { database, cluster } = settings;
  const local = createLocal(table, settings);
  return cluster === undefined ? [local] : [local, createDistributed(table, database, cluster)];
}

/** Version 1. A table of these names that the exporter made is taken over: it gets the columns that it lacks. */
export function createStatements(settings: SchemaSettings): string[] {
  const { database, cluster } = settings;
  const on = cluster === undefined ? "" : ` ON CLUSTER ${identifier(cluster)}`;
  const add = (name: string, columns: readonly string[]): string =>
    `ALTER TABLE ${identifier(database)}.${identifier(name)}${on}\n  ${columns
      .map((column) => `ADD COLUMN IF NOT EXISTS ${column}`)
      .join(",\n  ")}`;
  const suffix = cluster === undefined ? [""] : ["_local", ""];
  return [
    ...tables(settings.retention).flatMap((table) => create(table, settings)),
    ...suffix.map((end) => add(`${PLAIN.spans}${end}`, OWN_COLUMNS)),
    ...suffix.map((end) => add(`${PLAIN.traceTimes}${end}`, OWN_COLUMNS.slice(-1))),
  ];
}

/** What is kept how long, as the configuration says now, by table: it may have changed since the tables were made. */
export function retentionStatements(
  settings: SchemaSettings,
): readonly { readonly table: string; readonly ttl: string; readonly text: string }[] {
  const { database, cluster } = settings;
  const on = cluster === undefined ? "" : ` ON CLUSTER ${identifier(cluster)}`;
  const suffix = cluster === undefined ? "" : "_local";
  return tables(settings.retention).flatMap(({ name, ttl }) => {
    if (ttl === undefined) return [];
    const table = `${name}${suffix}`;
    return [{ table, ttl, text: `ALTER TABLE ${identifier(database)}.${identifier(table)}${on} MODIFY TTL ${ttl}` }];
  });
}
