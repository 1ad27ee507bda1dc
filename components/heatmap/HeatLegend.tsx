"use client";
import { count, plain } from "../../lib/view/format.ts";
/** What the colours, the lines and the marks of the picture mean, under it. */
import { countAtShare, hex, scaleColour, type ThemeName } from "../../lib/view/heatmap/colour-scale.ts";
import type { HeatmapView } from "../../lib/view/heatmap/present-heatmap.ts";

const STOPS = [0, 0.25, 0.5, 0.75, 1];
const LINES = [
  { name: "p50", dash: "" },
  { name: "p95", dash: "6 3" },
  { name: "p99", dash: "2 3" },
] as const;

function Scale({ most, theme }: { readonly most: number; readonly theme: ThemeName }) {
  const colours = Array.from({ length: 9 }, (_, i) => hex(scaleColour(theme, i / 8)));
  return (
    <span className="flex items-center gap-2">
      <span>requests in a cell</span>
      <span className="flex w-48 flex-col">
        <span
          aria-hidden="true"
          className="h-2.5 w-full rounded-sm"
          style={{ background: `linear-gradient(to right, ${colours.join(", ")})` }}
        />
        <span className="flex justify-between text-2xs">
          {STOPS.map((stop) => (
            <span key={stop}>{plain(count(countAtShare(stop, most)))}</span>
          ))}
        </span>
      </span>
    </span>
  );
}

function Swatch({ hatched }: { readonly hatched: boolean }) {
  const hatch = "repeating-linear-gradient(-45deg, var(--color-idle) 0 1px, transparent 1px 5px)";
  return (
    <span
      aria-hidden="true"
      className="inline-block size-3.5 rounded-sm border border-line"
      style={hatched ? { background: hatch } : undefined}
    />
  );
}

function Line({ dash }: { readonly dash: string }) {
  return (
    <svg aria-hidden="true" width="22" height="8">
      <path d="M0 4H22" className="stroke-text" strokeWidth="1.5" strokeDasharray={dash} />
    </svg>
  );
}

interface HeatLegendProps {
  readonly view: HeatmapView;
  readonly theme: ThemeName;
}

const ITEM = "inline-flex items-center gap-1.5 whitespace-nowrap";

export function HeatLegend({ view, theme }: HeatLegendProps) {
  const marks = view.exemplars.length > 0;
  return (
    <section aria-label="Legend" className="flex flex-wrap items-center gap-x-5 gap-y-1.5 px-3 py-2 text-xs text-quiet">
      <Scale most={view.most} theme={theme} />
      <span className={ITEM}>
        <Swatch hatched={false} />
        none
      </span>
      {view.gaps > 0 ? (
        <span className={ITEM}>
          <Swatch hatched />
          not observed
        </span>
      ) : null}
      {view.partial > 0 ? (
        <span className={ITEM}>
          <span aria-hidden="true" className="inline-block h-[3px] w-3.5 bg-degraded" />
          observed in part: counts too low
        </span>
      ) : null}
      {LINES.map(({ name, dash }) => (
        <span key={name} className={ITEM}>
          <Line dash={dash} />
          {name}
        </span>
      ))}
      {marks ? (
        <span className={ITEM}>
          <span aria-hidden="true" className="inline-block size-[5px] rounded-full border border-text bg-panel" />
          has a trace
        </span>
      ) : null}
    </section>
  );
}
