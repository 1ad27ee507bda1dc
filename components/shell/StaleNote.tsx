"use client";
/** What is shown is old: since when, why it is not newer, and how to try again. */
import { age, plain } from "../../lib/view/format.ts";
import type { ApiFailure } from "../data/api.ts";
import { useNow } from "../data/use-now.ts";
import { Button } from "../ui/Button.tsx";

interface StaleNoteProps {
  readonly failure: ApiFailure;
  readonly receivedAtMs: number;
  readonly onRetry: () => void;
}

export function StaleNote({ failure, receivedAtMs, onRetry }: StaleNoteProps) {
  const now = useNow();
  return (
    <div
      role="status"
      className="flex shrink-0 flex-wrap items-center gap-3 border-b border-line bg-box px-4 py-1 text-xs"
    >
      <span
        className="text-degraded-text"
        suppressHydrationWarning
      >{`~ shown as of ${plain(age(now - receivedAtMs))} ago`}</span>
      <span className="text-quiet">
        {failure.message} <code className="font-mono">{failure.code}</code>
      </span>
      <Button variant="ghost" className="ml-auto h-6" onClick={onRetry}>
        Try again
      </Button>
    </div>
  );
}
