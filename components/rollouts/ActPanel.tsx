"use client";
/** What may be done with a rollout: buttons with their cause where they cannot be pressed, and the way back by hand. */
import { useState } from "react";
import type { RolloutActionName, RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import { type ActButton, actButtons, isWrong, question, wayBack } from "../../lib/view/rollout/act.ts";
import { linkTo } from "../../lib/view/url-state.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Button } from "../ui/Button.tsx";
import { CodeLine } from "../ui/CodeLine.tsx";
import { cx } from "../ui/cx.ts";
import { Section } from "../ui/Section.tsx";
import { ApprovalLink } from "./ApprovalLink.tsx";
import { Confirm, type Done } from "./Confirm.tsx";

/** Nothing is left to take back. */
const OVER_STATES: ReadonlySet<RolloutDetail["state"]> = new Set(["promoted", "rolledBack", "aborted"]);

interface OneProps {
  readonly button: ActButton;
  readonly isFirst: boolean;
  readonly onChoose: (action: RolloutActionName) => void;
}

function One({ button: { action, text, cause }, isFirst, onChoose }: OneProps) {
  const id = `cause-${action}`;
  return (
    <li className="flex flex-col gap-0.5">
      <Button
        variant={isFirst && cause === null ? "primary" : "outline"}
        disabled={cause !== null}
        aria-describedby={cause === null ? undefined : id}
        onClick={() => onChoose(action)}
        className={cx("h-auto! w-full whitespace-normal! py-1 text-center", cause === null ? "min-h-9" : "min-h-7")}
      >
        {text}
      </Button>
      {cause === null ? null : (
        <span id={id} className="text-xs text-quiet">
          {cause}
        </span>
      )}
    </li>
  );
}

interface ButtonsProps {
  readonly rollout: RolloutDetail;
  readonly onChoose: (action: RolloutActionName) => void;
}

function Buttons({ rollout, onChoose }: ButtonsProps) {
  const buttons = actButtons(rollout);
  const can = buttons.filter(({ cause }) => cause === null);
  const cannot = buttons.filter(({ cause }) => cause !== null);
  return (
    <div className="flex flex-col gap-3">
      <p className={cx("font-medium", isWrong(rollout) && "text-failing-text")}>{question(rollout)}</p>
      {can.length === 0 ? null : (
        <ul aria-label="What can be done" className="flex flex-col gap-2">
          {can.map((button, i) => (
            <One key={button.action} button={button} isFirst={i === 0} onChoose={onChoose} />
          ))}
        </ul>
      )}
      {cannot.length === 0 ? null : (
        <ul aria-label="What cannot be done now" className="grid grid-cols-2 gap-x-2 gap-y-2">
          {cannot.map((button) => (
            <One key={button.action} button={button} isFirst={false} onChoose={onChoose} />
          ))}
        </ul>
      )}
    </div>
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

/** The way back by hand as it was last known: it is wanted most when nobody can be asked for it any more. */
function useLastCommand(rollout: RolloutDetail): string | null {
  const now = wayBack(rollout);
  const [kept, setKept] = useState(now);
  if (now !== null && now !== kept) setKept(now);
  if (OVER_STATES.has(rollout.state)) return now;
  return now ?? kept;
}

/** Its control plane does not answer: the command is what is needed, whole. */
const isSilent = ({ seenMs, routes }: RolloutDetail): boolean =>
  seenMs !== undefined || routes.some(({ error }) => error?.code === "unavailable" || error?.code === "slow");

export function ActPanel({ rollout }: { readonly rollout: RolloutDetail }) {
  const [action, setAction] = useState<RolloutActionName | null>(null);
  const [done, setDone] = useState<Done | null>(null);
  const [view] = useViewState();
  const command = useLastCommand(rollout);
  const choose = (next: RolloutActionName) => {
    setDone(null);
    setAction(next);
  };
  return (
    <div className="flex flex-col gap-5">
      {done === null ? null : (
        <Receipt done={done} auditHref={linkTo("/audit", view, { where: `intent:${done.intentId}` })} />
      )}
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
      {action === null ? <ApprovalLink rollout={rollout} /> : null}
      {command === null ? null : (
        <Section title="If the control plane does not answer: the way back by hand">
          <CodeLine text={command} label="the command" isLow={!isSilent(rollout)} />
        </Section>
      )}
    </div>
  );
}
