/**
 * Reads members of a parsed JSON value and remembers the first one of the wrong shape, with its path. After a fault the
 * readers answer defaults, and the caller throws the result away. Null means absent, as in protobuf's JSON mapping.
 */
import { TextCutter } from "./cut-text.ts";
import type { WireError } from "./wire-error.ts";

export type Bag = { readonly [key: string]: unknown };

export function isBag(value: unknown): value is Bag {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const EMPTY: Bag = {};
const MIN_INT64 = -(2n ** 63n);
const MAX_UINT64 = 2n ** 64n - 1n;

/** An integer as number, or as text in decimal; undefined when it is neither or leaves 64 bits. */
export function wireInt(value: unknown): bigint | undefined {
  if (typeof value === "number")
    return Number.isInteger(value) && Math.abs(value) < 2 ** 64 ? BigInt(value) : undefined;
  if (typeof value !== "string" || value.length > 20 || !/^-?\d+$/.test(value)) return undefined;
  const int = BigInt(value);
  return int < MIN_INT64 || int > MAX_UINT64 ? undefined : int;
}

export class JsonWalk {
  private readonly steps: (string | number)[] = [];
  /** Of all texts read so far. */
  readonly cutter = new TextCutter();
  error: WireError | undefined;

  path(): string {
    return this.steps.reduce<string>((text, s) => text + (typeof s === "number" ? `[${s}]` : `.${s}`), "$");
  }

  fail(member: string, message: string): void {
    const path = member === "" ? this.path() : `${this.path()}.${member}`;
    this.error ??= { code: "json_shape", message, path, offset: null };
  }

  text(bag: Bag, member: string): string {
    const value = bag[member];
    if (value === undefined || value === null) return "";
    if (typeof value === "string") return this.cutter.text(value);
    this.fail(member, "a string is expected");
    return "";
  }

  int(bag: Bag, member: string): bigint {
    const value = bag[member];
    if (value === undefined || value === null) return 0n;
    const int = wireInt(value);
    if (int === undefined) this.fail(member, "an integer is expected, as number or as text in decimal");
    return int ?? 0n;
  }

  /** Runs `read` on the object under `member`; an absent one reads as `{}`. */
  inside<T>(bag: Bag, member: string, read: (inner: Bag) => T): T {
    const value = bag[member];
    const absent = value === undefined || value === null;
    if (!absent && !isBag(value)) this.fail(member, "an object is expected");
    this.steps.push(member);
    const result = read(isBag(value) ? value : EMPTY);
    this.steps.pop();
    return result;
  }

  /** Runs `read` on every object of the list under `member`; stops at the first fault. */
  each(bag: Bag, member: string, read: (item: Bag, index: number) => void): void {
    const value = bag[member];
    if (value === undefined || value === null) return;
    if (!Array.isArray(value)) this.fail(member, "a list is expected");
    else this.items(value, member, read);
  }

  private items(list: readonly unknown[], member: string, read: (item: Bag, index: number) => void): void {
    this.steps.push(member);
    for (let i = 0; i < list.length && this.error === undefined; i++) {
      const item = list[i];
      this.steps.push(i);
      if (isBag(item)) read(item, i);
      else this.fail("", "an object is expected");
      this.steps.pop();
    }
    this.steps.pop();
  }
}
