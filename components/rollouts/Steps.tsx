/** The steps in order: done, where it is, ahead. Read as a list; never told by colour alone. */
import type { RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import { cx } from "../ui/cx.ts";

const MARKS = { done: "✓", current: "▸", ahead: "" } as const;
const ENDED = { done: "done", current: "ended here", ahead: "not begun" } as const;
const WORDS = { done: "done", current: "now", ahead: "ahead" } as const;

interface StepsProps extends Pick<RolloutDetail, "steps"> {
  /** Nothing goes on: where it was when it ended. */
  readonly isOver: boolean;
}

export function Steps({ steps, isOver }: StepsProps) {
  return (
    <ol aria-label="Steps" className="flex flex-wrap gap-2">
      {steps.map((step, i) => (
        <li
          // Steps have no names; their order is what they are.
          // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes its order
          key={i}
          aria-current={step.state === "current" && !isOver ? "step" : undefined}
          className={cx(
            "flex min-w-24 flex-col rounded-md border px-2.5 py-1.5",
            step.state === "current" && !isOver ? "border-accent bg-accent-wash" : "border-line bg-panel",
            (step.state === "ahead" || (isOver && step.state === "current")) && "text-quiet",
          )}
        >
          <span className="font-medium">
            {step.text} <span aria-hidden="true">{isOver && step.state === "current" ? "" : MARKS[step.state]}</span>
          </span>
          <span className="text-xs text-quiet">{isOver ? ENDED[step.state] : WORDS[step.state]}</span>
        </li>
      ))}
    </ol>
  );
}
