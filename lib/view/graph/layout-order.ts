/**
 * Order of the vertices within each layer, by barycentre sweeps there and back and swaps of neighbours, keeping the best
 * order met (fewest crossings). Border vertices with a wish (`pull`) are ordered by it. Deterministic: ties keep the
 * order they had. O(sweeps × segments × log vertices).
 */
import type { ProperGraph } from "./layout-layers.ts";

const SWEEPS = 12;
const MAX_SWAP_LAYER = 60;

interface Neighbours {
  readonly left: readonly (readonly number[])[];
  readonly right: readonly (readonly number[])[];
}

function neighboursOf(graph: ProperGraph): Neighbours {
  const left: number[][] = graph.layerOf.map(() => []);
  const right: number[][] = graph.layerOf.map(() => []);
  for (const { left: a, right: b } of graph.segments) {
    right[a]?.push(b);
    left[b]?.push(a);
  }
  return { left, right };
}

/** Crossings of the segments between two neighbouring layers, by counting inversions (Barth, Jünger, Mutzel 2002). */
export function crossingsBetween(
  upper: readonly number[],
  right: Neighbours["right"],
  place: ArrayLike<number>,
): number {
  const ends: number[] = [];
  for (const vertex of upper) {
    const places = (right[vertex] ?? []).map((other) => place[other] ?? 0).sort((a, b) => a - b);
    ends.push(...places);
  }
  const size = ends.reduce((most, end) => Math.max(most, end), 0) + 1;
  const tree = new Int32Array(size + 1);
  let crossings = 0;
  for (let i = ends.length - 1; i >= 0; i--) {
    const end = ends[i] ?? 0;
    for (let at = end; at > 0; at -= at & -at) crossings += tree[at] ?? 0;
    for (let at = end + 1; at <= size; at += at & -at) tree[at] = (tree[at] ?? 0) + 1;
  }
  return crossings;
}

function totalCrossings(layers: readonly (readonly number[])[], near: Neighbours, place: Int32Array): number {
  let sum = 0;
  for (const layer of layers) sum += crossingsBetween(layer, near.right, place);
  return sum;
}

function rePlace(layer: readonly number[], place: Int32Array): void {
  layer.forEach((vertex, i) => {
    place[vertex] = i;
  });
}

function sortLayer(graph: ProperGraph, index: number, near: readonly (readonly number[])[], place: Int32Array): void {
  const layer = graph.layers[index] ?? [];
  const border = index === 0 || index === graph.layers.length - 1;
  const key = new Map<number, number>();
  for (const vertex of layer) {
    const pull = graph.pull[vertex] ?? null;
    const others = near[vertex] ?? [];
    const mean = others.reduce((sum, other) => sum + (place[other] ?? 0), 0) / Math.max(1, others.length);
    key.set(vertex, border && pull !== null ? pull : others.length === 0 ? (place[vertex] ?? 0) : mean);
  }
  layer.sort((a, b) => (key.get(a) ?? 0) - (key.get(b) ?? 0) || (place[a] ?? 0) - (place[b] ?? 0));
  rePlace(layer, place);
}

function pairCrossings(a: readonly number[], b: readonly number[], place: Int32Array): number {
  let crossings = 0;
  for (const x of a) for (const y of b) if ((place[x] ?? 0) > (place[y] ?? 0)) crossings++;
  return crossings;
}

/** Swaps neighbours wherever that removes crossings on both sides together. */
function swapNeighbours(layer: number[], near: Neighbours, place: Int32Array): void {
  if (layer.length > MAX_SWAP_LAYER) return;
  for (let i = 0; i + 1 < layer.length; i++) {
    const a = layer[i] ?? 0;
    const b = layer[i + 1] ?? 0;
    const cost = (x: number, y: number): number =>
      pairCrossings(near.left[x] ?? [], near.left[y] ?? [], place) +
      pairCrossings(near.right[x] ?? [], near.right[y] ?? [], place);
    if (cost(b, a) < cost(a, b)) {
      layer[i] = b;
      layer[i + 1] = a;
      place[b] = i;
      place[a] = i + 1;
    }
  }
}

/** Reorders `graph.layers` in place. */
export function orderLayers(graph: ProperGraph): void {
  const near = neighboursOf(graph);
  const place = new Int32Array(graph.layerOf.length);
  for (const layer of graph.layers) rePlace(layer, place);
  const last = graph.layers.length - 1;
  let best = graph.layers.map((layer) => [...layer]);
  let fewest = Number.POSITIVE_INFINITY;
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
    if (sweep % 2 === 0) {
      sortLayer(graph, 0, near.right, place);
      for (let i = 1; i <= last; i++) sortLayer(graph, i, near.left, place);
    } else {
      sortLayer(graph, last, near.left, place);
      for (let i = last - 1; i >= 0; i--) sortLayer(graph, i, near.right, place);
    }
    for (let i = 1; i < last; i++) swapNeighbours(graph.layers[i] ?? [], near, place);
    const crossings = totalCrossings(graph.layers, near, place);
    if (crossings < fewest) {
      fewest = crossings;
      best = graph.layers.map((layer) => [...layer]);
    }
  }
  best.forEach((layer, i) => {
    graph.layers[i]?.splice(0, layer.length, ...layer);
  });
}
