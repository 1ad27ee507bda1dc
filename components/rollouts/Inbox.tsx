"use client";
/** Rollouts in groups: what waits for the reader first. Arrow keys move between them. */
import Link from "next/link";
import type { KeyboardEvent } from "react";
import type { RolloutSummary } from "../../lib/query/schema/rollouts.ts";
import { meshWords } from "../../lib/view/mesh-words.ts";
import { type InboxRow, inbox } from "../../lib/view/rollout/inbox.ts";
import { STATE_LOOKS } from "../../lib/view/rollout/words.ts";
import { linkTo } from "../../lib/view/url-state.ts";
import { useNow } from "../data/use-now.ts";
import { useViewState } from "../data/use-view-state.ts";
import { cx } from "../ui/cx.ts";
import { LookMark } from "../ui/StateMark.tsx";

interface RowProps {
  readonly row: InboxRow;
  readonly isChosen: boolean;
  readonly href: string;
}

function Row({ row: { rollout, line }, isChosen, href }: RowProps) {
  const isFailed = rollout.verdict === "fail" && rollout.state !== "promoted" && rollout.state !== "rolledBack";
  return (
    <li>
      <Link
        href={href}
        aria-current={isChosen ? "page" : undefined}
        className={cx("flex flex-col gap-0.5 rounded-md px-2.5 py-2 hover:bg-hover", isChosen && "bg-hover")}
      >
        <span className="flex items-baseline justify-between gap-2">
          <span className="truncate font-medium">{rollout.name}</span>
          <span className="shrink-0 text-xs text-quiet">
            {rollout.namespace} · {meshWords(rollout.mesh)}
          </span>
        </span>
        <span className={cx("flex items-baseline gap-1 text-sm", isFailed ? "text-failing-text" : "text-quiet")}>
          <LookMark look={STATE_LOOKS[rollout.state]} words={false} /> {line}
        </span>
      </Link>
    </li>
  );
}

/** Up and down move the focus from one rollout to the next. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const links = [...event.currentTarget.querySelectorAll("a")];
  const now = links.findIndex((link) => link === document.activeElement);
  const next = links[event.key === "ArrowDown" ? Math.min(now + 1, links.length - 1) : Math.max(now - 1, 0)];
  event.preventDefault();
  next?.focus();
}

interface InboxProps {
  readonly rollouts: readonly RolloutSummary[];
  readonly chosen: string | null;
}

export function Inbox({ rollouts, chosen }: InboxProps) {
  const now = useNow(5_000);
  const [view] = useViewState();
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the links inside take the focus; arrows only move it
    <div className="flex flex-col gap-4 p-2.5" onKeyDown={moveFocus}>
      {inbox(rollouts, now).map(({ title, rows }) => (
        <section key={title} aria-label={title}>
          <h2 className="px-2.5 pb-1 text-xs font-semibold text-quiet">
            {title} · {rows.length}
          </h2>
          <ul className="flex flex-col gap-0.5">
            {rows.map((row) => (
              <Row
                key={row.rollout.id}
                row={row}
                isChosen={row.rollout.id === chosen}
                href={linkTo(`/rollouts/${encodeURIComponent(row.rollout.id)}`, view)}
              />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}
