"use client";
/** The drawing of the time strip: bars, failures on the ground, the chosen window, the crosshair. */
import { type Bar, type Box, type Domain, xOf } from "../../lib/view/chart.ts";
import type { TimeRange } from "../ui/use-chart-pointer.ts";

interface StripBarsProps {
  readonly bars: readonly Bar[];
  readonly box: Box;
  readonly domain: Domain;
  readonly window: TimeRange;
  readonly crosshairMs: number | null;
}

export function StripBars({ bars, box, domain, window, crosshairMs }: StripBarsProps) {
  const from = Math.max(0, xOf(window.startMs, domain, box));
  const to = Math.min(box.width, xOf(window.endMs, domain, box));
  const failing = bars.filter((bar) => bar.failed > 0).length;
  return (
    <svg
      role="img"
      aria-label={`${bars.length} observed points, ${failing} of them with failures`}
      viewBox={`0 0 ${box.width} ${box.height}`}
      preserveAspectRatio="none"
      className="block h-11 w-full border-b border-line"
    >
      {to > from ? <rect x={from} width={to - from} height={box.height} className="fill-accent-wash" /> : null}
      {bars.map((bar) => (
        <rect
          key={bar.atMs}
          x={bar.x}
          y={box.height - bar.height}
          width={bar.width}
          height={bar.height}
          className="fill-line-strong opacity-60"
        />
      ))}
      {bars.map((bar) =>
        bar.failed > 0 ? (
          <rect
            key={bar.atMs}
            x={bar.x}
            y={box.height - bar.failed}
            width={bar.width}
            height={bar.failed}
            className="fill-failing"
          />
        ) : null,
      )}
      {crosshairMs === null ? null : (
        <path
          d={`M${xOf(crosshairMs, domain, box)} 0V${box.height}`}
          className="stroke-line-strong"
          vectorEffect="non-scaling-stroke"
        />
      )}
    </svg>
  );
}
