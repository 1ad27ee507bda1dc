"use client";
import type { GraphData } from "../data/use-graph.ts";
/** The states of the map: loading, error, empty, nothing in scope, and the picture or table itself (dimmed when old). */
import { useViewState } from "../data/use-view-state.ts";
import { EmptyEstate } from "../shell/EmptyEstate.tsx";
import { FailureNotice } from "../shell/FailureNotice.tsx";
import { Button } from "../ui/Button.tsx";
import { Notice } from "../ui/Notice.tsx";
import { MapSkeleton } from "./MapSkeleton.tsx";
import { MapTable } from "./MapTable.tsx";
import { MapTools } from "./MapTools.tsx";
import { Picture } from "./Picture.tsx";
import { StaleFrame } from "./StaleFrame.tsx";
import { useMapOptions } from "./use-map-options.ts";

function Nothing() {
  const [state, update] = useViewState();
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

export function MapBody({ data }: { readonly data: GraphData }) {
  const { show } = useMapOptions();
  const { graph, failure } = data;
  if (graph === undefined) {
    if (failure === null) return <MapSkeleton />;
    return <FailureNotice title="The graph could not be read" failure={failure} onRetry={data.retry} />;
  }
  if (graph.nodes.length === 0) return <Nothing />;
  return (
    <>
      <StaleFrame data={data}>
        {show === "table" ? <MapTable graph={graph} tools={<MapTools />} /> : <Picture graph={graph} />}
      </StaleFrame>
      {show === "table" ? null : (
        <div className="absolute left-3 top-3 z-10">
          <MapTools />
        </div>
      )}
    </>
  );
}
