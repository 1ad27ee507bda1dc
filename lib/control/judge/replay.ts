/**
 * A past rollout through another policy. In: its recorded windows, the policy, when the analysis begins. Out, one at a time
 * so that a caller may pause between them: what the judge would have said at each look, from nothing but the windows that
 * had ended by then. Looks are the ends of windows, thinned evenly to 120; the first and the last are always among them.
 */
import type { Policy } from "../../query/schema/judge-policy.ts";
import { judgeBy, SETTLE_MS } from "./judge.ts";
import type { MetricHistory, VerdictState } from "./verdict.ts";

export interface Look {
  readonly atMs: number;
  readonly state: VerdictState;
  readonly summary: string | null;
  readonly metrics: readonly { readonly name: string; readonly state: VerdictState }[];
}

const MOST_LOOKS = 120;

function looksAt(histories: readonly MetricHistory[], startMs: number): readonly number[] {
  const ends = new Set(histories.flatMap(({ windows }) => windows.map(({ atMs }) => atMs)));
  const times = [...ends].filter((atMs) => atMs >= startMs).sort((a, b) => a - b);
  if (times.length <= MOST_LOOKS) return times;
  const pick = (i: number): number => times[Math.round((i * (times.length - 1)) / (MOST_LOOKS - 1))] ?? startMs;
  return Array.from({ length: MOST_LOOKS }, (_, i) => pick(i));
}

const until = (histories: readonly MetricHistory[], atMs: number): readonly MetricHistory[] =>
  histories.map((history) => ({ ...history, windows: history.windows.filter((window) => window.atMs <= atMs) }));

export function* replayLooks(histories: readonly MetricHistory[], policy: Policy, startMs: number): Generator<Look> {
  for (const atMs of looksAt(histories, startMs)) {
    const isSequential = policy.mode === "sequential";
    // The others wait for scrapes to come in; here they are in.
    const nowMs = isSequential ? atMs : atMs + SETTLE_MS;
    const verdict = judgeBy(policy, until(histories, atMs), { startMs, nowMs });
    const parts = isSequential ? verdict.metrics : verdict.checks;
    yield {
      ...{ atMs, state: verdict.state, summary: verdict.summary },
      metrics: parts.map(({ name, state }) => ({ name, state })),
    };
  }
}
