/**
 * Steps as the form holds them, every field as text, and as a definition has them. In: a draft's step; out: a step of the
 * body, or what it lacks in words. Shares are percents in the form, times minutes. Pure.
 */

export const STEP_KINDS = [
  "weight",
  "gate",
  "pause",
  "analysis",
  "check",
  "match",
  "endMatch",
  "mirror",
  "endMirror",
  "blueGreen",
] as const;
export type StepKind = (typeof STEP_KINDS)[number];

interface StepWords {
  readonly name: string;
  /** Of its number; empty: it has none. */
  readonly unit: string;
  /** What no number means; null: it must have one. */
  readonly without: string | null;
}

export const STEP_WORDS: Readonly<Record<StepKind, StepWords>> = {
  weight: { name: "share of traffic", unit: "%", without: null },
  gate: { name: "wait for a person", unit: "", without: "" },
  pause: { name: "pause", unit: "min", without: null },
  analysis: { name: "analysis of at least", unit: "min", without: null },
  check: { name: "wait for ready endpoints", unit: "ready", without: "as many as the old version has" },
  match: { name: "requests with a header or cookie", unit: "", without: "" },
  endMatch: { name: "end of the rule for a header", unit: "", without: "" },
  mirror: { name: "copies of requests", unit: "%", without: "all of them" },
  endMirror: { name: "end of the copies", unit: "", without: "" },
  blueGreen: { name: "blue and green: everything at once", unit: "min", without: "no hold after it" },
};

export const RULE_WAYS = ["exact", "prefix", "regex", "cookie"] as const;
export type RuleWay = (typeof RULE_WAYS)[number];

export const RULE_WORDS: Readonly<Record<RuleWay, string>> = {
  exact: "header that is",
  prefix: "header that begins with",
  regex: "header that matches",
  cookie: "cookie that is",
};

export interface DraftRule {
  readonly way: RuleWay;
  readonly name: string;
  readonly value: string;
}

export interface DraftStep {
  readonly key: number;
  readonly kind: StepKind;
  readonly value: string;
  /** Of `match`, and of those who look at a green version first. */
  readonly rule: DraftRule;
  /** A mirror may carry out writes a second time. */
  readonly isConfirmed: boolean;
}

export function newStep(key: number, kind: StepKind = "weight", value = ""): DraftStep {
  return { key, kind, value, rule: { way: "exact", name: "", value: "" }, isConfirmed: false };
}

/** Null for what is no number. */
export function numberOf(text: string): number | null {
  const value = Number(text.trim().replace(",", "."));
  return text.trim() === "" || !Number.isFinite(value) ? null : value;
}

/** To a hundredth of a percent, which is what is written. */
export const shareOf = (percent: number): number => Math.round(percent * 100) / 10_000;

export const hasRule = ({ kind }: DraftStep): boolean => kind === "match" || kind === "blueGreen";

type Made = { readonly ok: true; readonly step: object } | { readonly ok: false; readonly missing: string };
const step = (made: object): Made => ({ ok: true, step: made });
const missing = (what: string): Made => ({ ok: false, missing: what });

function ruleOf({ way, name, value }: DraftRule): object | null {
  if (name.trim() === "" || value === "") return null;
  return way === "cookie" ? { cookie: name.trim(), value } : { header: name.trim(), [way]: value };
}

/** With its number, which may be left out. */
function timed(draft: DraftStep, make: (number: number | null) => Made): Made {
  const number = numberOf(draft.value);
  if (number === null && draft.value.trim() !== "") return missing("a number");
  return make(number);
}

function blueGreen({ rule, ...draft }: DraftStep): Made {
  const isEmpty = rule.name.trim() === "" && rule.value === "";
  const preview = ruleOf(rule);
  if (!isEmpty && preview === null) return missing("name and value of the rule");
  return timed({ ...draft, rule }, (number) =>
    step({
      blueGreen: {
        ...(preview === null ? {} : { preview }),
        ...(number === null ? {} : { holdSec: number * 60 }),
      },
    }),
  );
}

function numbered(kind: "weight" | "pause" | "analysis", number: number): object {
  if (kind === "weight") return { weight: shareOf(number) };
  return kind === "pause" ? { pause: number * 60 } : { analysis: { leastSec: number * 60 } };
}

export function stepOf(draft: DraftStep): Made {
  const { kind, rule, isConfirmed } = draft;
  switch (kind) {
    case "gate":
      return step({ pause: "manual" });
    case "endMatch":
      return step({ match: "end" });
    case "endMirror":
      return step({ mirror: "end" });
    case "check":
      return timed(draft, (number) => step({ check: { ready: number ?? "asStable" } }));
    case "match": {
      const match = ruleOf(rule);
      return match === null ? missing("name and value of the rule") : step({ match });
    }
    case "mirror": {
      const confirm = isConfirmed ? { confirmWrites: true } : {};
      return timed(draft, (number) => step({ mirror: { share: shareOf(number ?? 100), ...confirm } }));
    }
    case "blueGreen":
      return blueGreen(draft);
    case "weight":
    case "pause":
    case "analysis": {
      const number = numberOf(draft.value);
      return number === null ? missing("a number") : step(numbered(kind, number));
    }
  }
}
