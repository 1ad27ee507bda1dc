/** A health state as sign, colour and words (the words may be for readers only). */
import type { HealthState } from "../../lib/query/schema/common.ts";
import { type StateLook, stateLook } from "../../lib/view/health-words.ts";
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
  return lookText(stateLook(state));
}

/** Colour of a figure by its state, where that is trouble. */
export function lookText({ token }: StateLook): string {
  return token === "failing" || token === "degraded" ? `font-medium ${TEXT[token]}` : "";
}

interface LookMarkProps {
  readonly look: StateLook;
  /** On hover, where more is to be said than the words. */
  readonly title?: string;
  readonly words?: boolean;
  readonly className?: string | undefined;
}

/** The same for any state that has a look. */
export function LookMark({ look, title = look.words, words = true, className }: LookMarkProps) {
  return (
    <span
      className={cx("inline-flex items-center gap-1.5 whitespace-nowrap", TEXT[look.token], className)}
      title={title}
    >
      <span aria-hidden="true" className="w-3 text-center font-mono font-semibold">
        {look.mark}
      </span>
      <span className={words ? undefined : "sr-only"}>{look.words}</span>
    </span>
  );
}

interface StateMarkProps {
  readonly state: HealthState;
  readonly words?: boolean;
  readonly className?: string;
}

export function StateMark({ state, words = true, className }: StateMarkProps) {
  return <LookMark look={stateLook(state)} words={words} className={className} />;
}
