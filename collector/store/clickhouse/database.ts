/**
 * One ClickHouse over HTTP, by the official client. In: statements with parameters, rows as lines of JSON. Out: rows as
 * arrays. Nothing is retried here. Reads have a deadline and a budget of rows; 64-bit integers come as decimal texts.
 */
import { Readable } from "node:stream";
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from "@clickhouse/client";
import type { Sql } from "./sql.ts";

export interface Limits {
  /** Longest a query may take, ms. */
  readonly deadlineMs: number;
  /** Most rows a query may read. */
  readonly maxRows: number;
  /** Longest that an insert is waited for, ms; it may have been stored all the same. */
  readonly insertMs: number;
  /** How long whoever asks waits for the tables to be made, ms. */
  readonly patienceMs: number;
}

export interface DatabaseAddress {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

export type JsonRow = readonly unknown[];

/** Beyond the deadline, for the answer to arrive. */
const GRACE_MS = 2_000;

/** Settings that make one insert one block: it is stored whole or, per partition, not at all. */
const INSERT_SETTINGS = {
  async_insert: 0,
  insert_deduplicate: 1,
  max_partitions_per_insert_block: "0",
  // Of a Distributed table: answered once every shard has it.
  distributed_foreground_insert: 1,
  input_format_parallel_parsing: 0,
} as const;

export class Database {
  private readonly client: ClickHouseClient;
  private readonly limits: Limits;

  constructor({ url, username, password }: DatabaseAddress, limits: Limits) {
    this.limits = limits;
    this.client = createClient({
      url,
      username,
      password,
      application: "meshscope",
      request_timeout: limits.insertMs,
      use_multipart_params_auto: true,
      // Whoever asks is told, and decides; the client's own lines would come on top.
      log: { level: ClickHouseLogLevel.OFF },
      clickhouse_settings: {
        output_format_json_quote_64bit_integers: 1,
        output_format_json_quote_denormals: 1,
        session_timezone: "UTC",
      },
    });
  }

  async rows({ text, values }: Sql): Promise<readonly JsonRow[]> {
    const { deadlineMs, maxRows } = this.limits;
    const answer = await this.client.query({
      query: text,
      query_params: values,
      format: "JSONCompactEachRow",
      abort_signal: AbortSignal.timeout(deadlineMs + GRACE_MS),
      clickhouse_settings: {
        max_execution_time: Math.max(1, Math.ceil(deadlineMs / 1000)),
        max_rows_to_read: String(maxRows),
        // An error that comes late is an error, not the end of an answer.
        wait_end_of_query: 1,
      },
    });
    const rows: JsonRow[] = [];
    // Line by line: a trace of 100,000 spans is longer than one text may well be.
    for await (const batch of answer.stream<JsonRow>()) for (const row of batch) rows.push(row.json());
    return rows;
  }

  /** `lines`: rows of JSONCompactEachRow. The same token again stores nothing, for as long as ClickHouse remembers it. */
  async insert(table: string, columns: readonly string[], lines: string, token: string): Promise<void> {
    const names = columns.map((name) => `\`${name}\``).join(", ");
    const { stream } = await this.client.exec({
      query: `INSERT INTO ${table} (${names}) FORMAT JSONCompactEachRow`,
      values: Readable.from([Buffer.from(lines)], { objectMode: false }),
      clickhouse_settings: { ...INSERT_SETTINGS, insert_deduplication_token: token },
    });
    for await (const _ of stream);
  }

  async command(text: string): Promise<void> {
    await this.client.command({ query: text });
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}
