"use client";
/** The time axis over the bars: ticks of the shown range; dragging across it zooms, a double click shows all. */
import type { Tick, TimeRange } from "../../lib/view/trace/time-axis.ts";
import { usText } from "../../lib/view/trace/trace-words.ts";
import { useRangeDrag } from "./use-range-drag.ts";

interface TimeRulerProps {
  readonly range: TimeRange;
  readonly ticks: readonly Tick[];
  readonly durationUs: number;
  readonly onRange: (range: TimeRange) => void;
}

export function TimeRuler({ range, ticks, durationUs, onRange }: TimeRulerProps) {
  const { drag, handlers } = useRangeDrag({ range, durationUs, onRange });
  return (
    <div
      className="relative h-full min-w-0 cursor-col-resize touch-none select-none overflow-hidden"
      title="Drag to zoom; double click shows all"
      {...handlers}
    >
      {ticks.map((tick) => (
        <span
          key={tick.atUs}
          className="pointer-events-none absolute bottom-0 border-l border-line pl-1 text-2xs font-normal leading-6 text-quiet"
          style={
            tick.share > 0.94
              ? { right: `${(1 - tick.share) * 100}%`, borderLeft: 0, paddingRight: 4 }
              : { left: `${tick.share * 100}%` }
          }
        >
          {usText(tick.atUs)}
        </span>
      ))}
      {drag === undefined ? null : (
        <span
          className="pointer-events-none absolute inset-y-0 border-x border-accent bg-accent-wash opacity-70"
          style={{ left: `${drag.from * 100}%`, width: `${(drag.to - drag.from) * 100}%` }}
        />
      )}
    </div>
  );
}
