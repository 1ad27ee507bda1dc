/** The log of a rollout as a person reads it: newest first, in the words of the field. Shares in percent. */
import type { RolloutDetail } from "../../query/schema/rollouts.ts";
import type { VerdictState } from "../judge/verdict.ts";
import { isGitOps } from "../owners/detect.ts";
import type { Definition } from "../rollout/definition.ts";
import type { RolloutAction, RolloutEvent, RuleChange } from "../rollout/events.ts";
import type { ShiftState } from "../traffic/verify.ts";
import { matchText, stepText } from "./own-rollout.ts";

const percent = (bp: number): string => `${bp / 100} %`;

const WHY: Readonly<Record<string, string>> = {
  abort: "it was aborted",
  rollback: "a person rolled it back",
  revert_timer: "nobody promoted it in time",
  judge_failed: "the judge failed the canary",
};

/** What somebody did. */
export const ACTED: Readonly<Record<RolloutAction, string>> = {
  promote: "promoted",
  promoteFull: "promoted fully",
  pause: "paused",
  resume: "resumed",
  abort: "aborted",
  rollback: "rolled back",
  retry: "tried again",
  skipStep: "step skipped",
};
const VERDICTS: Readonly<Record<VerdictState, string>> = {
  fail: "the judge fails the canary",
  noData: "the judge has no data",
  pass: "the judge passes the canary",
  inconclusive: "the judge has no verdict yet",
};
const SHIFTS: Readonly<Record<ShiftState, string>> = {
  pending: "too few requests yet",
  shifting: "shifting",
  verified: "verified",
  stalled: "stalled",
  partial: "partial",
  noTraffic: "no traffic",
};

function ruleText(rule: RuleChange): string {
  if (rule.kind === "match")
    return rule.match === null ? "no rule for a header" : `a rule for ${matchText(rule.match)}`;
  return rule.mirrorBp === 0 ? "no mirror" : `a mirror of ${percent(rule.mirrorBp)}`;
}

/** One entry in words. */
export function eventText(event: RolloutEvent, { steps, routes }: Definition): string {
  const many = routes.length > 1;
  const on = (route: string): string => (many ? ` on ${route}` : "");
  switch (event.type) {
    case "started":
      return "started";
    case "acted":
      return ACTED[event.act.action];
    case "stepEntered": {
      const step = steps[event.step];
      return `step ${event.step + 1}: ${step === undefined ? "its rules are taken away" : stepText(step)}`;
    }
    case "backStepEntered":
      return `step back ${event.backStep + 1}`;
    case "writeIntended":
      return `writing ${event.rule === undefined ? percent(event.canaryBp) : ruleText(event.rule)}${on(event.route)}`;
    case "writeAcknowledged":
      return `the control plane took the write${on(event.route)}`;
    case "writeRefused":
      return `refused${on(event.route)}: ${event.message} (${event.code})`;
    case "shiftSeen":
      return `counters${on(event.route)}: ${SHIFTS[event.state]}${event.observedBp === null ? "" : ` at ${percent(event.observedBp)}`}`;
    case "judged":
      return VERDICTS[event.verdict];
    case "foreignWrite":
      return `${isGitOps(event.by) ? `reverted by ${event.by}:` : `${event.by} set`} ${event.rule === undefined ? percent(event.canaryBp) : ruleText(event.rule)}${on(event.route)}`;
    case "freed":
      return "the rollouts before it are promoted";
    case "checked":
      return event.message;
    case "workloadSeen":
      return `behind the canary${on(event.route)}: ${event.revision}`;
    case "workloadChanged":
      return `behind the canary${on(event.route)} runs ${event.revision} now: what was approved is void`;
    case "rollbackBegan":
      return `rolling back: ${WHY[event.why] ?? event.why}`;
    case "finished":
      return event.outcome === "promoted" ? "promoted" : "rolled back";
  }
}

export function historyOf(events: readonly RolloutEvent[], definition: Definition): RolloutDetail["history"] {
  return events
    .map((event) => ({
      atMs: event.atMs,
      type: event.type,
      text: eventText(event, definition),
      ...(event.type === "acted" ? { actor: event.act.actor, reason: event.act.reason } : {}),
    }))
    .reverse();
}
