/** Policies to begin with, policies as they are typed, and looks drawn together to turns. Pure. */
import { type JudgeMode, policySchema } from "../../query/schema/judge-policy.ts";
import type { RolloutSummary } from "../../query/schema/rollouts.ts";

type Verdict = NonNullable<RolloutSummary["verdict"]>;

const EXAMPLES: Readonly<Record<JudgeMode, object>> = {
  sequential: { mode: "sequential", failRisk: 0.01, passRisk: 0.05, leastSec: 300, leastCanaryRequests: 100 },
  threshold: {
    ...{ mode: "threshold", intervalSec: 60, threshold: 5, iterations: 10 },
    metrics: [{ name: "request-success-rate", thresholdRange: { min: 99 } }],
  },
  argo: {
    mode: "argo",
    metrics: [
      {
        ...{ name: "errors", measure: "badPercent", intervalSec: 60, count: 10 },
        successCondition: "result[0] < 1",
      },
    ],
  },
  kayenta: {
    ...{ mode: "kayenta", intervalSec: 300, intervals: 4 },
    metrics: [{ name: "errors", measure: "badPercent", groups: ["errors"], direction: "increase", critical: true }],
  },
};

export function policyExample(mode: JudgeMode): string {
  return JSON.stringify(EXAMPLES[mode], null, 2);
}

export type TypedPolicy =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string };

/** A policy as it was typed, or the first thing that is wrong with it. */
export function parsePolicy(text: string): TypedPolicy {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { ok: false, message: `It is no JSON: ${error instanceof Error ? error.message : "it cannot be read"}` };
  }
  const parsed = policySchema.safeParse(value);
  if (parsed.success) return { ok: true, value };
  const [issue] = parsed.error.issues;
  return { ok: false, message: `${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "it does not fit"}` };
}

export interface Turn {
  readonly atMs: number;
  readonly state: Verdict;
  readonly text: string;
}

interface Look {
  readonly atMs: number;
  readonly state: Verdict;
  readonly summary?: string | null;
}

/** Only where what is said changes: the first look of each run of equal ones. */
export function turns(looks: readonly Look[]): readonly Turn[] {
  return looks.flatMap(({ atMs, state, summary }, i) =>
    looks[i - 1]?.state === state ? [] : [{ atMs, state, text: summary ?? "" }],
  );
}
