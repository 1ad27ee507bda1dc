"use client";
/** What can be made to go wrong in the simulated estate, each with a switch. */
import type { Incident } from "../../lib/query/schema/simulation.ts";
import { age, plain } from "../../lib/view/format.ts";
import { instant } from "../../lib/view/time.ts";
import { asFailure } from "../data/api.ts";
import { useIncidents, useSwitchIncident } from "../data/simulation.ts";
import { useNow } from "../data/use-now.ts";
import { FailureNotice } from "../shell/FailureNotice.tsx";
import { Chip } from "../ui/Chip.tsx";
import { SkeletonRows } from "../ui/Skeleton.tsx";
import { Switch } from "../ui/Switch.tsx";

function Row({ incident }: { readonly incident: Incident }) {
  const now = useNow(5_000);
  const { mutate, isPending, error } = useSwitchIncident();
  const failure = asFailure(error);
  return (
    <li className="flex items-start justify-between gap-6 border-b border-line py-3 last:border-b-0">
      <div className="min-w-0">
        <h2 className="font-semibold">{incident.title}</h2>
        <p className="text-quiet">{incident.description}</p>
        {incident.sinceMs === null ? null : (
          <p className="text-degraded-text" title={instant(incident.sinceMs)}>
            on for {plain(age(now - incident.sinceMs))}
          </p>
        )}
        {failure === null ? null : (
          <p role="alert" className="text-failing-text">
            {failure.message} ({failure.code})
          </p>
        )}
      </div>
      <Switch
        label={incident.title}
        checked={incident.active}
        disabled={isPending}
        onChange={(active) => mutate({ name: incident.name, active })}
      />
    </li>
  );
}

export function SimulationPage() {
  const { data, error, refetch } = useIncidents();
  const failure = asFailure(error);
  if (data === undefined) {
    if (failure === null) return <SkeletonRows />;
    return <FailureNotice title="There is no simulation to steer" failure={failure} onRetry={() => void refetch()} />;
  }
  return (
    <div className="h-full overflow-y-auto p-6">
      <div className="mx-auto flex max-w-2xl flex-col gap-4">
        <header className="flex flex-col gap-1">
          <h1 className="flex items-center gap-3 text-lg font-semibold">
            Simulation <Chip tone="accent">Simulated estate</Chip>
          </h1>
          <p className="text-quiet">
            All traffic here is made up by a seeded simulator that speaks as real proxies do. Switch an incident on and
            watch the map: figures change with the next scrapes, within about 20 seconds. Nothing real is touched.
          </p>
        </header>
        <ul className="rounded-md border border-line bg-panel px-4">
          {data.incidents.map((incident) => (
            <Row key={incident.name} incident={incident} />
          ))}
        </ul>
      </div>
    </div>
  );
}
