"use client";
/** Under the picture on a wall: how it is, read from across a room, and how old that is. Esc leaves. */
import { useEffect, useRef } from "react";
import type { Graph } from "../../lib/query/schema/graph.ts";
import { estateTotals, nodesById, worstFirst } from "../../lib/view/estate.ts";
import { count, type Figure, percent, plain, ratePerSec } from "../../lib/view/format.ts";
import { endLabel } from "../../lib/view/node-words.ts";
import { span } from "../../lib/view/time.ts";
import { wallState } from "../../lib/view/wall.ts";
import { useFullScreen } from "../data/use-full-screen.ts";
import type { GraphData } from "../data/use-graph.ts";
import { useNow } from "../data/use-now.ts";
import { useWall } from "../data/use-wall.ts";
import { cx } from "../ui/cx.ts";
import { Num } from "../ui/Num.tsx";
import { troubleText } from "../ui/StateMark.tsx";

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

function Age({ data, graph }: { readonly data: GraphData; readonly graph: Graph }) {
  const now = useNow();
  const { newestAgeMs, targets } = graph.completeness;
  const stream = data.failure === null ? data.stream : "broken";
  const sinceMs = Math.max(0, now - data.receivedAtMs);
  const { tone, words } = wallState({ stream, newestAgeMs, sinceMs, targets });
  return (
    <div role="status" className="text-right">
      <div
        className={cx("text-2xl font-semibold leading-9", tone === "live" ? "text-healthy-text" : "text-degraded-text")}
      >
        <span aria-hidden="true">{tone === "live" ? "● " : "▲ "}</span>
        {words}
      </div>
      <div className="text-base text-quiet">{span(graph.window.start, graph.window.end, now)}</div>
    </div>
  );
}

const WORST = 3;

export function WallBar({ data, graph }: { readonly data: GraphData; readonly graph: Graph }) {
  const { leave } = useWall();
  useLeaving(leave);
  const totals = estateTotals(graph);
  const nodes = nodesById(graph.nodes);
  const grave = graph.edges.filter(({ health }) => health.state === "failure" || health.state === "degraded");
  const failing = grave.filter(({ health }) => health.state === "failure").length;
  return (
    <section
      aria-label="The estate at a glance"
      className="flex shrink-0 flex-wrap items-end justify-between gap-x-10 gap-y-3 border-t border-line px-6 py-4"
    >
      <div className="flex flex-wrap gap-x-10 gap-y-3">
        <Big name="requests" figure={ratePerSec(totals.requestsPerSec)} />
        <Big
          name="failures"
          figure={percent(totals.errorRatio, totals.withoutRequests ? "notApplicable" : undefined)}
          className={failing > 0 ? "text-failing-text" : ""}
        />
        <Big name="mutual TLS" figure={percent(totals.mutualShare)} />
        <Big
          name="edges in trouble"
          figure={count(grave.length)}
          className={grave.length > 0 ? "text-degraded-text" : ""}
        />
      </div>
      <ol className="min-w-0 text-lg leading-7">
        {worstFirst(grave)
          .slice(0, WORST)
          .map((edge) => (
            <li key={edge.id} className="truncate">
              {endLabel(nodes, edge.source)} → {endLabel(nodes, edge.target)}{" "}
              <span className={cx("font-semibold", troubleText(edge.health.state))}>
                {plain(percent(edge.errorRatio))}
              </span>
            </li>
          ))}
        {grave.length > WORST ? <li className="text-quiet">and {plain(count(grave.length - WORST))} more</li> : null}
      </ol>
      <Age data={data} graph={graph} />
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
