/** The steps in order: done, where it is, ahead. Read as a list; never told by colour alone. */
import type { RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import { cx } from "../ui/cx.ts";

const MARKS = { done: "✓", current: "▸", ahead: "" } as const;
const WORDS = { done: "done", current: "now", ahead: "ahead" } as const;

export function Steps({ steps }: Pick<RolloutDetail, "steps">) {
  return (
    <ol aria-label="Steps" className="flex flex-wrap gap-2">
      {steps.map((step, i) => (
        <li
          // Steps have no names; their order is what they are.
          // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes its order
          key={i}
          aria-current={step.state === "current" ? "step" : undefined}
          className={cx(
            "flex min-w-24 flex-col rounded-md border px-2.5 py-1.5",
            step.state === "current" ? "border-accent bg-accent-wash" : "border-line bg-panel",
            step.state === "ahead" && "text-quiet",
          )}
        >
          <span className="font-medium">
            {step.text} <span aria-hidden="true">{MARKS[step.state]}</span>
          </span>
          <span className="text-xs text-quiet">{WORDS[step.state]}</span>
        </li>
      ))}
    </ol>
  );
}
