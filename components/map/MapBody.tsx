"use client";
/** The states of the map: loading, error, empty, nothing in scope, and the picture or table itself (dimmed when old). */
import { useMemo } from "react";
import type { Graph } from "../../lib/query/schema/graph.ts";
import { changedIds } from "../../lib/view/compare-view.ts";
import { comparedGraph, drawnGraph } from "../../lib/view/drawn-graph.ts";
import { useFind } from "../data/use-find.ts";
import type { GraphData } from "../data/use-graph.ts";
import { useOperationGraph, useOperations } from "../data/use-operations.ts";
import { useViewState } from "../data/use-view-state.ts";
import { useWall } from "../data/use-wall.ts";
import { EmptyEstate } from "../shell/EmptyEstate.tsx";
import { FailureNotice } from "../shell/FailureNotice.tsx";
import { Button } from "../ui/Button.tsx";
import { Notice } from "../ui/Notice.tsx";
import { FocusBar } from "./FocusBar.tsx";
import { MapSkeleton } from "./MapSkeleton.tsx";
import { MapTable } from "./MapTable.tsx";
import { MapTools } from "./MapTools.tsx";
import { NotKnownNote } from "./NotKnown.tsx";
import { Picture } from "./Picture.tsx";
import { StaleFrame } from "./StaleFrame.tsx";
import { LentTakings } from "./TakeAway.tsx";
import { useCompare } from "./use-compare.ts";
import { useMapOptions } from "./use-map-options.ts";

function Nothing() {
  const [state, update] = useViewState();
  if (state.focus !== "") {
    return (
      <Notice title="Nothing about this node">
        <p>It has no traffic in this window, or is not in the chosen scope.</p>
        <div>
          <Button onClick={() => update({ focus: "", hops: 1, direction: "both" })}>Show everything</Button>
        </div>
      </Notice>
    );
  }
  const scoped = state.meshes.length + state.clusters.length + state.namespaces.length > 0;
  if (scoped) {
    return (
      <Notice title="Nothing in this scope">
        <p>No traffic was observed in the chosen meshes, clusters and namespaces in this window.</p>
        <div>
          <Button onClick={() => update({ meshes: [], clusters: [], namespaces: [] })}>Show everything</Button>
        </div>
      </Notice>
    );
  }
  if (state.time.kind === "range") {
    return (
      <Notice title="Nothing was observed in this window">
        <p>Choose another window, or go back to the last minutes.</p>
        <div>
          <Button onClick={() => update({ time: { kind: "live", minutes: 5 } })}>Go live</Button>
        </div>
      </Notice>
    );
  }
  return <EmptyEstate title="No traffic yet" />;
}

function NoOperations() {
  const [, update] = useViewState();
  return (
    <Notice title="No operation was traced">
      <p>No trace of this window has a span in which this node answers. Operations come from traces alone.</p>
      <div>
        <Button onClick={() => update({ operations: false })}>Without operations</Button>
      </div>
    </Notice>
  );
}

/** What find leaves out is never left out silently. */
function Hidden({ all, shown }: { readonly all: Graph; readonly shown: Graph }) {
  const [, update] = useViewState();
  return (
    <div className="flex items-center gap-2 rounded-md border border-line bg-panel py-1 pl-2.5 pr-1 text-sm text-quiet">
      <span>
        {shown.nodes.length} of {all.nodes.length} nodes, {shown.edges.length} of {all.edges.length} edges
      </span>
      <Button variant="ghost" onClick={() => update({ findMode: "mark" })}>
        Show all
      </Button>
    </div>
  );
}

function AllHidden({ all }: { readonly all: Graph }) {
  const [{ findMode }, update] = useViewState();
  return (
    <Notice title={findMode === "hide" ? "Everything is hidden" : "Nothing matches"}>
      <p>
        What is in the find box leaves none of the {all.nodes.length} nodes and {all.edges.length} edges of this window.
      </p>
      <div>
        <Button onClick={() => update({ findMode: "mark" })}>Show all</Button>
      </div>
    </Notice>
  );
}

export function MapBody({ data }: { readonly data: GraphData }) {
  const { show } = useMapOptions();
  const { isWall } = useWall();
  const { failure } = data;
  const { answer, isRefreshing } = useCompare();
  const compared = useMemo(() => (answer === undefined ? undefined : comparedGraph(answer)), [answer]);
  const operations = useOperations();
  const byOperation = useOperationGraph(data.graph, operations);
  const { graph, base = null } = drawnGraph(byOperation, compared, data.graph) ?? {};
  const find = useFind(graph);
  // Where only matches are left, nothing is dimmed.
  const isMarked = find?.shown === graph && find?.fault === null;
  const matches = useMemo(() => {
    if (isMarked && find?.matches !== undefined) return new Set(find.matches.map(({ id }) => id));
    return answer === undefined ? undefined : changedIds(answer);
  }, [isMarked, find, answer]);
  if (graph === undefined) {
    if (failure === null) return <MapSkeleton />;
    return <FailureNotice title="The graph could not be read" failure={failure} onRetry={data.retry} />;
  }
  if (byOperation?.nodes.length === 0) return <NoOperations />;
  if (graph.nodes.length === 0) return <Nothing />;
  const shown = find?.shown ?? graph;
  if (shown.nodes.length === 0) return <AllHidden all={graph} />;
  const taken = { graph: shown, all: graph, base };
  const isTable = show === "table" && !isWall;
  return (
    <>
      <StaleFrame data={isRefreshing ? { ...data, refreshing: true } : data}>
        {isTable ? (
          <>
            <MapTable
              graph={shown}
              all={graph}
              matches={matches}
              tools={
                <>
                  <MapTools />
                  <NotKnownNote />
                </>
              }
            />
            <LentTakings taken={taken} />
          </>
        ) : (
          <Picture taken={taken} pictured={data.pictured} isKept={shown === data.graph} matches={matches} />
        )}
      </StaleFrame>
      <div className="absolute left-3 top-3 z-10 flex flex-col items-start gap-2 empty:hidden" hidden={isWall}>
        {isTable ? null : <MapTools />}
        {isTable ? null : <NotKnownNote />}
        <FocusBar graph={graph} />
        {shown === graph || isTable ? null : <Hidden all={graph} shown={shown} />}
      </div>
    </>
  );
}
