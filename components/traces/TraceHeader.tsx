"use client";
/** What the trace is: root, when, how long, who took part, what failed, and what is odd about it, in words. */
import { RotateCw, TriangleAlert } from "lucide-react";
import type { Trace } from "../../lib/query/schema/traces.ts";
import { count, durationMs, plain } from "../../lib/view/format.ts";
import { clock, day, zoneMinutes, zoneText } from "../../lib/view/time.ts";
import type { TraceTree } from "../../lib/view/trace/build-trace.ts";
import { counted, warningWords } from "../../lib/view/trace/trace-words.ts";
import { IconButton } from "../ui/IconButton.tsx";
import { Num } from "../ui/Num.tsx";
import { CopyButton } from "./CopyButton.tsx";
import { ServiceTag } from "./ServiceTag.tsx";

interface TraceHeaderProps {
  readonly trace: Trace;
  readonly tree: TraceTree;
  readonly onRefresh: () => void;
  readonly isRefreshing: boolean;
}

const SERVICES_SHOWN = 12;

export function TraceHeader({ trace, tree, onRefresh, isRefreshing }: TraceHeaderProps) {
  const root = tree.spans[0];
  const startMs = Number(tree.originNs / 1_000n) / 1000;
  const fraction = String(tree.originNs % 1_000_000_000n)
    .padStart(9, "0")
    .slice(0, 6);
  const zone = zoneMinutes(startMs);
  const errors = tree.errorRows.length;
  const rest = tree.services.slice(SERVICES_SHOWN);
  return (
    <header className="flex flex-col gap-1.5 border-b border-line px-4 py-2.5">
      <div className="flex items-start justify-between gap-3">
        <h1 className="min-w-0 text-lg font-semibold">
          <span>{root?.service}</span> <span className="break-words font-normal text-quiet">{root?.operation}</span>
        </h1>
        <div className="flex shrink-0 items-center text-xs text-quiet">
          <code className="hidden font-mono sm:inline">{trace.traceId}</code>
          <CopyButton text={trace.traceId} what="trace id" />
          <IconButton
            label={isRefreshing ? "Fetching" : "Fetch again: spans may have come since"}
            icon={<RotateCw size={14} className={isRefreshing ? "animate-spin" : ""} />}
            onClick={onRefresh}
          />
        </div>
      </div>
      <dl className="flex flex-wrap items-baseline gap-x-5 gap-y-1 text-xs [&_dt]:sr-only">
        <div>
          <dt>Start</dt>
          <dd title={`${String(tree.originNs)} ns since 1970`} suppressHydrationWarning>
            {day(startMs)} {clock(startMs)}
            <span className="text-quiet">{`.${fraction} ${zoneText(zone)}`}</span>
          </dd>
        </div>
        <div>
          <dt>Duration</dt>
          <dd className="font-medium">
            <Num figure={durationMs(tree.durationUs / 1000)} />
          </dd>
        </div>
        <div>
          <dt>Spans</dt>
          <dd>
            <Num figure={count(tree.count)} />{" "}
            <span className="text-quiet">
              {tree.count === 1 ? "span" : "spans"}, {counted(tree.maxDepth + 1, "level")}
            </span>
          </dd>
        </div>
        <div>
          <dt>Errors</dt>
          <dd className={errors > 0 ? "font-medium text-failing-text" : "text-quiet"}>
            {errors > 0 ? `! ${counted(errors, "error")}` : "no errors"}
          </dd>
        </div>
      </dl>
      <ul aria-label="Services" className="flex flex-wrap gap-x-4 gap-y-1 text-xs">
        {tree.services.slice(0, SERVICES_SHOWN).map((service) => (
          <li key={service.name} className="flex min-w-0 items-baseline gap-1.5">
            <ServiceTag name={service.name} colour={service.colour} />
            <span className="text-quiet">{plain(count(service.spans))}</span>
            {service.errors > 0 ? (
              <span className="text-failing-text">{`! ${counted(service.errors, "error")}`}</span>
            ) : null}
          </li>
        ))}
        {rest.length > 0 ? (
          <li className="text-quiet" title={rest.map((service) => `${service.name} ${service.spans}`).join("\n")}>
            {`and ${counted(rest.length, "more service")}`}
          </li>
        ) : null}
      </ul>
      {trace.warnings.length > 0 ? (
        <ul aria-label="Warnings" className="flex flex-col gap-0.5 text-xs text-degraded-text">
          {trace.warnings.map((warning) => (
            <li key={warning.code} className="flex items-baseline gap-1.5">
              <TriangleAlert size={12} aria-hidden="true" className="shrink-0 translate-y-0.5" />
              {warningWords(warning.code, warning.spans)}
            </li>
          ))}
        </ul>
      ) : null}
    </header>
  );
}
