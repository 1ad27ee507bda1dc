/**
 * The right side of a comparison. In: the word, its field and the operator; out: a number in the field's unit, or a test of
 * text. A unit must be written where leaving it out could be read two ways (1 of a share is 1 % or all of it).
 */
import { err, ok, type Result } from "../../base/result.ts";
import { compileRegex } from "../attr-regex.ts";
import type { NumberField, Unit } from "./fields.ts";
import type { Comparison, FindError, FindErrorCode, Token } from "./tokens.ts";

export type WordToken = Extract<Token, { readonly kind: "word" }>;

interface UnitRule {
  /** Unit as written, in lower case → factor. */
  readonly factors: Readonly<Record<string, number>>;
  readonly needed: boolean;
  readonly example: string;
}

const THOUSANDS = { k: 1e3, m: 1e6, g: 1e9 };

const UNITS: Readonly<Record<Unit, UnitRule>> = {
  share: { factors: { "%": 0.01 }, needed: true, example: "1%" },
  latency: { factors: { us: 0.001, µs: 0.001, ms: 1, s: 1e3, min: 6e4 }, needed: true, example: "250ms" },
  rate: {
    factors: { "/s": 1, "k/s": 1e3, "m/s": 1e6, "/min": 1 / 60, ...THOUSANDS },
    needed: false,
    example: "100/s",
  },
  bytes: {
    factors: { b: 1, "b/s": 1, kb: 1e3, "kb/s": 1e3, mb: 1e6, "mb/s": 1e6, gb: 1e9, "gb/s": 1e9 },
    needed: true,
    example: "1MB/s",
  },
  count: { factors: THOUSANDS, needed: false, example: "3" },
};

/** What a value of this unit looks like. */
export const exampleOf = (unit: Unit): string => UNITS[unit].example;

const fault = (code: FindErrorCode, message: string, { at, length }: Token): { ok: false; error: FindError } =>
  err({ code, message, position: at, length });

const NUMBER = /^(\d+(?:\.\d+)?|\.\d+)(.*)$/;

/** Errors: `find_value` where it is no number, `find_unit` where its unit is missing or of something else. */
export function numberValue(word: WordToken, field: NumberField): Result<number, FindError> {
  const rule = UNITS[field.unit];
  const found = NUMBER.exec(word.text);
  if (found === null)
    return fault("find_value", `${field.name} is compared with a number, such as ${rule.example}`, word);
  const [, digits = "", unit = ""] = found;
  const amount = Number(digits);
  if (unit === "") {
    if (!rule.needed || amount === 0) return ok(amount);
    return fault("find_unit", `write the unit: ${field.name} is compared with ${rule.example}`, word);
  }
  const factor = rule.factors[unit.toLowerCase()];
  if (factor !== undefined) return ok(field.unit === "share" ? amount / 100 : amount * factor);
  return fault("find_unit", `${unit} is no unit of ${field.name}; write ${rule.example}`, word);
}

/** `cart-*` with any run of characters for the star; the rest as it stands. */
function wild(pattern: string): (value: string) => boolean {
  const parts = pattern.toLowerCase().split("*");
  const [first = "", ...rest] = parts;
  if (rest.length === 0) return (value) => value.toLowerCase() === first;
  const last = rest.pop() ?? "";
  return (value) => {
    const text = value.toLowerCase();
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = text.indexOf(part, at);
      if (found < 0 || found + part.length > text.length - last.length) return false;
      at = found + part.length;
    }
    return true;
  };
}

/** A test of one value, without the negation of `!=` and `!~`. Errors: `find_regex`, with the place inside the pattern. */
export function textTest(word: WordToken, op: Comparison): Result<(value: string) => boolean, FindError> {
  const wanted = word.text.toLowerCase();
  if (op === "~" || op === "!~") return ok((value) => value.toLowerCase().includes(wanted));
  if (op !== "=~") return ok(word.quoted ? (value) => value.toLowerCase() === wanted : wild(word.text));
  const compiled = compileRegex(word.text);
  if (compiled.ok) return ok((value) => compiled.value.test(value));
  const { code, message, position } = compiled.error;
  const at = word.at + (word.quoted ? 1 : 0) + position;
  return err({ code: "find_regex", message: `${code}: ${message}`, position: at, length: 1 });
}
