/**
 * Typed attribute values as text, for reading, finding and for an `attr=` condition. In: JSON attributes of the API.
 * Out: text and the type's name. Bytes stay base64, an int64 beyond 2^53 its digits.
 */
import type { JsonAttribute } from "../../query/schema/traces.ts";

export type AttributeType = "string" | "number" | "bool" | "int64" | "bytes" | "array" | "map";

export interface AttributeRow {
  readonly key: string;
  readonly type: AttributeType;
  readonly text: string;
  /** The condition that finds spans with this value; undefined where the search has none (arrays, maps, bytes). */
  readonly condition?: string;
}

export function attributeType(value: JsonAttribute): AttributeType {
  if (typeof value === "string") return "string";
  if (typeof value === "number") return "number";
  if (typeof value === "boolean") return "bool";
  if (Array.isArray(value)) return "array";
  if ("int" in value) return "int64";
  return "bytes" in value ? "bytes" : "map";
}

/** Nested values come as JSON, which has no depth limit of ours: the API caps nesting. */
export function attributeText(value: JsonAttribute): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return JSON.stringify(value);
  if ("int" in value) return value.int;
  return "bytes" in value ? value.bytes : JSON.stringify(value.map);
}

/**
 * The condition that finds this value again. A bare number finds numbers and numeric strings alike, so those stay bare;
 * quotes are for text that would otherwise lose its blanks, or be read as a quoted text or as `=~`.
 */
export function attributeCondition(key: string, value: JsonAttribute): string | undefined {
  const type = attributeType(value);
  if (type === "array" || type === "map" || type === "bytes") return undefined;
  const name = key === "" || /[!<>="\\]|^exists:|^\s|\s$/.test(key) ? quote(key) : key;
  const text = conditionText(value);
  return `${name}=${text === "" || text.trim() !== text || /^["~]/.test(text) ? quote(text) : text}`;
}

/** From here on `String` rounds an integer's digits to the shortest that read back, which name another integer. */
const EXPONENT_FROM = 1e21;

/** A search compares integers exactly, so a number past 2^53 is written with all its digits. */
function conditionText(value: JsonAttribute): string {
  const isRounded = typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value);
  return isRounded && Math.abs(value) < EXPONENT_FROM ? BigInt(value).toString() : attributeText(value);
}

function quote(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

export function attributeRows(attributes: Readonly<Record<string, JsonAttribute>> | undefined): AttributeRow[] {
  return Object.entries(attributes ?? {})
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, value]) => {
      const condition = attributeCondition(key, value);
      const row = { key, type: attributeType(value), text: attributeText(value) };
      return condition === undefined ? row : { ...row, condition };
    });
}
