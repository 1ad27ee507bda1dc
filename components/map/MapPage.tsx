"use client";
import type { Graph } from "../../lib/query/schema/graph.ts";
/** The map: picture or table of the graph, the time strip, and the panel of what is selected. */
import { boxPart } from "../../lib/view/box-part.ts";
import { nodesById } from "../../lib/view/estate.ts";
import { endLabel } from "../../lib/view/node-words.ts";
import { operationPart } from "../../lib/view/operation-part.ts";
import { useFind } from "../data/use-find.ts";
import { useGraph } from "../data/use-graph.ts";
import { useOperationGraph, useOperations } from "../data/use-operations.ts";
import { type Selection, useSelection } from "../data/use-selection.ts";
import { useWall } from "../data/use-wall.ts";
import { SidePanel } from "../shell/SidePanel.tsx";
import { EdgePanel } from "./EdgePanel.tsx";
import { EstatePanel } from "./EstatePanel.tsx";
import { MapBody } from "./MapBody.tsx";
import { NodePanel } from "./NodePanel.tsx";
import { OperationPanel } from "./OperationPanel.tsx";
import { TimeStrip } from "./TimeStrip.tsx";
import { WallBar } from "./WallBar.tsx";

function panelTitle(selection: Selection | null, name: string): string {
  if (selection === null) return "Everything in view";
  if (selection.kind === "box") return "Box";
  return selection.kind === "node" ? `Node ${name}` : "Edge";
}

function Panel({ selection, graph }: { readonly selection: Selection | null; readonly graph: Graph | undefined }) {
  const operations = useOperations();
  if (operations.answer !== undefined && selection !== null && selection.kind !== "box") {
    const found = operationPart(operations.answer, selection);
    if (found !== null) return <OperationPanel part={found} path={operations.path} />;
  }
  if (selection?.kind === "node") return <NodePanel id={selection.id} />;
  if (selection?.kind === "edge") return <EdgePanel id={selection.id} />;
  if (graph === undefined) return null;
  if (selection === null) return <EstatePanel graph={graph} />;
  const part = boxPart(graph, selection.id);
  if (part === null) return <p className="text-quiet">This box is not in the window.</p>;
  return <EstatePanel graph={part.graph} part={part} />;
}

export function MapPage() {
  const data = useGraph();
  const [selection, select] = useSelection();
  const { isWall } = useWall();
  const graph = useOperationGraph(data.graph, useOperations()) ?? data.graph;
  const shown = useFind(graph)?.shown ?? graph;
  const nodes = nodesById(graph?.nodes ?? []);
  const title = panelTitle(selection, selection === null ? "" : endLabel(nodes, selection.id));
  const close = selection === null ? undefined : () => select(null);
  return (
    <div className="flex h-full">
      <h1 className="sr-only">Map</h1>
      <div className="flex min-w-0 flex-1 flex-col">
        <div className="relative min-h-0 flex-1">
          <MapBody data={data} />
        </div>
        {isWall ? null : <TimeStrip />}
        {isWall ? <WallBar data={data} all={graph} graph={shown} /> : null}
      </div>
      {isWall || (selection === null && (graph?.nodes.length ?? 0) === 0) ? null : (
        <SidePanel of={selection?.id ?? "estate"} title={title} onClose={close}>
          <Panel selection={selection} graph={shown} />
        </SidePanel>
      )}
    </div>
  );
}
