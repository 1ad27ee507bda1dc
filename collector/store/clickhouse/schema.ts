/**
 * Brings a database to this version's tables. In: a connection and settings; out: nothing, or a coded refusal: a database
 * that a newer version wrote is left alone. Migrations run in order, each may run twice. Several members may do so at once.
 */
import { err, ok, type Result } from "../../../lib/base/result.ts";
import type { Database } from "./database.ts";
import { baseStatements, createStatements, retentionStatements, type SchemaSettings } from "./ddl.ts";
import { tableNames } from "./names.ts";
import { SqlValues } from "./sql.ts";

export interface SchemaError {
  readonly code: "store_newer";
  readonly message: string;
}

type Migration = (settings: SchemaSettings) => string[];

/** Version n is what migrations 1 to n make. */
const MIGRATIONS: readonly Migration[] = [createStatements];
export const SCHEMA_VERSION = MIGRATIONS.length;

/** Rejects when ClickHouse cannot be reached or refuses a statement. */
export async function bringUp(database: Database, settings: SchemaSettings): Promise<Result<void, SchemaError>> {
  for (const statement of baseStatements(settings)) await database.command(statement);
  const { schema } = tableNames(settings.database);
  const rows = await database.rows(new SqlValues().sql(`SELECT max(Version) FROM ${schema}`));
  const found = Number(rows[0]?.[0] ?? 0);
  if (found > SCHEMA_VERSION) {
    const message = `database '${settings.database}' is of version ${found}, this Meshscope knows ${SCHEMA_VERSION}`;
    return err({ code: "store_newer", message });
  }
  for (const [at, migration] of MIGRATIONS.entries()) {
    const version = at + 1;
    if (version <= found) continue;
    for (const statement of migration(settings)) await database.command(statement);
    await database.insert(schema, ["Version"], `[${version}]\n`, `version-${version}`);
  }
  await keepAsLongAs(database, settings);
  return ok(undefined);
}

/** Changing a TTL makes ClickHouse go through all that is stored: only where it says something else. */
async function keepAsLongAs(database: Database, settings: SchemaSettings): Promise<void> {
  const values = new SqlValues();
  const of = `database = ${values.text(settings.database)}`;
  const found = await database.rows(values.sql(`SELECT name, create_table_query FROM system.tables WHERE ${of}`));
  const made = new Map(found.map(([name, text]) => [String(name), String(text)]));
  for (const { table, ttl, text } of retentionStatements(settings)) {
    if (made.get(table)?.includes(`TTL ${ttl}`) !== true) await database.command(text);
  }
}
