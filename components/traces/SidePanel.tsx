"use client";
/** The one panel on the right, resizable; on a narrow screen it lies over the page. Esc closes it. */
import type { KeyboardEvent, PointerEvent, ReactNode } from "react";
import { usePanelWidth } from "../data/use-panel-width.ts";

interface SidePanelProps {
  readonly label: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

const LIMITS = { usual: 360, least: 280, most: 720 };

export function SidePanel({ label, onClose, children }: SidePanelProps) {
  const [width, set] = usePanelWidth("span", LIMITS);
  const move = (event: PointerEvent<HTMLElement>) => {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) set(window.innerWidth - event.clientX);
  };
  const keys = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    onClose();
  };
  const resize = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key === "ArrowLeft") set(width + 16);
    if (event.key === "ArrowRight") set(width - 16);
  };
  return (
    <aside
      aria-label={label}
      onKeyDown={keys}
      className="relative flex max-w-[92vw] shrink-0 border-l border-line bg-panel max-lg:absolute max-lg:inset-y-0 max-lg:right-0 max-lg:z-20 max-lg:shadow-overlay"
      style={{ width }}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a movable separator has no element of its own */}
      <div
        role="separator"
        aria-orientation="vertical"
        aria-label="Width of the panel"
        aria-valuenow={width}
        aria-valuemin={LIMITS.least}
        aria-valuemax={LIMITS.most}
        tabIndex={0}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={move}
        onKeyDown={resize}
        className="absolute inset-y-0 -left-[3px] z-10 w-[6px] cursor-col-resize touch-none hover:bg-accent"
      />
      <section
        aria-label={`${label} details`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className="min-w-0 flex-1 overflow-y-auto overflow-x-hidden"
      >
        {children}
      </section>
    </aside>
  );
}
