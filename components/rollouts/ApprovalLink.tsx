"use client";
/** A link for somebody who is not signed in: one action on the revision on the screen, once, for a quarter of an hour. */
import { useState } from "react";
import type { RolloutActionName, RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import { adviceFor } from "../../lib/view/failure-words.ts";
import { ACTION_WORDS } from "../../lib/view/rollout/words.ts";
import { clock } from "../../lib/view/time.ts";
import { asFailure } from "../data/api.ts";
import { useMakeApproval } from "../data/approvals.ts";
import { Button } from "../ui/Button.tsx";
import { CodeLine } from "../ui/CodeLine.tsx";
import { Pick } from "../ui/Pick.tsx";

/** The page that asks before it acts; the token stands behind the `#`, which no server sees. */
const linkOf = (url: string | null, token: string): string => url ?? `${window.location.origin}/approve#${token}`;

export function ApprovalLink({ rollout }: { readonly rollout: RolloutDetail }) {
  const { mutate, data, error, isPending, reset } = useMakeApproval(rollout.id);
  const [chosen, setChosen] = useState<RolloutActionName | null>(null);
  const failure = asFailure(error);
  const [first] = rollout.actions;
  if (first === undefined) return null;
  const action = chosen !== null && rollout.actions.includes(chosen) ? chosen : first;
  const options = rollout.actions.map((value) => ({ value, label: ACTION_WORDS[value] }));
  return (
    <details onToggle={() => reset()}>
      <summary className="cursor-pointer text-xs font-semibold text-quiet">Let somebody else do it: a link</summary>
      <div className="flex flex-col gap-2 pt-2">
        <p className="text-quiet">
          Whoever has it may do this one thing to this revision, once, within 15 minutes, without signing in.
        </p>
        <div className="flex flex-wrap gap-2">
          <Pick name="link for" value={action} options={options} onChange={setChosen} />
          <Button disabled={isPending} onClick={() => mutate({ action, expectedRevision: rollout.revision })}>
            {isPending ? "Making it…" : "Make a link"}
          </Button>
        </div>
        {failure === null ? null : (
          <p role="alert" className="text-failing-text">
            {failure.message}. {adviceFor(failure.code)} <code className="font-mono text-xs">{failure.code}</code>
          </p>
        )}
        {data === undefined ? null : (
          <div role="status" className="flex flex-col gap-1">
            <CodeLine text={linkOf(data.url, data.token)} label="the link" />
            <p className="text-xs text-quiet">It is shown once, and holds until {clock(data.expiresMs)}.</p>
          </div>
        )}
      </div>
    </details>
  );
}
