"use client";
/** What may be done with a rollout: buttons with their cause where they cannot be pressed, the way back by hand, history. */
import { useState } from "react";
import type { RolloutActionName, RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import { actButtons, wayBack } from "../../lib/view/rollout/act.ts";
import { linkTo } from "../../lib/view/url-state.ts";
import { rolloutPath } from "../data/rollouts.ts";
import { useViewState } from "../data/use-view-state.ts";
import { SameAsButton } from "../shell/SameAs.tsx";
import { Button } from "../ui/Button.tsx";
import { CodeLine } from "../ui/CodeLine.tsx";
import { Section } from "../ui/Section.tsx";
import { Confirm, type Done } from "./Confirm.tsx";
import { History } from "./History.tsx";

function Buttons({
  rollout,
  onChoose,
}: {
  readonly rollout: RolloutDetail;
  readonly onChoose: (action: RolloutActionName) => void;
}) {
  const buttons = actButtons(rollout);
  if (buttons.length === 0) return <p className="text-quiet">There is nothing to do: it is over.</p>;
  return (
    <ul className="flex flex-col gap-2">
      {buttons.map(({ action, text, cause }, i) => (
        <li key={action} className="flex flex-col gap-0.5">
          <Button
            variant={i === 0 && cause === null ? "primary" : "outline"}
            disabled={cause !== null}
            aria-describedby={cause === null ? undefined : `cause-${action}`}
            onClick={() => onChoose(action)}
            className="h-9 w-full"
          >
            {text}
          </Button>
          {cause === null ? null : (
            <span id={`cause-${action}`} className="text-xs text-quiet">
              {cause}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

function Receipt({ done, auditHref }: { readonly done: Done; readonly auditHref: string }) {
  return (
    <p role="status" className="rounded-md border border-healthy p-2">
      {done.text}{" "}
      <a href={auditHref} className="text-accent underline">
        In the audit
      </a>
    </p>
  );
}

export function ActPanel({ rollout }: { readonly rollout: RolloutDetail }) {
  const [action, setAction] = useState<RolloutActionName | null>(null);
  const [done, setDone] = useState<Done | null>(null);
  const [view] = useViewState();
  const command = wayBack(rollout);
  const choose = (next: RolloutActionName) => {
    setDone(null);
    setAction(next);
  };
  return (
    <div className="flex flex-col gap-5 p-4">
      {action === null ? (
        <Buttons rollout={rollout} onChoose={choose} />
      ) : (
        <Confirm
          key={action}
          rollout={rollout}
          action={action}
          onCancel={() => setAction(null)}
          onDone={(result) => {
            setDone(result);
            setAction(null);
          }}
        />
      )}
      {done === null ? null : <Receipt done={done} auditHref={linkTo("/audit", view)} />}
      {command === null ? null : (
        <Section title="If the control plane does not answer: the way back by hand">
          <CodeLine text={command} label="the command" />
        </Section>
      )}
      <History entries={rollout.history} />
      <div>
        <SameAsButton path={rolloutPath(rollout.id)} />
      </div>
    </div>
  );
}
