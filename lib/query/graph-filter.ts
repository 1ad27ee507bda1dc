/**
 * What a find expression leaves of a graph: the edges it holds for with both their ends, and the nodes it holds for. In:
 * members with their API objects; out: those that are shown, in their order.
 */
import { finish, type Sliced } from "../base/sliced.ts";
import type { Expression } from "./find/expression.ts";
import { findSteps, thingSteps } from "./find/match.ts";
import { type GraphEdge, type GraphNode, graphEdgeSchema, graphNodeSchema } from "./schema/graph.ts";

interface Shown<N, E> {
  readonly nodes: readonly N[];
  readonly edges: readonly E[];
}

/** Members and their API objects, which stand at the same places. */
export function* filterSteps<N, E>(
  members: Shown<N, E>,
  objects: Shown<GraphNode, GraphEdge>,
  expression: Expression,
): Sliced<{ nodes: N[]; edges: E[] }> {
  const things = yield* thingSteps(objects);
  yield;
  const found = yield* findSteps(things, expression);
  yield;
  const ends = new Set(found.nodes);
  const isShown = objects.edges.map((edge) => found.edges.has(edge.id));
  objects.edges.forEach((edge, at) => {
    if (isShown[at] !== true) return;
    ends.add(edge.source);
    ends.add(edge.target);
  });
  return {
    nodes: members.nodes.filter((_, at) => ends.has(objects.nodes[at]?.id ?? "")),
    edges: members.edges.filter((_, at) => isShown[at] === true),
  };
}

export const filtered = <N, E>(members: Shown<N, E>, objects: Shown<GraphNode, GraphEdge>, expression: Expression) =>
  finish(filterSteps(members, objects, expression));

const PER_STEP = 16;

function* read<T>(members: readonly { readonly text: string }[], parse: (value: unknown) => T): Sliced<T[]> {
  const read: T[] = [];
  for (const { text } of members) {
    read.push(parse(JSON.parse(text)));
    if (read.length % PER_STEP === 0) yield;
  }
  return read;
}

interface Text {
  readonly text: string;
}

/** Of printed members: what is asked is what the reader of the answer would see. */
export function* filteredTexts<N extends Text, E extends Text>(
  members: Shown<N, E>,
  expression: Expression,
): Sliced<{ nodes: N[]; edges: E[] }> {
  const nodes = yield* read(members.nodes, (value) => graphNodeSchema.parse(value));
  const edges = yield* read(members.edges, (value) => graphEdgeSchema.parse(value));
  yield;
  return yield* filterSteps(members, { nodes, edges }, expression);
}
