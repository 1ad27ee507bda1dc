"use client";
/**
 * Before an act: what it means, what is written, to what, as whom, who may revert it, and why it is done. Bound to the
 * revision that is on the screen when it is opened: what changes meanwhile is told, and the act is refused by the API.
 */
import { type FormEvent, useEffect, useRef, useState } from "react";
import type { RolloutActionName, RolloutDetail, RolloutPreview } from "../../lib/query/schema/rollouts.ts";
import { adviceFor } from "../../lib/view/failure-words.ts";
import { previewOf, wayBack } from "../../lib/view/rollout/act.ts";
import { ACTION_MEANING, ACTION_WORDS, REVERTER_WORDS, revertsWords } from "../../lib/view/rollout/words.ts";
import { clock } from "../../lib/view/time.ts";
import { type ApiFailure, asFailure } from "../data/api.ts";
import { useMeta } from "../data/queries.ts";
import { useAct } from "../data/rollouts.ts";
import { Button } from "../ui/Button.tsx";
import { CodeLine } from "../ui/CodeLine.tsx";
import { Fact } from "../ui/Section.tsx";

export interface Done {
  readonly text: string;
  /** Its row in the audit. */
  readonly intentId: string;
}

function Changes({ preview }: { readonly preview: RolloutPreview }) {
  if (preview.changes.length === 0) return null;
  return (
    <div className="rounded-md border border-line bg-box p-2 font-mono text-xs">
      {preview.changes.map(({ object, path, before, after }) => (
        <p key={`${object} ${path}`} className="flex justify-between gap-2">
          <span className="min-w-0 [overflow-wrap:anywhere]">{path}</span>
          <span className="shrink-0 tabular-nums">
            {before} → {after}
          </span>
        </p>
      ))}
    </div>
  );
}

/** The request to the letter, for who wants to read it. */
function Request({ preview }: { readonly preview: RolloutPreview }) {
  if (preview.request === "") return null;
  return (
    <details className="py-1">
      <summary className="cursor-pointer text-xs text-quiet">The request itself</summary>
      <CodeLine text={preview.request} label="the request" />
    </details>
  );
}

/** In the mesh's own names: the objects of the diff, or the rollout itself where nothing is written. */
function targetText({ routes, cluster }: RolloutDetail, preview: RolloutPreview | null): string {
  const written = [...new Set(preview?.changes.map(({ object }) => object) ?? [])];
  if (written.length > 0) return `${written.join(", ")} in ${cluster}`;
  return `no mesh: it changes the rollout of ${routes.map(({ object }) => object).join(", ")}`;
}

function Consequence({
  rollout,
  preview,
}: {
  readonly rollout: RolloutDetail;
  readonly preview: RolloutPreview | null;
}) {
  const { data: meta } = useMeta();
  const reverters = rollout.reverters.filter(({ reverts }) => reverts !== false);
  return (
    <div className="flex flex-col">
      {preview === null ? null : <Changes preview={preview} />}
      {preview === null ? null : <Request preview={preview} />}
      <Fact name="writes to">{targetText(rollout, preview)}</Fact>
      <Fact name="as">{meta?.subject.name ?? "…"}</Fact>
      <Fact name="you saw revision">
        <code className="font-mono text-xs">{rollout.revision}</code>
      </Fact>
      <Fact name="who could revert it">
        {reverters.length === 0
          ? "no controller found"
          : reverters
              .map(({ kind, ref, reverts }) => `${REVERTER_WORDS[kind]} ${ref} (${revertsWords(reverts)})`)
              .join(", ")}
      </Fact>
      {preview?.warnings.map(({ code, message }) => (
        <p key={code} className="py-1 text-degraded-text">
          {message}
        </p>
      ))}
      {reverters.map(({ ref, snippet }) =>
        snippet === null ? null : (
          <div key={ref} className="pt-1">
            <p className="text-quiet">Put this into Git, so that both live together:</p>
            <CodeLine text={snippet} label="the snippet" />
          </div>
        ),
      )}
    </div>
  );
}

