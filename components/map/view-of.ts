/** The view model of a graph, made at most once per answer and only when something asks for it (hover, legend). */
import type { Graph } from "../../lib/query/schema/graph.ts";
import type { Framing, GraphView } from "../../lib/view/graph/graph-view.ts";
import { presentGraph } from "../../lib/view/graph/present-graph.ts";

const views = new WeakMap<Graph, { readonly framing: Framing; readonly view: GraphView }>();

export function viewOf(graph: Graph, framing: Framing): GraphView {
  const known = views.get(graph);
  if (known?.framing === framing) return known.view;
  const view = presentGraph(graph, framing);
  views.set(graph, { framing, view });
  return view;
}
