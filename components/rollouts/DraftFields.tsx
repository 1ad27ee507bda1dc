"use client";
/** The fields of a new release: what it is, which route it moves, its steps, its judge and its way back. */
import { useId } from "react";
import { DRIVERS } from "../../lib/query/schema/rollout-definition.ts";
import { DRIVER_WORDS, type Draft, type TextField, withService } from "../../lib/view/rollout/draft.ts";
import { useScopeOptions } from "../data/queries.ts";
import { useRollouts } from "../data/rollouts.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Choice } from "../ui/Toggle.tsx";
import { Field } from "./Field.tsx";
import { StepFields } from "./StepFields.tsx";

export interface DraftFieldsProps {
  readonly draft: Draft;
  readonly onDraft: (draft: Draft) => void;
  /** Names of services that the estate has. */
  readonly services: readonly string[];
}

const LEGEND = "pb-2 text-xs font-semibold text-quiet";

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

function RouteFields({ draft, onDraft }: Omit<DraftFieldsProps, "services">) {
  const { clusters, namespaces } = useNames();
  const kindId = useId();
  const field = (name: TextField) => ({
    value: draft[name],
    onChange: (value: string) => onDraft({ ...draft, [name]: value }),
  });
  return (
    <fieldset className="grid min-w-0 gap-3 sm:grid-cols-2">
      <legend className={LEGEND}>The route that it moves</legend>
      <div className="flex flex-col gap-1 text-xs text-quiet sm:col-span-2">
        <label htmlFor={kindId}>Kind</label>
        <select
          id={kindId}
          value={draft.driver}
          onChange={(event) => {
            const driver = DRIVERS.find((one) => one === event.target.value);
            if (driver !== undefined) onDraft({ ...draft, driver });
          }}
          className="h-8 rounded-md border border-line bg-panel px-2 text-sm text-text"
        >
          {DRIVERS.map((driver) => (
            <option key={driver} value={driver}>
              {DRIVER_WORDS[driver]}
            </option>
          ))}
        </select>
      </div>
      <Field label="Control plane" hint="its name in meshscope.yaml" options={clusters} {...field("cluster")} />
      <Field label="Namespace" options={namespaces} {...field("namespace")} />
      <Field label="Object" hint="its name" {...field("object")} />
      <Field label="Rule" hint="name or number in the object" {...field("rule")} />
      <Field label="Old version" hint="as payments/v1" {...field("stable")} />
      <Field label="New version" hint="as payments/v2" {...field("canary")} />
    </fieldset>
  );
}

const JUDGES = [
  { value: "advisory", label: "a person decides" },
  { value: "automatic", label: "the judge decides" },
] as const;

export function DraftFields({ draft, onDraft, services }: DraftFieldsProps) {
  const set = (patch: Partial<Draft>) => onDraft({ ...draft, ...patch });
  return (
    <div className="flex flex-col gap-6">
      <fieldset className="grid min-w-0 gap-3 sm:grid-cols-2">
        <legend className={LEGEND}>The release</legend>
        <Field
          label="Service"
          value={draft.service}
          options={services}
          onChange={(service) => onDraft(withService(draft, service))}
        />
        <Field label="Name" value={draft.name} onChange={(name) => set({ name })} />
        <Field label="Id" hint="lower-case letters, digits, -" value={draft.id} onChange={(id) => set({ id })} />
      </fieldset>
      <RouteFields draft={draft} onDraft={onDraft} />
      <StepFields steps={draft.steps} onSteps={(steps) => set({ steps })} />
      <fieldset className="grid min-w-0 gap-3 sm:grid-cols-2">
        <legend className={LEGEND}>Its judge and its way back</legend>
        <div className="sm:col-span-2">
          <Choice label="Who decides" value={draft.judge} options={JUDGES} onChange={(judge) => set({ judge })} />
        </div>
        <Field
          label="Back by itself after"
          hint="min; empty: never"
          isNumber
          value={draft.revertMin}
          onChange={(revertMin) => set({ revertMin })}
        />
        <Field
          label="The way back stops at"
          hint="%; empty: none"
          value={draft.backShares}
          onChange={(backShares) => set({ backShares })}
        />
      </fieldset>
    </div>
  );
}
