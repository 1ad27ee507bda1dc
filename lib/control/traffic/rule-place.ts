/** Where a rule above a split is meant to stand, and how a header's match is written down. */
import type { HeaderMatch, TrafficState } from "./contract.ts";

export interface RulePlace {
  /** The split. */
  readonly split: TrafficState;
  /** What holds the rules: the same state, or the one of `rulesTarget`. */
  readonly rules: TrafficState;
  readonly routeKey: string;
  readonly canary: string;
}

export interface RuleWish extends RulePlace {
  readonly intentId: string;
}

/** Of the names of App Mesh routes that this console makes. */
export const RULE_SUFFIX = "-meshscope";

/** A cookie of a name and value, wherever it stands in the header: RE2, matched against the whole of it. */
export function cookieMatch(name: string, value: string): HeaderMatch {
  return { header: "cookie", how: "regex", value: `^(.*?;)?\\s*${literal(name)}=${literal(value)}\\s*(;.*)?$` };
}

/** Text that a regular expression takes as it is. */
export function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, (char) => `\\${char}`);
}
