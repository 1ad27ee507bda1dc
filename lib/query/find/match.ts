/**
 * Which nodes and edges of a graph a find expression holds for. In: an expression and a graph; out: their ids.
 *
 * Each part is asked of one thing. A field of nodes asked of an edge holds where either end has it (`source.` and `target.`
 * name the end); a field of edges asked of a node holds where an edge into the node has it, as a node is judged by what it
 * answers. A comparison with a figure that is not there does not hold, and its `not` does.
 */
import { finish, mapSliced, type Sliced } from "../../base/sliced.ts";
import type { GraphEdge, GraphNode } from "../schema/graph.ts";
import type { Expression, Order } from "./expression.ts";
import type { EdgeThing, FieldRef, NodeThing } from "./fields.ts";

export interface Found {
  readonly nodes: ReadonlySet<string>;
  readonly edges: ReadonlySet<string>;
}

type Leaf = Exclude<Expression, { readonly kind: "and" | "or" | "not" }>;

function ordered(left: number, op: Order, right: number): boolean {
  switch (op) {
    case "=":
      return left === right;
    case "!=":
      return left !== right;
    case ">":
      return left > right;
    case ">=":
      return left >= right;
    case "<":
      return left < right;
    case "<=":
      return left <= right;
  }
}

const named = ({ name, service, app, version, namespace }: GraphNode, text: string): boolean =>
  [version === undefined ? name : `${name} ${version}`, service, app, namespace].some(
    (word) => word?.toLowerCase().includes(text) === true,
  );

/** Undefined where the leaf's field is none of nodes. */
function ownOfNode(leaf: Leaf, thing: NodeThing): boolean | undefined {
  switch (leaf.kind) {
    case "names":
      return named(thing.node, leaf.text);
    case "state":
      return leaf.on.field.ofNode?.(thing);
    case "text":
      return leaf.on.field.ofNode?.(thing).some(leaf.holds);
    case "number": {
      if (leaf.on.field.ofNode === undefined) return undefined;
      const value = leaf.on.field.ofNode(thing);
      return value !== null && ordered(value, leaf.op, leaf.value);
    }
  }
}

/** Undefined where the leaf's field is none of edges. */
function ownOfEdge(leaf: Leaf, thing: EdgeThing): boolean | undefined {
  switch (leaf.kind) {
    case "names":
      return undefined;
    case "state":
      return leaf.on.field.ofEdge?.(thing);
    case "text":
      return leaf.on.field.ofEdge?.(thing).some(leaf.holds);
    case "number": {
      if (leaf.on.field.ofEdge === undefined) return undefined;
      const value = leaf.on.field.ofEdge(thing);
      return value !== null && ordered(value, leaf.op, leaf.value);
    }
  }
}

const endOf = (leaf: Leaf): FieldRef["end"] => (leaf.kind === "names" ? "either" : leaf.on.end);

class Matcher {
  private readonly things: ReadonlyMap<string, NodeThing>;

  constructor(things: ReadonlyMap<string, NodeThing>) {
    this.things = things;
  }

  node(expression: Expression, thing: NodeThing): boolean {
    switch (expression.kind) {
      case "and":
        return expression.parts.every((part) => this.node(part, thing));
      case "or":
        return expression.parts.some((part) => this.node(part, thing));
      case "not":
        return !this.node(expression.part, thing);
      default: {
        const own = endOf(expression) === "either" ? ownOfNode(expression, thing) : undefined;
        return own ?? thing.inbound.some((edge) => this.leafOfEdge(expression, edge));
      }
    }
  }

  edge(expression: Expression, thing: EdgeThing): boolean {
    switch (expression.kind) {
      case "and":
        return expression.parts.every((part) => this.edge(part, thing));
      case "or":
        return expression.parts.some((part) => this.edge(part, thing));
      case "not":
        return !this.edge(expression.part, thing);
      default:
        return this.leafOfEdge(expression, thing);
    }
  }

  private leafOfEdge(leaf: Leaf, thing: EdgeThing): boolean {
    const end = endOf(leaf);
    const own = end === "either" ? ownOfEdge(leaf, thing) : undefined;
    if (own !== undefined) return own;
    const ends = [end === "target" ? undefined : thing.source, end === "source" ? undefined : thing.target];
    return ends.some((node) => {
      const found = node === undefined ? undefined : this.things.get(node.id);
      return found !== undefined && ownOfNode(leaf, found) === true;
    });
  }
}

interface TouchedNode {
  readonly node: GraphNode;
  readonly inbound: EdgeThing[];
  readonly outbound: EdgeThing[];
}

export interface FindThings {
  readonly nodes: ReadonlyMap<string, TouchedNode>;
  readonly edges: readonly EdgeThing[];
}

interface Members {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

const THINGS_PER_STEP = 512;

/** Things of a graph, each with what it touches: made once, asked by many expressions. */
export function* thingSteps(graph: Members): Sliced<FindThings> {
  const nodes = new Map<string, TouchedNode>();
  for (const node of graph.nodes) nodes.set(node.id, { node, inbound: [], outbound: [] });
  yield;
  const edges = yield* mapSliced(graph.edges, THINGS_PER_STEP, (edge): EdgeThing => {
    const [source, target] = [nodes.get(edge.source), nodes.get(edge.target)];
    const thing = { edge, source: source?.node, target: target?.node };
    source?.outbound.push(thing);
    target?.inbound.push(thing);
    return thing;
  });
  return { nodes, edges };
}

export function* findSteps(things: FindThings, expression: Expression): Sliced<Found> {
  const matcher = new Matcher(things.nodes);
  const nodes = new Set<string>();
  let asked = 0;
  for (const [id, thing] of things.nodes) {
    if (matcher.node(expression, thing)) nodes.add(id);
    if (++asked % THINGS_PER_STEP === 0) yield;
  }
  const edges = new Set<string>();
  for (const thing of things.edges) {
    if (matcher.edge(expression, thing)) edges.add(thing.edge.id);
    if (++asked % THINGS_PER_STEP === 0) yield;
  }
  return { nodes, edges };
}

export const findThings = (graph: Members): FindThings => finish(thingSteps(graph));

export const findIn = (things: FindThings, expression: Expression): Found => finish(findSteps(things, expression));
