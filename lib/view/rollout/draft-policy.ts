/**
 * The judge's policy as the form holds it and as a definition has it. In: numbers of the sequential judge as text, percents
 * for shares and minutes for times, or another judge's policy as JSON; out: the policy, none where nothing was written, or
 * what is wrong with it. Pure.
 */
import type { JudgeMode } from "../../query/schema/judge-policy.ts";
import { numberOf } from "./draft-steps.ts";
import { parsePolicy, policyExample } from "./replay.ts";

export const POLICY_FIELDS = [
  "objective",
  "periodRequests",
  "budgetPercent",
  "failPercent",
  "passPercent",
  "leastMin",
  "leastRequests",
  "limitPercent",
] as const;
export type PolicyField = (typeof POLICY_FIELDS)[number];

interface FieldWords {
  readonly label: string;
  readonly hint: string;
}

export const POLICY_WORDS: Readonly<Record<PolicyField, FieldWords>> = {
  objective: { label: "Objective", hint: "% of requests that succeed; empty: no guard" },
  periodRequests: { label: "Requests in its period", hint: "of the whole service, as in 30 days" },
  budgetPercent: { label: "Most of the error budget", hint: "% that the canary may use up; empty: 1" },
  failPercent: { label: "Risk of failing a good one", hint: "%; empty: 1" },
  passPercent: { label: "Risk of passing a bad one", hint: "%; empty: 5" },
  leastMin: { label: "At least", hint: "min; empty: 5" },
  leastRequests: { label: "Canary requests at least", hint: "empty: 100" },
  limitPercent: { label: "Good whatever the old one does", hint: "% bad requests; empty: never" },
};

export interface DraftPolicy extends Readonly<Record<PolicyField, string>> {
  readonly mode: JudgeMode;
  /** Of the other judges. */
  readonly json: string;
}

export const EMPTY_POLICY: DraftPolicy = {
  mode: "sequential",
  json: "",
  ...{ objective: "", periodRequests: "", budgetPercent: "", failPercent: "", passPercent: "" },
  ...{ leastMin: "", leastRequests: "", limitPercent: "" },
};

export function withMode(policy: DraftPolicy, mode: JudgeMode): DraftPolicy {
  return { ...policy, mode, json: mode === "sequential" ? "" : policyExample(mode) };
}

export type MadePolicy =
  | { readonly ok: true; readonly policy: unknown }
  | { readonly ok: false; readonly missing: string };

/** Without the noise of binary fractions: 0.1 % is 0.001. */
const partOf = (percent: number): number => Number((percent / 100).toPrecision(12));

function sequential(draft: DraftPolicy): MadePolicy {
  const wrong = POLICY_FIELDS.find((field) => draft[field].trim() !== "" && numberOf(draft[field]) === null);
  if (wrong !== undefined) return { ok: false, missing: `a number: ${POLICY_WORDS[wrong].label}` };
  const number = (field: PolicyField) => numberOf(draft[field]);
  const given = (name: string, value: number | null): object => (value === null ? {} : { [name]: value });
  const part = (field: PolicyField) => {
    const percent = number(field);
    return percent === null ? null : partOf(percent);
  };
  const least = number("leastMin");
  const objective = part("objective");
  const guard =
    objective === null
      ? {}
      : {
          guard: {
            objective,
            ...given("budgetShare", part("budgetPercent")),
            ...given("periodRequests", number("periodRequests")),
          },
        };
  const members = {
    ...given("failRisk", part("failPercent")),
    ...given("passRisk", part("passPercent")),
    ...given("leastSec", least === null ? null : least * 60),
    ...given("leastCanaryRequests", number("leastRequests")),
    ...given("absoluteLimit", part("limitPercent")),
    ...guard,
  };
  if (objective !== null && number("periodRequests") === null)
    return { ok: false, missing: "the requests in the objective's period" };
  return { ok: true, policy: Object.keys(members).length === 0 ? undefined : { mode: "sequential", ...members } };
}

/** `policy` is undefined where the definition says nothing of its judge. */
export function policyOf(draft: DraftPolicy): MadePolicy {
  if (draft.mode === "sequential") return sequential(draft);
  const parsed = parsePolicy(draft.json);
  return parsed.ok
    ? { ok: true, policy: parsed.value }
    : { ok: false, missing: `the judge's policy: ${parsed.message}` };
}
