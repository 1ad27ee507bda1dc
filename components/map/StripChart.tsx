"use client";
/** The strip itself: lanes of traffic and failures, what happened above them, what came and went below, windows over all. */
import { type PointerEvent, useState } from "react";
import type { Timeseries } from "../../lib/query/schema/estate.ts";
import { bars, type Domain, maxOf, pointAt, ticks, timeOf, xOf } from "../../lib/view/chart.ts";
import { percent, plain, ratePerSec } from "../../lib/view/format.ts";
import { clock, day, zoneMinutes } from "../../lib/view/time.ts";
import type { HistoryTick } from "../../lib/view/timeline/history-ticks.ts";
import type { Range } from "../../lib/view/timeline/range.ts";
import { centred, dragged } from "../../lib/view/timeline/scrub.ts";
import { EventTicks } from "../shell/EventTicks.tsx";
import { setCrosshair, useCrosshair } from "../ui/crosshair.ts";
import { HistoryTicks } from "./HistoryTicks.tsx";
import { FAILURES, StripLanes, TRAFFIC } from "./StripLanes.tsx";
import { type Drafts, StripWindows } from "./StripWindows.tsx";

export interface StripChartProps {
  readonly data: Timeseries;
  readonly domain: Range;
  /** What can be chosen: up to the last observation. */
  readonly limits: Range;
  readonly window: Range;
  readonly base: Range | null;
  readonly history: readonly HistoryTick[];
  readonly onWindow: (window: Range) => void;
  readonly onBase: (base: Range) => void;
  readonly onHistory: (tick: HistoryTick) => void;
}

const NO_DRAFTS: Drafts = { window: null, base: null };
/** Below this share the lane of failures is not stretched further. */
const LEAST_RATIO = 0.01;
const LEAST_DRAG_PX = 4;
const DAY_MS = 86_400_000;

const left = (atMs: number, domain: Range): string => `${xOf(atMs, { ...domain, max: 1 }, { width: 100, height: 1 })}%`;

interface ReadoutProps {
  readonly data: Timeseries;
  readonly atMs: number;
  readonly domain: Range;
}

function Readout({ data, atMs, domain }: ReadoutProps) {
  const at = pointAt(data.xMs, atMs);
  if (at < 0 || atMs > data.window.end) return null;
  const rate = data.series["requestsPerSec"]?.[at] ?? null;
  const ratio = data.series["errorRatio"]?.[at];
  const words = rate === null ? "not observed" : `${plain(ratePerSec(rate))}, ${plain(percent(ratio))} failed`;
  const late = atMs > (domain.startMs + domain.endMs) / 2;
  return (
    <span
      className={`pointer-events-none absolute top-3 z-20 whitespace-nowrap rounded-sm border border-line bg-panel px-1 text-2xs ${late ? "-translate-x-full" : ""}`}
      style={{ left: left(atMs, domain) }}
    >
      {clock(data.xMs[at] ?? 0)} · {words}
    </span>
  );
}

function Axis({ domain }: { readonly domain: Range }) {
  const marks = ticks(domain, 6, zoneMinutes(domain.endMs));
  const isLong = domain.endMs - domain.startMs > DAY_MS;
  return marks.map((atMs) => (
    <span
      key={atMs}
      className="pointer-events-none absolute bottom-0 -translate-x-1/2 whitespace-nowrap text-2xs text-quiet"
      style={{ left: `clamp(16px, ${left(atMs, domain)}, calc(100% - 16px))` }}
    >
      {isLong ? `${day(atMs).slice(5)} ` : ""}
      {clock(atMs, undefined, false)}
    </span>
  ));
}

/** A drag across the ground draws a new window; a click brings the window there. */
function useGround({ domain, limits, window, onWindow }: StripChartProps, setDrafts: (drafts: Drafts) => void) {
  const [from, setFrom] = useState<{ ms: number; x: number } | null>(null);
  const under = (event: PointerEvent<Element>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return timeOf(event.clientX - box.left, { ...domain, max: 1 }, { width: box.width, height: 1 });
  };
  const drawn = (event: PointerEvent<Element>, fromMs: number) =>
    dragged(window, "new", { fromMs, toMs: under(event) }, limits);
  const letGo = () => {
    setFrom(null);
    setDrafts(NO_DRAFTS);
  };
  return {
    onPointerDown: (event: PointerEvent<Element>) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      setFrom({ ms: under(event), x: event.clientX });
    },
    onPointerMove: (event: PointerEvent<Element>) => {
      setCrosshair(under(event));
      if (from !== null && Math.abs(event.clientX - from.x) >= LEAST_DRAG_PX)
        setDrafts({ ...NO_DRAFTS, window: drawn(event, from.ms) });
    },
    onPointerUp: (event: PointerEvent<Element>) => {
      if (from === null) return;
      letGo();
      const isClick = Math.abs(event.clientX - from.x) < LEAST_DRAG_PX;
      onWindow(isClick ? centred(window, from.ms, limits) : drawn(event, from.ms));
    },
    onPointerCancel: letGo,
    onPointerLeave: () => setCrosshair(null),
  };
}

export function StripChart(props: StripChartProps) {
  const { data, domain, limits, window, base, history, onWindow, onBase, onHistory } = props;
  const hoverMs = useCrosshair();
  const [drafts, setDrafts] = useState<Drafts>(NO_DRAFTS);
  const ground = useGround(props, setDrafts);
  // The last bar ends with the last observation, not with the strip.
  const xMs = [...data.xMs, data.window.end];
  const rates = [...(data.series["requestsPerSec"] ?? []), null];
  const ratios = [...(data.series["errorRatio"] ?? []), null];
  const traffic: Domain = { ...domain, max: maxOf(rates) * 1.05 };
  const failures: Domain = { ...domain, max: maxOf(ratios, LEAST_RATIO) };
  const isInside = hoverMs !== null && hoverMs >= domain.startMs && hoverMs <= domain.endMs;
  return (
    <div className="flex gap-6">
      <div aria-hidden="true" className="hidden w-24 shrink-0 pt-3 text-right text-2xs text-quiet sm:block">
        <div style={{ height: TRAFFIC.height }}>
          traffic
          <br />
          up to {plain(ratePerSec(maxOf(rates)))}
        </div>
        <div className="leading-3">failed ≤ {plain(percent(failures.max))}</div>
        <div className="leading-3">came, went</div>
      </div>
      <div
        data-strip=""
        className="relative mr-6 min-w-0 flex-1 cursor-crosshair touch-none pb-[30px] pt-3"
        {...ground}
      >
        <StripLanes
          traffic={bars(xMs, rates, ratios, traffic, TRAFFIC)}
          failures={bars(xMs, ratios, [], failures, FAILURES)}
          domain={traffic}
          crosshairMs={isInside ? hoverMs : null}
        />
        <div className="absolute inset-x-0 bottom-[30px] top-3">
          <StripWindows {...{ window, base, domain, limits, drafts, onWindow, onBase }} onDraft={setDrafts} />
        </div>
        <div className="pointer-events-none absolute inset-x-0 bottom-[30px] top-1">
          <EventTicks window={{ start: domain.startMs, end: domain.endMs }} />
        </div>
        <div className="pointer-events-none absolute inset-x-0 bottom-4 h-3">
          <HistoryTicks ticks={history} onChoose={onHistory} />
        </div>
        <Axis domain={domain} />
        {isInside ? <Readout data={data} atMs={hoverMs} domain={domain} /> : null}
      </div>
    </div>
  );
}
