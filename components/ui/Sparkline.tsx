"use client";
/** A line over a window: gaps as gaps, the value under the shared crosshair, dragging chooses a window for the page. */
import { type Domain, linePath, maxOf, pointAt, type Values, xOf } from "../../lib/view/chart.ts";
import { type Figure, plain } from "../../lib/view/format.ts";
import { clock } from "../../lib/view/time.ts";
import { useCrosshair } from "./crosshair.ts";
import { cx } from "./cx.ts";
import { type TimeRange, useChartPointer } from "./use-chart-pointer.ts";

interface SparklineProps {
  readonly label: string;
  readonly xMs: readonly number[];
  readonly values: Values;
  readonly window: { readonly start: number; readonly end: number };
  readonly format: (value: number | null) => Figure;
  readonly tone?: "accent" | "failing" | "quiet";
  /** The top of the scale is at least this. */
  readonly floor?: number;
  readonly onRange?: (range: TimeRange) => void;
}

const BOX = { width: 320, height: 32 };
const STROKES = { accent: "stroke-accent", failing: "stroke-failing", quiet: "stroke-line-strong" } as const;

function summary(label: string, values: Values, format: (value: number | null) => Figure): string {
  const seen = values.filter((value) => value !== null);
  if (seen.length === 0) return `${label}: nothing observed in this window`;
  const gaps = values.length - seen.length;
  const range = `from ${plain(format(Math.min(...seen)))} to ${plain(format(Math.max(...seen)))}`;
  return `${label}: ${range}${gaps > 0 ? `, ${gaps} of ${values.length} points not observed` : ""}`;
}

export function Sparkline(props: SparklineProps) {
  const { label, xMs, values, window, format, tone = "accent", floor = 0, onRange } = props;
  const hoverMs = useCrosshair();
  const domain: Domain = { startMs: window.start, endMs: window.end, max: maxOf(values, floor) * 1.1 };
  const { drag, handlers } = useChartPointer(domain, onRange);
  const inside = hoverMs !== null && hoverMs >= domain.startMs && hoverMs <= domain.endMs;
  const at = inside ? pointAt(xMs, hoverMs) : -1;
  const x = inside ? xOf(hoverMs, domain, BOX) : 0;
  return (
    <div className="relative touch-none border-b border-line py-1" {...handlers}>
      <svg
        role="img"
        aria-label={summary(label, values, format)}
        viewBox={`0 0 ${BOX.width} ${BOX.height}`}
        preserveAspectRatio="none"
        className="block h-8 w-full"
      >
        {drag === null ? null : (
          <rect
            x={xOf(drag.startMs, domain, BOX)}
            width={Math.max(1, xOf(drag.endMs, domain, BOX) - xOf(drag.startMs, domain, BOX))}
            height={BOX.height}
            className="fill-accent-wash"
          />
        )}
        <path
          d={linePath(xMs, values, domain, BOX)}
          className={cx("fill-none", STROKES[tone])}
          strokeWidth={1.5}
          strokeLinejoin="round"
          strokeLinecap="round"
          vectorEffect="non-scaling-stroke"
        />
        {inside ? (
          <path d={`M${x} 0V${BOX.height}`} className="stroke-line-strong" vectorEffect="non-scaling-stroke" />
        ) : null}
      </svg>
      {at >= 0 ? (
        <span className="pointer-events-none absolute right-0 top-0 rounded-sm bg-panel px-1 text-2xs text-quiet">
          {clock(xMs[at] ?? 0)} {values[at] === null ? "not observed" : plain(format(values[at] ?? null))}
        </span>
      ) : null}
    </div>
  );
}
