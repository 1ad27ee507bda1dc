"use client";
/** Rollouts in groups: what waits for the reader first. Arrow keys move between them. */
import { Plus } from "lucide-react";
import Link from "next/link";
import type { KeyboardEvent } from "react";
import type { RolloutSummary } from "../../lib/query/schema/rollouts.ts";
import {
  INBOX_FILTERS,
  type InboxFilter,
  type InboxRow,
  inbox,
  inboxCounts,
  parseInboxFilter,
} from "../../lib/view/rollout/inbox.ts";
import { OWNER_NAMES } from "../../lib/view/rollout/words.ts";
import { linkTo } from "../../lib/view/url-state.ts";
import { useNow } from "../data/use-now.ts";
import { useParam, useViewState } from "../data/use-view-state.ts";
import { Button } from "../ui/Button.tsx";
import { cx } from "../ui/cx.ts";
import { LookMark } from "../ui/StateMark.tsx";

interface RowProps {
  readonly row: InboxRow;
  readonly isChosen: boolean;
  readonly href: string;
}

function Row({ row: { rollout, look, line }, isChosen, href }: RowProps) {
  const owner = OWNER_NAMES[rollout.owner.kind];
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
          <span className="shrink-0 text-xs text-quiet">{rollout.mesh}</span>
        </span>
        <span className={cx("flex items-baseline gap-1 text-sm", isFailed ? "text-failing-text" : "text-text")}>
          <LookMark look={look} words={false} />
          <span className="min-w-0">{line}</span>
        </span>
        <span className="truncate pl-[22px] text-xs text-quiet">
          {rollout.cluster} · {rollout.namespace}
          {owner === undefined ? "" : ` · ${owner}`}
        </span>
      </Link>
    </li>
  );
}

/** Up and down move the focus from one rollout to the next. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const links = [...event.currentTarget.querySelectorAll("a")];
  const now = links.findIndex((link) => link.matches(":focus"));
  const next = links[event.key === "ArrowDown" ? Math.min(now + 1, links.length - 1) : Math.max(now - 1, 0)];
  event.preventDefault();
  next?.focus();
}

const FILTER_WORDS: Readonly<Record<InboxFilter, string>> = {
  all: "All",
  waiting: "Waiting",
  running: "Running",
  done: "Done",
};

interface FiltersProps {
  readonly rollouts: readonly RolloutSummary[];
  readonly filter: InboxFilter;
  readonly onFilter: (filter: InboxFilter) => void;
}

function Filters({ rollouts, filter, onFilter }: FiltersProps) {
  const counts = inboxCounts(rollouts);
  return (
    <fieldset className="flex min-w-0 justify-between gap-0.5">
      <legend className="sr-only">Which rollouts</legend>
      {INBOX_FILTERS.map((one) => (
        <Button
          key={one}
          variant="ghost"
          aria-pressed={one === filter}
          onClick={() => onFilter(one)}
          className={cx("px-1.5! text-xs", one === filter ? "bg-hover font-medium" : "text-quiet")}
        >
          {FILTER_WORDS[one]} {counts[one]}
        </Button>
      ))}
    </fieldset>
  );
}

interface NoneProps {
  readonly isNarrowed: boolean;
  readonly onAll: () => void;
}

function NoneHere({ isNarrowed, onAll }: NoneProps) {
  return (
    <div className="flex flex-col items-start gap-2 px-2.5 text-quiet">
      <p>{isNarrowed ? "None of the rollouts is one of these." : "No rollout is in this scope."}</p>
      <Button onClick={onAll}>Show all</Button>
    </div>
  );
}

interface InboxProps {
  readonly rollouts: readonly RolloutSummary[];
  readonly chosen: string | null;
}

export function Inbox({ rollouts, chosen }: InboxProps) {
  const now = useNow(5_000);
  const [view, update] = useViewState();
  const [state, setState] = useParam("state");
  const filter = parseInboxFilter(state);
  const groups = inbox(rollouts, now, { filter, find: view.find });
  const own = filter === "all" ? {} : { state: filter };
  const showAll = () => {
    setState(null);
    update({ find: "", meshes: [], clusters: [], namespaces: [] });
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the links inside take the focus; arrows only move it
    <div className="flex flex-col gap-4 p-2.5" onKeyDown={moveFocus}>
      <div className="flex flex-col gap-2">
        <Filters rollouts={rollouts} filter={filter} onFilter={(one) => setState(one === "all" ? null : one)} />
        <Link
          href={linkTo("/rollouts/new", view)}
          className="inline-flex h-7 items-center justify-center gap-1.5 rounded-md border border-line bg-panel text-sm hover:bg-hover"
        >
          <Plus size={14} aria-hidden="true" /> New rollout
        </Link>
      </div>
      {groups.length === 0 ? <NoneHere isNarrowed={rollouts.length > 0} onAll={showAll} /> : null}
      {groups.map(({ name, title, rows }) => (
        <section key={name} aria-label={title}>
          <h2 className="px-2.5 pb-1 text-xs font-semibold text-quiet">
            {title} · {rows.length}
          </h2>
          <ul className="flex flex-col gap-0.5">
            {rows.map((row) => (
              <Row
                key={row.rollout.id}
                row={row}
                isChosen={row.rollout.id === chosen}
                href={linkTo(`/rollouts/${encodeURIComponent(row.rollout.id)}`, view, own)}
              />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}
