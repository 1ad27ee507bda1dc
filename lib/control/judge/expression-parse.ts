/**
 * Text of a condition → its tree: the part of expr-lang that conditions of Argo Rollouts are written in. Numbers, strings,
 * booleans, nil, arrays, arithmetic, comparison (also chained), `in`, and/or/not, `? :`, indexing, calls of known
 * functions, and predicates over arrays with `#`. What is not of that part is an error here, before anything is judged.
 * At most 1,000 characters and 64 levels.
 */
import { err, ok, type Result } from "../../base/result.ts";

export type Node =
  | { readonly kind: "int" | "float"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "nil" | "result" | "element" }
  | { readonly kind: "array"; readonly items: readonly Node[] }
  | { readonly kind: "unary"; readonly op: string; readonly of: Node }
  | { readonly kind: "binary"; readonly op: string; readonly left: Node; readonly right: Node }
  | { readonly kind: "choice"; readonly test: Node; readonly yes: Node; readonly no: Node }
  | { readonly kind: "index"; readonly of: Node; readonly at: Node }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Node[] };

const PLAIN = ["len", "isNaN", "isInf", "isNil", "asInt", "asFloat", "abs", "sum", "mean", "median", "max", "min"];
const PREDICATES = ["all", "any", "none", "one", "count", "filter", "map"];

/** Arguments that a function takes; undefined for one that is not known. */
function argumentsOf(name: string): number | undefined {
  if (PLAIN.includes(name)) return 1;
  return name === "default" || PREDICATES.includes(name) ? 2 : undefined;
}

const LONGEST = 1000;
const DEEPEST = 64;

