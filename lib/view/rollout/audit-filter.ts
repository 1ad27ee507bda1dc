/** The audit's filters as the API takes them. In: a table's filters by column, scope and time; out: query parameters. */
import type { AuditEntry } from "../../query/schema/audit.ts";
import { scopeParameters, type ViewState } from "../url-state.ts";
import { ACTION_WORDS } from "./words.ts";

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

/** Of what Meshscope itself does for a person, beside what people press. */
const OWN_ACTS: Readonly<Record<string, string>> = {
  start: "Start",
  write: "Write",
  writeBack: "Write back",
  takeBack: "Take back",
};

/** An action of the audit in words; one that this console does not know stands as it is. */
export function actionWords(action: string): string {
  const pressed: Readonly<Record<string, string>> = ACTION_WORDS;
  return pressed[action] ?? OWN_ACTS[action] ?? action;
}

export interface AuditChange {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** `path: value; path: value` of both sides, side by side; null where they are not lists of the same paths. */
export function auditChanges({ before, after }: Pick<AuditEntry, "before" | "after">): readonly AuditChange[] | null {
  if (before === null || after === null) return null;
  const [was, is] = [before, after].map((text) =>
    text.split("; ").map((part) => {
      const at = part.indexOf(": ");
      return { path: part.slice(0, Math.max(0, at)), value: part.slice(at + 2) };
    }),
  );
  if (was === undefined || is === undefined || was.length !== is.length) return null;
  const changes = was.map(({ path, value }, i) => ({ path, before: value, after: is[i]?.value ?? "" }));
  return changes.every(({ path }, i) => path !== "" && path === is[i]?.path) ? changes : null;
}

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
