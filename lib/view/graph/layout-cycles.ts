/**
 * Which way each edge points for layering: the greedy order of Eades, Lin and Smyth (1993). Items are taken from both
 * ends, sinks to the back, sources to the front; where only cycles remain the item with the largest surplus of outgoing
 * edges goes first. Edges that point back in that order are the ones to reverse. Ties: where traffic enters first, then
 * index. Self-edges are ignored. O(items² + edges), no recursion.
 */

export interface DirectedEdges {
  readonly count: number;
  readonly from: ArrayLike<number>;
  readonly to: ArrayLike<number>;
}

interface Remaining {
  readonly out: number[][];
  readonly in: number[][];
  readonly outDegree: Int32Array;
  readonly inDegree: Int32Array;
  readonly taken: Uint8Array;
}

function remaining(items: number, edges: DirectedEdges): Remaining {
  const out: number[][] = Array.from({ length: items }, () => []);
  const into: number[][] = Array.from({ length: items }, () => []);
  for (let e = 0; e < edges.count; e++) {
    const from = edges.from[e] ?? 0;
    const to = edges.to[e] ?? 0;
    if (from === to) continue;
    out[from]?.push(to);
    into[to]?.push(from);
  }
  const outDegree = Int32Array.from(out, (list) => list.length);
  const inDegree = Int32Array.from(into, (list) => list.length);
  return { out, in: into, outDegree, inDegree, taken: new Uint8Array(items) };
}

function take(state: Remaining, item: number, sinks: number[], sources: number[]): void {
  state.taken[item] = 1;
  for (const to of state.out[item] ?? []) {
    const degree = (state.inDegree[to] ?? 0) - 1;
    state.inDegree[to] = degree;
    if (degree === 0 && state.taken[to] === 0) sources.push(to);
  }
  for (const from of state.in[item] ?? []) {
    const degree = (state.outDegree[from] ?? 0) - 1;
    state.outDegree[from] = degree;
    if (degree === 0 && state.taken[from] === 0) sinks.push(from);
  }
}

/** Place of each item in the order: an edge with place[from] > place[to] is to be reversed. */
export function callOrder(items: number, edges: DirectedEdges, rank: ArrayLike<number>): Int32Array {
  const state = remaining(items, edges);
  const sinks: number[] = [];
  const sources: number[] = [];
  for (let i = 0; i < items; i++) {
    if (state.inDegree[i] === 0) sources.push(i);
    else if (state.outDegree[i] === 0) sinks.push(i);
  }
  const place = new Int32Array(items);
  let front = 0;
  let back = items;
  let sinkHead = 0;
  let sourceHead = 0;
  while (front < back) {
    if (sinkHead < sinks.length) {
      const item = sinks[sinkHead++] ?? 0;
      if (state.taken[item] === 1) continue;
      place[item] = --back;
      take(state, item, sinks, sources);
    } else {
      const item = sourceHead < sources.length ? (sources[sourceHead++] ?? 0) : mostOutgoing(state, rank);
      if (state.taken[item] === 1) continue;
      place[item] = front++;
      take(state, item, sinks, sources);
    }
  }
  return place;
}

function mostOutgoing(state: Remaining, rank: ArrayLike<number>): number {
  let best = -1;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < state.taken.length; i++) {
    if (state.taken[i] === 1) continue;
    const score = (state.outDegree[i] ?? 0) - (state.inDegree[i] ?? 0) - 1000 * (rank[i] ?? 0);
    if (score > bestScore) {
      best = i;
      bestScore = score;
    }
  }
  return best;
}
