/** Wiring only: a request carries an input, the last result and a seed; the answer is the layout, under the same number. */
import { layoutGraph } from "../../lib/view/graph/layout-graph.ts";
import type { LayoutRequest } from "./layout-service.ts";

self.addEventListener("message", (event: MessageEvent<LayoutRequest>) => {
  const { number, input, previous, seed } = event.data;
  self.postMessage({ number, layout: layoutGraph(input, previous, seed) });
});
