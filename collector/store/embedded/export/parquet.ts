/**
 * Rows into Parquet files, so many to a file. In: rows as lists of values, in the order of the columns; out:
 * `<name>-0001.parquet`, … DuckDB writes them (ZSTD) from a table that never holds more than one file's rows, within
 * 256 MB; what does not fit there goes to a folder beside the files, which is gone at the end.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type DuckDBAppender, type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

export interface ParquetTable {
  readonly name: string;
  /** Name and DuckDB type of each column. */
  readonly columns: readonly (readonly [name: string, type: string])[];
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Rows given to DuckDB at a time. */
const FLUSH_ROWS = 2_048;

export class ParquetWriter {
  rows = 0;
  readonly files: string[] = [];
  private readonly folder: string;
  private readonly table: ParquetTable;
  private readonly rowsPerFile: number;
  private readonly instance: DuckDBInstance;
  private readonly connection: DuckDBConnection;
  private appender: DuckDBAppender | undefined;
  private held = 0;

  private constructor(folder: string, table: ParquetTable, rowsPerFile: number, opened: Opened) {
    this.folder = folder;
    this.table = table;
    this.rowsPerFile = rowsPerFile;
    this.instance = opened.instance;
    this.connection = opened.connection;
  }

  static async open(folder: string, table: ParquetTable, rowsPerFile = 100_000): Promise<ParquetWriter> {
    const instance = await DuckDBInstance.create(":memory:", {
      memory_limit: "256MB",
      threads: "1",
      temp_directory: join(folder, ".spill"),
    });
    const connection = await instance.connect();
    const columns = table.columns.map(([name, type]) => `"${name}" ${type}`).join(", ");
    await connection.run(`create table "${table.name}" (${columns})`);
    return new ParquetWriter(folder, table, rowsPerFile, { instance, connection });
  }

  /** `append` puts one value for each column, in order. */
  async add(append: (appender: DuckDBAppender) => void): Promise<void> {
    this.appender ??= await this.connection.createAppender(this.table.name);
    append(this.appender);
    this.appender.endRow();
    this.rows++;
    this.held++;
    if (this.held % FLUSH_ROWS === 0) this.appender.flushSync();
    if (this.held >= this.rowsPerFile) await this.cut();
  }

  private async cut(): Promise<void> {
    this.appender?.closeSync();
    this.appender = undefined;
    if (this.held === 0) return;
    const path = join(this.folder, `${this.table.name}-${String(this.files.length + 1).padStart(4, "0")}.parquet`);
    await this.connection.run(`copy "${this.table.name}" to ${quoted(path)} (format parquet, compression zstd)`);
    await this.connection.run(`delete from "${this.table.name}"`);
    this.files.push(path);
    this.held = 0;
  }

  async close(): Promise<void> {
    await this.cut();
    this.connection.closeSync();
    this.instance.closeSync();
    await rm(join(this.folder, ".spill"), { recursive: true, force: true });
  }
}

interface Opened {
  readonly instance: DuckDBInstance;
  readonly connection: DuckDBConnection;
}
