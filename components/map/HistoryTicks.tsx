"use client";
/**
 * Nodes and edges that came (+) and went (−), under the strip: words on hover and focus. A tick compares the time before it
 * with the time after it, and selects what it is about where that is one. As thin as the pointer needs it; the same is in
 * the list that keyboard and screen reader walk.
 */
import type { HistoryTick } from "../../lib/view/timeline/history-ticks.ts";
import { cx } from "../ui/cx.ts";
import { LISTED_TICK, listedPlace, TickWords, tickPlace } from "../ui/TickWords.tsx";

interface HistoryTicksProps {
  readonly ticks: readonly HistoryTick[];
  readonly onChoose: (tick: HistoryTick) => void;
}

const sign = ({ came, went }: HistoryTick): string => (came > 0 && went > 0 ? "±" : came > 0 ? "+" : "−");

function Drawn({ tick, onChoose }: { readonly tick: HistoryTick; readonly onChoose: (tick: HistoryTick) => void }) {
  return (
    <button
      type="button"
      tabIndex={-1}
      className="group pointer-events-auto absolute top-0 h-3 w-3 -translate-x-1/2 text-center font-mono text-xs font-medium leading-3 text-text hover:text-accent"
      style={tickPlace(tick)}
      onPointerDown={(event) => event.stopPropagation()}
      onClick={() => onChoose(tick)}
    >
      {sign(tick)}
      <TickWords tick={tick} />
    </button>
  );
}

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
              className={cx(LISTED_TICK, "focus-visible:bottom-0")}
              style={listedPlace(tick)}
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
