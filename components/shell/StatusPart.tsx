"use client";
/** One true statement of the status line; clicking it explains it. */
import type { ReactNode } from "react";
import { cx } from "../ui/cx.ts";
import { Pop } from "../ui/Pop.tsx";

interface StatusPartProps {
  readonly words: ReactNode;
  readonly label: string;
  readonly tone?: "quiet" | "failing" | "degraded";
  readonly align?: "start" | "end";
  /** Gives way, cut with an ellipsis, where the line is too long. */
  readonly yields?: boolean;
  readonly children: ReactNode;
}

const TONES = {
  quiet: "text-quiet",
  failing: "text-failing-text font-medium",
  degraded: "text-degraded-text",
} as const;

export function StatusPart({
  words,
  label,
  tone = "quiet",
  align = "start",
  yields = false,
  children,
}: StatusPartProps) {
  const trigger = (
    <button
      type="button"
      className={cx(
        "h-6 whitespace-nowrap rounded-sm px-1.5 hover:bg-hover",
        yields ? "min-w-16 shrink truncate max-sm:shrink-0" : "shrink-0",
        TONES[tone],
      )}
    >
      {words}
    </button>
  );
  return (
    <Pop trigger={trigger} label={label} side="top" align={align} className="flex flex-col gap-2">
      <h2 className="font-semibold">{label}</h2>
      {children}
    </Pop>
  );
}
