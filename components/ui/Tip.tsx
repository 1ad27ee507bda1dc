"use client";
/** A tooltip for one focusable child. Never the only place where something is said. */
import { Tooltip } from "radix-ui";
import type { ReactNode } from "react";
import { Kbd } from "./Kbd.tsx";

interface TipProps {
  readonly text: string;
  readonly shortcut?: string;
  readonly side?: "top" | "right" | "bottom" | "left";
  readonly children: ReactNode;
}

export function Tip({ text, shortcut, side = "bottom", children }: TipProps) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          side={side}
          sideOffset={6}
          className="z-50 flex max-w-72 items-center gap-2 rounded-md border border-line bg-panel px-2 py-1 text-xs text-text shadow-overlay"
        >
          {text}
          {shortcut === undefined ? null : <Kbd>{shortcut}</Kbd>}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
