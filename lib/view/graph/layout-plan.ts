/**
 * Which items and which pieces of edges each level of boxes has. An edge between nodes of different boxes is an *exit*
 * from each box it leaves and one *link* at the level where its ends meet; edges of the same two nodes share a pair.
 */
import type { LayoutInput } from "./layout-input.ts";

/** Two nodes joined by edges, in the direction of the first of them. Items: node i is i, box b is nodes + b. */
export interface Pair {
  readonly a: number;
  readonly b: number;
  /** Items that the edge leaves, innermost first, before the level where it is a link. */
  readonly exitsA: readonly number[];
  readonly exitsB: readonly number[];
  readonly linkA: number;
  readonly linkB: number;
  readonly level: number;
}

export interface Level {
  readonly items: number[];
  readonly links: number[];
  readonly exits: Exit[];
}

export interface Exit {
  readonly pair: number;
  readonly item: number;
  readonly fromA: boolean;
}

export interface Plan {
  readonly input: LayoutInput;
  readonly pairs: readonly Pair[];
  /** By box index; the outermost level last. */
  readonly levels: readonly Level[];
  /** Index in its level of each item. */
  readonly slot: Int32Array;
}

function parentOf(input: LayoutInput, item: number): number {
  const nodes = input.ids.length;
  return (item < nodes ? input.boxOf[item] : input.boxParent[item - nodes]) ?? -1;
}

function pairOf(input: LayoutInput, a: number, b: number): Pair {
  const nodes = input.ids.length;
  const chain = (start: number): number[] => {
    const items = [start];
    for (let at = parentOf(input, start); at >= 0; at = input.boxParent[at] ?? -1) items.push(nodes + at);
    return items;
  };
  const chainA = chain(a);
  const chainB = chain(b);
  let shared = 0;
  while (shared < chainA.length && shared < chainB.length && chainA.at(-1 - shared) === chainB.at(-1 - shared))
    shared++;
  const linkA = chainA.at(-1 - shared) ?? a;
  const linkB = chainB.at(-1 - shared) ?? b;
  const exitsA = chainA.slice(0, chainA.indexOf(linkA));
  const exitsB = chainB.slice(0, chainB.indexOf(linkB));
  return { a, b, exitsA, exitsB, linkA, linkB, level: parentOf(input, linkA) };
}

/** The plan of an input, and the pair of each edge (-1 for a loop). */
export function planOf(input: LayoutInput): { readonly plan: Plan; readonly pairOfEdge: Int32Array } {
  const nodes = input.ids.length;
  const boxes = input.boxIds.length;
  const levels: Level[] = Array.from({ length: boxes + 1 }, () => ({ items: [], links: [], exits: [] }));
  const slot = new Int32Array(nodes + boxes);
  const level = (box: number): Level | undefined => levels[box < 0 ? boxes : box];
  for (let item = 0; item < nodes + boxes; item++) {
    const items = level(parentOf(input, item))?.items;
    slot[item] = items?.length ?? 0;
    items?.push(item);
  }
  const known = new Map<string, number>();
  const pairs: Pair[] = [];
  const pairOfEdge = new Int32Array(input.edgeIds.length).fill(-1);
  for (let e = 0; e < input.edgeIds.length; e++) {
    const a = input.source[e] ?? 0;
    const b = input.target[e] ?? 0;
    if (a === b) continue;
    const key = a < b ? `${a} ${b}` : `${b} ${a}`;
    let index = known.get(key);
    if (index === undefined) {
      index = pairs.length;
      known.set(key, index);
      const pair = pairOf(input, a, b);
      pairs.push(pair);
      level(pair.level)?.links.push(index);
      for (const item of pair.exitsA) level(parentOf(input, item))?.exits.push({ pair: index, item, fromA: true });
      for (const item of pair.exitsB) level(parentOf(input, item))?.exits.push({ pair: index, item, fromA: false });
    }
    pairOfEdge[e] = index;
  }
  return { plan: { input, pairs, levels, slot }, pairOfEdge };
}
