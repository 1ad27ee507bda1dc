"use client";
/** Each route of the rollout: whether its traffic moved, by which callers, what is too quiet to tell, what went wrong. */
import type { RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import { count, percent, plain } from "../../lib/view/format.ts";
import { SHIFT_LOOKS } from "../../lib/view/rollout/words.ts";
import { LookMark } from "../ui/StateMark.tsx";

type Route = RolloutDetail["routes"][number];

const FOLLOWS = { follows: "", stays: "stays at the old share", quiet: "too quiet to tell" } as const;

function callersText({ callers, quiet }: Route): string {
  const loud = callers.filter(({ state }) => state !== "quiet");
  const names = loud.slice(0, 6).map(({ caller, share, state }) => {
    const words = FOLLOWS[state];
    return `${caller} ${plain(percent(share))}${words === "" ? "" : ` (${words})`}`;
  });
  const rest = loud.length > 6 ? [`${loud.length - 6} more`] : [];
  const silent =
    quiet === null || quiet.callers === 0
      ? []
      : [`too quiet to tell: ${quiet.callers} callers, ${plain(percent(quiet.share))} of the traffic`];
  return [...names, ...rest, ...silent].join(", ");
}

function requestsOf({ callers }: Route): number {
  return callers.reduce((sum, { requests }) => sum + requests, 0);
}

function One({ route, isAlone }: { readonly route: Route; readonly isAlone: boolean }) {
  const requests = requestsOf(route);
  const needed = route.neededRequests;
  return (
    <li className="flex flex-col gap-0.5 py-1">
      {isAlone ? null : (
        <span className="font-medium">
          {route.object} <span className="text-quiet">{route.rule}</span>
        </span>
      )}
      <span className="flex flex-wrap items-baseline gap-x-2">
        {!route.counted ? (
          <span className="text-quiet">
            The traffic of this route is not counted by this collector yet: no share of it can be proved.
          </span>
        ) : route.shift === null ? (
          <span className="text-quiet">nothing was written yet</span>
        ) : (
          <LookMark look={SHIFT_LOOKS[route.shift]} />
        )}
        {requests === 0 ? null : (
          <span className="text-quiet">
            {plain(count(requests))} requests
            {needed !== null && requests < needed ? ` of about ${plain(count(needed))} needed` : ""}
            {route.callers.length === 0 ? "" : `: ${callersText(route)}`}
          </span>
        )}
      </span>
      {route.accepted === "no" ? (
        <span className="text-failing-text">the control plane refuses the route: {route.reasons.join(", ")}</span>
      ) : null}
      {route.error === null ? null : (
        <span role="alert" className="text-failing-text">
          {route.error.message} <code className="font-mono text-xs">{route.error.code}</code>
        </span>
      )}
    </li>
  );
}

export function Routes({ rollout: { routes } }: { readonly rollout: RolloutDetail }) {
  return (
    <ul className="flex flex-col">
      {routes.map((route) => (
        <One key={route.id} route={route} isAlone={routes.length === 1} />
      ))}
    </ul>
  );
}
