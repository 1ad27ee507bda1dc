"use client";
/** Which judge a new release has, and its numbers: fields for the sequential one, JSON for those of other tools. */
import { useId } from "react";
import { JUDGE_MODES } from "../../lib/query/schema/judge-policy.ts";
import {
  type DraftPolicy,
  POLICY_FIELDS,
  POLICY_WORDS,
  policyOf,
  withMode,
} from "../../lib/view/rollout/draft-policy.ts";
import { MODE_WORDS } from "../../lib/view/rollout/words.ts";
import { Pick } from "../ui/Pick.tsx";
import { Field } from "./Field.tsx";

const MODES = JUDGE_MODES.map((value) => ({ value, label: MODE_WORDS[value] }));

interface PolicyFieldsProps {
  readonly policy: DraftPolicy;
  readonly onPolicy: (policy: DraftPolicy) => void;
  /** Requests a second of the service now; null where none are seen. */
  readonly requestsPerSec: number | null;
}

const MONTH_SEC = 30 * 86_400;

function Sequential({ policy, onPolicy, requestsPerSec }: PolicyFieldsProps) {
  const isSet = POLICY_FIELDS.some((field) => policy[field] !== "");
  const month = requestsPerSec === null ? [] : [String(Number((requestsPerSec * MONTH_SEC).toPrecision(2)))];
  return (
    <details open={isSet} className="sm:col-span-2">
      <summary className="cursor-pointer text-xs text-quiet">Its numbers, and a guard for the objective</summary>
      <div className="grid items-end gap-3 pt-2 sm:grid-cols-2">
        {POLICY_FIELDS.map((field) => (
          <Field
            key={field}
            {...POLICY_WORDS[field]}
            isNumber
            value={policy[field]}
            options={field === "periodRequests" ? month : []}
            onChange={(value) => onPolicy({ ...policy, [field]: value })}
          />
        ))}
      </div>
    </details>
  );
}

function Json({ policy, onPolicy }: Omit<PolicyFieldsProps, "requestsPerSec">) {
  const problem = useId();
  const made = policyOf(policy);
  return (
    <label className="flex flex-col gap-1 text-xs text-quiet sm:col-span-2">
      Policy, as JSON (docs/guide/judge.md has every number)
      <textarea
        value={policy.json}
        onChange={(event) => onPolicy({ ...policy, json: event.target.value })}
        aria-invalid={!made.ok}
        aria-describedby={made.ok ? undefined : problem}
        rows={8}
        spellCheck={false}
        className="rounded-md border border-line bg-panel p-2 font-mono text-xs text-text"
      />
      {made.ok ? null : (
        <span id={problem} className="text-failing-text">
          {made.missing}
        </span>
      )}
    </label>
  );
}

export function PolicyFields({ policy, onPolicy, requestsPerSec }: PolicyFieldsProps) {
  return (
    <>
      <div className="sm:col-span-2">
        <Pick name="judge" value={policy.mode} options={MODES} onChange={(mode) => onPolicy(withMode(policy, mode))} />
      </div>
      {policy.mode === "sequential" ? (
        <Sequential policy={policy} onPolicy={onPolicy} requestsPerSec={requestsPerSec} />
      ) : (
        <Json policy={policy} onPolicy={onPolicy} />
      )}
    </>
  );
}
