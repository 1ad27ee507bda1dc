/**
 * Text search within one trace. In: a tree and what the user typed. Out: matching rows, ascending. A span matches when
 * every word is part of its service, operation, kind, status message or an attribute as `key=value`; case does not
 * count; `"two words"` is one word. The text of each span is lower-cased once, at first use or ahead of it in slices.
 */
import type { JsonAttribute, TraceSpan } from "../../query/schema/traces.ts";
import { attributeText } from "./attribute-text.ts";
import type { TraceTree } from "./build-trace.ts";

export interface Finder {
  /** Prepares up to `slice` more spans; true when all are prepared. */
  warm(slice: number): boolean;
  find(text: string): Int32Array;
}

const WORD = /"([^"]*)"?|(\S+)/g;

export function findWords(text: string): readonly string[] {
  return [...text.toLowerCase().matchAll(WORD)]
    .map((match) => match[1] ?? match[2] ?? "")
    .filter((word) => word !== "");
}

export function makeFinder(tree: TraceTree): Finder {
  const texts: string[] = [];
  const warm = (slice: number): boolean => {
    const upTo = Math.min(tree.count, texts.length + slice);
    for (let row = texts.length; row < upTo; row++) texts.push(textOf(tree.spans[row]));
    return texts.length === tree.count;
  };
  const find = (text: string): Int32Array => {
    const words = findWords(text);
    if (words.length === 0) return new Int32Array(0);
    warm(tree.count);
    const rows = new Int32Array(tree.count);
    let length = 0;
    for (let row = 0; row < tree.count; row++) {
      const hay = texts[row] ?? "";
      if (words.every((word) => hay.includes(word))) rows[length++] = row;
    }
    return rows.subarray(0, length);
  };
  return { warm, find };
}

/** One line a fact: a word never matches across two of them, as a word holds no line break. */
function textOf(span: TraceSpan | undefined): string {
  if (span === undefined) return "";
  let text = `${span.service}\n${span.operation}\n${span.kind}\n${span.spanId}\n${span.statusMessage ?? ""}`;
  text += linesOf(span.attributes) + linesOf(span.resource);
  for (const event of span.events ?? []) text += `\n${event.name}${linesOf(event.attributes)}`;
  return text.toLowerCase();
}

function linesOf(attributes: Readonly<Record<string, JsonAttribute>> | undefined): string {
  let text = "";
  for (const key in attributes) {
    const value = attributes[key];
    if (value !== undefined) text += `\n${key}=${attributeText(value)}`;
  }
  return text;
}
