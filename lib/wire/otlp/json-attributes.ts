/**
 * KeyValue lists and AnyValues in OTLP JSON → typed attributes. int64 may be a number or text; outside ±2^53 it becomes
 * a bigint. Bytes are base64. A value with no member set is the empty string; the last of two equal keys wins.
 * Values nested deeper than 64 are not read: `tooDeep` is set and the span is rejected.
 */
import type { Attributes, AttributeValue } from "../../model/span.ts";
import { normalBase64 } from "./base64.ts";
import { type Bag, isBag, type JsonWalk, wireInt } from "./json-walk.ts";

export const MAX_DEPTH = 64;

export interface DepthFlag {
  tooDeep: boolean;
}

const NAMED_DOUBLES = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

export function exactInt(int: bigint): number | bigint {
  const number = Number(int);
  return Number.isSafeInteger(number) ? number : int;
}

function double(walk: JsonWalk, value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value === "string") {
    const named = NAMED_DOUBLES.get(value);
    if (named !== undefined) return named;
    if (value.trim() !== "" && Number.isFinite(Number(value))) return Number(value);
  }
  walk.fail("doubleValue", "a number is expected");
  return 0;
}

function int(walk: JsonWalk, value: unknown): AttributeValue {
  const any = wireInt(value);
  const read = any === undefined || any === BigInt.asIntN(64, any) ? any : undefined;
  if (read === undefined) walk.fail("intValue", "an integer is expected, as number or as text in decimal");
  return exactInt(read ?? 0n);
}

function bytes(walk: JsonWalk, value: unknown): AttributeValue {
  const text = typeof value === "string" ? normalBase64(value) : undefined;
  if (text === undefined) walk.fail("bytesValue", "base64 is expected");
  return { bytes: walk.cutter.base64(text ?? "") };
}

function scalar(walk: JsonWalk, any: Bag): AttributeValue {
  const { stringValue, boolValue, intValue, doubleValue, bytesValue } = any;
  if (stringValue !== undefined && stringValue !== null) return walk.text(any, "stringValue");
  if (typeof boolValue === "boolean") return boolValue;
  if (boolValue !== undefined && boolValue !== null) walk.fail("boolValue", "true or false is expected");
  if (intValue !== undefined && intValue !== null) return int(walk, intValue);
  if (doubleValue !== undefined && doubleValue !== null) return double(walk, doubleValue);
  return bytesValue === undefined || bytesValue === null ? "" : bytes(walk, bytesValue);
}

function anyValue(walk: JsonWalk, any: Bag, depth: number, flag: DepthFlag): AttributeValue {
  const nested = any["arrayValue"] ?? any["kvlistValue"];
  if (nested === undefined || nested === null) return scalar(walk, any);
  if (depth >= MAX_DEPTH) {
    flag.tooDeep = true;
    return "";
  }
  if (isBag(any["arrayValue"])) {
    const values: AttributeValue[] = [];
    walk.inside(any, "arrayValue", (array) =>
      walk.each(array, "values", (item) => values.push(anyValue(walk, item, depth + 1, flag))),
    );
    return values;
  }
  return { map: walk.inside(any, "kvlistValue", (list) => keyValues(walk, list, "values", flag, depth + 1)) };
}

/** One for all: a body can have millions of events without attributes. */
const NO_ATTRIBUTES: Attributes = new Map();

function keyValues(walk: JsonWalk, bag: Bag, member: string, flag: DepthFlag, depth: number): Attributes {
  const attributes = new Map<string, AttributeValue>();
  walk.each(bag, member, (item) => {
    const key = walk.text(item, "key");
    attributes.set(
      key,
      walk.inside(item, "value", (any) => anyValue(walk, any, depth, flag)),
    );
  });
  return attributes.size === 0 ? NO_ATTRIBUTES : attributes;
}

export function jsonAttributes(walk: JsonWalk, bag: Bag, flag: DepthFlag): Attributes {
  return keyValues(walk, bag, "attributes", flag, 0);
}
