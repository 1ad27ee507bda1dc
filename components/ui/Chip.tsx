/** A small label: neutral, or in a state's colour. The words carry the meaning; the colour only helps. */
import type { ReactNode } from "react";
import { cx } from "./cx.ts";

const TONES = {
  neutral: "border-line text-quiet",
  accent: "border-accent text-accent",
  healthy: "border-healthy text-healthy-text",
  degraded: "border-degraded text-degraded-text",
  failing: "border-failing text-failing-text",
  unknown: "border-unknown text-unknown-text",
} as const;

export type Tone = keyof typeof TONES;

interface ChipProps {
  readonly tone?: Tone;
  readonly title?: string;
  readonly children: ReactNode;
}

export function Chip({ tone = "neutral", title, children }: ChipProps) {
  return (
    <span
      title={title}
      className={cx(
        "inline-flex h-5 items-center gap-1 whitespace-nowrap rounded-sm border px-1.5 text-2xs",
        TONES[tone],
      )}
    >
      {children}
    </span>
  );
}
