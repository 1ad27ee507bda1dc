/**
 * A regular expression that cannot be made slow: parsed here, compiled to a Thompson automaton, run on all states at
 * once, so that time is (length of the text) × (size of the pattern), never more. The whole text must match.
 * Syntax: literals, `.` (any character but a line break), `[a-z]` `[^…]`, `\d \D \w \W \s \S`, `\t \n \r`, escaped
 * punctuation, `( )` `(?: )` (groups only, nothing is captured), `|`, `* + ? {m} {m,} {m,n}` (m, n ≤ 100; a `?` after
 * them changes nothing in a whole match), `^` first and `$` last. Refused with a code: back-references, look-around,
 * `\b`, named groups, Unicode properties; patterns over 512 characters, 64 groups deep or 2,000 states.
 */
import { err, ok, type Result } from "../base/result.ts";
import { type Node, parseRegex, type RegexError } from "./attr-regex-parse.ts";

export interface LinearRegex {
  readonly source: string;
  test(text: string): boolean;
}

const MAX_STATES = 2_000;

/** An instruction: eats one character and goes on to `next`, or splits without eating; the last one accepts. */
type Instruction =
  | { readonly kind: "eat"; readonly ranges: readonly number[]; readonly negated: boolean; next: number }
  | { readonly kind: "split"; next: number; other: number }
  | { readonly kind: "accept" };

class Program {
  readonly code: Instruction[] = [{ kind: "accept" }];

  add(instruction: Instruction): number {
    this.code.push(instruction);
    return this.code.length - 1;
  }

  full(): boolean {
    return this.code.length > MAX_STATES;
  }
}

/** Entry of the states for `node` that go on to `next`. Depth is bounded by the parser's. */
function emit(program: Program, node: Node, next: number): number {
  if (program.full()) return next;
  switch (node.kind) {
    case "set":
      return program.add({ kind: "eat", ranges: node.ranges, negated: node.negated, next });
    case "sequence":
      return node.items.reduceRight((to, item) => emit(program, item, to), next);
    case "choice": {
      const entries = node.options.map((option) => emit(program, option, next));
      return entries.reduceRight((other, entry) => program.add({ kind: "split", next: entry, other }));
    }
    case "repeat":
      return emitRepeat(program, node, next);
  }
}

function emitRepeat(program: Program, node: Node & { kind: "repeat" }, next: number): number {
  let to = next;
  if (node.max === Number.POSITIVE_INFINITY) {
    const loop: Instruction = { kind: "split", next, other: next };
    to = program.add(loop);
    loop.next = emit(program, node.item, to);
  } else {
    for (let i = node.min; i < node.max && !program.full(); i++) {
      to = program.add({ kind: "split", next: emit(program, node.item, to), other: next });
    }
  }
  for (let i = 0; i < node.min && !program.full(); i++) to = emit(program, node.item, to);
  return to;
}

function eats(instruction: Instruction & { kind: "eat" }, code: number): boolean {
  const { ranges, negated } = instruction;
  for (let i = 0; i + 1 < ranges.length; i += 2) {
    if (code >= (ranges[i] ?? 0) && code <= (ranges[i + 1] ?? 0)) return !negated;
  }
  return negated;
}

/** The states that are alive between two characters; `marks` holds the step in which each was last added. */
class States {
  list: number[] = [];
  private readonly marks: Int32Array;
  private readonly code: readonly Instruction[];

  constructor(code: readonly Instruction[]) {
    this.code = code;
    this.marks = new Int32Array(code.length);
  }

  /** Adds `entry` and all it reaches without eating, in step `step` (from 1 up). */
  reach(into: number[], entry: number, step: number): void {
    const stack = [entry];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (this.marks[at] === step) continue;
      this.marks[at] = step;
      const instruction = this.code[at];
      if (instruction?.kind === "split") stack.push(instruction.next, instruction.other);
      else into.push(at);
    }
  }
}

function run(code: readonly Instruction[], entry: number, text: string): boolean {
  const states = new States(code);
  states.reach(states.list, entry, 1);
  let step = 1;
  for (const char of text) {
    step += 1;
    const point = char.codePointAt(0) ?? 0;
    const next: number[] = [];
    for (const at of states.list) {
      const instruction = code[at];
      if (instruction?.kind === "eat" && eats(instruction, point)) states.reach(next, instruction.next, step);
    }
    states.list = next;
    if (next.length === 0) return false;
  }
  return states.list.some((at) => code[at]?.kind === "accept");
}

export function compileRegex(source: string): Result<LinearRegex, RegexError> {
  const parsed = parseRegex(source);
  if (!parsed.ok) return parsed;
  const program = new Program();
  const entry = emit(program, parsed.value, 0);
  if (program.full()) {
    const message = `the pattern needs more than ${MAX_STATES} states`;
    return err({ code: "regex_too_large", message, position: 0 });
  }
  return ok({ source, test: (text) => run(program.code, entry, text) });
}
