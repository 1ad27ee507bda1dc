/** The view model of a graph, made at most once per answer and only when something asks for it (hover, legend). */
import type { Graph } from "../../lib/query/schema/graph.ts";
import type { GraphView } from "../../lib/view/graph/graph-view.ts";
import { presentGraph } from "../../lib/view/graph/present-graph.ts";

const views = new WeakMap<Graph, GraphView>();

export function viewOf(graph: Graph): GraphView {
  const known = views.get(graph);
  if (known !== undefined) return known;
  const view = presentGraph(graph);
  views.set(graph, view);
  return view;
}
