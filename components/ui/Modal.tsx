"use client";
/** A dialog in the middle (help, palette) or a sheet from the bottom (panels on narrow screens). */
import { Dialog } from "radix-ui";
import type { ReactNode } from "react";
import { cx } from "./cx.ts";

interface ModalProps {
  readonly title: string;
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly children: ReactNode;
  readonly shape?: "dialog" | "sheet";
  /** The title is read aloud but not drawn. */
  readonly hideTitle?: boolean;
  readonly className?: string;
  /** It is gone, and the focus is back where it was. */
  readonly onClosed?: () => void;
}

const SHAPES = {
  dialog: "left-1/2 top-[12vh] max-h-[76vh] w-[min(560px,calc(100vw-24px))] -translate-x-1/2 rounded-md border",
  sheet:
    "inset-x-0 bottom-0 max-h-[72vh] rounded-t-md border-t sm:left-auto sm:right-0 sm:top-0 sm:max-h-none sm:w-[min(380px,90vw)] sm:rounded-none sm:border-l sm:border-t-0",
} as const;

export function Modal(props: ModalProps) {
  const { title, open, onOpenChange, children, shape = "dialog", hideTitle = false, className, onClosed } = props;
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-veil" />
        <Dialog.Content
          aria-describedby={undefined}
          onOpenAutoFocus={(event) => {
            // A sheet is read from its top: no button in it is to be the first thing focused.
            if (shape !== "sheet") return;
            event.preventDefault();
            if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus();
          }}
          onCloseAutoFocus={() => {
            // The focus goes back when this handler has returned.
            if (onClosed !== undefined) queueMicrotask(onClosed);
          }}
          className={cx(
            "fixed z-50 overflow-auto border-line outline-none bg-panel text-text shadow-overlay",
            SHAPES[shape],
            className,
          )}
        >
          <Dialog.Title className={hideTitle ? "sr-only" : "px-4 pt-3 text-lg font-semibold"}>{title}</Dialog.Title>
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
