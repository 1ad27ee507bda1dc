"use client";
/** The one panel, on the right: resizable by its edge (or arrow keys), a sheet on narrow screens. Esc closes it. */
import { X } from "lucide-react";
import { type KeyboardEvent, type PointerEvent, type ReactNode, type RefObject, useEffect, useRef } from "react";
import { useMedia } from "../data/use-media.ts";
import { usePanelWidth } from "../data/use-panel-width.ts";
import { IconButton } from "../ui/IconButton.tsx";
import { Modal } from "../ui/Modal.tsx";

interface SidePanelProps {
  readonly title: string;
  /** What it shows: another one starts at the top. */
  readonly of: string;
  /** Absent for a panel that has nothing to close. */
  readonly onClose?: (() => void) | undefined;
  readonly children: ReactNode;
}

/** Where focus goes when Enter opens what is selected. */
export const PANEL_ID = "panel";

const LIMITS = { usual: 316, least: 280, most: 720 };

function useEscape(onClose: (() => void) | undefined): void {
  useEffect(() => {
    if (onClose === undefined) return;
    const listen = (event: globalThis.KeyboardEvent) => {
      const inOverlay =
        event.target instanceof Element && event.target.closest("[role=dialog], [role=listbox]") !== null;
      if (event.key === "Escape" && !event.defaultPrevented && !inOverlay) onClose();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [onClose]);
}

/**
 * Something chosen inside the panel replaces what the panel shows, and the focused control with it: focus then goes to
 * the panel, so that the keyboard goes on from there.
 */
function useKeptFocus(of: string): RefObject<HTMLElement | null> {
  const panel = useRef<HTMLElement>(null);
  const isInside = useRef(false);
  useEffect(() => {
    const listen = (event: FocusEvent) => {
      isInside.current = event.target instanceof Node && panel.current?.contains(event.target) === true;
    };
    document.addEventListener("focusin", listen);
    return () => document.removeEventListener("focusin", listen);
  }, []);
  useEffect(() => {
    const isLost = document.activeElement === null || document.activeElement === document.body;
    if (of !== "" && isInside.current && isLost) panel.current?.focus({ preventScroll: true });
  }, [of]);
  return panel;
}

function ResizeEdge({ width, onWidth }: { readonly width: number; readonly onWidth: (width: number) => void }) {
  const drag = (event: PointerEvent) => {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) onWidth(window.innerWidth - event.clientX);
  };
  const keys = (event: KeyboardEvent) => {
    const by = event.key === "ArrowLeft" ? 24 : event.key === "ArrowRight" ? -24 : 0;
    if (by !== 0) onWidth(width + by);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule cannot be dragged; this is the window splitter of the ARIA patterns
    <div
      role="separator"
      tabIndex={0}
      aria-label="Width of the panel"
      aria-orientation="vertical"
      aria-valuemin={LIMITS.least}
      aria-valuemax={LIMITS.most}
      aria-valuenow={width}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      onKeyDown={keys}
      className="absolute inset-y-0 -left-1 z-10 w-2 cursor-col-resize touch-none hover:bg-accent-wash"
    />
  );
}

export function SidePanel({ title, of, onClose, children }: SidePanelProps) {
  const wide = useMedia("(min-width: 1024px)");
  const [width, setWidth] = usePanelWidth("panel", LIMITS);
  const panel = useKeptFocus(of);
  useEscape(wide ? onClose : undefined);
  if (!wide) {
    if (onClose === undefined) return null;
    return (
      <Modal title={title} hideTitle shape="sheet" open onOpenChange={(open) => (open ? undefined : onClose())}>
        <div className="absolute right-2 top-2">
          <IconButton label="Close" icon={<X size={16} />} onClick={onClose} />
        </div>
        <div className="flex flex-col gap-5 p-4">{children}</div>
      </Modal>
    );
  }
  return (
    <aside
      ref={panel}
      id={PANEL_ID}
      tabIndex={-1}
      aria-label={title}
      className="relative outline-none shrink-0 border-l border-line bg-panel"
      style={{ width }}
    >
      <ResizeEdge width={width} onWidth={setWidth} />
      <div key={of} className="h-full overflow-y-auto">
        {onClose === undefined ? null : (
          <div className="absolute right-2 top-2.5">
            <IconButton label="Close" shortcut="Esc" icon={<X size={16} />} onClick={onClose} />
          </div>
        )}
        <div className="flex flex-col gap-5 p-4">{children}</div>
      </div>
    </aside>
  );
}
