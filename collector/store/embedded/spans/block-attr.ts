/**
 * One comparison of an attribute within a block. In: an expression; a block. Out: whether any span can satisfy it, and a
 * test by occurrence of the key. Values that many spans share are compared once. The same answers as `spanMatches` gives.
 */
import type { Attributes } from "../../../../lib/model/span.ts";
import { type AttrExpression, valueMatches } from "../../../../lib/query/attr-expression.ts";
import type { Block } from "./block.ts";
import type { ValueList } from "./kernel-value-list.ts";
import { type Ends, regexEnds } from "./regex-ends.ts";
import { readValue } from "./value-code.ts";
import { KeyForms } from "./value-filter.ts";
import type { Work } from "./work.ts";

const REMEMBERED = 20_000;

/** Bounds of numbers at which a column's own are no help. */
function isOutside(expression: AttrExpression & { kind: "number" }, least: number, most: number): boolean {
  const number = Number(expression.number);
  if (least <= -Number.MAX_VALUE || most >= Number.MAX_VALUE) return false;
  switch (expression.op) {
    case "=":
      return number < least || number > most;
    case ">":
    case ">=":
      return most < number;
    case "<":
    case "<=":
      return least > number;
    case "!=":
      return false;
  }
}

export class AttrQuery {
  readonly expression: AttrExpression;
  private readonly hash: number | undefined;
  /** Of a pattern: texts without them need not be made. */
  private readonly ends: Ends | undefined;
  /** Answers for texts: the same few come again in every block. */
  private readonly known = new Map<string, boolean>();

  constructor(expression: AttrExpression) {
    this.expression = expression;
    const forms = new KeyForms(expression.key);
    this.ends = expression.kind === "matches" ? regexEnds(expression.regex.source) : undefined;
    if (expression.kind === "text" && expression.op === "=") this.hash = forms.ofText(expression.text);
    else if (expression.kind === "number" && expression.op === "=") this.hash = forms.ofNumber(expression.number);
  }

  get key(): string {
    return this.expression.key;
  }

  ofResource(resource: Attributes): boolean {
    const value = resource.get(this.key);
    return value !== undefined && valueMatches(this.expression, value);
  }

  /** False: no span of the block has a value of the key that satisfies it. */
  isPossible(block: Block, key: number): boolean {
    const { expression } = this;
    if (expression.kind === "number" && expression.op !== "!=") {
      const [, , least, most] = block.open().head.keys[key] ?? [];
      if (least === null || most === null || least === undefined || most === undefined) return false;
      if (isOutside(expression, least, most)) return false;
    }
    return this.hash === undefined || block.mayHold(this.hash);
  }

  private matches(bytes: Uint8Array): boolean {
    const value = readValue(bytes);
    if (typeof value !== "string") return valueMatches(this.expression, value);
    const known = this.known.get(value);
    if (known !== undefined) return known;
    const found = valueMatches(this.expression, value);
    if (this.known.size < REMEMBERED) this.known.set(value, found);
    return found;
  }

  /** A test of the values of a column, by their place in its list; undefined: none satisfies it. */
  private tester({ number, withEnds, at, count }: ValueList, work: Work): ((i: number) => boolean) | undefined {
    const { expression, ends } = this;
    if (number !== undefined && expression.kind === "number") return (i) => valueMatches(expression, number(i));
    if (withEnds === undefined || ends === undefined) return (i) => this.matches(at(i));
    work.add(count);
    const fitting = withEnds(ends.begin, ends.end);
    return fitting === undefined ? undefined : (i) => fitting[i] === 1 && this.matches(at(i));
  }

  /** A test by occurrence; undefined: none satisfies it. */
  occurrences(block: Block, key: number, work: Work): ((occurrence: number) => boolean) | undefined {
    if (this.expression.kind === "exists") return () => true;
    const { values, ids } = block.key(key);
    const test = this.tester(values, work);
    if (test === undefined) return undefined;
    if (ids === undefined) {
      return (occurrence) => {
        work.add(10);
        return test(occurrence);
      };
    }
    const holds = new Uint8Array(values.count);
    let any = false;
    work.add(values.count * 20);
    for (let i = 0; i < values.count; i++) {
      if (!test(i)) continue;
      holds[i] = 1;
      any = true;
    }
    return any ? (occurrence) => holds[ids.at(occurrence)] === 1 : undefined;
  }
}
