/**
 * A find expression → tokens with their places. In: the text; out: tokens, or the first place that cannot be read.
 * A word runs to a space, a parenthesis, a comma or an operator, so that `cart-v1.shop` and `*-canary` are words; text in
 * double quotes is a word whatever it holds, `\"` and `\\` in it stand for themselves.
 */
import { err, ok, type Result } from "../../base/result.ts";

export type FindErrorCode =
  | "find_quote_open"
  | "find_character"
  | "find_operand"
  | "find_operator"
  | "find_parenthesis"
  | "find_field"
  | "find_value"
  | "find_unit"
  | "find_regex"
  | "find_too_long";

/** Where an expression cannot be read: characters from its start, and how many of them. */
export interface FindError {
  readonly code: FindErrorCode;
  readonly message: string;
  readonly position: number;
  readonly length: number;
}

export const COMPARISONS = ["!=", ">=", "<=", "=~", "!~", "=", ">", "<", "~"] as const;
export type Comparison = (typeof COMPARISONS)[number];

export type Token = { readonly at: number; readonly length: number } & (
  | { readonly kind: "word"; readonly text: string; readonly quoted: boolean }
  | { readonly kind: "comparison"; readonly op: Comparison }
  | { readonly kind: "and" | "or" | "not" | "open" | "close" | "comma" }
);

type Plain = Extract<Token, { readonly kind: "and" | "or" | "not" | "open" | "close" | "comma" }>["kind"];

const SYMBOLS: readonly (readonly [string, Plain])[] = [
  ["&&", "and"],
  ["||", "or"],
  ["&", "and"],
  ["|", "or"],
  ["(", "open"],
  [")", "close"],
  [",", "comma"],
];
const KEYWORDS: ReadonlyMap<string, Plain> = new Map([
  ["and", "and"],
  ["or", "or"],
  ["not", "not"],
]);

const MAX_TEXT = 2_000;
const WORD = /[^\s()&|,"=<>~!]+/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** The token that starts at `at`, which is no space. */
function tokenAt(text: string, at: number): Result<Token, FindError> {
  if (text[at] === '"') {
    const quoted = match(QUOTED, text, at);
    const whole = quoted?.[0];
    if (whole === undefined) {
      const message = "a double quote is not closed";
      return err({ code: "find_quote_open", message, position: at, length: text.length - at });
    }
    const inside = (quoted?.[1] ?? "").replace(/\\(.)/gs, "$1");
    return ok({ kind: "word", text: inside, quoted: true, at, length: whole.length });
  }
  const op = COMPARISONS.find((candidate) => text.startsWith(candidate, at));
  if (op !== undefined) return ok({ kind: "comparison", op, at, length: op.length });
  const symbol = SYMBOLS.find(([sign]) => text.startsWith(sign, at));
  if (symbol !== undefined) return ok({ kind: symbol[1], at, length: symbol[0].length });
  if (text[at] === "!") return ok({ kind: "not", at, length: 1 });
  const word = match(WORD, text, at)?.[0];
  if (word === undefined) {
    const message = `${JSON.stringify(text[at])} does not belong here; put text in double quotes`;
    return err({ code: "find_character", message, position: at, length: 1 });
  }
  const keyword = KEYWORDS.get(word.toLowerCase());
  if (keyword !== undefined) return ok({ kind: keyword, at, length: word.length });
  return ok({ kind: "word", text: word, quoted: false, at, length: word.length });
}

/** Errors: `find_quote_open`, `find_character`, `find_too_long`. */
export function tokensOf(text: string): Result<readonly Token[], FindError> {
  if (text.length > MAX_TEXT) {
    const message = `an expression has at most ${MAX_TEXT} characters`;
    return err({ code: "find_too_long", message, position: MAX_TEXT, length: text.length - MAX_TEXT });
  }
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    if (/\s/.test(text.charAt(at))) {
      at++;
      continue;
    }
    const token = tokenAt(text, at);
    if (!token.ok) return token;
    tokens.push(token.value);
    at += token.value.length;
  }
  return ok(tokens);
}
