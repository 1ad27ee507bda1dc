"use client";
/** Releases: the inbox on the left, one rollout in the middle, what may be done with it on the right. */
import { usePathname } from "next/navigation";
import type { RolloutList } from "../../lib/query/schema/rollouts.ts";
import { asFailure } from "../data/api.ts";
import { useRollout, useRollouts } from "../data/rollouts.ts";
import { useViewState } from "../data/use-view-state.ts";
import { FailureNotice } from "../shell/FailureNotice.tsx";
import { StaleNote } from "../shell/StaleNote.tsx";
import { cx } from "../ui/cx.ts";
import { Notice } from "../ui/Notice.tsx";
import { SkeletonRows } from "../ui/Skeleton.tsx";
import { ActPanel } from "./ActPanel.tsx";
import { Inbox } from "./Inbox.tsx";
import { NoRollouts } from "./NoRollouts.tsx";
import { NotificationFaults } from "./NotificationFaults.tsx";
import { RolloutBody } from "./RolloutBody.tsx";
import { Unreachable } from "./Unreachable.tsx";

/** The rollout of the address: `/rollouts/<id>`. */
export function useChosen(): string | null {
  const [, , id] = usePathname().split("/");
  return id === undefined || id === "" ? null : decodeURIComponent(id);
}

function One({ id }: { readonly id: string }) {
  const { data, error, dataUpdatedAt, refetch } = useRollout(id);
  const failure = asFailure(error);
  const retry = () => void refetch();
  if (data === undefined) {
    if (failure === null) return <SkeletonRows />;
    return <FailureNotice title="This rollout could not be read" failure={failure} onRetry={retry} />;
  }
  return (
    <div className="flex h-full min-w-0 flex-1 flex-col overflow-y-auto lg:flex-row lg:overflow-hidden">
      <div className={cx("min-w-0 flex-1 lg:overflow-y-auto", failure !== null && "opacity-55")}>
        {failure === null ? null : <StaleNote failure={failure} receivedAtMs={dataUpdatedAt} onRetry={retry} />}
        <RolloutBody rollout={data} />
      </div>
      <aside
        aria-label="What may be done"
        className="shrink-0 border-t border-line bg-panel lg:w-[340px] lg:overflow-y-auto lg:border-l lg:border-t-0"
      >
        <ActPanel key={data.id} rollout={data} />
      </aside>
    </div>
  );
}

function Chosen({ list, chosen }: { readonly list: RolloutList; readonly chosen: string | null }) {
  if (chosen !== null) return <One id={chosen} />;
  return (
    <Notice title={`${list.total} ${list.total === 1 ? "rollout" : "rollouts"}`}>
      <p>Choose one: what waits for you stands first.</p>
    </Notice>
  );
}

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
  if (data.total === 0 && chosen === null) return <NoRollouts unreachable={data.unreachable} />;
  return (
    <div className="flex h-full flex-col">
      <h1 className="sr-only">Rollouts</h1>
      {failure === null ? null : <StaleNote failure={failure} receivedAtMs={dataUpdatedAt} onRetry={retry} />}
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
          <Chosen list={data} chosen={chosen} />
        </div>
      </div>
    </div>
  );
}
