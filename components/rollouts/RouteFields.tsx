"use client";
/** The routes of a new release: one, or several in lockstep. */
import { Plus, X } from "lucide-react";
import { useId } from "react";
import { DRIVERS } from "../../lib/query/schema/rollout-definition.ts";
import { DRIVER_WORDS, type Draft, type DraftRoute, type RouteField, withRoute } from "../../lib/view/rollout/draft.ts";
import { useScopeOptions } from "../data/queries.ts";
import { useRollouts } from "../data/rollouts.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Button } from "../ui/Button.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { Field, INPUT, LEGEND } from "./Field.tsx";

function useNames() {
  const [view] = useViewState();
  const { data: options } = useScopeOptions();
  const { data: list } = useRollouts(view);
  const names = (values: readonly (string | null | undefined)[]): readonly string[] =>
    [...new Set(values.filter((one): one is string => one !== null && one !== undefined && one !== ""))].sort();
  return {
    clusters: names(list?.rollouts.map(({ cluster }) => cluster) ?? []),
    namespaces: names(options?.nodes.map(({ namespace }) => namespace) ?? []),
  };
}

interface RouteProps {
  readonly route: DraftRoute;
  readonly legend: string;
  readonly onRoute: (route: DraftRoute) => void;
  /** Null for the only one. */
  readonly onDrop: (() => void) | null;
}

function KindAndStreams({ route, onRoute }: Pick<RouteProps, "route" | "onRoute">) {
  const kindId = useId();
  return (
    <div className="flex flex-wrap items-end gap-x-4 gap-y-2 text-xs text-quiet sm:col-span-2">
      <div className="flex min-w-48 flex-1 flex-col gap-1">
        <label htmlFor={kindId}>Kind</label>
        <select
          id={kindId}
          value={route.driver}
          onChange={(event) => {
            const driver = DRIVERS.find((one) => one === event.target.value);
            if (driver !== undefined) onRoute({ ...route, driver });
          }}
          className={INPUT}
        >
          {DRIVERS.map((driver) => (
            <option key={driver} value={driver}>
              {DRIVER_WORDS[driver]}
            </option>
          ))}
        </select>
      </div>
      <label className="flex h-8 items-center gap-1.5">
        <input
          type="checkbox"
          checked={route.hasStreams}
          onChange={(event) => onRoute({ ...route, hasStreams: event.target.checked })}
        />
        long streams
      </label>
    </div>
  );
}

function RouteOf({ route, legend, onRoute, onDrop }: RouteProps) {
  const { clusters, namespaces } = useNames();
  const field = (name: RouteField) => ({
    value: route[name],
    onChange: (value: string) => onRoute({ ...route, [name]: value }),
  });
  return (
    <fieldset className="relative grid min-w-0 gap-3 sm:grid-cols-2">
      <legend className={LEGEND}>{legend}</legend>
      {onDrop === null ? null : (
        <div className="absolute right-0 top-0">
          <IconButton label={`Take away: ${legend.toLowerCase()}`} icon={<X size={14} />} onClick={onDrop} />
        </div>
      )}
      <KindAndStreams route={route} onRoute={onRoute} />
      <Field label="Control plane" hint="its name in meshscope.yaml" options={clusters} {...field("cluster")} />
      <Field label="Namespace" options={namespaces} {...field("namespace")} />
      <Field label="Object" hint="its name" {...field("object")} />
      <Field label="Rule" hint="name or number in the object" {...field("rule")} />
      <Field label="Old version" hint="as payments/v1" {...field("stable")} />
      <Field label="New version" hint="as payments/v2" {...field("canary")} />
    </fieldset>
  );
}

export function RouteFields({ draft, onDraft }: { readonly draft: Draft; readonly onDraft: (draft: Draft) => void }) {
  const { routes } = draft;
  const change = (next: readonly DraftRoute[]) => onDraft({ ...draft, routes: next });
  return (
    <div className="flex flex-col gap-4">
      {routes.map((route, i) => (
        <RouteOf
          key={route.key}
          route={route}
          legend={routes.length === 1 ? "The route that it moves" : `Route ${i + 1} of ${routes.length}, in lockstep`}
          onRoute={(changed) => change(routes.map((one) => (one.key === route.key ? changed : one)))}
          onDrop={routes.length === 1 ? null : () => change(routes.filter(({ key }) => key !== route.key))}
        />
      ))}
      <Button className="self-start" onClick={() => onDraft(withRoute(draft))}>
        <Plus size={14} aria-hidden="true" /> Add a route in lockstep
      </Button>
    </div>
  );
}
