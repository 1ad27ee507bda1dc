/**
 * A condition of Argo Rollouts, evaluated: a parsed tree and a measured result → true, false, or why it cannot be said. The
 * types are expr-lang's: whole numbers and others are told apart (only the former index and take `%`), nothing is
 * converted, and what does not fit is an error and no `false`.
 */
import { err, ok, type Result } from "../../base/result.ts";
import { type Node, parseExpression } from "./expression-parse.ts";

/** As a provider answers: one number, or a vector of them. */
export type Measured = number | readonly number[];

type Value =
  | { readonly type: "int" | "float"; readonly value: number }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "nil"; readonly value: null }
  | { readonly type: "array"; readonly value: readonly Value[] };

class EvaluationFault extends Error {}
/** Of the values and not of their types: where nothing looks, there is none. */
class ValueFault extends EvaluationFault {}

function fault(message: string): never {
  throw new EvaluationFault(message);
}

function valueFault(message: string): never {
  throw new ValueFault(message);
}

const float = (value: number): Value => ({ type: "float", value });
const int = (value: number): Value => ({ type: "int", value });
const bool = (value: boolean): Value => ({ type: "bool", value });

function numberOf(value: Value, what: string): number {
  return value.type === "int" || value.type === "float"
    ? value.value
    : fault(`${what} takes a number, not ${value.type}`);
}

function boolOf(value: Value, what: string): boolean {
  return value.type === "bool" ? value.value : fault(`${what} takes true or false, not ${value.type}`);
}

function arrayOf(value: Value, what: string): readonly Value[] {
  return value.type === "array" ? value.value : fault(`${what} takes a vector, not ${value.type}`);
}

const isNumber = (value: Value): boolean => value.type === "int" || value.type === "float";

function isSame(a: Value, b: Value): boolean {
  if (a.type === "nil" || b.type === "nil") return a.type === b.type;
  if (isNumber(a) && isNumber(b)) return a.value === b.value;
  if (a.type !== b.type) return fault(`${a.type} and ${b.type} are not compared`);
  if (a.type !== "array" || b.type !== "array") return a.value === b.value;
  const others = b.value;
  return (
    a.value.length === others.length &&
    a.value.every((item, i) => isSame(item, others[i] ?? { type: "nil", value: null }))
  );
}

function isBefore(a: Value, b: Value, op: string): boolean {
  if (a.type === "string" && b.type === "string") return compare(a.value < b.value, a.value === b.value, op);
  const [x, y] = [numberOf(a, op), numberOf(b, op)];
  if (Number.isNaN(x) || Number.isNaN(y)) return false;
  return compare(x < y, x === y, op);
}

function compare(less: boolean, equal: boolean, op: string): boolean {
  if (op === "<") return less;
  if (op === "<=") return less || equal;
  return op === ">" ? !less && !equal : !less;
}

function arithmetic(a: Value, b: Value, op: string): Value {
  if (op === "+" && a.type === "string" && b.type === "string") return { type: "string", value: a.value + b.value };
  const [x, y] = [numberOf(a, op), numberOf(b, op)];
  const areInts = a.type === "int" && b.type === "int";
  const made = areInts ? int : float;
  switch (op) {
    case "+":
      return made(x + y);
    case "-":
      return made(x - y);
    case "*":
      return made(x * y);
    case "/":
      return float(x / y);
    case "**":
      return float(x ** y);
    default:
      return areInts && y !== 0 ? int(x % y) : fault("% takes whole numbers");
  }
}

class Evaluation {
  private readonly result: Value;
  private readonly elements: Value[] = [];

  constructor(result: Measured) {
    this.result = typeof result === "number" ? float(result) : { type: "array", value: result.map(float) };
  }

  of(node: Node): Value {
    switch (node.kind) {
      case "int":
      case "float":
        return { type: node.kind, value: node.value };
      case "string":
        return { type: "string", value: node.value };
      case "bool":
        return bool(node.value);
      case "nil":
        return { type: "nil", value: null };
      case "result":
        return this.result;
      case "element":
        return this.elements.at(-1) ?? fault("# stands outside of a predicate");
      case "array":
        return { type: "array", value: node.items.map((item) => this.of(item)) };
      case "unary":
        return this.unary(node.op, this.of(node.of));
      case "binary":
        return this.binary(node);
      case "choice":
        return this.choice(node);
      case "index":
        return this.index(this.of(node.of), this.of(node.at));
      case "call":
        return this.call(node);
    }
  }

  private unary(op: string, value: Value): Value {
    if (op === "!") return bool(!boolOf(value, "not"));
    const number = numberOf(value, op);
    return { type: value.type === "int" ? "int" : "float", value: op === "-" ? -number : number };
  }

