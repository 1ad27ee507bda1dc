"use client";
/** The edge between names and bars: drag it, or arrows while it has focus. In % of the width. */
import type { KeyboardEvent, PointerEvent } from "react";

interface ColumnSplitterProps {
  readonly share: number;
  readonly onShare: (share: number) => void;
}

const MIN = 15;
const MAX = 75;

export function ColumnSplitter({ share, onShare }: ColumnSplitterProps) {
  const set = (next: number) => onShare(Math.min(MAX, Math.max(MIN, next)));
  const move = (event: PointerEvent<HTMLElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = event.currentTarget.closest("[role=treegrid]")?.getBoundingClientRect();
    if (box !== undefined) set(((event.clientX - box.left) / box.width) * 100);
  };
  const keys = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    event.stopPropagation();
    set(share + (event.key === "ArrowLeft" ? -2 : 2));
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a movable separator has no element of its own
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the names"
      aria-valuenow={Math.round(share)}
      aria-valuemin={MIN}
      aria-valuemax={MAX}
      tabIndex={0}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={move}
      onKeyDown={keys}
      className="absolute inset-y-0 -right-[3px] z-10 w-[6px] cursor-col-resize touch-none hover:bg-accent"
    />
  );
}
