/** What every text that a pattern matches begins and ends with, in ASCII. In: a pattern that compiles. Out: bytes, maybe none. */
import { type Node, parseRegex } from "../../../../lib/query/attr-regex-parse.ts";
import { utf8 } from "./bytes.ts";

export interface Ends {
  readonly begin: Uint8Array;
  readonly end: Uint8Array;
}

/** The one ASCII character that a node eats. */
function literal(node: Node | undefined): string | undefined {
  if (node?.kind !== "set" || node.negated || node.ranges.length !== 2) return undefined;
  const [from = 0, to = 0] = node.ranges;
  return from === to && from < 0x80 ? String.fromCharCode(from) : undefined;
}

function run(items: readonly Node[]): string {
  let text = "";
  for (const item of items) {
    const char = literal(item);
    if (char === undefined) break;
    text += char;
  }
  return text;
}

export function regexEnds(source: string): Ends {
  const parsed = parseRegex(source);
  if (!parsed.ok) return { begin: utf8(""), end: utf8("") };
  const items = parsed.value.kind === "sequence" ? parsed.value.items : [parsed.value];
  const begin = run(items);
  const end = [...run([...items].reverse())].reverse().join("");
  return { begin: utf8(begin), end: utf8(end) };
}
