/**
 * One attribute condition of the trace search, as the API reads it: `exists:key`, or key, operator, value, where the
 * operator is the first of `!= >= <= =~ = > <` outside double quotes. Checked here before it is sent, so that a slip is
 * underlined where it is; the API stays the judge of regular expressions.
 */
import { err, ok, type Result } from "../../base/result.ts";

export const ATTRIBUTE_OPERATORS = ["!=", ">=", "<=", "=~", "=", ">", "<"] as const;
export type AttributeOperator = (typeof ATTRIBUTE_OPERATORS)[number] | "exists";

export interface AttributeFilter {
  readonly key: string;
  readonly operator: AttributeOperator;
  /** As typed, quotes included; empty for `exists`. */
  readonly value: string;
}

export type AttributeFilterCode =
  | "attribute_empty"
  | "attribute_key_missing"
  | "attribute_operator_missing"
  | "attribute_value_missing"
  | "attribute_quote_open"
  | "attribute_not_a_number";

export interface AttributeFilterError {
  readonly code: AttributeFilterCode;
  readonly message: string;
  /** Characters of the text that are wrong, [from, to). */
  readonly from: number;
  readonly to: number;
}

function fail(
  code: AttributeFilterCode,
  message: string,
  from: number,
  to: number,
): Result<never, AttributeFilterError> {
  return err({ code, message, from, to: Math.max(to, from + 1) });
}

export function parseAttributeFilter(text: string): Result<AttributeFilter, AttributeFilterError> {
  if (text.trim() === "") return fail("attribute_empty", "Write a condition, such as http.status_code>=500.", 0, 1);
  if (text.startsWith("exists:")) {
    const key = text.slice(7).trim();
    return key === ""
      ? fail("attribute_key_missing", "Name the attribute after “exists:”.", 0, text.length)
      : ok({ key, operator: "exists", value: "" });
  }
  const found = findOperator(text);
  if (found === undefined) {
    const message = "No operator: use one of = != > >= < <= =~, or exists:key.";
    return fail("attribute_operator_missing", message, text.length, text.length + 1);
  }
  const { at, operator } = found;
  const key = text.slice(0, at).trim();
  const valueAt = at + operator.length;
  const value = text.slice(valueAt).trim();
  if (key === "") return fail("attribute_key_missing", `Name the attribute before “${operator}”.`, 0, valueAt);
  if (value === "") return fail("attribute_value_missing", `A value must follow “${operator}”.`, at, valueAt);
  if (value.startsWith('"') && !/^"(?:[^"\\]|\\.)*"$/.test(value)) {
    return fail("attribute_quote_open", "The quoted value does not end with a quote.", valueAt, text.length);
  }
  const isOrder = operator === ">" || operator === "<" || operator === ">=" || operator === "<=";
  if (isOrder && !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)) {
    return fail("attribute_not_a_number", `“${operator}” compares with a number.`, valueAt, text.length);
  }
  return ok({ key, operator, value });
}

function findOperator(text: string): { at: number; operator: (typeof ATTRIBUTE_OPERATORS)[number] } | undefined {
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') isQuoted = !isQuoted;
    if (isQuoted) continue;
    const operator = ATTRIBUTE_OPERATORS.find((candidate) => text.startsWith(candidate, at));
    if (operator !== undefined) return { at, operator };
  }
  return undefined;
}
