/**
 * Reading of documents that somebody else defines (Kubernetes objects, Consul entries, App Mesh routes). In: parsed JSON;
 * out: the member asked for, or undefined where the document has another shape. Nothing is copied or dropped: what is
 * written back is the document that was read, with the members that were meant to change.
 */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export function objectOf(value: Json | undefined): JsonObject | undefined {
  return typeof value === "object" && value !== null && !isList(value) ? value : undefined;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

export function listOf(value: Json | undefined): readonly Json[] {
  return value !== undefined && isList(value) ? value : [];
}

export function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

export function numberOf(value: Json | undefined): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** The member at a path of keys and indexes. */
export function at(document: Json | undefined, ...path: readonly (string | number)[]): Json | undefined {
  let value = document;
  for (const step of path) value = typeof step === "number" ? listOf(value)[step] : objectOf(value)?.[step];
  return value;
}

/** The document with one member replaced or added; a path through what is no object or list of it changes nothing. */
export function withMember(document: Json, path: readonly (string | number)[], value: Json): Json {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (typeof step === "number") {
    const list = listOf(document);
    return step < list.length ? list.map((item, i) => (i === step ? withMember(item, rest, value) : item)) : document;
  }
  const object = objectOf(document);
  if (object === undefined) return document;
  return { ...object, [step]: rest.length === 0 ? value : withMember(object[step] ?? {}, rest, value) };
}

/** Whether all that was sent is stored; an API may fill in members, but no items of lists. */
export function holds(stored: Json | undefined, sent: Json): boolean {
  if (isList(sent)) {
    const there = listOf(stored);
    return there.length === sent.length && sent.every((item, i) => holds(there[i], item));
  }
  const members = objectOf(sent);
  if (members === undefined) return stored === sent;
  return Object.entries(members).every(([key, value]) => holds(at(stored, key), value));
}

/** JSON with keys in order, so that equal documents are equal text. */
export function canonicalJson(value: Json | undefined): string {
  if (value === undefined) return "";
  if (Array.isArray(value)) return `[${listOf(value).map(canonicalJson).join(",")}]`;
  const object = objectOf(value);
  if (object === undefined) return JSON.stringify(value);
  const keys = Object.keys(object).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(object[key])}`).join(",")}}`;
}

/** A JSON Pointer (RFC 6901). */
export function pointer(...path: readonly (string | number)[]): string {
  return path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
