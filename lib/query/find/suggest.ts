/**
 * What can stand where the cursor is in a find expression. In: the text, the cursor and the words of the graph on screen;
 * out: the part that a choice replaces, and the choices, best first. It never refuses: of a text that cannot be read it
 * completes the last word.
 */
import { EXAMPLE_WORDS, FIELDS, type Field, fieldOf } from "./fields.ts";
import { type Token, tokensOf } from "./tokens.ts";
import { exampleOf } from "./values.ts";

export interface Suggestion {
  readonly text: string;
  readonly words: string;
}

export interface Suggestions {
  /** The part [from, to) is replaced by the choice. */
  readonly from: number;
  readonly to: number;
  readonly options: readonly Suggestion[];
}

/** Values of text fields that the graph on screen has, by field name. */
export type Vocabulary = ReadonlyMap<string, readonly string[]>;

const MAX_OPTIONS = 12;
const OPS: Readonly<Record<"text" | "number", readonly Suggestion[]>> = {
  text: [
    { text: "=", words: "is; * stands for any run of characters" },
    { text: "!=", words: "is not" },
    { text: "~", words: "contains" },
    { text: "!~", words: "does not contain" },
    { text: "=~", words: "matches a regular expression, whole" },
    { text: "in (", words: "is one of a list" },
  ],
  number: [">", "<", ">=", "<=", "=", "!="].map((text) => ({ text, words: "" })),
};

const quoted = (value: string): string =>
  tokensOf(value).ok && /^[^\s()&|,"=<>~!*]+$/.test(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`;

/** Values of a vocabulary from a graph's nodes and edges, most frequent first. */
export function vocabularyOf(values: Iterable<readonly [field: string, value: string]>): Vocabulary {
  const counts = new Map<string, Map<string, number>>();
  for (const [field, value] of values) {
    if (value === "") continue;
    const of = counts.get(field) ?? new Map<string, number>();
    of.set(value, (of.get(value) ?? 0) + 1);
    counts.set(field, of);
  }
  return new Map(
    [...counts].map(([field, of]) => [
      field,
      [...of].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([value]) => value),
    ]),
  );
}

function operands(vocabulary: Vocabulary): Suggestion[] {
  const names = vocabulary.get("name") ?? [];
  return [
    ...FIELDS.map(({ name, words }) => ({ text: name, words })),
    { text: "not", words: "what does not" },
    ...names.map((name) => ({ text: quoted(name), words: "a name on the map" })),
  ];
}

function values(field: Field, vocabulary: Vocabulary): Suggestion[] {
  if (field.kind === "number") return [{ text: exampleOf(field.unit), words: "for example" }];
  const known = vocabulary.get(field.name) ?? EXAMPLE_WORDS[field.name] ?? [];
  return known.map((value) => ({ text: quoted(value), words: "" }));
}

/** Tokens before the word under the cursor, and that word; of a text that cannot be read, those of its readable start. */
function typing(text: string, cursor: number): { tokens: readonly Token[]; from: number; typed: string } {
  const whole = tokensOf(text.slice(0, cursor));
  if (!whole.ok) {
    const { code, position } = whole.error;
    const start = tokensOf(text.slice(0, position));
    const from = code === "find_quote_open" ? position : cursor;
    return { tokens: start.ok ? start.value : [], from, typed: text.slice(from + 1, cursor) };
  }
  const last = whole.value.at(-1);
  const isWord = last !== undefined && ["word", "and", "or", "not"].includes(last.kind);
  if (!isWord || last.at + last.length !== cursor) return { tokens: whole.value, from: cursor, typed: "" };
  const typed = last.kind === "word" ? last.text : text.slice(last.at, cursor);
  return { tokens: whole.value.slice(0, -1), from: last.at, typed };
}

/** What the tokens ask for next. */
function wanted(tokens: readonly Token[], vocabulary: Vocabulary): Suggestion[] {
  const last = tokens.at(-1);
  const previous = tokens.at(-2);
  if (last?.kind === "comparison" && previous?.kind === "word") {
    const ref = fieldOf(previous.text);
    return ref === undefined ? [] : values(ref.field, vocabulary);
  }
  const isOperand = last?.kind === "word" || last?.kind === "close";
  if (!isOperand) return operands(vocabulary);
  const isValue = previous?.kind === "comparison";
  const ref = last.kind === "word" && !isValue && !last.quoted ? fieldOf(last.text) : undefined;
  if (ref !== undefined && ref.field.kind !== "state") return [...OPS[ref.field.kind]];
  return [
    { text: "and", words: "both" },
    { text: "or", words: "either" },
  ];
}

/** The word that ends at the cursor is completed; after a space or an operator, what comes next is named. */
export function suggest(text: string, cursor: number, vocabulary: Vocabulary): Suggestions {
  const { tokens, from, typed } = typing(text, cursor);
  const lower = typed.toLowerCase();
  const options = wanted(tokens, vocabulary);
  const rank = ({ text: option }: Suggestion): number => {
    const at = option.toLowerCase().replace(/^"/, "").indexOf(lower);
    return at < 0 ? -1 : at === 0 ? 0 : 1;
  };
  const fitting = options
    .map((option, order) => ({ option, order, rank: rank(option) }))
    .filter((one) => one.rank >= 0 && one.option.text !== typed)
    .sort((a, b) => a.rank - b.rank || a.order - b.order);
  return { from, to: cursor, options: fitting.slice(0, MAX_OPTIONS).map(({ option }) => option) };
}