interface RefusedProps {
  readonly failure: ApiFailure;
  /** The way back by hand, as it is known. */
  readonly command: string | null;
  readonly isWayBack: boolean;
}

function Refused({ failure, command, isWayBack }: RefusedProps) {
  const text = failure.breakGlass.length > 0 ? failure.breakGlass.join("\n") : command;
  const isUnanswered = failure.status === 0 || failure.status >= 500;
  return (
    <>
      <p role="alert" className="text-failing-text first-letter:uppercase">
        {failure.message}. {adviceFor(failure.code)} <code className="font-mono text-xs">{failure.code}</code>
      </p>
      {isUnanswered && text !== null ? (
        <div className="flex flex-col gap-1">
          <p className="text-quiet">{isWayBack ? "By hand:" : "If it must go back now, by hand:"}</p>
          <CodeLine text={text} label="the command by hand" />
        </div>
      ) : null}
    </>
  );
}

interface ConfirmProps {
  readonly rollout: RolloutDetail;
  readonly action: RolloutActionName;
  readonly onCancel: () => void;
  readonly onDone: (done: Done) => void;
}

export function Confirm({ rollout, action, onCancel, onDone }: ConfirmProps) {
  // What was on the screen when it was opened, however long it stands open.
  const [seen] = useState(rollout);
  const [intentId] = useState(() => crypto.randomUUID());
  const [reason, setReason] = useState("");
  const cancel = useRef<HTMLButtonElement>(null);
  const { mutate, isPending, error, failureReason } = useAct(rollout.id);
  const awaited = isPending ? asFailure(failureReason) : null;
  const failure = asFailure(error);
  const isWayBack = action === "abort" || action === "rollback";
  const isStale = !isWayBack && rollout.revision !== seen.revision;
  // Pressed again it would be refused again.
  const isLost = failure?.code === "conflict";
  useEffect(() => cancel.current?.focus(), []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (reason.trim() === "" || isPending || isLost) return;
    const body = { action, expectedRevision: seen.revision, intentId, reason: reason.trim() };
    mutate(body, {
      onSuccess: ({ actor, atMs }) =>
        onDone({ text: `${ACTION_WORDS[action]}: taken at ${clock(atMs)} from ${actor}.`, intentId }),
    });
  };
  return (
    <form
      onSubmit={submit}
      aria-label={`${ACTION_WORDS[action]}: confirm`}
      className="flex flex-col gap-3"
      onKeyDown={(event) => event.key === "Escape" && onCancel()}
    >
      <div>
        <h3 className="font-semibold">{ACTION_WORDS[action]}</h3>
        <p className="text-quiet">{ACTION_MEANING[action]}</p>
      </div>
      <Consequence rollout={seen} preview={previewOf(seen, action)} />
      {isStale && !isLost ? (
        <p role="status" className="text-degraded-text">
          It changed since you opened this: {rollout.history[0]?.text ?? "look again"}. Cancel and look again.
        </p>
      ) : null}
      <label className="flex flex-col gap-1 text-xs text-quiet">
        Reason
        <textarea
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          required
          maxLength={1000}
          rows={2}
          className="rounded-md border border-line bg-panel p-2 text-base text-text"
        />
      </label>
      {awaited === null ? null : (
        <p role="status" className="text-degraded-text">
          {awaited.message}
        </p>
      )}
      {failure === null ? null : <Refused failure={failure} command={wayBack(seen)} isWayBack={isWayBack} />}
      <div className="flex gap-2">
        <Button ref={cancel} onClick={onCancel} variant={isLost ? "primary" : "outline"} className="h-9 flex-1">
          {isLost ? "Look again" : "Cancel"}
        </Button>
        <Button
          type="submit"
          variant={isLost ? "outline" : "primary"}
          disabled={isPending || isLost || reason.trim() === ""}
          className="h-9 flex-1"
        >
          {awaited !== null ? "Sent, awaited…" : isPending ? "Sending…" : `${ACTION_WORDS[action]} now`}
        </Button>
      </div>
    </form>
  );
}
