/**
 * The syntax of attr-regex.ts: text → tree. Errors carry a code and the character position. Groups nest at most 64 deep.
 */
import { err, ok, type Result } from "../base/result.ts";

export interface RegexError {
  readonly code: "regex_syntax" | "regex_unsupported" | "regex_too_large";
  readonly message: string;
  readonly position: number;
}

export type Node =
  /** One character: in (or, negated, outside) the pairs [from, to] of code points. */
  | { readonly kind: "set"; readonly ranges: readonly number[]; readonly negated: boolean }
  | { readonly kind: "sequence"; readonly items: readonly Node[] }
  | { readonly kind: "choice"; readonly options: readonly Node[] }
  | { readonly kind: "repeat"; readonly item: Node; readonly min: number; readonly max: number };

const MAX_SOURCE = 512;
const MAX_GROUPS = 64;
const MAX_REPEAT = 100;
const LAST = 0x10ffff;

const CLASSES: Readonly<Record<string, readonly number[]>> = {
  d: [0x30, 0x39],
  w: [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a],
  s: [
    0x09, 0x0d, 0x20, 0x20, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x202f, 0xfeff, 0xfeff,
  ],
};
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13 };
/** `.` leaves out the line breaks, as JavaScript does. */
const LINE_BREAKS = [0x0a, 0x0a, 0x0d, 0x0d, 0x2028, 0x2029];

/** The gaps between ranges. */
function complement(ranges: readonly number[]): number[] {
  const gaps: number[] = [];
  let from = 0;
  for (let i = 0; i + 1 < ranges.length; i += 2) {
    const low = ranges[i] ?? 0;
    if (low > from) gaps.push(from, low - 1);
    from = (ranges[i + 1] ?? 0) + 1;
  }
  if (from <= LAST) gaps.push(from, LAST);
  return gaps;
}

class Parser {
  private readonly chars: readonly string[];
  private at = 0;
  private depth = 0;
  error: RegexError | undefined;

  constructor(source: string) {
    this.chars = [...source];
  }

  whole(): Node {
    if (this.peek() === "^") this.at += 1;
    const node = this.choice();
    if (this.peek() === "$" && this.at === this.chars.length - 1) this.at += 1;
    if (this.at < this.chars.length) this.fail("regex_syntax", `'${this.peek()}' has nothing to belong to`);
    return node;
  }

  private peek(): string {
    return this.error === undefined ? (this.chars[this.at] ?? "") : "";
  }

  private take(): string {
    const char = this.peek();
    this.at += 1;
    return char;
  }

  private fail(code: RegexError["code"], message: string): void {
    this.error ??= { code, message, position: Math.min(this.at, this.chars.length) };
  }

  private choice(): Node {
    const options = [this.sequence()];
    while (this.peek() === "|") {
      this.at += 1;
      options.push(this.sequence());
    }
    const only = options[0];
    return options.length === 1 && only !== undefined ? only : { kind: "choice", options };
  }

  private sequence(): Node {
    const items: Node[] = [];
    while (!["", "|", ")", "$"].includes(this.peek())) items.push(this.repeated(this.atom()));
    return { kind: "sequence", items };
  }

  private repeated(item: Node): Node {
    const bounds = this.bounds();
    if (bounds === undefined) return item;
    if (this.peek() === "?") this.at += 1;
    if (["*", "+", "?", "{"].includes(this.peek())) this.fail("regex_syntax", "nothing to repeat");
    return { kind: "repeat", item, ...bounds };
  }

  private bounds(): { min: number; max: number } | undefined {
    const char = this.peek();
    if (char === "{") return this.counted();
    if (char === "" || !"*+?".includes(char)) return undefined;
    this.at += 1;
    return { min: char === "+" ? 1 : 0, max: char === "?" ? 1 : Number.POSITIVE_INFINITY };
  }

