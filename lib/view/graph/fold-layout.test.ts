/** Folding and unfolding in the picture: frames stay, what unfolds is where it was, and nothing comes to lie on another. */
import { expect, test } from "vitest";
import { entityId } from "../../model/identity.ts";
import { GRAPH_FIXTURE } from "../../query/fixtures/graph-fixture.ts";
import type { Graph, GraphEdge, GraphNode } from "../../query/schema/graph.ts";
import { foldTargetOf } from "./fold-target.ts";
import { FRAMED, type Framing, ROOMY } from "./graph-view.ts";
import { layoutGraph } from "./layout-graph.ts";
import { type LayoutInput, layoutInput } from "./layout-input.ts";
import type { LayoutResult } from "./layout-types.ts";
import { presentGraph } from "./present-graph.ts";

type Members = Pick<Graph, "nodes" | "edges">;

/** What the server makes of a graph with these namespaces folded, but for the figures. */
function folded({ nodes, edges }: Members, namespaces: readonly string[]): Members {
  const standsFor = new Map<string, GraphNode>();
  for (const node of nodes) {
    const { cluster, namespace } = node;
    if (!namespaces.includes(namespace)) continue;
    const id = entityId({ cluster, namespace, kind: "namespace", name: namespace });
    const inside = nodes.filter((one) => one.namespace === namespace && one.cluster === cluster).length;
    const { service: _service, app: _app, version: _version, ...rest } = node;
    standsFor.set(node.id, {
      ...rest,
      id,
      kind: "namespace",
      name: namespace,
      holds: { nodes: inside, namespaces: 1 },
    });
  }
  const end = (id: string): string => standsFor.get(id)?.id ?? id;
  const merged = new Map<string, GraphEdge>();
  for (const edge of edges) {
    const [source, target] = [end(edge.source), end(edge.target)];
    const isSame = source === edge.source && target === edge.target;
    const id = isSame ? edge.id : `${source}${target}${edge.protocol}`;
    merged.set(id, { ...edge, id, source, target });
  }
  const all = new Map(nodes.map((node) => [end(node.id), standsFor.get(node.id) ?? node]));
  return { nodes: [...all.values()], edges: [...merged.values()] };
}

const SPACES = [...new Set(GRAPH_FIXTURE.nodes.map((node) => node.namespace))].filter((name) => name !== "");
const laid = (graph: Members, framing: Framing, before: LayoutResult | null) => {
  const input = layoutInput(presentGraph(graph, framing));
  return { input, layout: layoutGraph(input, before, 1) };
};

function placesOf({ ids, x, y }: LayoutResult): Map<string, string> {
  return new Map(ids.map((id, i) => [id, `${x[i]} ${y[i]}`]));
}

function framesOf({ boxIds, rects }: LayoutResult): Map<string, string> {
  return new Map(boxIds.map((id, b) => [id, [...rects.subarray(4 * b, 4 * b + 4)].join(" ")]));
}

function overlaps(input: LayoutInput, { x, y }: LayoutResult): string[] {
  const found: string[] = [];
  input.ids.forEach((a, i) => {
    input.ids.slice(0, i).forEach((b, j) => {
      const wide = (input.halfWidth[i] ?? 0) + (input.halfWidth[j] ?? 0);
      const [high, low] = (y[i] ?? 0) < (y[j] ?? 0) ? [i, j] : [j, i];
      const tall = (input.below[high] ?? 0) + (input.above[low] ?? 0);
      const apart = Math.abs((x[i] ?? 0) - (x[j] ?? 0)) + 1 >= wide || (y[low] ?? 0) - (y[high] ?? 0) + 1 >= tall;
      if (!apart) found.push(`${a} and ${b}`);
    });
  });
  return found;
}

test("a folded namespace keeps its frame, all else keeps its place, and unfolding puts each node back where it was", () => {
  for (const space of SPACES) {
    const before = laid(GRAPH_FIXTURE, FRAMED, null).layout;
    const small = laid(folded(GRAPH_FIXTURE, [space]), FRAMED, before).layout;
    expect(small.kept).toBe(true);
    expect(framesOf(small)).toEqual(framesOf(before));
    const old = placesOf(before);
    for (const [id, place] of placesOf(small)) if (old.has(id)) expect(place).toBe(old.get(id));
    const again = laid(GRAPH_FIXTURE, FRAMED, small).layout;
    expect(again.kept).toBe(true);
    expect(placesOf(again)).toEqual(old);
    expect(framesOf(again)).toEqual(framesOf(before));
  }
});

test("with all folded, frames have room: what unfolds moves no other frame and lies on nothing", () => {
  const closed = folded(GRAPH_FIXTURE, SPACES);
  let { layout } = laid(closed, ROOMY, null);
  const frames = framesOf(layout);
  for (let open = 1; open <= SPACES.length; open++) {
    const next = laid(folded(GRAPH_FIXTURE, SPACES.slice(open)), ROOMY, layout);
    expect(next.layout.kept).toBe(true);
    expect(overlaps(next.input, next.layout)).toEqual([]);
    layout = next.layout;
  }
  const grown = [...framesOf(layout)].filter(([id, frame]) => frames.get(id) !== frame).map(([id]) => id);
  expect(grown.length).toBeLessThan(SPACES.length);
});

test("a node that appears while its namespace is folded and unfolded comes to lie on no other", () => {
  const before = laid(GRAPH_FIXTURE, FRAMED, null).layout;
  const [space = ""] = SPACES.filter((name) => GRAPH_FIXTURE.nodes.filter((n) => n.namespace === name).length > 1);
  const [template] = GRAPH_FIXTURE.nodes.filter((node) => node.namespace === space);
  if (template === undefined) throw new Error("the fixture has namespaces");
  const small = laid(folded(GRAPH_FIXTURE, [space]), FRAMED, before).layout;
  const more = { ...GRAPH_FIXTURE, nodes: [...GRAPH_FIXTURE.nodes, { ...template, id: "new", name: "a-new-one" }] };
  const after = laid(more, FRAMED, small);
  expect(after.layout.kept).toBe(true);
  expect(overlaps(after.input, after.layout)).toEqual([]);
});

test("a command to fold means the box, the node that stands for it, or the box around a node", () => {
  const view = presentGraph(GRAPH_FIXTURE, FRAMED);
  const node = view.nodes.find(({ box }) => box >= 0);
  const box = view.boxes[node?.box ?? -1];
  if (node === undefined || box === undefined) throw new Error("the fixture has boxes");
  const inBox = { kind: "node", id: node.id } as const;
  expect(foldTargetOf(view, inBox, "itself")).toBeNull();
  expect(foldTargetOf(view, inBox, "around")).toEqual({ id: box.foldId, folded: false, title: box.title });
  expect(foldTargetOf(view, { kind: "box", id: box.id }, "itself")?.id).toBe(box.foldId);
  const small = presentGraph(folded(GRAPH_FIXTURE, [box.namespace]), FRAMED);
  expect(foldTargetOf(small, { kind: "node", id: box.foldId }, "itself")).toMatchObject({ folded: true });
});
