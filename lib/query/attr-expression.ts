/**
 * `attr=<key><op><value>` of a trace search → a test on one span. The op is the first of `!= >= <= =~ = > <` outside
 * double quotes; `exists:<key>` asks for the key alone. A key with an op in it goes in double quotes.
 * An unquoted number compares numeric attributes and strings that are wholly numeric, as numbers; quotes force text.
 * `!=` holds only where the key is there. A list matches when one of its members does. The span's own attributes are
 * asked before its resource's. Errors: a code, a message and the character position.
 */
import { err, ok, type Result } from "../base/result.ts";
import type { AttributeValue, Span } from "../model/span.ts";
import { compileRegex, type LinearRegex } from "./attr-regex.ts";

export interface AttrError {
  readonly code: "attr_no_key" | "attr_no_operator" | "attr_quote_open" | "attr_not_ordered" | "attr_regex";
  readonly message: string;
  /** Characters from the start of the expression. */
  readonly position: number;
}

export type AttrOp = "!=" | ">=" | "<=" | "=~" | "=" | ">" | "<";
type Numeric = number | bigint;

export type AttrExpression =
  | { readonly kind: "exists"; readonly key: string }
  | { readonly kind: "number"; readonly key: string; readonly op: Exclude<AttrOp, "=~">; readonly number: Numeric }
  | { readonly kind: "text"; readonly key: string; readonly op: Exclude<AttrOp, "=~">; readonly text: string }
  | { readonly kind: "matches"; readonly key: string; readonly regex: LinearRegex };

const OPS: readonly AttrOp[] = ["!=", ">=", "<=", "=~", "=", ">", "<"];
const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Integers keep every digit: comparisons between number and bigint are exact. */
export function numeric(text: string): Numeric | undefined {
  if (!NUMBER.test(text)) return undefined;
  return /^-?\d{16,300}$/.test(text) ? BigInt(text) : Number(text);
}

function findOp(text: string): { op: AttrOp; at: number } | AttrError {
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (quoted && char === "\\") at += 1;
    else if (char === '"') quoted = !quoted;
    const op = quoted ? undefined : OPS.find((candidate) => text.startsWith(candidate, at));
    if (op !== undefined) return { op, at };
  }
  if (quoted) return { code: "attr_quote_open", message: "a double quote is not closed", position: text.indexOf('"') };
  const message = "one of != >= <= =~ = > < is expected after the key, or exists:<key>";
  return { code: "attr_no_operator", message, position: text.length };
}

/** `"a\"b"` → a"b; undefined when the text is not in quotes. */
function unquote(text: string): string | undefined {
  return /^"(?:[^"\\]|\\.)*"$/s.test(text) ? text.slice(1, -1).replace(/\\(.)/gs, "$1") : undefined;
}

function valueError(raw: string, position: number): AttrError | undefined {
  const open = raw.startsWith('"') && unquote(raw) === undefined;
  return open ? { code: "attr_quote_open", message: "a double quote is not closed", position } : undefined;
}

function regexExpression(key: string, raw: string, position: number): Result<AttrExpression, AttrError> {
  const quoted = unquote(raw);
  const compiled = compileRegex(quoted ?? raw);
  if (compiled.ok) return ok({ kind: "matches", key, regex: compiled.value });
  const { code, message, position: inside } = compiled.error;
  const offset = position + (quoted === undefined ? 0 : 1) + inside;
  return err({ code: "attr_regex", message: `${code}: ${message}`, position: offset });
}

function exists(text: string): Result<AttrExpression, AttrError> {
  const raw = text.slice("exists:".length).trim();
  const key = unquote(raw) ?? raw;
  if (key !== "") return ok({ kind: "exists", key });
  return err({ code: "attr_no_key", message: "a key is expected after exists:", position: text.length });
}

export function parseAttrExpression(text: string): Result<AttrExpression, AttrError> {
  if (text.startsWith("exists:")) return exists(text);
  const found = findOp(text);
  if ("code" in found) return err(found);
  const { op, at } = found;
  const rawKey = text.slice(0, at).trim();
  const key = unquote(rawKey) ?? rawKey;
  if (key === "") return err({ code: "attr_no_key", message: "a key is expected before the operator", position: 0 });
  const rest = text.slice(at + op.length);
  const raw = rest.trim();
  const position = at + op.length + (rest.length - rest.trimStart().length);
  const fault = valueError(raw, position);
  if (fault !== undefined) return err(fault);
  if (op === "=~") return regexExpression(key, raw, position);
  const quoted = unquote(raw);
  const number = quoted === undefined ? numeric(raw) : undefined;
  if (number !== undefined) return ok({ kind: "number", key, op, number });
  if (quoted === undefined && op !== "=" && op !== "!=") {
    const message = `${op} compares numbers; put the value in double quotes to compare text`;
    return err({ code: "attr_not_ordered", message, position });
  }
  return ok({ kind: "text", key, op, text: quoted ?? raw });
}

function ordered<T extends Numeric | string>(op: Exclude<AttrOp, "=~">, left: T, right: T): boolean {
  const less = left < right;
  const more = left > right;
  switch (op) {
    case "=":
      return !less && !more;
    case "!=":
      return less || more;
    case "<":
      return less;
    case ">":
      return more;
    case "<=":
      return !more;
    case ">=":
      return !less;
  }
}

function numberOf(value: AttributeValue): Numeric | undefined {
  if (typeof value === "number") return Number.isNaN(value) ? undefined : value;
  if (typeof value === "bigint") return value;
  return typeof value === "string" ? numeric(value) : undefined;
}

function textOf(value: AttributeValue): string | undefined {
  if (typeof value !== "object") return String(value);
  return "bytes" in value ? value.bytes : undefined;
}

/** Whether one value of the expression's key satisfies it. */
export function valueMatches(expression: AttrExpression, value: AttributeValue): boolean {
  if (expression.kind === "exists") return true;
  if (Array.isArray(value)) return value.some((member: AttributeValue) => valueMatches(expression, member));
  if (expression.kind === "number") {
    const left = numberOf(value);
    // Text that is no number differs from every number; it is neither above nor below one.
    return left === undefined ? expression.op === "!=" : ordered(expression.op, left, expression.number);
  }
  const left = textOf(value);
  if (left === undefined) return false;
  return expression.kind === "matches" ? expression.regex.test(left) : ordered(expression.op, left, expression.text);
}

export function spanMatches(expression: AttrExpression, span: Span): boolean {
  const value = span.attributes.get(expression.key) ?? span.resource.get(expression.key);
  return value !== undefined && valueMatches(expression, value);
}
