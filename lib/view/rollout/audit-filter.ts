/** The audit's filters as the API takes them. In: a table's filters by column, scope and time; out: query parameters. */
import type { AuditEntry } from "../../query/schema/audit.ts";
import { scopeParameters, type ViewState } from "../url-state.ts";

export const OUTCOME_WORDS: Readonly<Record<AuditEntry["outcome"], string>> = {
  pending: "outcome not known",
  applied: "taken",
  noop: "taken before",
  conflict: "conflict",
  refused: "refused",
  forbidden: "not permitted",
  unavailable: "no answer",
  unknown: "outcome unknown",
};

const SAME_NAME = new Set(["actor", "action", "rollout"]);

/** Codes of an outcome by the words that the table has for it. */
function outcomeCodes(words: string): readonly string[] {
  return Object.entries(OUTCOME_WORDS).flatMap(([code, text]) => (text === words ? [code] : []));
}

/** What the file of the audit is narrowed by: all that the API can; text to find is not among it. */
export function auditParameters(
  view: ViewState,
  where: Readonly<Record<string, string>>,
): Readonly<Record<string, string | number | readonly string[]>> {
  const scope = scopeParameters(view);
  const narrowed = (name: "mesh" | "cluster" | "namespace"): readonly string[] => {
    const wanted = where[name];
    return wanted === undefined ? (scope[name] ?? []) : [wanted];
  };
  const same = Object.entries(where).filter(([column]) => SAME_NAME.has(column));
  const outcome = where["outcome"];
  return {
    mesh: narrowed("mesh"),
    cluster: narrowed("cluster"),
    namespace: narrowed("namespace"),
    ...Object.fromEntries(same),
    ...(outcome === undefined ? {} : { outcome: outcomeCodes(outcome) }),
    ...(view.time.kind === "range" ? { start: view.time.startMs, end: view.time.endMs } : {}),
  };
}
