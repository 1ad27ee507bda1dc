/** The page-sized states that are not data: empty and error. An error says what, why, what to do, and its code. */
import type { ReactNode } from "react";
import { Button } from "./Button.tsx";

interface NoticeProps {
  readonly title: string;
  readonly children?: ReactNode;
  /** Contract code of an error, e.g. `collector_unreachable`. */
  readonly code?: string;
  readonly onRetry?: () => void;
}

export function Notice({ title, children, code, onRetry }: NoticeProps) {
  return (
    <div
      role={code === undefined ? "status" : "alert"}
      className="flex h-full items-center justify-center overflow-auto p-6"
    >
      <div className="flex w-full max-w-xl flex-col gap-3">
        <h2 className="text-lg font-semibold">{title}</h2>
        <div className="flex flex-col gap-3 text-quiet">{children}</div>
        <div className="flex items-center gap-3">
          {onRetry === undefined ? null : <Button onClick={onRetry}>Try again</Button>}
          {code === undefined ? null : <code className="font-mono text-xs text-quiet">{code}</code>}
        </div>
      </div>
    </div>
  );
}
