"use client";
/** Desired share (dashed), observed share (line) and that of each caller (thin) over time; gaps are gaps. */
import { pointAt, xOf } from "../../lib/view/chart.ts";
import { percent, plain } from "../../lib/view/format.ts";
import { type ShareChart, type ShareSeries, shareChart } from "../../lib/view/rollout/share-chart.ts";
import { clock } from "../../lib/view/time.ts";
import { useCrosshair } from "./crosshair.ts";
import { useChartPointer } from "./use-chart-pointer.ts";

const BOX = { width: 640, height: 132 };

function lastOf(values: readonly (number | null)[]): number | null {
  return values.findLast((value) => value !== null) ?? null;
}

const sharesText = (desired: number | null, observed: number | null): string =>
  `desired ${plain(percent(desired, "unknown"))} (dashed) · observed ${plain(percent(observed, "unknown"))}`;

function Lines({ chart, hoverX }: { readonly chart: ShareChart; readonly hoverX: number | null }) {
  const hair = { vectorEffect: "non-scaling-stroke" } as const;
  return (
    <>
      {chart.ticks.map(({ y, text }) => (
        <path key={text} d={`M0 ${y}H${BOX.width}`} className="stroke-line" {...hair} />
      ))}
      {chart.marks.map(({ x, atMs }) => (
        <path key={atMs} d={`M${x} 0V${BOX.height}`} className="stroke-line" {...hair} />
      ))}
      {chart.callers.map(({ caller, path }) => (
        <path key={caller} d={path} className="fill-none stroke-accent opacity-35" strokeWidth={1} {...hair} />
      ))}
      <path
        d={chart.desired}
        className="fill-none stroke-line-strong"
        strokeDasharray="4 3"
        strokeWidth={1.5}
        {...hair}
      />
      <path d={chart.observed} className="fill-none stroke-accent" strokeWidth={2} strokeLinejoin="round" {...hair} />
      {hoverX === null ? null : <path d={`M${hoverX} 0V${BOX.height}`} className="stroke-line-strong" {...hair} />}
    </>
  );
}

/** Words over the wishes that changed; those too close to the one before stand under the chart alone. */
function MarkWords({ marks }: Pick<ShareChart, "marks">) {
  const apart = marks.filter(({ x }, i) => x - (marks[i - 1]?.x ?? -999) > 110 && x < BOX.width * 0.8);
  return (
    <div className="relative hidden h-4 text-xs text-quiet sm:block" aria-hidden="true">
      {apart.map(({ atMs, x, text }) => (
        <span key={atMs} className="absolute whitespace-nowrap pl-1" style={{ left: `${(x / BOX.width) * 100}%` }}>
          {clock(atMs, undefined, false)} · {text}
        </span>
      ))}
    </div>
  );
}

export function ShareOverTime({ series, name }: { readonly series: ShareSeries; readonly name: string }) {
  const chart = shareChart(series, BOX);
  const hoverMs = useCrosshair();
  const { handlers } = useChartPointer(chart?.domain ?? { startMs: 0, endMs: 1 }, undefined);
  if (chart === null) return <p className="text-quiet">Nothing was counted on this route yet.</p>;
  const { startMs, endMs } = chart.domain;
  const at = hoverMs !== null && hoverMs >= startMs && hoverMs <= endMs ? pointAt(series.timesMs, hoverMs) : -1;
  const text = sharesText(lastOf(series.desired), lastOf(series.observed));
  const shown =
    at < 0
      ? text
      : `${clock(series.timesMs[at] ?? 0)}: ${sharesText(series.desired[at] ?? null, series.observed[at] ?? null)}`;
  return (
    <figure className="flex flex-col gap-1">
      <div className="flex gap-2">
        <div
          className="relative mt-0 w-11 shrink-0 text-right text-xs text-quiet sm:mt-4"
          style={{ height: BOX.height }}
        >
          {chart.ticks.map(({ y, text: tick }) => (
            <span key={tick} className="absolute right-0 -translate-y-1/2 whitespace-nowrap" style={{ top: y }}>
              {tick}
            </span>
          ))}
        </div>
        <div className="min-w-0 flex-1">
          <MarkWords marks={chart.marks} />
          <div className="touch-pan-y" {...handlers}>
            <svg
              role="img"
              aria-label={`${name}: ${text}; from ${clock(startMs)} to ${clock(endMs)}`}
              viewBox={`0 0 ${BOX.width} ${BOX.height}`}
              preserveAspectRatio="none"
              className="block h-[132px] w-full overflow-visible"
            >
              <Lines chart={chart} hoverX={at < 0 ? null : xOf(hoverMs ?? 0, chart.domain, BOX)} />
            </svg>
          </div>
          <div className="relative h-4 text-2xs text-quiet" aria-hidden="true">
            {chart.times.map(({ atMs, x }) => (
              <span key={atMs} className="absolute -translate-x-1/2" style={{ left: `${(x / BOX.width) * 100}%` }}>
                {clock(atMs, undefined, false)}
              </span>
            ))}
          </div>
        </div>
      </div>
      <figcaption className="text-xs text-quiet tabular-nums">
        {shown}
        {series.callers.length < 2 ? "" : ` · thin: its ${series.callers.length} callers`}
      </figcaption>
    </figure>
  );
}
