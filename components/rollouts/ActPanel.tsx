"use client";
/** What may be done with a rollout: buttons with their cause where they cannot be pressed, and the way back by hand. */
import { useId, useState } from "react";
import type { RolloutActionName, RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import {
  type ActButton,
  actButtons,
  type BlockedGroup,
  blockedGroups,
  isSilent,
  isWrong,
  mainAction,
  OVER,
  question,
  wayBack,
} from "../../lib/view/rollout/act.ts";
import { linkTo } from "../../lib/view/url-state.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Button } from "../ui/Button.tsx";
import { CodeLine } from "../ui/CodeLine.tsx";
import { cx } from "../ui/cx.ts";
import { Section } from "../ui/Section.tsx";
import { ApprovalLink } from "./ApprovalLink.tsx";
import { Confirm, type Done } from "./Confirm.tsx";

interface ButtonsProps {
  readonly rollout: RolloutDetail;
  /** Whose form was left: the focus comes back to its button. */
  readonly left: RolloutActionName | null;
  readonly onChoose: (action: RolloutActionName) => void;
}

/** Buttons that one cause keeps, and the cause below them. */
function Blocked({ group: { cause, buttons } }: { readonly group: BlockedGroup }) {
  const id = useId();
  return (
    <li className="flex flex-col gap-1">
      <div className="flex flex-wrap gap-1.5">
        {buttons.map(({ action, text }) => (
          <Button key={action} disabled aria-describedby={id} className="min-w-24 flex-1">
            {text}
          </Button>
        ))}
      </div>
      <span id={id} className="text-xs text-quiet [overflow-wrap:anywhere]">
        {cause}
      </span>
    </li>
  );
}

/** For what appears where the focus was: it would be lost with what was taken away. */
const takeFocus = (element: HTMLElement | null): void => element?.focus();

function Buttons({ rollout, left, onChoose }: ButtonsProps) {
  const can = actButtons(rollout).filter(({ cause }: ActButton) => cause === null);
  const cannot = blockedGroups(rollout);
  const main = mainAction(rollout);
  return (
    <div className="flex flex-col gap-3">
      <p className={cx("font-medium", isWrong(rollout) && "text-failing-text")}>{question(rollout)}</p>
      {can.length === 0 ? null : (
        <ul aria-label="What can be done" className="flex flex-col gap-2">
          {can.map(({ action, text }) => (
            <li key={action}>
              <Button
                ref={action === left ? takeFocus : undefined}
                variant={action === main ? "primary" : "outline"}
                onClick={() => onChoose(action)}
                className="h-auto! min-h-9 w-full whitespace-normal! py-1 text-center"
              >
                {text}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {cannot.length === 0 ? null : (
        <ul aria-label="What cannot be done now" className="flex flex-col gap-2">
          {cannot.map((group) => (
            <Blocked key={group.cause} group={group} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Receipt({ done, auditHref }: { readonly done: Done; readonly auditHref: string }) {
  return (
    <p role="status" ref={takeFocus} tabIndex={-1} className="rounded-md border border-healthy p-2">
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
  if (OVER.has(rollout.state)) return now;
  return now ?? kept;
}

export function ActPanel({ rollout }: { readonly rollout: RolloutDetail }) {
  const [action, setAction] = useState<RolloutActionName | null>(null);
  const [left, setLeft] = useState<RolloutActionName | null>(null);
  const [done, setDone] = useState<Done | null>(null);
  const [view] = useViewState();
  const command = useLastCommand(rollout);
  const choose = (next: RolloutActionName) => {
    setDone(null);
    setAction(next);
    setLeft(null);
  };
  return (
    <div className="flex flex-col gap-5">
      {done === null ? null : (
        <Receipt done={done} auditHref={linkTo("/audit", view, { where: `intent:${done.intentId}` })} />
      )}
      {action === null ? (
        <Buttons rollout={rollout} left={left} onChoose={choose} />
      ) : (
        <Confirm
          key={action}
          rollout={rollout}
          action={action}
          onCancel={() => {
            setAction(null);
            setLeft(action);
          }}
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
