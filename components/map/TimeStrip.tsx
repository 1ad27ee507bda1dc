"use client";
/** Traffic and failures of the whole estate over a longer time than the window; dragging chooses the window. */
import type { Timeseries } from "../../lib/query/schema/estate.ts";
import { type Box, bars, type Domain, maxOf, pointAt, ticks, xOf } from "../../lib/view/chart.ts";
import { percent, plain, ratePerSec } from "../../lib/view/format.ts";
import { stripRange } from "../../lib/view/strip.ts";
import { clock, zoneMinutes } from "../../lib/view/time.ts";
import { useTimeseries } from "../data/queries.ts";
import { useViewState } from "../data/use-view-state.ts";
import { EventTicks } from "../shell/EventTicks.tsx";
import { useCrosshair } from "../ui/crosshair.ts";
import { type TimeRange, useChartPointer } from "../ui/use-chart-pointer.ts";
import { StripBars } from "./StripBars.tsx";

const BOX: Box = { width: 1000, height: 44 };
const METRICS = ["requestsPerSec", "errorRatio"];
const SLOT_MS = 10_000;

function left(atMs: number, domain: Domain): string {
  return `${(xOf(atMs, domain, BOX) / BOX.width) * 100}%`;
}

function Readout({
  data,
  atMs,
  domain,
}: {
  readonly data: Timeseries;
  readonly atMs: number;
  readonly domain: Domain;
}) {
  const at = pointAt(data.xMs, atMs);
  if (at < 0) return null;
  const rate = data.series["requestsPerSec"]?.[at] ?? null;
  const words =
    rate === null
      ? "not observed"
      : `${plain(ratePerSec(rate))}, ${plain(percent(data.series["errorRatio"]?.[at]))} failed`;
  const late = atMs > (domain.startMs + domain.endMs) / 2;
  return (
    <span
      className={`pointer-events-none absolute top-0 whitespace-nowrap rounded-sm border border-line bg-panel px-1 text-2xs ${late ? "-translate-x-full" : ""}`}
      style={{ left: left(atMs, domain) }}
    >
      {clock(data.xMs[at] ?? 0)} · {words}
    </span>
  );
}

function Strip({
  data,
  window,
  onRange,
}: {
  readonly data: Timeseries;
  readonly window: TimeRange;
  readonly onRange: (range: TimeRange) => void;
}) {
  const hoverMs = useCrosshair();
  const values = data.series["requestsPerSec"] ?? [];
  const ratios = data.series["errorRatio"] ?? [];
  const domain: Domain = { startMs: data.window.start, endMs: data.window.end, max: maxOf(values) * 1.05 };
  const { drag, handlers } = useChartPointer(domain, onRange);
  const drawn = bars(data.xMs, values, ratios, domain, BOX);
  const marks = ticks(domain, 6, zoneMinutes(domain.endMs));
  const inside = hoverMs !== null && hoverMs >= domain.startMs && hoverMs <= domain.endMs;
  return (
    <div className="relative h-[62px] cursor-crosshair touch-none" {...handlers}>
      <StripBars bars={drawn} box={BOX} domain={domain} window={drag ?? window} crosshairMs={inside ? hoverMs : null} />
      {marks.map((atMs) => (
        <span
          key={atMs}
          className="pointer-events-none absolute bottom-0 -translate-x-1/2 text-2xs text-quiet"
          style={{ left: `clamp(16px, ${left(atMs, domain)}, calc(100% - 16px))` }}
        >
          {clock(atMs, undefined, false)}
        </span>
      ))}
      <div className="absolute inset-x-0 top-0 h-11">
        <EventTicks window={data.window} />
      </div>
      {inside ? <Readout data={data} atMs={hoverMs} domain={domain} /> : null}
    </div>
  );
}

export function TimeStrip() {
  const [{ time }, update] = useViewState();
  const range = stripRange(time, Math.floor(Date.now() / SLOT_MS) * SLOT_MS);
  const { data } = useTimeseries({ of: null, metrics: METRICS, window: range, points: 120 });
  const choose = ({ startMs, endMs }: TimeRange) => {
    const start = Math.floor(startMs / SLOT_MS) * SLOT_MS;
    const end = Math.max(start + SLOT_MS, Math.ceil(endMs / SLOT_MS) * SLOT_MS);
    update({ time: { kind: "range", startMs: start, endMs: end } });
  };
  const end = data?.window.end ?? 0;
  const window = time.kind === "range" ? time : { startMs: end - time.minutes * 60_000, endMs: end };
  return (
    <section
      aria-label="Traffic of the whole estate over time"
      className="h-[84px] shrink-0 border-t border-line px-3 pt-1.5"
    >
      <h2 className="text-2xs text-quiet">
        Whole estate: traffic and failures{data === undefined ? "" : ". Drag to choose a window."}
      </h2>
      {data === undefined ? null : <Strip data={data} window={window} onRange={choose} />}
    </section>
  );
}
