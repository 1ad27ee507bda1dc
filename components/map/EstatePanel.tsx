"use client";
/** The whole graph, when nothing is selected: totals, edges by state, the worst edges. */
import type { HealthState } from "../../lib/query/schema/common.ts";
import type { Graph } from "../../lib/query/schema/graph.ts";
import type { BoxPart } from "../../lib/view/box-part.ts";
import { estateTotals, nodesById } from "../../lib/view/estate.ts";
import { count, percent, plain, ratePerSec } from "../../lib/view/format.ts";
import { stateRank } from "../../lib/view/health-words.ts";
import { graphPath } from "../../lib/view/live-query.ts";
import { boxLinks, estateLinks } from "../../lib/view/onward-links.ts";
import { span } from "../../lib/view/time.ts";
import { usePictured } from "../data/use-pictured.ts";
import { useViewState } from "../data/use-view-state.ts";
import { Onward } from "../shell/Onward.tsx";
import { PanelSeries } from "../shell/PanelSeries.tsx";
import { SameAs } from "../shell/SameAs.tsx";
import { Num } from "../ui/Num.tsx";
import { Fact, Section } from "../ui/Section.tsx";
import { StateMark } from "../ui/StateMark.tsx";
import { Changes } from "./Changes.tsx";
import { EdgeList } from "./EdgeList.tsx";
import { FoldButton } from "./FoldButton.tsx";
import { PanelHead } from "./PanelHead.tsx";
import { Talkers } from "./Talkers.tsx";

const STATES: readonly HealthState[] = ["failure", "degraded", "notReady", "healthy", "noTraffic", "unknown"];

interface EstatePanelProps {
  readonly graph: Graph;
  /** The part of the graph that is meant; the whole when left out. */
  readonly part?: Pick<BoxPart, "title" | "kind" | "fold" | "place" | "ends">;
}

export function EstatePanel({ graph, part }: EstatePanelProps) {
  const { state } = usePictured();
  const [view] = useViewState();
  const isWhole = view.meshes.length + view.clusters.length + view.namespaces.length === 0 && view.focus === "";
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
      {part === undefined && !isWhole ? null : (
        <Section title={part === undefined ? "Over time" : "Into it, over time"}>
          <PanelSeries of={part === undefined ? null : { node: part.fold.id }} figures={{}} />
        </Section>
      )}
      {part === undefined ? <Changes /> : null}
      <Talkers nodes={graph.nodes} />
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
        nodes={nodesById(part?.ends ?? graph.nodes)}
        show="both"
        empty="No edge in this window."
      />
      <Onward links={part === undefined ? estateLinks(view) : boxLinks(view, part)} />
      {part === undefined ? <SameAs path={graphPath({ ...state, time }, 0)} /> : null}
    </>
  );
}
