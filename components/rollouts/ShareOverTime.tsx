"use client";
/** Desired share (dashed) and observed share (line) over time; gaps are gaps. */
import type { RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import { percent, plain } from "../../lib/view/format.ts";
import { shareChart } from "../../lib/view/rollout/share-chart.ts";
import { clock } from "../../lib/view/time.ts";

const BOX = { width: 640, height: 120 };

function lastOf(values: readonly (number | null)[]): number | null {
  return values.findLast((value) => value !== null) ?? null;
}

export function ShareOverTime({ rollout }: { readonly rollout: RolloutDetail }) {
  const { series } = rollout;
  const chart = shareChart(series, BOX);
  if (chart === null) {
    const isCounted = rollout.routes.every(({ counted }) => counted);
    return isCounted ? <p className="text-quiet">Nothing was counted on this route yet.</p> : null;
  }
  const desired = plain(percent(lastOf(series.desired), "unknown"));
  const observed = plain(percent(lastOf(series.observed), "unknown"));
  const summary = `Desired ${desired}, observed ${observed}; from ${clock(chart.domain.startMs)} to ${clock(chart.domain.endMs)}`;
  return (
    <figure className="flex flex-col gap-1">
      <div className="flex gap-2">
        <div className="relative w-12 shrink-0 text-right text-xs text-quiet" style={{ height: BOX.height }}>
          {chart.ticks.map(({ y, text }) => (
            <span key={text} className="absolute right-0 -translate-y-1/2" style={{ top: y }}>
              {text}
            </span>
          ))}
        </div>
        <svg
          role="img"
          aria-label={summary}
          viewBox={`0 0 ${BOX.width} ${BOX.height}`}
          preserveAspectRatio="none"
          className="block h-[120px] w-full"
        >
          {chart.ticks.map(({ y, text }) => (
            <path key={text} d={`M0 ${y}H${BOX.width}`} className="stroke-line" vectorEffect="non-scaling-stroke" />
          ))}
          {chart.marks.map(({ x, atMs }) => (
            <path key={atMs} d={`M${x} 0V${BOX.height}`} className="stroke-line" vectorEffect="non-scaling-stroke" />
          ))}
          <path
            d={chart.desired}
            className="fill-none stroke-line-strong"
            strokeDasharray="4 3"
            strokeWidth={1.5}
            vectorEffect="non-scaling-stroke"
          />
          <path
            d={chart.observed}
            className="fill-none stroke-accent"
            strokeWidth={2}
            strokeLinejoin="round"
            strokeLinecap="round"
            vectorEffect="non-scaling-stroke"
          />
        </svg>
      </div>
      <figcaption className="text-xs text-quiet">
        desired {desired} (dashed) · observed {observed}
        {chart.marks.length === 0
          ? ""
          : ` · ${chart.marks.map(({ atMs, text }) => `${clock(atMs)} ${text}`).join(" · ")}`}
      </figcaption>
    </figure>
  );
}
