"use client";
/**
 * Nodes and edges that came (+) and went (−), under the strip: words on hover and focus. A tick compares the time before it
 * with the time after it, and selects what it is about where that is one. As thin as the pointer needs it; the same is in
 * the list that keyboard and screen reader walk.
 */
import type { HistoryTick } from "../../lib/view/timeline/history-ticks.ts";
import { cx } from "../ui/cx.ts";

interface HistoryTicksProps {
  readonly ticks: readonly HistoryTick[];
  readonly onChoose: (tick: HistoryTick) => void;
}

const sign = ({ came, went }: HistoryTick): string => (came > 0 && went > 0 ? "±" : came > 0 ? "+" : "−");
const left = ({ share }: HistoryTick) => ({ left: `${100 * share}%` });

function Drawn({ tick, onChoose }: { readonly tick: HistoryTick; readonly onChoose: (tick: HistoryTick) => void }) {
  return (
    <button
      type="button"
      tabIndex={-1}
      className="group pointer-events-auto absolute top-0 h-3 w-3 -translate-x-1/2 text-center font-mono text-xs font-medium leading-3 text-text hover:text-accent"
      style={left(tick)}
      onPointerDown={(event) => event.stopPropagation()}
      onClick={() => onChoose(tick)}
    >
      {sign(tick)}
      <span
        className={cx(
          "pointer-events-none absolute bottom-full z-30 mb-0.5 hidden w-max max-w-72 flex-col rounded-sm border border-line bg-panel px-1.5 py-1 text-left font-sans text-2xs font-normal text-text shadow-sm group-hover:flex",
          tick.share > 0.5 ? "right-1" : "left-1",
        )}
      >
        {tick.words.map((words) => (
          <span key={words}>{words}</span>
        ))}
      </span>
    </button>
  );
}

const LISTED =
  "sr-only focus-visible:not-sr-only focus-visible:pointer-events-auto focus-visible:absolute focus-visible:bottom-0 focus-visible:z-30 focus-visible:max-w-72 focus-visible:rounded-sm focus-visible:border focus-visible:border-line focus-visible:bg-panel focus-visible:px-1.5 focus-visible:py-1 focus-visible:text-2xs";

export function HistoryTicks({ ticks, onChoose }: HistoryTicksProps) {
  if (ticks.length === 0) return null;
  return (
    <div className="pointer-events-none absolute inset-0">
      <div aria-hidden="true">
        {ticks.map((tick) => (
          <Drawn key={tick.atMs} tick={tick} onChoose={onChoose} />
        ))}
      </div>
      <ul aria-label="What came and went">
        {ticks.map((tick) => (
          <li key={tick.atMs} className="contents">
            <button
              type="button"
              className={LISTED}
              style={tick.share > 0.5 ? { right: `${100 * (1 - tick.share)}%` } : left(tick)}
              onClick={() => onChoose(tick)}
            >
              {tick.words.join("; ")}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
