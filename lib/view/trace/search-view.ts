/**
 * The trace search form. In: name/value pairs of a URL, or what the user typed. Out: the form, its URL pairs, the API's
 * parameters, and every slip with its field. Window and order are not part of it: they are
 * the time control's and the table's.
 */
import { parseAttrExpression } from "../../query/attr-expression.ts";
import { parseDurationMs } from "./duration-text.ts";

export const SEARCH_ORDERS = ["start", "duration", "spans", "errors"] as const;
export type SearchOrder = (typeof SEARCH_ORDERS)[number];
export const SEARCH_STATUSES = ["ok", "error", "unset"] as const;
export type SearchStatus = (typeof SEARCH_STATUSES)[number];

export type Pair = readonly [name: string, value: string];

export interface SearchForm {
  readonly service: string;
  readonly operation: string;
  /** As typed: `1.5s`. */
  readonly min: string;
  readonly max: string;
  readonly status: SearchStatus | "";
  /** Traces with an error anywhere. */
  readonly errorsOnly: boolean;
  /** Conditions as typed, all of which must hold on one span. */
  readonly attributes: readonly string[];
  /** Id of a graph edge, or empty. */
  readonly edge: string;
  /** Id of a graph node, or empty. */
  readonly node: string;
}

export const EMPTY_SEARCH: SearchForm = {
  service: "",
  operation: "",
  min: "",
  max: "",
  status: "",
  errorsOnly: false,
  attributes: [],
  edge: "",
  node: "",
};

/** Names this form owns in the URL: those of the API, so that a link reads like its request. */
export const SEARCH_NAMES = [
  "service",
  "operation",
  "minDuration",
  "maxDuration",
  "status",
  "hasError",
  "attr",
  "edge",
  "node",
] as const;

/** Unknown values fall back to the empty form's; unknown names are not ours. */
export function searchFromPairs(pairs: readonly Pair[]): SearchForm {
  const one = (name: string): string => pairs.find(([candidate]) => candidate === name)?.[1] ?? "";
  return {
    service: one("service"),
    operation: one("operation"),
    min: one("minDuration"),
    max: one("maxDuration"),
    status: SEARCH_STATUSES.find((status) => status === one("status")) ?? "",
    errorsOnly: one("hasError") === "1",
    attributes: pairs.filter(([name, value]) => name === "attr" && value !== "").map(([, value]) => value),
    edge: one("edge"),
    node: one("node"),
  };
}

/** Only what differs from the empty form. */
export function searchToPairs(form: SearchForm): readonly Pair[] {
  const pairs: Pair[] = [
    ["service", form.service],
    ["operation", form.operation],
    ["minDuration", form.min.trim()],
    ["maxDuration", form.max.trim()],
    ["status", form.status],
    ["hasError", form.errorsOnly ? "1" : ""],
    ...form.attributes.map((text): Pair => ["attr", text]),
    ["edge", form.edge],
    ["node", form.node],
  ];
  return pairs.filter(([, value]) => value !== "");
}

export interface SearchProblem {
  readonly field: "min" | "max" | "attr";
  readonly code: string;
  readonly message: string;
  /** For `attr`: which condition, and the character of it where reading stopped (its length = right after it). */
  readonly index?: number;
  readonly position?: number;
}

export interface SearchRequest {
  readonly parameters: readonly Pair[];
  readonly problems: readonly SearchProblem[];
}

/** The API's parameters without window, limit and cursor; what has a problem is left out and named. */
export function searchRequest(form: SearchForm, order: SearchOrder): SearchRequest {
  const problems: SearchProblem[] = [];
  const min = durationOf(form.min, "min", problems);
  const max = durationOf(form.max, "max", problems);
  if (min !== undefined && max !== undefined && min > max) {
    problems.push({ field: "max", code: "duration_reversed", message: "The longest is shorter than the shortest." });
  }
  const parameters: Pair[] = order === "start" ? [] : [["order", order]];
  for (const [name, value] of searchToPairs(form)) {
    if (name === "attr" || name === "minDuration" || name === "maxDuration") continue;
    parameters.push([name, value]);
  }
  if (min !== undefined) parameters.push(["minDurationMs", String(min)]);
  if (max !== undefined) parameters.push(["maxDurationMs", String(max)]);
  for (const [index, text] of form.attributes.entries()) {
    const parsed = parseAttrExpression(text);
    if (parsed.ok) parameters.push(["attr", text]);
    else problems.push({ field: "attr", index, ...parsed.error });
  }
  return { parameters, problems };
}

function durationOf(text: string, field: "min" | "max", problems: SearchProblem[]): number | undefined {
  if (text.trim() === "") return undefined;
  const parsed = parseDurationMs(text);
  if (parsed.ok) return parsed.value;
  const message =
    parsed.error === "duration_unit_unknown"
      ? "Unknown unit: use ns, us, ms, s, m or h."
      : "Not a duration: write 250ms or 1.5s.";
  problems.push({ field, code: parsed.error, message });
  return undefined;
}

/** Added once; the same text again changes nothing. */
export function addAttribute(form: SearchForm, text: string): SearchForm {
  const clean = text.trim();
  return clean === "" || form.attributes.includes(clean) ? form : { ...form, attributes: [...form.attributes, clean] };
}

export function removeAttribute(form: SearchForm, index: number): SearchForm {
  return { ...form, attributes: form.attributes.filter((_, at) => at !== index) };
}

export function isEmptySearch(form: SearchForm): boolean {
  return searchToPairs(form).length === 0;
}
