/** A health state as sign, colour and words (the words may be for readers only). */
import type { HealthState } from "../../lib/query/schema/common.ts";
import { stateLook } from "../../lib/view/health-words.ts";
import { cx } from "./cx.ts";

const TEXT = {
  healthy: "text-healthy-text",
  degraded: "text-degraded-text",
  failing: "text-failing-text",
  idle: "text-idle-text",
  unknown: "text-unknown-text",
} as const;

/** Colour of a figure that says why a state is what it is; plain where nothing is wrong. */
export function troubleText(state: HealthState): string {
  const { token } = stateLook(state);
  return token === "failing" || token === "degraded" ? `font-medium ${TEXT[token]}` : "";
}

interface StateMarkProps {
  readonly state: HealthState;
  readonly words?: boolean;
  readonly className?: string;
}

export function StateMark({ state, words = true, className }: StateMarkProps) {
  const look = stateLook(state);
  return (
    <span
      className={cx("inline-flex items-center gap-1.5 whitespace-nowrap", TEXT[look.token], className)}
      title={look.words}
    >
      <span aria-hidden="true" className="w-3 text-center font-mono font-semibold">
        {look.mark}
      </span>
      <span className={words ? undefined : "sr-only"}>{look.words}</span>
    </span>
  );
}
