"use client";
/** The whole graph, when nothing is selected: totals, edges by state, the worst edges. */
import type { HealthState } from "../../lib/query/schema/common.ts";
import type { Graph } from "../../lib/query/schema/graph.ts";
import { estateTotals, nodesById } from "../../lib/view/estate.ts";
import { count, percent, plain, ratePerSec } from "../../lib/view/format.ts";
import type { FoldTarget } from "../../lib/view/graph/fold-target.ts";
import { stateRank } from "../../lib/view/health-words.ts";
import { graphPath } from "../../lib/view/live-query.ts";
import { span } from "../../lib/view/time.ts";
import { usePictured } from "../data/use-pictured.ts";
import { SameAs } from "../shell/SameAs.tsx";
import { Num } from "../ui/Num.tsx";
import { Fact, Section } from "../ui/Section.tsx";
import { StateMark } from "../ui/StateMark.tsx";
import { Changes } from "./Changes.tsx";
import { EdgeList } from "./EdgeList.tsx";
import { FoldButton } from "./FoldButton.tsx";
import { PanelHead } from "./PanelHead.tsx";

const STATES: readonly HealthState[] = ["failure", "degraded", "notReady", "healthy", "noTraffic", "unknown"];

interface EstatePanelProps {
  readonly graph: Graph;
  /** The part of the graph that is meant; the whole when left out. */
  readonly part?: { readonly title: string; readonly kind: string; readonly fold: FoldTarget };
}

export function EstatePanel({ graph, part }: EstatePanelProps) {
  const { state } = usePictured();
  const totals = estateTotals(graph);
  const { window } = graph;
  const states = [...STATES].sort((a, b) => stateRank(a) - stateRank(b)).filter((s) => (totals.states[s] ?? 0) > 0);
  const time = { kind: "range", startMs: window.start, endMs: window.end } as const;
  return (
    <>
      <PanelHead
        title={part?.title ?? "Everything in view"}
        kind={
          part === undefined
            ? `${plain(count(graph.nodes.length))} nodes`
            : `${part.kind}, ${plain(count(graph.nodes.length))} nodes`
        }
        place={`${plain(count(graph.edges.length))} edges`}
      />
      {part === undefined ? null : <FoldButton target={part.fold} />}
      <Section
        title={`${part === undefined ? "Between services" : "In, out and within"}, ${span(window.start, window.end, Date.now())}`}
      >
        <Fact name="requests">
          <Num figure={ratePerSec(totals.requestsPerSec)} />
        </Fact>
        <Fact name="failures">
          <Num figure={percent(totals.errorRatio, totals.withoutRequests ? "notApplicable" : undefined)} />
        </Fact>
        <Fact name="mTLS">
          {totals.withoutRequests && totals.mutualShare === null ? (
            <span className="text-quiet">no requests seen</span>
          ) : (
            <Num figure={percent(totals.mutualShare)} />
          )}
          {totals.mutualShare === null ? null : (
            <span className="text-quiet"> mutual of {plain(count(totals.mutualOf))} requests</span>
          )}
        </Fact>
        <p className="pt-1 text-xs text-quiet">
          A request that passes three services is three requests between services.
        </p>
      </Section>
      {part === undefined ? <Changes /> : null}
      <Section title="Edges by state">
        {states.map((s) => (
          <Fact key={s} name={<StateMark state={s} />}>
            {plain(count(totals.states[s] ?? 0))}
          </Fact>
        ))}
      </Section>
      <EdgeList
        title="Worst edges first"
        edges={graph.edges}
        nodes={nodesById(graph.nodes)}
        show="both"
        empty="No edge in this window."
      />
      {part === undefined ? <SameAs path={graphPath({ ...state, time }, 0)} /> : null}
    </>
  );
}
