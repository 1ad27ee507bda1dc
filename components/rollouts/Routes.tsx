"use client";
/** Each route of the rollout: its share over time, whether its traffic moved, by which callers, and what went wrong. */
import type { RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import { count, percent, plain } from "../../lib/view/format.ts";
import type { ShareSeries } from "../../lib/view/rollout/share-chart.ts";
import { CALLER_LOOKS, SHIFT_LOOKS } from "../../lib/view/rollout/words.ts";
import { Num } from "../ui/Num.tsx";
import { ShareOverTime } from "../ui/ShareOverTime.tsx";
import { LookMark } from "../ui/StateMark.tsx";

type Route = RolloutDetail["routes"][number];

/** The first are shown, the rest by a click. */
const SHOWN = 8;

function requestsOf({ callers }: Route): number {
  return callers.reduce((sum, { requests }) => sum + requests, 0);
}

function CallerRows({ callers, desired }: { readonly callers: Route["callers"]; readonly desired: number | null }) {
  return (
    <table className="w-full text-sm">
      <thead className="text-left text-xs text-quiet">
        <tr>
          <th className="py-1 pr-3 font-normal">caller</th>
          <th className="hidden pr-3 text-right font-normal sm:table-cell">requests</th>
          <th className="pr-3 text-right font-normal">share</th>
          <th className="font-normal">{desired === null ? "" : `desired ${plain(percent(desired))}`}</th>
        </tr>
      </thead>
      <tbody>
        {callers.map(({ caller, requests, share, state }) => (
          <tr key={caller} className="border-t border-line">
            <th className="max-w-48 truncate py-1 pr-3 text-left font-normal" title={caller}>
              {caller}
            </th>
            <td className="hidden pr-3 text-right sm:table-cell">
              <Num figure={count(Math.round(requests))} />
            </td>
            <td className="pr-3 text-right">
              <Num figure={percent(share, "unknown")} />
            </td>
            <td>
              <LookMark look={CALLER_LOOKS[state]} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Callers({ route }: { readonly route: Route }) {
  const { callers, desired } = route;
  if (callers.length === 0) return null;
  const sorted = [...callers].sort((a, b) => b.requests - a.requests);
  const rest = sorted.slice(SHOWN);
  return (
    <>
      <CallerRows callers={sorted.slice(0, SHOWN)} desired={desired} />
      {rest.length === 0 ? null : (
        <details>
          <summary className="cursor-pointer py-1 text-quiet">{rest.length} more callers</summary>
          <CallerRows callers={rest} desired={desired} />
        </details>
      )}
    </>
  );
}

/** What the proof rests on: "✓ verified by 3 of 4 callers, 2,140 requests". */
function Proof({ route, state }: { readonly route: Route; readonly state: RolloutDetail["state"] }) {
  const { counted, shift, callers, quiet, neededRequests } = route;
  if (!counted)
    return (
      <p className="text-quiet">
        The traffic of this route is not counted by this collector yet: no share of it can be proved.
      </p>
    );
  if (shift === null && (state === "rolledBack" || state === "rollingBack"))
    return <p className="text-quiet">A way back waits for no proof: the line shows what the callers do.</p>;
  if (shift === null) return <p className="text-quiet">Nothing was written yet, so there is nothing to prove.</p>;
  const requests = requestsOf(route);
  const follow = callers.filter(({ state }) => state === "follows").length;
  const needs =
    neededRequests !== null && requests < neededRequests ? ` of about ${plain(count(neededRequests))} needed` : "";
  return (
    <p className="flex flex-wrap items-baseline gap-x-2">
      <LookMark look={SHIFT_LOOKS[shift]} className="whitespace-normal" />
      <span className="text-quiet">
        {callers.length === 0 ? "" : `${follow} of ${callers.length} callers follow, `}
        {plain(count(Math.round(requests)))} requests since{needs}
        {quiet === null || quiet.callers === 0
          ? ""
          : `; ${quiet.callers} too quiet to tell, ${plain(percent(quiet.share))} of the traffic`}
      </span>
    </p>
  );
}

function Troubles({ route: { accepted, reasons, error } }: { readonly route: Route }) {
  return (
    <>
      {accepted === "no" ? (
        <p className="text-failing-text">The control plane refuses the route: {reasons.join(", ")}</p>
      ) : null}
      {error === null ? null : (
        <p role="alert" className="text-failing-text">
          {error.message} <code className="font-mono text-xs">{error.code}</code>
        </p>
      )}
    </>
  );
}

/** Of one route where routes are told apart, else that of the whole rollout. */
function seriesOf({ splits, series, routes }: RolloutDetail, i: number): ShareSeries | null {
  const split =
    splits?.find(({ route }) => route === routes[i]?.id) ?? (splits?.length === routes.length ? splits[i] : undefined);
  if (split !== undefined) return split;
  return i === 0 && series.timesMs.length > 0 ? { ...series, callers: [] } : null;
}

export function Routes({ rollout }: { readonly rollout: RolloutDetail }) {
  const { routes } = rollout;
  return (
    <ul className="flex flex-col gap-5">
      {routes.map((route, i) => {
        const series = seriesOf(rollout, i);
        return (
          <li key={route.id} className="flex flex-col gap-1.5">
            {routes.length === 1 ? null : (
              <h4 className="font-medium">
                {route.object} <span className="font-normal text-quiet">{route.rule}</span>
              </h4>
            )}
            {series === null ? null : <ShareOverTime series={series} name={`Share of ${route.canary}`} />}
            <Proof route={route} state={rollout.state} />
            <Callers route={route} />
            <Unproxied rollout={rollout} i={i} />
            <Troubles route={route} />
          </li>
        );
      })}
    </ul>
  );
}

/** Callers that the split does not reach at all. */
function Unproxied({ rollout: { splits }, i }: { readonly rollout: RolloutDetail; readonly i: number }) {
  const unproxied = splits?.[i]?.unproxied;
  if (unproxied === undefined || unproxied.requests === 0) return null;
  return (
    <p className="text-quiet">
      Past the split: {plain(count(Math.round(unproxied.requests)))} requests of callers without a proxy,{" "}
      {plain(percent(unproxied.canaryRequests / unproxied.requests))} of them to the new version.
    </p>
  );
}