  private binary({ op, left, right }: Extract<Node, { kind: "binary" }>): Value {
    const a = this.of(left);
    if (op === "&&") return bool(boolOf(a, "and") ? boolOf(this.of(right), "and") : this.unseen(right, false));
    if (op === "||") return bool(boolOf(a, "or") ? this.unseen(right, true) : boolOf(this.of(right), "or"));
    const b = this.of(right);
    if (op === "==") return bool(isSame(a, b));
    if (op === "!=") return bool(!isSame(a, b));
    if (op === "in") return bool(arrayOf(b, "in").some((item) => isSame(item, a)));
    if (op === "<" || op === "<=" || op === ">" || op === ">=") return bool(isBefore(a, b, op));
    return arithmetic(a, b, op);
  }

  private choice({ test, yes, no }: Extract<Node, { kind: "choice" }>): Value {
    const isYes = boolOf(this.of(test), "?");
    this.unseen(isYes ? no : yes, isYes);
    return this.of(isYes ? yes : no);
  }

  /** A part that decides nothing must still fit by its types, as expr-lang's compiler has it. */
  private unseen(node: Node, answer: boolean): boolean {
    try {
      this.of(node);
    } catch (error) {
      if (!(error instanceof ValueFault)) throw error;
    }
    return answer;
  }

  private index(of: Value, at: Value): Value {
    const items = arrayOf(of, "an index");
    if (at.type !== "int") return fault("an index is a whole number");
    return items.at(at.value) ?? valueFault(`the vector has ${items.length}, and ${at.value} is asked for`);
  }

  private holds(items: readonly Value[], predicate: Node): readonly boolean[] {
    return items.map((item) => boolOf(this.with(item, predicate), "a predicate"));
  }

  private with(item: Value, node: Node): Value {
    this.elements.push(item);
    const value = this.of(node);
    this.elements.pop();
    return value;
  }

  private call({ name, args }: Extract<Node, { kind: "call" }>): Value {
    const [first, second] = args;
    if (first === undefined) return fault(`${name} takes something`);
    const value = this.of(first);
    if (second === undefined) return called(name, value);
    if (name === "default") return value.type === "nil" ? this.of(second) : value;
    const items = arrayOf(value, name);
    if (name === "map") return { type: "array", value: items.map((item) => this.with(item, second)) };
    const held = this.holds(items, second);
    const count = held.filter(Boolean).length;
    if (name === "filter") return { type: "array", value: items.filter((_, i) => held[i]) };
    if (name === "count") return int(count);
    if (name === "all") return bool(count === items.length);
    if (name === "any") return bool(count > 0);
    return bool(name === "none" ? count === 0 : count === 1);
  }
}

function middle(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2;
}

function summary(name: string, value: Value): Value {
  const numbers = isNumber(value) ? [numberOf(value, name)] : arrayOf(value, name).map((item) => numberOf(item, name));
  const sum = numbers.reduce((total, one) => total + one, 0);
  if (name === "sum") return value.type === "array" ? float(sum) : fault("sum takes a vector");
  if (name === "mean") return float(numbers.length === 0 ? 0 : sum / numbers.length);
  if (name === "median") return float(numbers.length === 0 ? 0 : middle(numbers));
  if (numbers.length === 0) return valueFault(`${name} of an empty vector`);
  return float(name === "max" ? Math.max(...numbers) : Math.min(...numbers));
}

function called(name: string, value: Value): Value {
  switch (name) {
    case "len":
      if (value.type === "array" || value.type === "string") return int(value.value.length);
      return fault(`len takes a vector or a text, not ${value.type}`);
    case "isNaN":
      return bool(Number.isNaN(numberOf(value, name)));
    case "isInf":
      return bool(Math.abs(numberOf(value, name)) === Number.POSITIVE_INFINITY);
    case "isNil":
      return bool(value.type === "nil");
    case "abs":
      return { type: value.type === "int" ? "int" : "float", value: Math.abs(numberOf(value, name)) };
    case "asInt":
      return int(Math.trunc(parsed(value, /^[+-]?\d+$/, name)));
    case "asFloat":
      return float(parsed(value, /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/, name));
    default:
      return summary(name, value);
  }
}

function parsed(value: Value, shape: RegExp, name: string): number {
  if (value.type !== "string") return numberOf(value, name);
  return shape.test(value.value) ? Number(value.value) : valueFault(`${name} cannot read "${value.value}"`);
}

/** Errors: why the condition says nothing of this result. */
export function evaluate(text: string, result: Measured): Result<boolean, string> {
  const tree = parseExpression(text);
  if (!tree.ok) return tree;
  try {
    return ok(boolOf(new Evaluation(result).of(tree.value), "a condition"));
  } catch (error) {
    if (error instanceof EvaluationFault) return err(error.message);
    throw error;
  }
}
