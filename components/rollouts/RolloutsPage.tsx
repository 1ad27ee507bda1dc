"use client";
/** Releases: the inbox on the left, one rollout in the middle, what may be done with it on the right. */
import { ArrowLeft } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import type { RolloutList } from "../../lib/query/schema/rollouts.ts";
import { linkTo, type ViewState } from "../../lib/view/url-state.ts";
import { asFailure } from "../data/api.ts";
import { useRollout, useRollouts } from "../data/rollouts.ts";
import { useParam, useViewState } from "../data/use-view-state.ts";
import { FailureNotice } from "../shell/FailureNotice.tsx";
import { StaleNote } from "../shell/StaleNote.tsx";
import { cx } from "../ui/cx.ts";
import { Notice } from "../ui/Notice.tsx";
import { SkeletonRows } from "../ui/Skeleton.tsx";
import { Inbox } from "./Inbox.tsx";
import { NoRollouts } from "./NoRollouts.tsx";
import { NotificationFaults } from "./NotificationFaults.tsx";
import { NotOnDisk } from "./NotOnDisk.tsx";
import { RolloutBody } from "./RolloutBody.tsx";
import { Unreachable } from "./Unreachable.tsx";

/** The rollout of the address: `/rollouts/<id>`. */
export function useChosen(): string | null {
  const [, , id] = usePathname().split("/");
  return id === undefined || id === "" ? null : decodeURIComponent(id);
}

/** On a phone the list is a page of its own: the way to it. */
function BackToList() {
  const [view] = useViewState();
  const [state] = useParam("state");
  return (
    <Link
      href={linkTo("/rollouts", view, { state })}
      className="flex h-9 shrink-0 items-center gap-1.5 border-b border-line px-4 text-quiet hover:bg-hover sm:hidden"
    >
      <ArrowLeft size={14} aria-hidden="true" /> All rollouts
    </Link>
  );
}

interface OneProps {
  readonly id: string;
  /** The page says above that what it shows is old. */
  readonly isSaid: boolean;
}

function One({ id, isSaid }: OneProps) {
  const { data, error, dataUpdatedAt, refetch } = useRollout(id);
  const failure = asFailure(error);
  const retry = () => void refetch();
  if (data === undefined) {
    if (failure === null) return <SkeletonRows />;
    return <FailureNotice title="This rollout could not be read" failure={failure} onRetry={retry} />;
  }
  return (
    <div className="flex h-full min-w-0 flex-col">
      <BackToList />
      {failure === null || isSaid ? null : <StaleNote failure={failure} receivedAtMs={dataUpdatedAt} onRetry={retry} />}
      <RolloutBody key={data.id} rollout={data} isStale={failure !== null} />
    </div>
  );
}

interface ChosenProps {
  readonly list: RolloutList;
  readonly chosen: string | null;
  readonly isStale: boolean;
}

function Chosen({ list, chosen, isStale }: ChosenProps) {
  if (chosen !== null) return <One id={chosen} isSaid={isStale} />;
  return (
    <Notice title={`${list.total} ${list.total === 1 ? "rollout" : "rollouts"}`}>
      <p>Choose one: what waits for you stands first.</p>
    </Notice>
  );
}

const isScoped = ({ meshes, clusters, namespaces }: ViewState): boolean =>
  meshes.length + clusters.length + namespaces.length > 0;

export function RolloutsPage() {
  const [view] = useViewState();
  const chosen = useChosen();
  const { data, error, dataUpdatedAt, refetch } = useRollouts(view);
  const failure = asFailure(error);
  const retry = () => void refetch();
  if (data === undefined) {
    if (failure === null) return <SkeletonRows />;
    return <FailureNotice title="Rollouts could not be read" failure={failure} onRetry={retry} />;
  }
  if (data.total === 0 && chosen === null && !isScoped(view)) return <NoRollouts unreachable={data.unreachable} />;
  return (
    <div className="flex h-full flex-col">
      <h1 className="sr-only">Rollouts</h1>
      {failure === null ? null : <StaleNote failure={failure} receivedAtMs={dataUpdatedAt} onRetry={retry} />}
      <NotOnDisk owed={data.notOnDisk} />
      <Unreachable planes={data.unreachable} />
      <NotificationFaults />
      <div className="flex min-h-0 flex-1">
        <nav
          aria-label="Rollouts"
          className={cx(
            "w-full shrink-0 overflow-y-auto border-r border-line sm:w-[260px]",
            chosen !== null && "hidden sm:block",
          )}
        >
          <Inbox rollouts={data.rollouts} chosen={chosen} />
        </nav>
        <div className={cx("min-w-0 flex-1", chosen === null && "hidden sm:block")}>
          <Chosen list={data} chosen={chosen} isStale={failure !== null} />
        </div>
      </div>
    </div>
  );
}
