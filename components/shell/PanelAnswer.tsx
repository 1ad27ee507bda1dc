"use client";
/** The frame of a panel whose answer is asked for: failure, first load, old data dimmed while new is on its way. */
import type { ReactNode } from "react";
import { asFailure } from "../data/api.ts";
import { SkeletonRows } from "../ui/Skeleton.tsx";
import { FailureNotice } from "./FailureNotice.tsx";

interface PanelAnswerProps<T> {
  readonly query: {
    readonly data: T | undefined;
    readonly error: unknown;
    readonly isPlaceholderData: boolean;
    readonly refetch: () => unknown;
  };
  /** Says what is missing when there is no answer. */
  readonly title: string;
  readonly children: (answer: T) => ReactNode;
}

export function PanelAnswer<T>({ query, title, children }: PanelAnswerProps<T>) {
  const { data, error, isPlaceholderData, refetch } = query;
  const failure = asFailure(error);
  if (data === undefined) {
    if (failure === null) return <SkeletonRows />;
    return <FailureNotice title={title} failure={failure} onRetry={() => void refetch()} />;
  }
  return (
    <div
      aria-busy={isPlaceholderData}
      className={isPlaceholderData ? "flex flex-col gap-5 opacity-50" : "flex flex-col gap-5"}
    >
      {children(data)}
    </div>
  );
}
