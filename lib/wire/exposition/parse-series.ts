/**
 * One series of the Prometheus text format, `name{label="value",…}`, to its name and labels, and back to one canonical
 * text. In: the text without value. Out: name and labels with escapes undone. Escapes are `\\`, `\"` and `\n`; another
 * backslash stands for itself, as proxies in the field print Windows paths and regexps. Not handled: quoted metric and
 * label names of Prometheus 3, which are only sent to those who ask for them.
 */
import { err, ok, type Result } from "../../base/result.ts";

export interface Series {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
}

export type SeriesErrorCode = "bad_name" | "bad_labels" | "duplicate_label";

export interface SeriesError {
  readonly code: SeriesErrorCode;
  /** Characters from the start of the text. */
  readonly at: number;
}

const NAME = /[^ \t\r{}",=#]+/y;
const BLANK = /[ \t\r]*/y;
/** A label value between its quotes: linear, since each alternative starts with another character. */
const VALUE = /"((?:[^"\\]|\\[\s\S])*)"/y;

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function afterBlank(text: string, at: number): number {
  return at + (match(BLANK, text, at)?.[0].length ?? 0);
}

function withoutEscapes(value: string): string {
  if (!value.includes("\\")) return value;
  return value.replace(/\\([\\"n])/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
}

interface Label {
  readonly name: string;
  readonly value: string;
  readonly end: number;
}

function labelAt(text: string, at: number): Label | undefined {
  const name = match(NAME, text, at)?.[0];
  if (name === undefined) return undefined;
  const equals = afterBlank(text, at + name.length);
  if (text.charAt(equals) !== "=") return undefined;
  const quote = afterBlank(text, equals + 1);
  const value = match(VALUE, text, quote);
  if (value === null) return undefined;
  return { name, value: withoutEscapes(value[1] ?? ""), end: afterBlank(text, quote + value[0].length) };
}

/** Errors: `bad_name`, `bad_labels`, `duplicate_label`, each with the character where reading stopped. */
export function parseSeries(text: string): Result<Series, SeriesError> {
  const name = match(NAME, text, 0)?.[0];
  if (name === undefined) return err({ code: "bad_name", at: 0 });
  const labels = new Map<string, string>();
  let at = afterBlank(text, name.length);
  if (at === text.length) return ok({ name, labels });
  if (text.charAt(at) !== "{") return err({ code: "bad_name", at });
  at = afterBlank(text, at + 1);
  while (text.charAt(at) !== "}") {
    const label = labelAt(text, at);
    if (label === undefined) return err({ code: "bad_labels", at });
    if (labels.has(label.name)) return err({ code: "duplicate_label", at });
    labels.set(label.name, label.value);
    at = label.end;
    if (text.charAt(at) === ",") at = afterBlank(text, at + 1);
    else if (text.charAt(at) !== "}") return err({ code: "bad_labels", at });
  }
  return afterBlank(text, at + 1) === text.length ? ok({ name, labels }) : err({ code: "bad_labels", at });
}

const ESCAPED = /[\\"\n]/;

function withEscapes(value: string): string {
  if (!ESCAPED.test(value)) return value;
  return value.replace(/[\\"\n]/g, (char) => (char === "\n" ? "\\n" : `\\${char}`));
}

/** Name and labels sorted by name. A label with an empty value is the same as no label (Prometheus data model). */
export function canonicalSeries(series: Series): string {
  const names: string[] = [];
  for (const [name, value] of series.labels) if (value !== "") names.push(name);
  if (names.length === 0) return series.name;
  let text = "";
  for (const name of names.sort())
    text += `${text === "" ? "{" : ","}${name}="${withEscapes(series.labels.get(name) ?? "")}"`;
  return `${series.name}${text}}`;
}
