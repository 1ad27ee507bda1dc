"use client";
/** The page of one trace: loading, not found, failed, or the trace; a failed refresh keeps what there is and says so. */
import Link from "next/link";
import { useMemo } from "react";
import { adviceFor } from "../../lib/view/failure-words.ts";
import { buildTrace } from "../../lib/view/trace/build-trace.ts";
import { linkTo } from "../../lib/view/url-state.ts";
import { type ApiFailure, asFailure } from "../data/api.ts";
import { useViewState } from "../data/use-view-state.ts";
import { StaleNote } from "../shell/StaleNote.tsx";
import { Notice } from "../ui/Notice.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { useTrace } from "./queries.ts";
import { TraceView } from "./TraceView.tsx";

export function TraceScreen({ traceId }: { readonly traceId: string }) {
  const query = useTrace(traceId);
  const trace = query.data;
  const tree = useMemo(() => (trace === undefined ? undefined : buildTrace(trace)), [trace]);
  const failure = asFailure(query.error);
  const refresh = () => void query.refetch();
  if (trace === undefined || tree === undefined) {
    return (
      <>
        <h1 className="sr-only">Trace</h1>
        {failure === null ? <TraceSkeleton /> : <TraceFailure failure={failure} traceId={traceId} onRetry={refresh} />}
      </>
    );
  }
  return (
    <div className="flex h-full min-h-0 flex-col">
      {failure === null ? null : <StaleNote failure={failure} receivedAtMs={query.dataUpdatedAt} onRetry={refresh} />}
      <div className="min-h-0 flex-1">
        <TraceView trace={trace} tree={tree} onRefresh={refresh} isRefreshing={query.isFetching} />
      </div>
    </div>
  );
}

function TraceSkeleton() {
  return (
    <div role="status" aria-label="Loading the trace" className="flex flex-col gap-3 p-4">
      <Skeleton className="h-6 w-1/2" />
      <Skeleton className="h-4 w-3/4" />
      <Skeleton className="h-12 w-full" />
      {[92, 88, 60, 24, 48, 36, 20, 30].map((width, index) => (
        <div key={width} className="flex gap-4" style={{ paddingLeft: index * 12 }}>
          <Skeleton className="h-4 w-52 shrink-0" />
          <div style={{ width: `${width}%` }}>
            <Skeleton className="h-4" />
          </div>
        </div>
      ))}
    </div>
  );
}

interface TraceFailureProps {
  readonly failure: ApiFailure;
  readonly traceId: string;
  readonly onRetry: () => void;
}

function TraceFailure({ failure, traceId, onRetry }: TraceFailureProps) {
  const [view] = useViewState();
  const back = (
    <Link href={linkTo("/traces", view)} className="text-accent underline underline-offset-2">
      Search traces
    </Link>
  );
  if (failure.code !== "trace_not_found") {
    return (
      <Notice title="The trace could not be read" code={failure.code} onRetry={onRetry}>
        <p>{failure.message}</p>
        <p>{adviceFor(failure.code)}</p>
      </Notice>
    );
  }
  return (
    <Notice title="No span of this trace is held here" code={failure.code} onRetry={onRetry}>
      <p className="break-all font-mono text-xs">{traceId}</p>
      <p>
        Either it was not sampled, its spans are still on the way (they show within two seconds of arriving), it was let
        go to stay within the store’s limit, or the id belongs to another collector.
      </p>
      <p>{back}</p>
    </Notice>
  );
}
