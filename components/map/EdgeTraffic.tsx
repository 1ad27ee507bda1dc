"use client";
/** RED of one edge: rate, failures, percentiles with their bounds; beside them the caller's view where it differs. */
import type { ReactNode } from "react";
import type { AbsentReason, Health } from "../../lib/query/schema/common.ts";
import type { EdgeDetail, MergedDetail } from "../../lib/query/schema/graph.ts";
import { count, durationMs, percent, plain, quantileMs, ratePerSec } from "../../lib/view/format.ts";
import { Num } from "../ui/Num.tsx";
import { Fact } from "../ui/Section.tsx";
import { troubleText } from "../ui/StateMark.tsx";

const TIMED = {
  firstByte: "timed to the first byte",
  response: "timed to the end of the response",
  span: "timed by spans",
  mixed: "timed in unlike ways by its sources",
} as const;

const QUANTILES = ["p50", "p95", "p99"] as const;
const ALL_QUANTILES = ["p50", "p90", "p95", "p99"] as const;

interface FailuresProps {
  readonly ratio: number | null;
  readonly health: Health;
  readonly absent?: AbsentReason | undefined;
}

/** "9.4 % 602 of 6,390", coloured as the health that these requests were judged by. */
export function Failures({ ratio, health, absent }: FailuresProps) {
  return (
    <>
      <Num figure={percent(ratio, absent)} className={troubleText(health.state)} />
      {ratio === null || health.requests === 0 ? null : (
        <span className="text-quiet">
          {" "}
          {plain(count(ratio * health.requests))} of {plain(count(health.requests))}
        </span>
      )}
    </>
  );
}

function Percentiles({ edge }: { readonly edge: MergedDetail }) {
  const { latencyMs } = edge;
  if (latencyMs === null) return <Num figure={durationMs(null, edge.absent?.["latencyMs"])} />;
  return ALL_QUANTILES.map((name, i) => (
    <span key={name}>
      {i > 0 ? <span className="text-quiet"> · </span> : null}
      <Num figure={quantileMs(latencyMs[name], latencyMs.known[name], edge.absent?.["latencyMs"])} />
    </span>
  ));
}

function CallerRow({
  name,
  edge,
  caller,
}: {
  readonly name: string;
  readonly edge: ReactNode;
  readonly caller: ReactNode;
}) {
  return (
    <tr>
      <th scope="row" className="border-b border-line py-1 text-left font-normal">
        {name}
      </th>
      <td className="border-b border-line py-1 text-right">{edge}</td>
      <td className="border-b border-line py-1 text-right">{caller}</td>
    </tr>
  );
}

interface OtherViewProps {
  readonly edge: EdgeDetail;
  readonly view: EdgeDetail["callerView"];
  readonly who: "caller" | "called side";
  readonly note: string;
}

function OtherView({ edge, view, who, note }: OtherViewProps) {
  if (view === undefined) return null;
  return (
    <section>
      <h3 className="pb-1 text-xs font-semibold text-quiet">What the {who} saw</h3>
      <table className="w-full text-sm">
        <thead className="text-xs text-quiet">
          <tr>
            <td />
            <th scope="col" className="text-right font-normal">
              this edge
            </th>
            <th scope="col" className="text-right font-normal">
              {who}
            </th>
          </tr>
        </thead>
        <tbody>
          <CallerRow
            name="requests"
            edge={<Num figure={ratePerSec(edge.requestsPerSec)} />}
            caller={<Num figure={ratePerSec(view.requestsPerSec)} />}
          />
          <CallerRow
            name="failures"
            edge={<Num figure={percent(edge.errorRatio)} />}
            caller={<Num figure={percent(view.errorRatio)} />}
          />
          {QUANTILES.map((name) => (
            <CallerRow
              key={name}
              name={name}
              edge={
                <Num
                  figure={quantileMs(edge.latencyMs?.[name], edge.latencyMs?.known[name], edge.absent?.["latencyMs"])}
                />
              }
              caller={<Num figure={durationMs(view.latencyMs?.[name])} />}
            />
          ))}
        </tbody>
      </table>
      <p className="pt-1 text-xs text-quiet">{note} Shown beside, never added.</p>
    </section>
  );
}

/** The same requests as the other proxies on their way tell of them. */
export function OtherViews({ edge }: { readonly edge: EdgeDetail }) {
  return (
    <>
      <OtherView edge={edge} view={edge.callerView} who="caller" note="Retries and timeouts are the caller's alone." />
      <OtherView
        edge={edge}
        view={edge.calleeView}
        who="called side"
        note="Its mesh is another one and cannot name the caller; how the connection was secured is its word."
      />
    </>
  );
}

export function LatencyFacts({ edge }: { readonly edge: MergedDetail }) {
  return (
    <>
      <Fact name="p50 · p90 · p95 · p99">
        <Percentiles edge={edge} />
      </Fact>
      <Fact name="average">
        <Num figure={durationMs(edge.latencyMs?.avg, edge.absent?.["latencyMs"])} />
      </Fact>
      {edge.latencyMs === null ? null : (
        <p className="pt-1 text-xs text-quiet">
          {TIMED[edge.latencyMs.of]}, {plain(count(edge.latencyMs.count))} measured
        </p>
      )}
    </>
  );
}
