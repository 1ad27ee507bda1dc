/**
 * Attributes as the OpenTelemetry exporter's maps of text hold them, and beside them what each text stands for, so that a
 * value comes back as it was. In: typed attributes; out: JSON of the map of texts and of the map of types, and back.
 *
 * Types by letter; a text that is a text has none: n number, z negative zero, b boolean, i int64 outside ±2^53, x bytes
 * (base64), l list, m map (both as JSON in which numbers that JSON cannot hold are tagged).
 */
import type { Attributes, AttributeValue } from "../../../lib/model/span.ts";

export interface AttributeText {
  readonly texts: string;
  readonly types: string;
}

export const NO_ATTRIBUTES: AttributeText = { texts: "{}", types: "{}" };

const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** JSON of a text. Half a surrogate pair is no text in UTF-8 and would be refused: it becomes U+FFFD. */
export function jsonText(text: string): string {
  const json = JSON.stringify(text);
  return json.includes("\\ud") ? JSON.stringify(text.replace(LONE, "\ufffd")) : json;
}

/** Depth is at most 64: the readers refuse deeper values. */
function nested(value: AttributeValue): unknown {
  if (typeof value === "bigint") return { int: String(value) };
  if (typeof value === "number") {
    return Number.isFinite(value) && !Object.is(value, -0)
      ? value
      : { number: Object.is(value, -0) ? "-0" : `${value}` };
  }
  if (typeof value !== "object") return value;
  if ("bytes" in value) return { bytes: value.bytes };
  if (Symbol.iterator in value) return value.map(nested);
  return { map: Object.fromEntries([...value.map].map(([key, inner]) => [key, nested(inner)])) };
}

function textOf(value: AttributeValue): readonly [text: string, type: string] {
  switch (typeof value) {
    case "string":
      return [value, ""];
    case "number":
      return [String(value), Object.is(value, -0) ? "z" : "n"];
    case "boolean":
      return [String(value), "b"];
    case "bigint":
      return [String(value), "i"];
  }
  if ("bytes" in value) return [value.bytes, "x"];
  return [JSON.stringify(nested(value)), Symbol.iterator in value ? "l" : "m"];
}

export function attributeText(attributes: Attributes): AttributeText {
  if (attributes.size === 0) return NO_ATTRIBUTES;
  const texts: string[] = [];
  const types: string[] = [];
  for (const [key, value] of attributes) {
    const [text, type] = textOf(value);
    const name = jsonText(key);
    texts.push(`${name}:${jsonText(text)}`);
    if (type !== "") types.push(`${name}:"${type}"`);
  }
  return { texts: `{${texts.join(",")}}`, types: `{${types.join(",")}}` };
}

function unnested(value: unknown): AttributeValue {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map(unnested);
  if (typeof value !== "object" || value === null) return "";
  if ("int" in value) return BigInt(String(value.int));
  if ("number" in value) return Number(value.number);
  if ("bytes" in value) return { bytes: String(value.bytes) };
  const map = "map" in value && typeof value.map === "object" && value.map !== null ? value.map : {};
  return { map: new Map(Object.entries(map).map(([key, inner]) => [key, unnested(inner)])) };
}

function typedValue(text: string, type: string): AttributeValue {
  switch (type) {
    case "n":
      return Number(text);
    case "z":
      return -0;
    case "b":
      return text === "true";
    case "i":
      return BigInt(text);
    case "x":
      return { bytes: text };
    case "l":
    case "m":
      return unnested(JSON.parse(text));
  }
  return text;
}

function entries(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

/** Both as JSON.parse gives them. */
export function readAttributes(texts: unknown, types: unknown): Attributes {
  const typed = new Map(entries(types));
  return new Map(entries(texts).map(([key, text]) => [key, typedValue(String(text), String(typed.get(key) ?? ""))]));
}
