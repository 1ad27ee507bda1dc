/**
 * Heights for the vertices of each layer: each would like to be level with its neighbours, none may overlap the next.
 * That is least squares under order constraints, solved exactly per layer by pooling adjacent violators (isotonic
 * regression, Barlow et al. 1972), in sweeps over the layers until it settles. In place order comes from layout-order.
 */
import type { ProperGraph } from "./layout-layers.ts";
import { BOX_GAP, GAP_Y } from "./layout-types.ts";

const SWEEPS = 16;
const PULL = 0.7;

/** Half of the tallest layer of items: where items can be about 0 without stretching the level. */
function reachOf(graph: ProperGraph): number {
  let most = 0;
  for (const layer of graph.layers) {
    let sum = 0;
    for (const vertex of layer) if (vertex < graph.items) sum += (graph.height[vertex] ?? 0) + GAP_Y;
    most = Math.max(most, sum);
  }
  return most / 2;
}

interface Want {
  readonly other: number;
  /** Top of the vertex = top of the other + shift. */
  readonly shift: number;
  readonly weight: number;
}

/** Positions that minimise Σ weight (p − wish)² with p[i+1] − p[i] ≥ separation[i]. */
export function spread(wish: readonly number[], weight: readonly number[], separation: readonly number[]): number[] {
  const offsets: number[] = [];
  let offset = 0;
  const blocks: { sum: number; weight: number; count: number }[] = [];
  for (let i = 0; i < wish.length; i++) {
    offsets.push(offset);
    const w = Math.max(1e-6, weight[i] ?? 1);
    let block = { sum: ((wish[i] ?? 0) - offset) * w, weight: w, count: 1 };
    let previous = blocks.at(-1);
    while (previous !== undefined && previous.sum / previous.weight >= block.sum / block.weight) {
      blocks.pop();
      block = {
        sum: previous.sum + block.sum,
        weight: previous.weight + block.weight,
        count: previous.count + block.count,
      };
      previous = blocks.at(-1);
    }
    blocks.push(block);
    offset += separation[i] ?? 0;
  }
  const out: number[] = [];
  for (const block of blocks) {
    for (let k = 0; k < block.count; k++) out.push(block.sum / block.weight + (offsets[out.length] ?? 0));
  }
  return out;
}

function wantsOf(graph: ProperGraph): { readonly left: Want[][]; readonly right: Want[][] } {
  const left: Want[][] = graph.layerOf.map(() => []);
  const right: Want[][] = graph.layerOf.map(() => []);
  for (const s of graph.segments) {
    right[s.left]?.push({ other: s.right, shift: s.rightPort - s.leftPort, weight: s.weight });
    left[s.right]?.push({ other: s.left, shift: s.leftPort - s.rightPort, weight: s.weight });
  }
  return { left, right };
}

function separationOf(graph: ProperGraph, upper: number, lower: number): number {
  if (graph.box[upper] === true || graph.box[lower] === true) return (graph.height[upper] ?? 0) + BOX_GAP * 0.7;
  const lanes = (upper >= graph.items ? 1 : 0) + (lower >= graph.items ? 1 : 0);
  return (
    (graph.height[upper] ?? 0) + (lanes === 2 ? graph.lane / 2 : lanes === 1 ? Math.min(GAP_Y, graph.lane) : GAP_Y)
  );
}

function settle(
  graph: ProperGraph,
  layer: readonly number[],
  wants: (vertex: number) => readonly Want[],
  top: Float64Array,
  reach: number,
) {
  const wish: number[] = [];
  const weight: number[] = [];
  const separation: number[] = [];
  layer.forEach((vertex, i) => {
    let sum = 0;
    let total = 0;
    for (const want of wants(vertex)) {
      sum += want.weight * ((top[want.other] ?? 0) + want.shift);
      total += want.weight;
    }
    const pull = graph.pull[vertex] ?? null;
    if (pull !== null) {
      // Within the room the items need anyway: a far end draws an edge's exit up or down, but never stretches the box.
      sum += PULL * Math.max(-reach, Math.min(reach, pull - reach));
      total += PULL;
    }
    wish.push(total > 0 ? sum / total : (top[vertex] ?? 0));
    weight.push(total > 0 ? total : 0.01);
    separation.push(separationOf(graph, vertex, layer[i + 1] ?? vertex));
  });
  spread(wish, weight, separation).forEach((value, i) => {
    top[layer[i] ?? 0] = value;
  });
}

/** Tops of all vertices, the least of them 0. */
export function assignTops(graph: ProperGraph): Float64Array {
  const wants = wantsOf(graph);
  const top = new Float64Array(graph.layerOf.length);
  for (const layer of graph.layers) {
    let y = 0;
    layer.forEach((vertex, i) => {
      top[vertex] = y;
      y += separationOf(graph, vertex, layer[i + 1] ?? vertex);
    });
    for (const vertex of layer) top[vertex] = (top[vertex] ?? 0) - y / 2;
  }
  const last = graph.layers.length - 1;
  const reach = reachOf(graph);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const both = sweep >= SWEEPS - 6;
    for (let i = 0; i <= last; i++) {
      const layer = graph.layers[sweep % 2 === 0 ? i : last - i] ?? [];
      const side = sweep % 2 === 0 ? wants.left : wants.right;
      settle(
        graph,
        layer,
        (v) => (both ? [...(wants.left[v] ?? []), ...(wants.right[v] ?? [])] : (side[v] ?? [])),
        top,
        reach,
      );
    }
  }
  let least = Number.POSITIVE_INFINITY;
  for (const layer of graph.layers) for (const vertex of layer) least = Math.min(least, top[vertex] ?? 0);
  if (Number.isFinite(least)) for (let v = 0; v < top.length; v++) top[v] = (top[v] ?? 0) - least;
  return top;
}
