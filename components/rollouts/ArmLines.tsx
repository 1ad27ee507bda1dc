"use client";
/** Both versions in one small picture: the new one coloured over the old one grey, gaps as gaps, a shared crosshair. */
import { type Domain, linePath, maxOf, pointAt, type Values, xOf } from "../../lib/view/chart.ts";
import { type Figure, plain } from "../../lib/view/format.ts";
import { clock } from "../../lib/view/time.ts";
import { useCrosshair } from "../ui/crosshair.ts";
import { cx } from "../ui/cx.ts";
import { useChartPointer } from "../ui/use-chart-pointer.ts";

interface ArmLinesProps {
  readonly name: string;
  readonly timesMs: readonly number[];
  readonly canary: Values;
  readonly stable: Values;
  readonly format: (value: number | null) => Figure;
  readonly isFailing?: boolean;
}

const BOX = { width: 320, height: 36 };

function rangeText(values: Values, format: ArmLinesProps["format"]): string {
  const seen = values.filter((value) => value !== null);
  if (seen.length === 0) return "nothing seen";
  return `${plain(format(Math.min(...seen)))} to ${plain(format(Math.max(...seen)))}`;
}

/** What was not yet watched at the beginning takes no room. */
function firstSeen(canary: Values, stable: Values): number {
  const first = canary.findIndex((value, i) => value !== null || (stable[i] ?? null) !== null);
  return Math.max(first, 0);
}

export function ArmLines({ name, timesMs, canary, stable, format, isFailing = false }: ArmLinesProps) {
  const hoverMs = useCrosshair();
  const from = firstSeen(canary, stable);
  const xMs = timesMs.slice(from);
  const [next, now] = [canary.slice(from), stable.slice(from)];
  const [startMs = 0, endMs = 1] = [xMs[0], xMs.at(-1)];
  const domain: Domain = { startMs, endMs, max: maxOf([...next, ...now]) * 1.1 };
  const { handlers } = useChartPointer(domain, undefined);
  const inside = hoverMs !== null && hoverMs >= startMs && hoverMs <= endMs;
  const at = inside ? pointAt(xMs, hoverMs) : -1;
  const line = (values: Values) => linePath(xMs, values, domain, BOX);
  const hair = { vectorEffect: "non-scaling-stroke", strokeLinejoin: "round" } as const;
  const valueAt = (values: Values) => plain(format(values[at] ?? null));
  return (
    <div className="relative touch-pan-y" {...handlers}>
      <svg
        role="img"
        aria-label={`${name}: new version ${rangeText(next, format)}, old version ${rangeText(now, format)}`}
        viewBox={`0 0 ${BOX.width} ${BOX.height}`}
        preserveAspectRatio="none"
        className="block h-9 w-full border-b border-line"
      >
        <path d={line(now)} className="fill-none stroke-line-strong" strokeWidth={1.5} {...hair} />
        <path
          d={line(next)}
          className={cx("fill-none", isFailing ? "stroke-failing" : "stroke-accent")}
          strokeWidth={1.75}
          {...hair}
        />
        {inside ? (
          <path d={`M${xOf(hoverMs, domain, BOX)} 0V${BOX.height}`} className="stroke-line-strong" {...hair} />
        ) : null}
      </svg>
      {at < 0 ? null : (
        <span className="pointer-events-none absolute right-0 top-full z-10 whitespace-nowrap rounded-sm border border-line bg-panel px-1 text-2xs text-text">
          {clock(xMs[at] ?? 0)} new {valueAt(next)} · old {valueAt(now)}
        </span>
      )}
    </div>
  );
}
