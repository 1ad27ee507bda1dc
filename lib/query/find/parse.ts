/**
 * The find language: what the find box, the table and the API's `filter` share.
 *
 *     expression := both ("or" both)*
 *     both       := one ("and"? one)*
 *     one        := "not" one | "(" expression ")" | term
 *     term       := field op value | field "in" "(" value ("," value)* ")" | state | word
 *
 * `not` binds before `and`, `and` before `or`; two terms side by side are joined by `and`. `&& || !` are the same words.
 * Ops: `= != > >= < <=` of numbers; `= != ~ !~ =~` of text (equal, with `*` for any run; contains; linear-time regular
 * expression, anchored). A word by itself is looked for in names. Blank text is no expression.
 */
import { err, ok, type Result } from "../../base/result.ts";
import type { Expression, Order } from "./expression.ts";
import { FIELDS, type FieldRef, fieldOf, type NumberField, type TextField } from "./fields.ts";
import { type Comparison, type FindError, type FindErrorCode, type Token, tokensOf } from "./tokens.ts";
import { numberValue, textTest, type WordToken } from "./values.ts";

type Parsed = Result<Expression, FindError>;

const MAX_DEPTH = 50;

/** How many single changes turn one word into the other; for hints only. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function nearest(word: string): string {
  const lower = word.toLowerCase();
  const [best] = FIELDS.map(({ name }) => ({ name, by: distance(lower, name) })).sort((a, b) => a.by - b.by);
  return best !== undefined && best.by <= 2 ? `; did you mean ${best.name}?` : "";
}

class Parser {
  private readonly tokens: readonly Token[];
  private readonly end: number;
  private at = 0;
  private depth = 0;

  constructor(tokens: readonly Token[], end: number) {
    this.tokens = tokens;
    this.end = end;
  }

  whole(): Parsed {
    const expression = this.either();
    if (!expression.ok) return expression;
    const rest = this.peek();
    if (rest === undefined) return expression;
    return this.fault("find_parenthesis", "this parenthesis closes nothing");
  }

  private peek(by = 0): Token | undefined {
    return this.tokens[this.at + by];
  }

  /** At the token that is next, or at the end. */
  private fault(code: FindErrorCode, message: string, at: Token | undefined = this.peek()): Result<never, FindError> {
    return err({ code, message, position: at?.at ?? this.end, length: at?.length ?? 1 });
  }

  private either(): Parsed {
    return this.chain("or", () => this.both());
  }

  private both(): Parsed {
    return this.chain("and", () => this.one());
  }

  private chain(kind: "and" | "or", next: () => Parsed): Parsed {
    const parts: Expression[] = [];
    for (;;) {
      const part = next();
      if (!part.ok) return part;
      parts.push(part.value);
      const token = this.peek();
      if (token?.kind === kind) this.at++;
      else if (kind === "or" || !startsTerm(token)) break;
    }
    const [only] = parts;
    return ok(parts.length === 1 && only !== undefined ? only : { kind, parts });
  }

  private one(): Parsed {
    const token = this.peek();
    if (token === undefined) return this.fault("find_operand", "something to look for is expected here");
    if (this.depth >= MAX_DEPTH) return this.fault("find_parenthesis", `no deeper than ${MAX_DEPTH}`);
    if (token.kind === "word") return this.term(token);
    if (token.kind !== "not" && token.kind !== "open")
      return this.fault("find_operand", "something to look for is expected before this");
    this.at++;
    this.depth++;
    const inside = token.kind === "not" ? this.one() : this.either();
    this.depth--;
    if (!inside.ok) return inside;
    if (token.kind === "not") return ok({ kind: "not", part: inside.value });
    if (this.peek()?.kind !== "close") return this.fault("find_parenthesis", "this parenthesis is not closed", token);
    this.at++;
    return inside;
  }

  private term(word: WordToken): Parsed {
    this.at++;
    const next = this.peek();
    const field = word.quoted ? undefined : fieldOf(word.text);
    const isList =
      field?.field.kind === "text" && next?.kind === "word" && next.text === "in" && this.peek(1)?.kind === "open";
    if (field !== undefined && isList) return this.list(field);
    if (next?.kind !== "comparison") return this.alone(word, field);
    this.at++;
    if (field === undefined)
      return this.fault("find_field", `there is no field ${word.text}${nearest(word.text)}`, word);
    if (field.field.kind === "state")
      return this.fault("find_operator", `${word.text} is a state: it stands by itself`, next);
    const value = this.peek();
    if (value?.kind !== "word") return this.fault("find_value", "a value is expected here");
    this.at++;
    return this.compared(field, next, value);
  }

  private alone(word: WordToken, field: FieldRef | undefined): Parsed {
    if (field === undefined) return ok({ kind: "names", text: word.text.toLowerCase() });
    if (field.field.kind === "state") return ok({ kind: "state", on: { ...field, field: field.field } });
    const quoted = `; to look for the word, write "${word.text}"`;
    return this.fault("find_operator", `${word.text} is to be compared with something${quoted}`, word);
  }

  private compared(ref: FieldRef, token: Token & { readonly op: Comparison }, value: WordToken): Parsed {
    const { field } = ref;
    if (field.kind === "text") return this.textual({ ...ref, field }, token, value);
    if (field.kind === "state") return this.fault("find_operator", `${field.name} is a state`, token);
    const order = ORDERS.get(token.op);
    if (order === undefined) return this.fault("find_operator", `${field.name} is a number: = != > >= < <=`, token);
    const number = numberValue(value, field);
    if (!number.ok) return number;
    const on: FieldRef & { readonly field: NumberField } = { ...ref, field };
    return ok({ kind: "number", on, op: order, value: number.value });
  }

  private textual(
    on: FieldRef & { readonly field: TextField },
    token: Token & { readonly op: Comparison },
    value: WordToken,
  ): Parsed {
    if (token.op === ">" || token.op === ">=" || token.op === "<" || token.op === "<=")
      return this.fault("find_operator", `${on.field.name} is text: = != ~ !~ =~`, token);
    const holds = textTest(value, token.op);
    if (!holds.ok) return holds;
    const term: Expression = { kind: "text", on, holds: holds.value };
    return ok(token.op === "!=" || token.op === "!~" ? { kind: "not", part: term } : term);
  }

  private list(ref: FieldRef): Parsed {
    this.at += 2;
    const tests: ((value: string) => boolean)[] = [];
    for (;;) {
      const value = this.peek();
      if (value?.kind !== "word") return this.fault("find_value", "a value is expected here");
      const holds = textTest(value, "=");
      if (!holds.ok) return holds;
      tests.push(holds.value);
      this.at++;
      const after = this.peek();
      if (after?.kind !== "comma" && after?.kind !== "close")
        return this.fault("find_parenthesis", "a comma or the end of the list is expected here");
      this.at++;
      if (after.kind === "close") break;
    }
    const { field } = ref;
    if (field.kind !== "text") return this.fault("find_operator", `${field.name} has no list`);
    return ok({ kind: "text", on: { ...ref, field }, holds: (value) => tests.some((test) => test(value)) });
  }
}

const ORDERS: ReadonlyMap<Comparison, Order> = new Map<Comparison, Order>([
  ["=", "="],
  ["!=", "!="],
  [">", ">"],
  [">=", ">="],
  ["<", "<"],
  ["<=", "<="],
]);

const startsTerm = (token: Token | undefined): boolean =>
  token?.kind === "word" || token?.kind === "not" || token?.kind === "open" || token?.kind === "and";

/** Undefined for blank text. Errors name the place: see FindError. */
export function parseFind(text: string): Result<Expression | undefined, FindError> {
  const tokens = tokensOf(text);
  if (!tokens.ok) return tokens;
  return tokens.value.length === 0 ? ok(undefined) : new Parser(tokens.value, text.length).whole();
}
