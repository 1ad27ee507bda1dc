"use client";
/** Under the picture on a wall: how it is, read from across a room, and how old that is. Esc leaves. */
import { useEffect, useRef } from "react";
import type { Graph } from "../../lib/query/schema/graph.ts";
import { estateTotals, nodesById, worstFirst } from "../../lib/view/estate.ts";
import { count, type Figure, percent, plain, ratePerSec } from "../../lib/view/format.ts";
import { endLabel } from "../../lib/view/node-words.ts";
import { span } from "../../lib/view/time.ts";
import { type WallState, wallScope, wallState, wallTrouble } from "../../lib/view/wall.ts";
import { useFind } from "../data/use-find.ts";
import { useFullScreen } from "../data/use-full-screen.ts";
import type { GraphData } from "../data/use-graph.ts";
import { useNow } from "../data/use-now.ts";
import { useViewState } from "../data/use-view-state.ts";
import { useWall } from "../data/use-wall.ts";
import { cx } from "../ui/cx.ts";
import { Num } from "../ui/Num.tsx";
import { troubleText } from "../ui/StateMark.tsx";
import { useFocusName } from "./use-focus.ts";

/** Esc of the page, or of the browser that leaves the full screen by itself. */
function useLeaving(leave: () => void): void {
  const [isFull] = useFullScreen();
  const wasFull = useRef(false);
  useEffect(() => {
    if (wasFull.current && !isFull) leave();
    wasFull.current = isFull;
  }, [isFull, leave]);
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key === "Escape") leave();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [leave]);
}

function Big({
  name,
  figure,
  className,
}: {
  readonly name: string;
  readonly figure: Figure;
  readonly className?: string;
}) {
  return (
    <div>
      <div className="text-base text-quiet">{name}</div>
      <div className={cx("text-3xl font-semibold leading-9", className)}>
        <Num figure={figure} />
      </div>
    </div>
  );
}

function useWallState(data: GraphData, graph: Graph): WallState {
  const now = useNow();
  const { newestAgeMs, targets } = graph.completeness;
  const stream = data.isAnswered ? data.stream : "broken";
  return wallState({ stream, newestAgeMs, sinceMs: Math.max(0, now - data.receivedAtMs), targets });
}

/** Of what is stale the age is the first thing to be read, from farthest away. */
function Age({ state: { tone, words, isStale }, graph }: { readonly state: WallState; readonly graph: Graph }) {
  const now = useNow(60_000);
  return (
    <div
      role="status"
      className={isStale ? "-order-1 w-full rounded-md border-2 border-degraded px-4 py-2" : "text-right"}
    >
      <div
        className={cx(
          "font-semibold",
          isStale ? "text-5xl leading-14" : "text-2xl leading-9",
          tone === "live" ? "text-healthy-text" : "text-degraded-text",
        )}
      >
        <span aria-hidden="true">{tone === "live" ? "● " : "▲ "}</span>
        {words}
      </div>
      <div className="text-base text-quiet">{span(graph.window.start, graph.window.end, now)}</div>
    </div>
  );
}

/** Without the colours of now where they are the last that were known. */
function Figures({ graph, isStale }: { readonly graph: Graph; readonly isStale: boolean }) {
  const totals = estateTotals(graph);
  const { grave, figure, unknown, hasFailing } = wallTrouble(graph.edges);
  const lit = (isLit: boolean, className: string): string => (isStale ? "text-quiet" : isLit ? className : "");
  const others = unknown > 0 && figure.absent === undefined ? `, ${plain(count(unknown))} not known` : "";
  return (
    <fieldset aria-label="Figures" className="flex flex-wrap items-end gap-x-10 gap-y-3">
      {isStale ? <p className="text-2xl font-semibold leading-9 text-degraded-text">last known</p> : null}
      <Big name="requests" figure={ratePerSec(totals.requestsPerSec)} className={lit(false, "")} />
      <Big
        name="failures"
        figure={percent(totals.errorRatio, totals.withoutRequests ? "notApplicable" : undefined)}
        className={lit(hasFailing, "text-failing-text")}
      />
      <Big name="mutual TLS" figure={percent(totals.mutualShare)} className={lit(false, "")} />
      <Big name={`edges in trouble${others}`} figure={figure} className={lit(grave.length > 0, "text-degraded-text")} />
    </fieldset>
  );
}

const WORST = 3;

function Worst({ graph, isStale }: { readonly graph: Graph; readonly isStale: boolean }) {
  const nodes = nodesById(graph.nodes);
  const { grave } = wallTrouble(graph.edges);
  return (
    <ol className="min-w-0 text-lg leading-7">
      {worstFirst(grave)
        .slice(0, WORST)
        .map((edge) => (
          <li key={edge.id} className={cx("truncate", isStale && "text-quiet")}>
            {endLabel(nodes, edge.source)} → {endLabel(nodes, edge.target)}{" "}
            <span className={cx("font-semibold", isStale ? "" : troubleText(edge.health.state))}>
              {plain(percent(edge.errorRatio))}
            </span>
          </li>
        ))}
      {grave.length > WORST ? <li className="text-quiet">and {plain(count(grave.length - WORST))} more</li> : null}
    </ol>
  );
}

function Scope({ all }: { readonly all: Graph | undefined }) {
  const [state] = useViewState();
  const name = useFocusName(all);
  const isFaulty = (useFind(all)?.fault ?? null) !== null;
  const focus = state.focus === "" ? null : { ...state, name };
  return <p className="w-full text-lg font-medium leading-7">{wallScope({ ...state, focus, isFaulty })}</p>;
}

function Glance({ data, graph }: { readonly data: GraphData; readonly graph: Graph }) {
  const state = useWallState(data, graph);
  return (
    <>
      <Figures graph={graph} isStale={state.isStale} />
      <Worst graph={graph} isStale={state.isStale} />
      <Age state={state} graph={graph} />
    </>
  );
}

/** Before the first answer. */
function Waiting({ hasFailed }: { readonly hasFailed: boolean }) {
  return (
    <p
      role="status"
      className={cx("font-semibold", hasFailed ? "text-5xl leading-14 text-degraded-text" : "text-2xl leading-9")}
    >
      {hasFailed ? "▲ no answer: nothing is known" : "waiting for the first answer"}
    </p>
  );
}

interface WallBarProps {
  readonly data: GraphData;
  /** What find looks in, and what it leaves; undefined before the first answer. */
  readonly all: Graph | undefined;
  readonly graph: Graph | undefined;
}

export function WallBar({ data, all, graph }: WallBarProps) {
  const { leave } = useWall();
  useLeaving(leave);
  const section = useRef<HTMLElement>(null);
  // The control that led here is gone.
  useEffect(() => section.current?.focus(), []);
  return (
    <section
      ref={section}
      tabIndex={-1}
      aria-label="The estate at a glance"
      className="flex shrink-0 flex-wrap items-end justify-between gap-x-10 gap-y-3 border-t border-line px-6 py-4 outline-none"
    >
      <Scope all={all} />
      {graph === undefined ? <Waiting hasFailed={data.failure !== null} /> : <Glance data={data} graph={graph} />}
      <button
        type="button"
        onClick={leave}
        className="sr-only focus:not-sr-only focus:fixed focus:right-3 focus:top-3 focus:z-30 focus:rounded-md focus:border focus:border-line focus:bg-panel focus:px-3 focus:py-1.5"
      >
        Leave the wall (Esc)
      </button>
    </section>
  );
}
