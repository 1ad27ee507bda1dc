"use client";
/** The newest traces in which the service answers, and the way to all of them. */
import Link from "next/link";
import { age, count, durationMs, plain } from "../../lib/view/format.ts";
import { instant } from "../../lib/view/time.ts";
import { searchRow } from "../../lib/view/trace/search-rows.ts";
import { counted } from "../../lib/view/trace/trace-words.ts";
import { linkTo } from "../../lib/view/url-state.ts";
import { asFailure } from "../data/api.ts";
import { useRecentTraces } from "../data/queries.ts";
import { useNow } from "../data/use-now.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Num } from "../ui/Num.tsx";
import { Section } from "../ui/Section.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";

const SHOWN = 8;

export function ServiceTraces({ node }: { readonly node: string }) {
  const [state] = useViewState();
  const now = useNow(10_000);
  const { data, error } = useRecentTraces(node, state, SHOWN);
  const failure = asFailure(error);
  const rows = (data?.traces ?? []).map(searchRow);
  return (
    <Section title="Newest traces" aside={data === undefined ? null : `${rows.length} of ${plain(count(data.total))}`}>
      {data === undefined && failure === null ? <Skeleton className="h-40 w-full" /> : null}
      {failure === null ? null : (
        <p className="text-quiet">
          {failure.message} <code className="font-mono">{failure.code}</code>
        </p>
      )}
      {data !== undefined && rows.length === 0 ? (
        <p className="text-quiet">No trace of it in this window. Its proxies or its code have to send spans.</p>
      ) : null}
      {rows.map((row) => (
        <Link
          key={row.traceId}
          href={linkTo(`/traces/${row.traceId}`, state)}
          className="flex min-h-7 items-center justify-between gap-3 border-b border-line hover:text-accent"
        >
          <span className="min-w-0 truncate" title={`${row.service} ${row.operation}`}>
            {row.operation}
          </span>
          <span className="flex shrink-0 gap-2">
            {row.errors > 0 ? <span className="text-failing-text">{counted(row.errors, "error")}</span> : null}
            <Num figure={durationMs(row.durationMs)} />
            <span className="w-14 text-right text-quiet" title={instant(row.startMs)} suppressHydrationWarning>
              {plain(age(now - row.startMs))}
            </span>
          </span>
        </Link>
      ))}
      <span className="flex gap-4 pt-2">
        <Link href={linkTo("/traces", state, { node })} className="underline underline-offset-2 hover:text-accent">
          All its traces
        </Link>
        <Link
          href={linkTo("/traces", state, { node, status: "error" })}
          className="underline underline-offset-2 hover:text-accent"
        >
          Its failing traces
        </Link>
      </span>
    </Section>
  );
}
