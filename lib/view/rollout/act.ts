/** Buttons of a rollout, and what a confirmation says. In: a rollout; out: buttons in order, each allowed or with its cause. */
import type { RolloutActionName, RolloutDetail, RolloutPreview } from "../../query/schema/rollouts.ts";
import { codeWords } from "../code-words.ts";
import { ACTION_WORDS, WAITING_WORDS } from "./words.ts";

export interface ActButton {
  readonly action: RolloutActionName;
  readonly text: string;
  /** Why it cannot be pressed now; null where it can. */
  readonly cause: string | null;
}

/** In the order of a hand at night: the way back first when something is wrong, promotion first when all is well. */
const WELL: readonly RolloutActionName[] = [
  "promote",
  "resume",
  "pause",
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
  "promoteFull",
  "skipStep",
];
export const OVER: ReadonlySet<RolloutDetail["state"]> = new Set(["promoted", "rolledBack", "aborted"]);

function textOf(action: RolloutActionName, { steps, step, actions }: RolloutDetail): string {
  if (action === "skipStep" && !actions.includes("skipStep")) return `Skip step ${step.index + 1}`;
  if (action === "skipStep")
    return step.text === "" ? ACTION_WORDS.skipStep : `Skip step ${step.index + 1}: ${step.text}`;
  if (action !== "promote" || !actions.includes("promote")) return ACTION_WORDS[action];
  const next = steps.slice(step.index + 1).find(({ kind }) => kind === "weight");
  return next === undefined ? ACTION_WORDS.promote : `Promote: ${next.text}`;
}

/** Whether the evidence speaks for the way back. */
export function isWrong({ verdict, state, shift }: RolloutDetail): boolean {
  return verdict === "fail" || state === "needsHuman" || shift === "stalled" || shift === "partial";
}

/** Its control plane does not answer, and nothing but the way back is taken. */
export function isSilent({ seenMs, blocked, state }: RolloutDetail): boolean {
  if (seenMs === undefined || OVER.has(state)) return false;
  return Object.values(blocked).some(({ code }) => code === "unavailable" || code === "slow");
}

/** The one button that the page would have pressed; undefined where it would have none. */
export function mainAction(rollout: RolloutDetail): RolloutActionName | undefined {
  const [first] = actButtons(rollout).filter(({ cause }) => cause === null);
  const isAsked = first?.action === "promote" || first?.action === "resume" || isWrong(rollout);
  return isAsked && !isSilent(rollout) ? first?.action : undefined;
}

export interface BlockedGroup {
  readonly cause: string;
  readonly buttons: readonly ActButton[];
}

/** What cannot be pressed, by cause: each cause is said once. */
export function blockedGroups(rollout: RolloutDetail): readonly BlockedGroup[] {
  const groups = new Map<string, ActButton[]>();
  for (const button of actButtons(rollout)) {
    if (button.cause === null) continue;
    groups.set(button.cause, [...(groups.get(button.cause) ?? []), button]);
  }
  return [...groups].map(([cause, buttons]) => ({ cause, buttons }));
}

/** All that a rollout of its kind knows, also what cannot be pressed now; nothing once it is over and nothing is left. */
export function actButtons(rollout: RolloutDetail): readonly ActButton[] {
  const { actions, blocked, state } = rollout;
  if (OVER.has(state) && actions.length === 0) return [];
  return (isWrong(rollout) ? WRONG : WELL).flatMap((action) => {
    const isAllowed = actions.includes(action);
    const cause = blocked[action]?.message;
    if (!isAllowed && cause === undefined) return [];
    // An owner has one way back, not two.
    if (action === "abort" && (actions.includes("rollback") || (!isAllowed && blocked["rollback"] !== undefined)))
      return [];
    return [{ action, text: textOf(action, rollout), cause: isAllowed ? null : (cause ?? "") }];
  });
}

/** One sentence over the buttons: what the page would have a person decide. */
export function question(rollout: RolloutDetail): string {
  const { state, verdict, shift, waitingFor, step, actions } = rollout;
  if (OVER.has(state)) return "It is over.";
  if (isSilent(rollout))
    return `${rollout.cluster} does not answer: nothing goes on until it does. The way back is taken, and done once it can be.`;
  if (verdict === "fail") return "The judge fails the new version. It moves nothing by itself: roll back?";
  if (shift === "stalled") return "The write was taken, and the traffic did not move. Roll back, or find out why.";
  if (shift === "partial") return "Some callers did not follow. Roll back, or find out why.";
  if (state === "waiting" && waitingFor === "promotion" && actions.includes("promote"))
    return "It waits at a gate. Nothing moves until somebody promotes it.";
  if (waitingFor !== undefined)
    return `Step ${step.index + 1} of ${step.count}: ${codeWords(WAITING_WORDS, waitingFor)}.`;
  return `Step ${step.index + 1} of ${step.count}: ${step.text}.`;
}

export function previewOf({ previews }: RolloutDetail, action: RolloutActionName): RolloutPreview | null {
  const exact = previews.find((preview) => preview.action === action);
  const same = action === "abort" ? previews.find((preview) => preview.action === "rollback") : undefined;
  return exact ?? same ?? null;
}

/** The command for the way back, whatever answers. */
export function wayBack({ previews }: RolloutDetail): string | null {
  const command = previews.find(({ action }) => action === "rollback")?.breakGlass ?? "";
  return command === "" ? null : command;
}