const TOKEN =
  /\s*(?:(\d[\d_]*\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(\*\*|==|!=|<=|>=|&&|\|\||[-+*/%^<>!?:()[\]{},#]))/y;

type Token = { readonly kind: "number" | "name" | "string" | "sign" | "end"; readonly text: string };

/** Binding strengths of expr-lang. */
const BINARY: ReadonlyMap<string, number> = new Map([
  ...[["||", 10] as const, ["&&", 15] as const],
  ...["==", "!=", "<", ">", "<=", ">=", "in", "not in"].map((op) => [op, 20] as const),
  ...[["+", 30] as const, ["-", 30] as const],
  ...["*", "/", "%"].map((op) => [op, 60] as const),
  ...[["**", 100] as const, ["^", 100] as const],
]);
const UNARY: ReadonlyMap<string, number> = new Map([
  ["!", 50],
  ["-", 90],
  ["+", 90],
]);
const COMPARED = new Set(["<", ">", "<=", ">="]);
const WORDS: ReadonlyMap<string, string> = new Map([
  ["and", "&&"],
  ["or", "||"],
  ["not", "!"],
]);

function wordOf(name: string): Token {
  const sign = WORDS.get(name);
  return sign === undefined ? { kind: "name", text: name } : { kind: "sign", text: sign };
}

class SyntaxFault extends Error {}

function tokens(text: string): readonly Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null)
      throw new SyntaxFault(`nothing is known that begins with "${text.slice(from).trim().slice(0, 10)}"`);
    const [, number, name, string, sign] = match;
    if (number !== undefined) found.push({ kind: "number", text: number.replaceAll("_", "") });
    else if (name !== undefined) found.push(wordOf(name));
    else if (string !== undefined) found.push({ kind: "string", text: string.slice(1, -1).replace(/\\(.)/g, "$1") });
    else found.push({ kind: "sign", text: sign ?? "" });
  }
  return [...found, { kind: "end", text: "" }];
}

class Parser {
  private readonly tokens: readonly Token[];
  private at = 0;
  private depth = 0;
  /** Inside a predicate `#` is the element. */
  private predicates = 0;

  constructor(text: string) {
    this.tokens = tokens(text);
  }

  private get token(): Token {
    return this.tokens[this.at] ?? { kind: "end", text: "" };
  }

  private is(text: string): boolean {
    return this.token.kind === "sign" && this.token.text === text;
  }

  private takes(text: string): boolean {
    if (!this.is(text)) return false;
    this.at++;
    return true;
  }

  private expect(text: string): void {
    if (!this.takes(text)) throw new SyntaxFault(`"${text}" is expected before "${this.token.text || "the end"}"`);
  }

  whole(): Node {
    const node = this.expression(0);
    if (this.token.kind !== "end") throw new SyntaxFault(`"${this.token.text}" is not expected`);
    return node;
  }

  /** `in` is a name and `not in` two signs. */
  private operator(): string {
    const { kind, text } = this.token;
    if (kind === "name" && text === "in") return "in";
    const next = this.tokens[this.at + 1];
    if (kind === "sign" && text === "!" && next?.kind === "name" && next.text === "in") return "not in";
    return kind === "sign" ? text : "";
  }

  private expression(least: number): Node {
    if (++this.depth > DEEPEST) throw new SyntaxFault("it is nested too deep");
    let left = this.prefix();
    for (let op = this.operator(); (BINARY.get(op) ?? -1) >= least; op = this.operator()) {
      this.at += op === "not in" ? 2 : 1;
      left = COMPARED.has(op) ? this.comparison(left, op) : this.binary(left, op);
    }
    if (least === 0 && this.takes("?")) {
      const yes = this.expression(0);
      this.expect(":");
      left = { kind: "choice", test: left, yes, no: this.expression(0) };
    }
    this.depth--;
    return left;
  }

  private binary(left: Node, op: string): Node {
    const strength = BINARY.get(op) ?? 0;
    const isRight = op === "**" || op === "^";
    const right = this.expression(isRight ? strength : strength + 1);
    if (op === "not in") return { kind: "unary", op: "!", of: { kind: "binary", op: "in", left, right } };
    return { kind: "binary", op: op === "^" ? "**" : op, left, right };
  }

  /** `a < b < c` is `a < b && b < c`. */
  private comparison(first: Node, op: string): Node {
    let right = this.expression(21);
    let node: Node = { kind: "binary", op, left: first, right };
    for (let next = this.operator(); COMPARED.has(next); next = this.operator()) {
      this.at++;
      const left = right;
      right = this.expression(21);
      node = { kind: "binary", op: "&&", left: node, right: { kind: "binary", op: next, left, right } };
    }
    return node;
  }

  private prefix(): Node {
    const { kind, text } = this.token;
    const strength = kind === "sign" ? UNARY.get(text) : undefined;
    if (strength !== undefined) {
      this.at++;
      return { kind: "unary", op: text, of: this.expression(strength) };
    }
    let node = this.primary();
    while (this.takes("[")) {
      node = { kind: "index", of: node, at: this.expression(0) };
      this.expect("]");
    }
    return node;
  }

  private primary(): Node {
    const token = this.token;
    this.at++;
    switch (token.kind) {
      case "number":
        return { kind: /^\d+$/.test(token.text) ? "int" : "float", value: Number(token.text) };
      case "string":
        return { kind: "string", value: token.text };
      case "name":
        return this.named(token.text);
      case "sign":
        return this.signed(token.text);
      case "end":
        throw new SyntaxFault("it ends too early");
    }
  }

  private named(name: string): Node {
    if (name === "true" || name === "false") return { kind: "bool", value: name === "true" };
    if (name === "nil" || name === "result") return { kind: name };
    const wanted = argumentsOf(name);
    if (wanted === undefined) throw new SyntaxFault(`"${name}" is not known`);
    this.expect("(");
    const args = [this.expression(0)];
    while (this.takes(","))
      args.push(PREDICATES.includes(name) && args.length === 1 ? this.predicate() : this.expression(0));
    this.expect(")");
    if (args.length !== wanted) throw new SyntaxFault(`${name} takes ${wanted}, not ${args.length}`);
    return { kind: "call", name, args };
  }

  private predicate(): Node {
    this.predicates++;
    const isBraced = this.takes("{");
    const node = this.expression(0);
    if (isBraced) this.expect("}");
    this.predicates--;
    return node;
  }

  private signed(sign: string): Node {
    if (sign === "#" && this.predicates > 0) return { kind: "element" };
    if (sign === "(") {
      const node = this.expression(0);
      this.expect(")");
      return node;
    }
    if (sign !== "[") throw new SyntaxFault(`"${sign}" is not expected`);
    const items: Node[] = [];
    if (this.takes("]")) return { kind: "array", items };
    do items.push(this.expression(0));
    while (this.takes(","));
    this.expect("]");
    return { kind: "array", items };
  }
}

/** Errors: what is wrong with the text, in words. */
export function parseExpression(text: string): Result<Node, string> {
  if (text.length > LONGEST) return err(`a condition has at most ${LONGEST} characters`);
  try {
    return ok(new Parser(text).whole());
  } catch (error) {
    if (error instanceof SyntaxFault) return err(error.message);
    throw error;
  }
}
