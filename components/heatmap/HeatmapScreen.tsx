"use client";
/** The heatmap of one node or edge: picture or table, legend, and the panel of what is chosen; each state drawn. */
import Link from "next/link";
import { useMemo } from "react";
import type { Heatmap } from "../../lib/query/schema/heatmap.ts";
import { untimed } from "../../lib/view/heatmap/heatmap-words.ts";
import { presentHeatmap } from "../../lib/view/heatmap/present-heatmap.ts";
import { linkTo, queryText } from "../../lib/view/url-state.ts";
import { asFailure } from "../data/api.ts";
import { HEAT_COLUMNS, type HeatmapOf, useHeatmap } from "../data/queries.ts";
import { useViewState } from "../data/use-view-state.ts";
import { FailureNotice } from "../shell/FailureNotice.tsx";
import { SidePanel } from "../shell/SidePanel.tsx";
import { StaleNote } from "../shell/StaleNote.tsx";
import { useThemeKey } from "../shell/ThemeToggle.tsx";
import { Button } from "../ui/Button.tsx";
import { cx } from "../ui/cx.ts";
import { Notice } from "../ui/Notice.tsx";
import { Skeleton } from "../ui/Skeleton.tsx";
import { Choice } from "../ui/Toggle.tsx";
import { HeatLegend } from "./HeatLegend.tsx";
import { AreaPanel, WholePanel } from "./HeatPanel.tsx";
import { HeatPlot } from "./HeatPlot.tsx";
import { HeatTable } from "./HeatTable.tsx";
import { useHeatOptions } from "./use-heat-options.ts";
import { type Subject, useSubject } from "./use-subject.ts";

const SHOWS = [
  { value: "picture", label: "Picture" },
  { value: "table", label: "Table" },
] as const;

function pathOf(of: HeatmapOf, { window }: Heatmap): string {
  return `/heatmap${queryText({ ...of, start: window.start, end: window.end, columns: HEAT_COLUMNS })}`;
}

function Head({ subject }: { readonly subject: Subject }) {
  const [state] = useViewState();
  const { show, setShow } = useHeatOptions();
  return (
    <div className="flex min-h-11 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-3 py-1.5">
      <h1 className="min-w-0 truncate text-lg font-semibold">
        {subject.name}
        <span className="sr-only">: latency over time</span>
      </h1>
      <Link href={linkTo("/heatmap", state)} className="text-quiet underline-offset-2 hover:underline">
        Choose another
      </Link>
      <span className="flex-1" />
      <Choice label="Show as" value={show} options={SHOWS} onChange={setShow} />
    </div>
  );
}

/** Nothing was timed: why, and what to do. */
function Untimed({ answer, subject }: { readonly answer: Heatmap; readonly subject: Subject }) {
  const [{ time }, update] = useViewState();
  const words = untimed(answer);
  const canWiden = time.kind === "range" || time.minutes < 60;
  return (
    <Notice title={words?.title ?? ""}>
      <p>{words?.advice}</p>
      <div className="flex gap-2">
        {canWiden ? (
          <Button onClick={() => update({ time: { kind: "live", minutes: 60 } })}>Show the last hour</Button>
        ) : null}
        <Link href={subject.mapHref} className="inline-flex h-7 items-center underline underline-offset-2">
          Look at it on the map
        </Link>
      </div>
    </Notice>
  );
}

interface AnsweredProps {
  readonly answer: Heatmap;
  readonly of: HeatmapOf;
  readonly subject: Subject;
  readonly tracesPending: boolean;
}

function Answered({ answer, of, subject, tracesPending }: AnsweredProps) {
  const { show, area, setArea } = useHeatOptions();
  const theme = useThemeKey() === "dark" ? "dark" : "light";
  const view = useMemo(() => presentHeatmap(answer), [answer]);
  if (answer.of === null) return <Untimed answer={answer} subject={subject} />;
  const path = pathOf(of, answer);
  return (
    <div className="flex h-full min-h-0">
      <div className="flex min-w-0 flex-1 flex-col">
        {show === "table" ? (
          <HeatTable view={view} path={path} area={area} onArea={setArea} />
        ) : (
          <>
            <div className="min-h-0 flex-1">
              <HeatPlot view={view} name={subject.name} area={area} onArea={setArea} />
            </div>
            <HeatLegend view={view} theme={theme} />
          </>
        )}
      </div>
      <SidePanel
        of={area === null ? "whole" : "area"}
        title={area === null ? subject.name : "Chosen part"}
        onClose={area === null ? undefined : () => setArea(null)}
      >
        {area === null ? (
          <WholePanel view={view} subject={subject} path={path} />
        ) : (
          <AreaPanel view={view} subject={subject} area={area} tracesPending={tracesPending} />
        )}
      </SidePanel>
    </div>
  );
}

export function HeatmapScreen({ of }: { readonly of: HeatmapOf }) {
  const [state] = useViewState();
  const subject = useSubject(of);
  const { data, error, isPlaceholderData, dataUpdatedAt, refetch, tracesPending } = useHeatmap(of, state);
  const failure = asFailure(error);
  const retry = () => void refetch();
  return (
    <div className="flex h-full min-h-0 flex-col">
      <Head subject={subject} />
      {failure !== null && data !== undefined ? (
        <StaleNote failure={failure} receivedAtMs={dataUpdatedAt} onRetry={retry} />
      ) : null}
      <div aria-busy={isPlaceholderData} className={cx("min-h-0 flex-1", isPlaceholderData && "opacity-55")}>
        {data !== undefined ? (
          <Answered answer={data} of={of} subject={subject} tracesPending={tracesPending} />
        ) : failure === null ? (
          <div role="status" aria-label="Loading" className="h-full p-8">
            <Skeleton className="h-full w-full" />
          </div>
        ) : (
          <FailureNotice title="The latencies could not be read" failure={failure} onRetry={retry} />
        )}
      </div>
    </div>
  );
}
