/** Buttons of a rollout, and what a confirmation says. In: a rollout; out: buttons in order, each allowed or with its cause. */
import type { RolloutActionName, RolloutDetail, RolloutPreview } from "../../query/schema/rollouts.ts";
import { ACTION_WORDS } from "./words.ts";

export interface ActButton {
  readonly action: RolloutActionName;
  readonly text: string;
  /** Why it cannot be pressed now; null where it can. */
  readonly cause: string | null;
}

/** In the order of a hand at night: the way back first when something is wrong, promotion first when all is well. */
const WELL: readonly RolloutActionName[] = [
  "promote",
  "pause",
  "resume",
  "rollback",
  "retry",
  "promoteFull",
  "skipStep",
  "abort",
];
const WRONG: readonly RolloutActionName[] = [
  "rollback",
  "abort",
  "retry",
  "pause",
  "resume",
  "promote",
  "skipStep",
  "promoteFull",
];
/** Shown only where they can be pressed: elsewhere they would be noise. */
const ONLY_WHEN_ALLOWED = new Set<RolloutActionName>(["resume", "retry", "skipStep", "abort", "pause"]);

function textOf(action: RolloutActionName, { steps, step, actions }: RolloutDetail): string {
  if (action === "skipStep") return `Skip step ${step.index + 1}: ${step.text}`;
  if (action !== "promote" || !actions.includes("promote")) return ACTION_WORDS[action];
  const next = steps.slice(step.index + 1).find(({ kind }) => kind === "weight");
  return next === undefined ? ACTION_WORDS.promote : `Promote: ${next.text}`;
}

export function actButtons(rollout: RolloutDetail): readonly ActButton[] {
  const { actions, blocked, verdict, state, shift } = rollout;
  const isWrong = verdict === "fail" || state === "needsHuman" || shift === "stalled" || shift === "partial";
  return (isWrong ? WRONG : WELL).flatMap((action) => {
    const isAllowed = actions.includes(action);
    const cause = blocked[action]?.message;
    if (!isAllowed && (cause === undefined || ONLY_WHEN_ALLOWED.has(action))) return [];
    // An owner has one way back, not two.
    if (action === "abort" && actions.includes("rollback")) return [];
    return [{ action, text: textOf(action, rollout), cause: isAllowed ? null : (cause ?? "") }];
  });
}

export function previewOf({ previews }: RolloutDetail, action: RolloutActionName): RolloutPreview | null {
  const same = action === "abort" ? "rollback" : action;
  return previews.find((preview) => preview.action === same) ?? null;
}

/** The command for the way back, whatever answers. */
export function wayBack({ previews }: RolloutDetail): string | null {
  const command = previews.find(({ action }) => action === "rollback")?.breakGlass ?? "";
  return command === "" ? null : command;
}
