"use client";
/** The steps of a release in order: each a kind and its number; added at the end, moved and taken away one by one. */
import { ArrowDown, ArrowUp, Plus, X } from "lucide-react";
import { type DraftStep, STEP_KINDS, STEP_WORDS } from "../../lib/view/rollout/draft.ts";
import { Button } from "../ui/Button.tsx";
import { IconButton } from "../ui/IconButton.tsx";

interface StepFieldsProps {
  readonly steps: readonly DraftStep[];
  readonly onSteps: (steps: readonly DraftStep[]) => void;
}

interface RowProps {
  readonly step: DraftStep;
  readonly place: number;
  readonly isLast: boolean;
  readonly onStep: (step: DraftStep) => void;
  readonly onMove: (by: -1 | 1) => void;
  readonly onDrop: () => void;
}

const INPUT = "h-8 rounded-md border border-line bg-panel px-2 text-sm text-text";

function Row({ step, place, isLast, onStep, onMove, onDrop }: RowProps) {
  const { unit } = STEP_WORDS[step.kind];
  const choose = (text: string) => {
    const kind = STEP_KINDS.find((one) => one === text);
    if (kind !== undefined) onStep({ ...step, kind, value: STEP_WORDS[kind].unit === unit ? step.value : "" });
  };
  return (
    <li className="flex items-center gap-1.5">
      <span className="w-5 shrink-0 text-right text-xs text-quiet">{place + 1}</span>
      <select
        aria-label={`Kind of step ${place + 1}`}
        value={step.kind}
        onChange={(event) => choose(event.target.value)}
        className={`${INPUT} min-w-0 flex-1`}
      >
        {STEP_KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {STEP_WORDS[kind].name}
          </option>
        ))}
      </select>
      {unit === "" ? null : (
        <>
          <input
            aria-label={`${STEP_WORDS[step.kind].name} of step ${place + 1}, ${unit}`}
            value={step.value}
            onChange={(event) => onStep({ ...step, value: event.target.value })}
            inputMode="decimal"
            className={`${INPUT} w-16 text-right`}
          />
          <span className="w-7 text-xs text-quiet">{unit}</span>
        </>
      )}
      <IconButton
        label={`Move step ${place + 1} up`}
        icon={<ArrowUp size={14} />}
        disabled={place === 0}
        onClick={() => onMove(-1)}
      />
      <IconButton
        label={`Move step ${place + 1} down`}
        icon={<ArrowDown size={14} />}
        disabled={isLast}
        onClick={() => onMove(1)}
      />
      <IconButton label={`Take step ${place + 1} away`} icon={<X size={14} />} onClick={onDrop} />
    </li>
  );
}

/** With the step at `at` and its neighbour changed places. */
function moved(steps: readonly DraftStep[], at: number, by: -1 | 1): readonly DraftStep[] {
  const next = [...steps];
  const [one] = next.splice(at, 1);
  if (one !== undefined) next.splice(at + by, 0, one);
  return next;
}

export function StepFields({ steps, onSteps }: StepFieldsProps) {
  const nextKey = Math.max(-1, ...steps.map(({ key }) => key)) + 1;
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="pb-2 text-xs font-semibold text-quiet">Steps</legend>
      <ol className="flex flex-col gap-2">
        {steps.map((step, place) => (
          <Row
            key={step.key}
            step={step}
            place={place}
            isLast={place === steps.length - 1}
            onStep={(changed) => onSteps(steps.map((one) => (one.key === step.key ? changed : one)))}
            onMove={(by) => onSteps(moved(steps, place, by))}
            onDrop={() => onSteps(steps.filter(({ key }) => key !== step.key))}
          />
        ))}
      </ol>
      <Button className="self-start" onClick={() => onSteps([...steps, { key: nextKey, kind: "weight", value: "" }])}>
        <Plus size={14} aria-hidden="true" /> Add a step
      </Button>
    </fieldset>
  );
}
