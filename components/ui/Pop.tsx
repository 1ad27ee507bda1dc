"use client";
/** A popover under its trigger; Esc closes it and gives focus back. */
import { Popover } from "radix-ui";
import type { ReactNode } from "react";
import { cx } from "./cx.ts";

interface PopProps {
  readonly trigger: ReactNode;
  readonly label: string;
  readonly children: ReactNode;
  readonly align?: "start" | "center" | "end";
  readonly side?: "top" | "bottom";
  readonly className?: string;
  readonly open?: boolean;
  readonly onOpenChange?: (open: boolean) => void;
}

export function Pop({ trigger, label, children, align = "start", side = "bottom", className, ...state }: PopProps) {
  return (
    <Popover.Root {...state}>
      <Popover.Trigger asChild>{trigger}</Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          aria-label={label}
          onOpenAutoFocus={(event) => {
            // Focus goes to the popover itself: Tab reaches its first control, and no tooltip opens by itself.
            event.preventDefault();
            if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus();
          }}
          align={align}
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className={cx(
            "z-40 max-h-[min(70vh,var(--radix-popover-content-available-height))] w-80 overflow-auto rounded-md border border-line bg-panel outline-none p-3 text-sm text-text shadow-overlay",
            className,
          )}
        >
          {children}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
