/**
 * A pattern of lib/query/attr-regex.ts in RE2's syntax, for ClickHouse's `match`. In: the source of a pattern that compiled;
 * out: one that matches the very same texts, whole. Made of the parsed tree and of code points alone, so that nothing hangs
 * on how either side reads `.`, `\s` or a brace.
 */
import { type Node, parseRegex } from "../../../lib/query/attr-regex-parse.ts";

const point = (code: number): string => `\\x{${code.toString(16).toUpperCase()}}`;

/** RE2 refuses an empty class: a set that holds nothing matches nothing, one that leaves nothing out anything. */
function set({ ranges, negated }: Node & { kind: "set" }): string {
  const pairs: string[] = [];
  for (let i = 0; i + 1 < ranges.length; i += 2) pairs.push(`${point(ranges[i] ?? 0)}-${point(ranges[i + 1] ?? 0)}`);
  if (pairs.length === 0) return negated ? "[\\x{0}-\\x{10FFFF}]" : "[^\\x{0}-\\x{10FFFF}]";
  return `[${negated ? "^" : ""}${pairs.join("")}]`;
}

function repeat(min: number, max: number): string {
  if (max === Number.POSITIVE_INFINITY) return min === 0 ? "*" : min === 1 ? "+" : `{${min},}`;
  return min === 0 && max === 1 ? "?" : `{${min},${max}}`;
}

/** Depth is bounded by the parser's. */
function print(node: Node): string {
  switch (node.kind) {
    case "set":
      return set(node);
    case "sequence":
      return node.items.map(print).join("");
    case "choice":
      return `(?:${node.options.map(print).join("|")})`;
    case "repeat":
      return `(?:${print(node.item)})${repeat(node.min, node.max)}`;
  }
}

/** Undefined for a pattern that does not parse. */
export function regexSql(source: string): string | undefined {
  const parsed = parseRegex(source);
  return parsed.ok ? `^(?:${print(parsed.value)})$` : undefined;
}
