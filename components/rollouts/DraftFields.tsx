"use client";
/** The fields of a new release: what it is, which routes it moves, its steps, its judge and its way back. */
import { type Draft, withService } from "../../lib/view/rollout/draft.ts";
import { Choice } from "../ui/Toggle.tsx";
import { Field, LEGEND } from "./Field.tsx";
import { PolicyFields } from "./PolicyFields.tsx";
import { RouteFields } from "./RouteFields.tsx";
import { StepFields } from "./StepFields.tsx";

export interface DraftFieldsProps {
  readonly draft: Draft;
  readonly onDraft: (draft: Draft) => void;
  /** Names of services that the estate has. */
  readonly services: readonly string[];
  /** Requests a second of the service now; null where none are seen. */
  readonly requestsPerSec: number | null;
}

const JUDGES = [
  { value: "advisory", label: "a person decides" },
  { value: "automatic", label: "the judge decides" },
] as const;

type SetDraft = (patch: Partial<Draft>) => void;

function Back({ draft, set }: { readonly draft: Draft; readonly set: SetDraft }) {
  return (
    <fieldset className="grid min-w-0 gap-3 sm:grid-cols-2">
      <legend className={LEGEND}>Its way back</legend>
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
      {draft.backShares.trim() === "" ? null : (
        <Field
          label="Each stop lasts"
          hint="s; empty: 30"
          isNumber
          value={draft.backHoldSec}
          onChange={(backHoldSec) => set({ backHoldSec })}
        />
      )}
    </fieldset>
  );
}

export function DraftFields({ draft, onDraft, services, requestsPerSec }: DraftFieldsProps) {
  const set: SetDraft = (patch) => onDraft({ ...draft, ...patch });
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
        <Field
          label="Begins after"
          hint="ids of rollouts; empty: at once"
          value={draft.after}
          onChange={(after) => set({ after })}
        />
      </fieldset>
      <RouteFields draft={draft} onDraft={onDraft} />
      <StepFields steps={draft.steps} onSteps={(steps) => set({ steps })} />
      <fieldset className="grid min-w-0 gap-3 sm:grid-cols-2">
        <legend className={LEGEND}>Its judge</legend>
        <div className="sm:col-span-2">
          <Choice label="Who decides" value={draft.judge} options={JUDGES} onChange={(judge) => set({ judge })} />
        </div>
        <PolicyFields policy={draft.policy} onPolicy={(policy) => set({ policy })} requestsPerSec={requestsPerSec} />
      </fieldset>
      <Back draft={draft} set={set} />
    </div>
  );
}
