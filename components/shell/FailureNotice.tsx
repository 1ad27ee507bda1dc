"use client";
/** A failed request as a page: what happened, what to do, the code, and a way to try again. */
import { adviceFor } from "../../lib/view/failure-words.ts";
import type { ApiFailure } from "../data/api.ts";
import { Notice } from "../ui/Notice.tsx";

interface FailureNoticeProps {
  readonly title: string;
  readonly failure: ApiFailure;
  readonly onRetry?: () => void;
}

export function FailureNotice({ title, failure, onRetry }: FailureNoticeProps) {
  return (
    <Notice title={title} code={failure.code} {...(onRetry === undefined ? {} : { onRetry })}>
      <p className="break-words">{failure.message}</p>
      <p>{adviceFor(failure.code)}</p>
    </Notice>
  );
}
