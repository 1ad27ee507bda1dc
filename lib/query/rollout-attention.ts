/** Which rollouts a person should look at now. In: a rollout as the list has it; the same for list, inbox and notices. */
import type { RolloutSummary } from "./schema/rollouts.ts";

type Standing = Pick<RolloutSummary, "state" | "shift" | "verdict">;

/**
 * It waits for somebody, or it runs and will not get on by itself: its traffic stayed where it was, or with some callers, or
 * the judge fails it.
 */
export function needsPerson({ state, shift, verdict }: Standing): boolean {
  if (state === "waiting" || state === "needsHuman") return true;
  return state === "running" && (shift === "stalled" || shift === "partial" || verdict === "fail");
}
