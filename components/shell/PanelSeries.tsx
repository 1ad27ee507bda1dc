"use client";
/** Rate, failures and p95 of one node or edge over the page's window, as lines under their figures. */
import type { ReactNode } from "react";
import type { Timeseries } from "../../lib/query/schema/estate.ts";
import { durationMs, percent, ratePerSec } from "../../lib/view/format.ts";
import { useTimeseries } from "../data/queries.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Num } from "../ui/Num.tsx";
import { Fact } from "../ui/Section.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { Sparkline } from "../ui/Sparkline.tsx";
import type { TimeRange } from "../ui/use-chart-pointer.ts";
import { EventTicks } from "./EventTicks.tsx";

const LINES = [
  { metric: "requestsPerSec", name: "requests", format: ratePerSec, tone: "accent", floor: 0 },
  { metric: "errorRatio", name: "failures", format: percent, tone: "failing", floor: 0.01 },
  { metric: "p95", name: "p95", format: durationMs, tone: "quiet", floor: 0 },
] as const;

type LineMetric = (typeof LINES)[number]["metric"];
const METRICS = LINES.map((line) => line.metric);
const POINTS = 60;

interface PanelSeriesProps {
  /** Null: the whole estate. */
  readonly of: { readonly node: string } | { readonly edge: string } | null;
  /** A line without a figure of the whole window shows its latest point. */
  readonly figures: Readonly<Partial<Record<LineMetric, ReactNode>>>;
}

function Line({
  series,
  line,
  onRange,
}: {
  readonly series: Timeseries;
  readonly line: (typeof LINES)[number];
  readonly onRange: (range: TimeRange) => void;
}) {
  const values = series.series[line.metric] ?? [];
  return (
    <div className="relative">
      <Sparkline
        label={line.name}
        xMs={series.xMs}
        values={values}
        window={series.window}
        format={(value) => line.format(value)}
        tone={line.tone}
        floor={line.floor}
        onRange={onRange}
      />
      <EventTicks window={series.window} isEcho={line !== LINES[0]} />
    </div>
  );
}

function Latest({ series, line }: { readonly series: Timeseries | undefined; readonly line: (typeof LINES)[number] }) {
  const seen = (series?.series[line.metric] ?? []).filter((value) => value !== null);
  return (
    <>
      <span className="text-quiet">latest </span>
      <Num figure={line.format(seen.at(-1) ?? null)} />
    </>
  );
}

export function PanelSeries({ of, figures }: PanelSeriesProps) {
  const [{ time, view }, update] = useViewState();
  const window = time.kind === "live" ? { lengthMs: time.minutes * 60_000 } : time;
  const { data, isError } = useTimeseries({ of, metrics: METRICS, window, points: POINTS, view });
  const choose = ({ startMs, endMs }: TimeRange) =>
    update({ time: { kind: "range", startMs: Math.round(startMs), endMs: Math.round(endMs) } });
  return LINES.map((line) => (
    <div key={line.metric}>
      <Fact name={line.name}>{figures[line.metric] ?? <Latest series={data} line={line} />}</Fact>
      {data === undefined ? (
        isError ? null : (
          <Skeleton className="my-1 h-8" />
        )
      ) : (
        <Line series={data} line={line} onRange={choose} />
      )}
    </div>
  ));
}
