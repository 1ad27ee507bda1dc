/** The log of a rollout as a person reads it: newest first, in the words of the field. Shares in percent. */
import type { RolloutDetail } from "../../query/schema/rollouts.ts";
import type { Definition } from "../rollout/definition.ts";
import type { RolloutEvent } from "../rollout/events.ts";
import { stepText } from "./own-rollout.ts";

const percent = (bp: number): string => `${bp / 100} %`;

const WHY: Readonly<Record<string, string>> = {
  abort: "it was aborted",
  rollback: "a person rolled it back",
  revert_timer: "nobody promoted it in time",
  judge_failed: "the judge failed the canary",
};

function textOf(event: RolloutEvent, { steps, routes }: Definition): string {
  const many = routes.length > 1;
  const on = (route: string): string => (many ? ` on ${route}` : "");
  switch (event.type) {
    case "started":
      return "started";
    case "acted":
      return event.act.action;
    case "stepEntered": {
      const step = steps[event.step];
      return `step ${event.step + 1}: ${step === undefined ? "" : stepText(step)}`;
    }
    case "backStepEntered":
      return `step back ${event.backStep + 1}`;
    case "writeIntended":
      return `writing ${percent(event.canaryBp)}${on(event.route)}`;
    case "writeAcknowledged":
      return `the control plane took the write${on(event.route)}`;
    case "writeRefused":
      return `refused${on(event.route)}: ${event.message} (${event.code})`;
    case "shiftSeen":
      return `counters${on(event.route)}: ${event.state}${event.observedBp === null ? "" : ` at ${percent(event.observedBp)}`}`;
    case "judged":
      return `verdict: ${event.verdict}`;
    case "foreignWrite":
      return `${event.by} set ${percent(event.canaryBp)}${on(event.route)}`;
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
      text: textOf(event, definition),
      ...(event.type === "acted" ? { actor: event.act.actor, reason: event.act.reason } : {}),
    }))
    .reverse();
}