  private counted(): { min: number; max: number } {
    const text = this.chars.slice(this.at, this.at + 10).join("");
    const match = /^\{(\d{1,3})(,(\d{1,3})?)?\}/.exec(text);
    const min = Number(match?.[1] ?? 0);
    const max = match?.[2] === undefined ? min : Number(match[3] ?? Number.POSITIVE_INFINITY);
    const bounded = min <= MAX_REPEAT && (max <= MAX_REPEAT || max === Number.POSITIVE_INFINITY);
    if (match === null || min > max)
      this.fail("regex_syntax", "a count such as {2,5} is expected; write \\{ for a brace");
    else if (!bounded) this.fail("regex_too_large", `a count is at most ${MAX_REPEAT}`);
    this.at += match?.[0].length ?? 0;
    return { min, max };
  }

  private atom(): Node {
    const char = this.take();
    switch (char) {
      case "(":
        return this.group();
      case "[":
        return this.set();
      case ".":
        return { kind: "set", ranges: LINE_BREAKS, negated: true };
      case "\\":
        return { kind: "set", ranges: this.escape(), negated: false };
      case "^":
        this.at -= 1;
        this.fail("regex_unsupported", "^ may only stand first, $ last");
        break;
      case "*":
      case "+":
      case "?":
      case "{":
        this.at -= 1;
        this.fail("regex_syntax", "nothing to repeat");
        break;
    }
    const code = char.codePointAt(0) ?? 0;
    return { kind: "set", ranges: [code, code], negated: false };
  }

  private group(): Node {
    if (this.peek() === "?") {
      if (this.chars[this.at + 1] === ":") this.at += 2;
      else this.fail("regex_unsupported", "look-around and named groups are not supported");
    }
    this.depth += 1;
    if (this.depth > MAX_GROUPS) this.fail("regex_too_large", `groups nest at most ${MAX_GROUPS} deep`);
    const node = this.choice();
    this.depth -= 1;
    if (this.peek() === ")") this.at += 1;
    else this.fail("regex_syntax", "a group is not closed");
    return node;
  }

  /** After a backslash: the ranges of one character or class. */
  private escape(): number[] {
    const char = this.take();
    const known = CLASSES[char.toLowerCase()];
    if (known !== undefined && /[dws]/i.test(char)) return char === char.toLowerCase() ? [...known] : complement(known);
    const code = CONTROLS[char] ?? char.codePointAt(0);
    if (code === undefined) this.fail("regex_syntax", "a backslash ends the pattern");
    else if (/[A-Za-z0-9]/.test(char) && CONTROLS[char] === undefined) {
      this.at -= 1;
      this.fail("regex_unsupported", `\\${char} is not supported`);
    }
    return [code ?? 0, code ?? 0];
  }

  private set(): Node {
    const negated = this.peek() === "^";
    if (negated) this.at += 1;
    const ranges: number[] = [];
    let first = true;
    while (this.peek() !== "" && (first || this.peek() !== "]")) {
      first = false;
      ranges.push(...this.setItem());
    }
    if (this.take() !== "]") this.fail("regex_syntax", "a class [ is not closed");
    return { kind: "set", ranges, negated };
  }

  private setItem(): number[] {
    const low = this.setChar();
    const isRange = this.peek() === "-" && !["]", undefined].includes(this.chars[this.at + 1]);
    if (!isRange || low.length !== 2 || low[0] !== low[1]) return low;
    this.at += 1;
    const high = this.setChar();
    if (high.length !== 2 || high[0] !== high[1] || (high[0] ?? 0) < (low[0] ?? 0)) {
      this.fail("regex_syntax", "a range in a class runs backwards");
    }
    return [low[0] ?? 0, high[0] ?? 0];
  }

  private setChar(): number[] {
    const char = this.take();
    if (char === "\\") return this.escape();
    const code = char.codePointAt(0) ?? 0;
    return [code, code];
  }
}

export function parseRegex(source: string): Result<Node, RegexError> {
  if (source.length > MAX_SOURCE) {
    return err({
      code: "regex_too_large",
      message: `a pattern has at most ${MAX_SOURCE} characters`,
      position: MAX_SOURCE,
    });
  }
  const parser = new Parser(source);
  const node = parser.whole();
  return parser.error === undefined ? ok(node) : err(parser.error);
}
