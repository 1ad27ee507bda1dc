"use client";
/** The drawing of the time strip: traffic as bars on the ground, the share that failed below it on a scale of its own. */
import { type Bar, type Box, type Domain, xOf } from "../../lib/view/chart.ts";

/** In units of the drawing, which is stretched to the width. */
export const TRAFFIC: Box = { width: 1000, height: 36 };
export const FAILURES: Box = { width: 1000, height: 12 };

interface StripLanesProps {
  readonly traffic: readonly Bar[];
  readonly failures: readonly Bar[];
  readonly domain: Domain;
  readonly crosshairMs: number | null;
}

function Bars({
  bars,
  box,
  className,
}: {
  readonly bars: readonly Bar[];
  readonly box: Box;
  readonly className: string;
}) {
  return bars.map((bar) => (
    <rect
      key={bar.atMs}
      x={bar.x}
      y={box.height - bar.height}
      width={bar.width}
      height={bar.height}
      className={className}
    />
  ));
}

function Lane({ box, children }: { readonly box: Box; readonly children: React.ReactNode }) {
  return (
    <svg
      aria-hidden="true"
      viewBox={`0 0 ${box.width} ${box.height}`}
      preserveAspectRatio="none"
      className="block w-full border-b border-line"
      style={{ height: box.height }}
    >
      {children}
    </svg>
  );
}

export function StripLanes({ traffic, failures, domain, crosshairMs }: StripLanesProps) {
  const line = (box: Box) =>
    crosshairMs === null ? null : (
      <path
        d={`M${xOf(crosshairMs, domain, box)} 0V${box.height}`}
        className="stroke-line-strong"
        vectorEffect="non-scaling-stroke"
      />
    );
  const failing = failures.filter(({ height }) => height > 0);
  const failed = traffic.filter((bar) => bar.failed > 0).map((bar) => ({ ...bar, height: bar.failed }));
  return (
    <div role="img" aria-label={`${traffic.length} observed points, ${failing.length} of them with failures`}>
      <Lane box={TRAFFIC}>
        <Bars bars={traffic} box={TRAFFIC} className="fill-line-strong opacity-60" />
        <Bars bars={failed} box={TRAFFIC} className="fill-failing" />
        {line(TRAFFIC)}
      </Lane>
      <Lane box={FAILURES}>
        <Bars bars={failing} box={FAILURES} className="fill-failing" />
        {line(FAILURES)}
      </Lane>
    </div>
  );
}
