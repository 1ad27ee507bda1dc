"use client";
/** One thing on the strip that pointer and keys move: a window, or one of its ends. */
import { type CSSProperties, type PointerEvent, useRef } from "react";
import { span } from "../../lib/view/time.ts";
import type { Range } from "../../lib/view/timeline/range.ts";
import { dragged, type Grip, keyed } from "../../lib/view/timeline/scrub.ts";
import { cx } from "../ui/cx.ts";

interface StripSliderProps {
  readonly label: string;
  readonly grip: Exclude<Grip, "new">;
  readonly window: Range;
  /** What the strip's width stands for. */
  readonly domain: Range;
  readonly limits: Range;
  /** While it is dragged; null once it is let go without a change. */
  readonly onDraft: (window: Range | null) => void;
  readonly onChoose: (window: Range) => void;
  readonly className: string;
  readonly style?: CSSProperties;
}

/** On the element whose width is the strip's. */
export const STRIP_ATTRIBUTE = "data-strip";

function instantOf({ startMs, endMs }: Range, grip: StripSliderProps["grip"]): number {
  return grip === "end" ? endMs : startMs;
}

export function StripSlider(props: StripSliderProps) {
  const { label, grip, window, domain, limits, onDraft, onChoose, className, style } = props;
  const held = useRef<{ x: number; window: Range; msPerPx: number } | null>(null);
  const under = ({ clientX }: PointerEvent): Range | null => {
    const from = held.current;
    if (from === null) return null;
    return dragged(from.window, grip, { fromMs: 0, toMs: (clientX - from.x) * from.msPerPx }, limits);
  };
  const letGo = () => {
    held.current = null;
    onDraft(null);
  };
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-orientation="horizontal"
      aria-valuemin={Math.min(domain.startMs, window.startMs)}
      aria-valuemax={Math.max(domain.endMs, window.endMs)}
      aria-valuenow={instantOf(window, grip)}
      aria-valuetext={span(window.startMs, window.endMs, domain.endMs)}
      className={cx("touch-none", className)}
      style={style}
      onKeyDown={(event) => {
        const next = keyed(window, grip, event, limits);
        if (next === null || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        onChoose(next);
      }}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
        const width = event.currentTarget.closest(`[${STRIP_ATTRIBUTE}]`)?.getBoundingClientRect().width ?? 1;
        held.current = { x: event.clientX, window, msPerPx: (domain.endMs - domain.startMs) / Math.max(1, width) };
      }}
      onPointerMove={(event) => {
        const next = under(event);
        if (next !== null) onDraft(next);
      }}
      onPointerUp={(event) => {
        const next = under(event);
        const isMoved = Math.abs(event.clientX - (held.current?.x ?? event.clientX)) > 2;
        letGo();
        if (next !== null && isMoved) onChoose(next);
      }}
      onPointerCancel={letGo}
    />
  );
}
