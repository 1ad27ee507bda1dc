/**
 * A statement and the values that go with it, apart: a value is never part of the text. In: values with their ClickHouse
 * types; out: placeholders `{p0:Type}` for the text, and what the client sends beside it.
 */
export type SqlValue = string | number | bigint | readonly (string | bigint)[];

export interface Sql {
  readonly text: string;
  readonly values: Readonly<Record<string, SqlValue>>;
}

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_UINT64 = 2n ** 64n - 1n;

export class SqlValues {
  private readonly taken: Record<string, SqlValue> = {};
  private count = 0;

  private add(value: SqlValue, type: string): string {
    const name = `p${this.count++}`;
    this.taken[name] = value;
    return `{${name}:${type}}`;
  }

  text(value: string): string {
    return this.add(value, "String");
  }

  texts(values: readonly string[]): string {
    return this.add(values, "Array(String)");
  }

  /** Of decimal texts: a number would lose bits. */
  ids(values: readonly string[]): string {
    return this.add(values.map(BigInt), "Array(UInt64)");
  }

  float(value: number): string {
    return this.add(value, "Float64");
  }

  /** Past the ends of the type: the end. */
  unsigned(value: bigint): string {
    return this.add(value < 0n ? 0n : value > MAX_UINT64 ? MAX_UINT64 : value, "UInt64");
  }

  /** Nanoseconds since 1970 as a DateTime64(9); past the ends of an Int64: the end. */
  timeNs(ns: bigint): string {
    const held = ns < MIN_INT64 ? MIN_INT64 : ns > MAX_INT64 ? MAX_INT64 : ns;
    return `fromUnixTimestamp64Nano(${this.add(held, "Int64")})`;
  }

  /** Whole seconds since 1970 as a DateTime. */
  timeSec(sec: number): string {
    const held = Math.min(Math.max(Math.floor(sec), 0), 2 ** 32 - 1);
    return `toDateTime(${this.add(held, "UInt32")}, 'UTC')`;
  }

  sql(text: string): Sql {
    return { text, values: this.taken };
  }
}

/** A name in backquotes. */
export function identifier(name: string): string {
  return `\`${name.replace(/\\/g, "\\\\").replace(/`/g, "\\`")}\``;
}

/** A text in DDL, which takes no parameters. */
export function literal(text: string): string {
  return `'${text.replace(/\\/g, "\\\\").replace(/'/g, "\\'")}'`;
}
