"use client";
/** Latency of both versions: the share of requests that took at most so long, with the band it may be off by. */
import type { RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import { percent, plain } from "../../lib/view/format.ts";
import { type LatencyChart, latencyChart } from "../../lib/view/rollout/latency-chart.ts";

type Latency = NonNullable<RolloutDetail["latency"]>;

const BOX = { width: 640, height: 120 };

function Picture({ chart }: { readonly chart: LatencyChart }) {
  const hair = { vectorEffect: "non-scaling-stroke" } as const;
  return (
    <div className="flex gap-2">
      <div className="relative w-11 shrink-0 text-right text-xs text-quiet" style={{ height: BOX.height }}>
        {[0, 0.5, 1].map((share) => (
          <span key={share} className="absolute right-0 -translate-y-1/2" style={{ top: BOX.height * (1 - share) }}>
            {plain(percent(share))}
          </span>
        ))}
      </div>
      <div className="min-w-0 flex-1">
        <svg
          role="img"
          aria-label="Share of requests that took at most so long, of both versions; the same as a table below"
          viewBox={`0 0 ${BOX.width} ${BOX.height}`}
          preserveAspectRatio="none"
          className="block h-[120px] w-full"
        >
          {[0, 0.5, 1].map((share) => (
            <path key={share} d={`M0 ${BOX.height * share}H${BOX.width}`} className="stroke-line" {...hair} />
          ))}
          {chart.stableBand === null ? null : <path d={chart.stableBand} className="fill-line-strong opacity-20" />}
          {chart.canaryBand === null ? null : <path d={chart.canaryBand} className="fill-accent opacity-20" />}
          <path d={chart.stable} className="fill-none stroke-line-strong" strokeWidth={1.5} {...hair} />
          <path d={chart.canary} className="fill-none stroke-accent" strokeWidth={2} {...hair} />
        </svg>
        <div className="relative h-5 text-2xs text-quiet" aria-hidden="true">
          {chart.ticks.map(({ x, text }) => (
            <span
              key={text}
              className="absolute -translate-x-1/2 whitespace-nowrap"
              style={{ left: `${Math.min(96, Math.max(3, (x / BOX.width) * 100))}%` }}
            >
              {text}
            </span>
          ))}
        </div>
      </div>
    </div>
  );
}

function Rows({ rows }: Pick<LatencyChart, "rows">) {
  return (
    <details>
      <summary className="cursor-pointer text-xs text-quiet">As a table</summary>
      <table className="text-sm">
        <thead className="text-left text-xs text-quiet">
          <tr>
            {["took at most", "new version", "old version"].map((name) => (
              <th key={name} className="py-1 pr-6 font-normal">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name} className="border-t border-line">
              <th className="py-0.5 pr-6 text-left font-normal">{row.name}</th>
              <td className="pr-6 text-right">{plain(percent(row.canary))}</td>
              <td className="pr-6 text-right">{plain(percent(row.stable))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

export function LatencyArms({ latency }: { readonly latency: Latency }) {
  const chart = latencyChart(latency, BOX);
  if (chart === null) return <p className="text-quiet">Too little was timed yet for a picture.</p>;
  const { band } = latency;
  return (
    <figure className="flex flex-col gap-1">
      <Picture chart={chart} />
      <figcaption className="text-xs text-quiet">
        Requests that took at most so long: new version coloured, old one grey.
        {band === undefined
          ? ""
          : ` Bands: where the truth lies whenever one looks (5 % risk): ±${plain(percent(Math.min(1, band.canary)))} and ±${plain(percent(Math.min(1, band.stable)))}.`}
      </figcaption>
      <Rows rows={chart.rows} />
    </figure>
  );
}
