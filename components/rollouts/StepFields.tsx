"use client";
/** The steps of a release in order: each a kind, its number, its rule; added at the end, moved and taken away one by one. */
import { ArrowDown, ArrowUp, Plus, X } from "lucide-react";
import {
  type DraftRule,
  type DraftStep,
  hasRule,
  newStep,
  RULE_WAYS,
  RULE_WORDS,
  STEP_KINDS,
  STEP_WORDS,
} from "../../lib/view/rollout/draft-steps.ts";
import { Button } from "../ui/Button.tsx";
import { IconButton } from "../ui/IconButton.tsx";
import { INPUT, LEGEND } from "./Field.tsx";

interface StepFieldsProps {
  readonly steps: readonly DraftStep[];
  readonly onSteps: (steps: readonly DraftStep[]) => void;
}

interface StepProps {
  readonly step: DraftStep;
  readonly place: number;
  readonly onStep: (step: DraftStep) => void;
}

interface RowProps extends StepProps {
  readonly isLast: boolean;
  readonly onMove: (by: -1 | 1) => void;
  readonly onDrop: () => void;
}

/** Who is sent to the canary whatever its share. */
function Rule({ step, place, onStep }: StepProps) {
  const { rule, kind } = step;
  const set = (patch: Partial<DraftRule>) => onStep({ ...step, rule: { ...rule, ...patch } });
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      {kind === "blueGreen" ? <span className="text-xs text-quiet">looked at first by</span> : null}
      <select
        aria-label={`How step ${place + 1} tells requests`}
        value={rule.way}
        onChange={(event) => {
          const way = RULE_WAYS.find((one) => one === event.target.value);
          if (way !== undefined) set({ way });
        }}
        className={INPUT}
      >
        {RULE_WAYS.map((way) => (
          <option key={way} value={way}>
            {RULE_WORDS[way]}
          </option>
        ))}
      </select>
      <input
        aria-label={`Name of the ${rule.way === "cookie" ? "cookie" : "header"} of step ${place + 1}`}
        placeholder={rule.way === "cookie" ? "beta" : "x-tester"}
        value={rule.name}
        onChange={(event) => set({ name: event.target.value })}
        spellCheck={false}
        className={`${INPUT} w-28 min-w-0 flex-1`}
      />
      <input
        aria-label={`Value that step ${place + 1} asks for`}
        placeholder="yes"
        value={rule.value}
        onChange={(event) => set({ value: event.target.value })}
        spellCheck={false}
        className={`${INPUT} w-28 min-w-0 flex-1`}
      />
    </div>
  );
}

function More({ step, place, onStep }: StepProps) {
  const { without } = STEP_WORDS[step.kind];
  const note = without === null || without === "" ? null : `empty: ${without}`;
  const isMirror = step.kind === "mirror";
  if (!hasRule(step) && note === null && !isMirror) return null;
  return (
    <div className="flex flex-col gap-1.5 pl-6.5">
      {hasRule(step) ? <Rule step={step} place={place} onStep={onStep} /> : null}
      {isMirror ? (
        <label className="flex items-center gap-1.5 text-xs text-quiet">
          <input
            type="checkbox"
            checked={step.isConfirmed}
            onChange={(event) => onStep({ ...step, isConfirmed: event.target.checked })}
          />
          the new version may carry out every write a second time
        </label>
      ) : null}
      {note === null ? null : <p className="text-xs text-quiet">{note}</p>}
    </div>
  );
}

function Row({ step, place, isLast, onStep, onMove, onDrop }: RowProps) {
  const { unit, name } = STEP_WORDS[step.kind];
  const choose = (text: string) => {
    const kind = STEP_KINDS.find((one) => one === text);
    if (kind !== undefined) onStep({ ...step, kind, value: STEP_WORDS[kind].unit === unit ? step.value : "" });
  };
  return (
    <li className="flex flex-col gap-1.5">
      <div className="flex items-center gap-1.5">
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
              aria-label={`${name} of step ${place + 1}, ${unit}`}
              value={step.value}
              onChange={(event) => onStep({ ...step, value: event.target.value })}
              inputMode="decimal"
              className={`${INPUT} w-16 text-right`}
            />
            <span className="w-9 text-xs text-quiet">{unit}</span>
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
      </div>
      <More step={step} place={place} onStep={onStep} />
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
      <legend className={LEGEND}>Steps</legend>
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
      <Button className="self-start" onClick={() => onSteps([...steps, newStep(nextKey)])}>
        <Plus size={14} aria-hidden="true" /> Add a step
      </Button>
    </fieldset>
  );
}
