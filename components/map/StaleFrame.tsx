"use client";
/** Round the picture: dims old data and says how old it is, why, and that the console keeps trying. What it holds is not drawn again as time passes. */
import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { age, plain } from "../../lib/view/format.ts";
import type { GraphData } from "../data/use-graph.ts";
import { useNow } from "../data/use-now.ts";
import { cx } from "../ui/cx.ts";

const STALE_AFTER_MS = 25_000;
const BROKEN_AFTER_MS = 5_000;

/** Milliseconds since the last answer when the live picture has stopped moving; null while it is fresh. */
function useStaleMs(data: GraphData): number | null {
  const now = useNow();
  if (data.graph === undefined || data.stream === "still" || data.receivedAtMs === 0) return null;
  const since = now - data.receivedAtMs;
  const limit = data.isAnswered ? STALE_AFTER_MS : BROKEN_AFTER_MS;
  return since > limit ? since : null;
}

function StaleBanner({ data, staleMs }: { readonly data: GraphData; readonly staleMs: number }) {
  const why =
    data.failure === null
      ? "The live stream is interrupted."
      : `${data.failure.message.replace(/\.$/, "")} (${data.failure.code}).`;
  return (
    <div
      role="status"
      className="absolute bottom-2 left-1/2 z-20 flex w-max max-w-[min(90%,max(280px,100%-280px))] -translate-x-1/2 items-center gap-2 rounded-md border border-degraded bg-panel px-3 py-1.5 shadow-overlay"
    >
      <TriangleAlert size={14} aria-hidden="true" className="shrink-0 text-degraded-text" />
      <span>
        <span className="font-medium">What you see is {plain(age(staleMs))} old.</span>{" "}
        <span className="text-quiet">{why} The console keeps trying.</span>
      </span>
    </div>
  );
}

export function StaleFrame({ data, children }: { readonly data: GraphData; readonly children: ReactNode }) {
  const staleMs = useStaleMs(data);
  return (
    <>
      {staleMs === null ? null : <StaleBanner data={data} staleMs={staleMs} />}
      <div
        aria-busy={data.refreshing}
        // What comes at once is not dimmed before it does.
        className={cx(
          "h-full transition-opacity",
          data.refreshing && "delay-300",
          (staleMs !== null || data.refreshing) && "opacity-55",
        )}
      >
        {children}
      </div>
    </>
  );
}
