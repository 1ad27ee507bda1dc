"use client";
/** A recorded rollout through another policy: what it would have said, look by look, beside what was said. Changes nothing. */
import { useId, useState } from "react";
import { JUDGE_MODES, type JudgeMode } from "../../lib/query/schema/judge-policy.ts";
import type { ReplayAnswer } from "../../lib/query/schema/replay.ts";
import { adviceFor } from "../../lib/view/failure-words.ts";
import { count, plain } from "../../lib/view/format.ts";
import { parsePolicy, policyExample, turns } from "../../lib/view/rollout/replay.ts";
import { MODE_WORDS, VERDICT_LOOKS } from "../../lib/view/rollout/words.ts";
import { clock } from "../../lib/view/time.ts";
import { asFailure } from "../data/api.ts";
import { useReplay } from "../data/new-rollout.ts";
import { Button } from "../ui/Button.tsx";
import { Pick } from "../ui/Pick.tsx";
import { LookMark } from "../ui/StateMark.tsx";

const MODES = JUDGE_MODES.map((value) => ({ value, label: MODE_WORDS[value] }));

function Turns({ title, answer }: { readonly title: string; readonly answer: ReturnType<typeof turns> }) {
  return (
    <div className="min-w-0">
      <h4 className="text-xs font-semibold text-quiet">{title}</h4>
      {answer.length === 0 ? <p className="text-quiet">nothing</p> : null}
      <ol>
        {answer.map(({ atMs, state, text }) => (
          <li key={`${atMs} ${state}`} className="flex flex-wrap items-baseline gap-x-2 border-t border-line py-1">
            <time className="text-quiet">{clock(atMs)}</time>
            <LookMark look={VERDICT_LOOKS[state]} />
            {text === "" ? null : <span className="text-xs text-quiet">{text}</span>}
          </li>
        ))}
      </ol>
    </div>
  );
}

function Answer({ answer }: { readonly answer: ReplayAnswer }) {
  return (
    <div role="status" className="flex flex-col gap-2">
      <p className="text-quiet">
        {plain(count(answer.windows))} recorded windows from {clock(answer.startMs)} to {clock(answer.endMs)},{" "}
        {answer.looks.length} looks.
        {answer.fullAtMs === null
          ? ""
          : ` Recording stopped at ${clock(answer.fullAtMs)}: a rollout keeps so many and no more.`}
      </p>
      <div className="grid gap-4 sm:grid-cols-2">
        <Turns title="This policy would have said" answer={turns(answer.looks)} />
        <Turns title="What was said" answer={turns(answer.recorded)} />
      </div>
    </div>
  );
}

function useForm() {
  const [mode, setMode] = useState<JudgeMode>("sequential");
  const [text, setText] = useState(policyExample("sequential"));
  const choose = (next: JudgeMode) => {
    setMode(next);
    setText(policyExample(next));
  };
  return { mode, choose, text, setText, policy: parsePolicy(text) };
}

export function Replay({ id }: { readonly id: string }) {
  const { mode, choose, text, setText, policy } = useForm();
  const { mutate, data, error, isPending } = useReplay(id);
  const failure = asFailure(error);
  const problem = useId();
  return (
    <details>
      <summary className="cursor-pointer text-xs font-semibold text-quiet">Replay it through another policy</summary>
      <div className="flex flex-col gap-2 pt-2">
        <div className="flex flex-wrap gap-2">
          <Pick name="judge" value={mode} options={MODES} onChange={choose} />
          <Button disabled={!policy.ok || isPending} onClick={() => policy.ok && mutate(policy.value)}>
            {isPending ? "Replaying…" : "Replay"}
          </Button>
        </div>
        <label className="flex flex-col gap-1 text-xs text-quiet">
          Policy, as JSON (docs/guide/judge.md has every number)
          <textarea
            value={text}
            onChange={(event) => setText(event.target.value)}
            aria-invalid={!policy.ok}
            aria-describedby={policy.ok ? undefined : problem}
            rows={8}
            spellCheck={false}
            className="rounded-md border border-line bg-panel p-2 font-mono text-xs text-text"
          />
        </label>
        {policy.ok ? null : (
          <p id={problem} className="text-failing-text">
            {policy.message}
          </p>
        )}
        {failure === null ? null : (
          <p role="alert" className="text-failing-text">
            {failure.message}. {adviceFor(failure.code)} <code className="font-mono text-xs">{failure.code}</code>
          </p>
        )}
        {data === undefined ? null : <Answer answer={data} />}
      </div>
    </details>
  );
}
