"use client";
/** Picture or table; which labels edges carry, or which table. */
import { useViewState } from "../data/use-view-state.ts";
import { Choice, Many } from "../ui/Toggle.tsx";
import { EDGE_LABELS, useMapOptions } from "./use-map-options.ts";

const SHOWS = [
  { value: "graph", label: "Graph" },
  { value: "table", label: "Table" },
] as const;
const TABS = [
  { value: "edges", label: "Edges" },
  { value: "nodes", label: "Nodes" },
] as const;

/** Nodes and edges on which nothing ran in the window; frames of meshes around those of clusters and namespaces. */
const ALSO = [
  { value: "idle", label: "Idle" },
  { value: "mesh", label: "Mesh frames" },
] as const;

export function MapTools() {
  const options = useMapOptions();
  const [{ idle, boxes }, update] = useViewState();
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Choice label="Show as" value={options.show} options={SHOWS} onChange={options.setShow} />
      {options.show === "table" ? (
        <Choice label="Table of" value={options.tab} options={TABS} onChange={options.setTab} />
      ) : (
        <Many label="Labels on edges" values={options.labels} options={EDGE_LABELS} onChange={options.setLabels} />
      )}
      <Many
        label="Also shown"
        values={ALSO.map(({ value }) => value).filter((value) => (value === "idle" ? idle : boxes === "mesh"))}
        options={ALSO}
        onChange={(also) => update({ idle: also.includes("idle"), boxes: also.includes("mesh") ? "mesh" : "place" })}
      />
    </div>
  );
}
