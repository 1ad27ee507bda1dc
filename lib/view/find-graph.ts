/**
 * The find box on a graph. In: the graph and what is in the box; out: what is found, in the order in which it is stepped
 * through, and the graph that is left where what is not found is hidden. A text that cannot be read finds nothing and hides
 * nothing; the fault says where.
 */
import { findIn, findThings } from "../query/find/match.ts";
import { parseFind } from "../query/find/parse.ts";
import { type Vocabulary, vocabularyOf } from "../query/find/suggest.ts";
import type { FindError } from "../query/find/tokens.ts";
import { filtered } from "../query/graph-filter.ts";
import type { Graph } from "../query/schema/graph.ts";
import { nodeLabel } from "./find.ts";
import type { FindMode } from "./url-state.ts";

export interface FindTarget {
  readonly kind: "node" | "edge";
  readonly id: string;
}

export interface GraphFind {
  /** Nodes by name, then edges by the names of their ends; undefined where nothing is sought. */
  readonly matches: readonly FindTarget[] | undefined;
  readonly fault: FindError | null;
  /** What is on screen: all of it, or what the mode leaves. */
  readonly shown: Graph;
}

const compare = (a: string, b: string): number => a.localeCompare(b, "en");

function inOrder(graph: Graph, found: { nodes: ReadonlySet<string>; edges: ReadonlySet<string> }): FindTarget[] {
  const names = new Map(graph.nodes.map((node) => [node.id, nodeLabel(node)]));
  const byName = (id: string): string => names.get(id) ?? "";
  const nodes = graph.nodes.filter(({ id }) => found.nodes.has(id));
  const edges = graph.edges.filter(({ id }) => found.edges.has(id));
  nodes.sort((a, b) => compare(byName(a.id), byName(b.id)) || (a.id < b.id ? -1 : 1));
  edges.sort((a, b) => compare(byName(a.source), byName(b.source)) || compare(byName(a.target), byName(b.target)));
  return [
    ...nodes.map(({ id }): FindTarget => ({ kind: "node", id })),
    ...edges.map(({ id }): FindTarget => ({ kind: "edge", id })),
  ];
}

/** One graph is asked again and again while it is typed: its things are made once. */
const known = new WeakMap<Graph, ReturnType<typeof findThings>>();

export function findOnGraph(graph: Graph, text: string, mode: FindMode): GraphFind {
  const parsed = parseFind(text);
  if (!parsed.ok) return { matches: [], fault: parsed.error, shown: graph };
  if (parsed.value === undefined) return { matches: undefined, fault: null, shown: graph };
  const things = known.get(graph) ?? findThings(graph);
  known.set(graph, things);
  const matches = inOrder(graph, findIn(things, parsed.value));
  if (mode === "mark") return { matches, fault: null, shown: graph };
  const expression = mode === "only" ? parsed.value : ({ kind: "not", part: parsed.value } as const);
  return { matches, fault: null, shown: { ...graph, ...filtered(graph, graph, expression) } };
}

/** What the API's `filter` is to show the same; undefined where nothing is left out. */
export function filterText(text: string, mode: FindMode): string | undefined {
  const parsed = parseFind(text);
  if (mode === "mark" || !parsed.ok || parsed.value === undefined) return undefined;
  return mode === "only" ? text : `not (${text})`;
}

const NODE_FIELDS = ["name", "namespace", "cluster", "service", "app", "version", "kind", "reason"] as const;

function* words(graph: Graph): Generator<readonly [string, string]> {
  for (const node of graph.nodes) {
    for (const field of NODE_FIELDS) yield [field, node[field] ?? ""];
    yield ["mesh", node.mesh ?? ""];
    yield ["health", node.health.state];
  }
  for (const edge of graph.edges) {
    yield ["protocol", edge.protocol];
    for (const badge of edge.badges ?? []) yield ["badge", badge];
  }
}

export function graphVocabulary(graph: Graph): Vocabulary {
  return vocabularyOf(words(graph));
}

export interface FindPreset {
  readonly text: string;
  readonly words: string;
}

export const FIND_PRESETS: readonly FindPreset[] = [
  { text: "failing", words: "Failing nodes and edges" },
  { text: "failing or degraded", words: "Whatever is not well" },
  { text: "error > 1%", words: "More than 1 % of requests fail" },
  { text: "p95 > 500ms", words: "Slow: p95 over half a second" },
  { text: "mtls < 100%", words: "Not wholly mutual TLS" },
  { text: "plaintext > 0%", words: "Some of it in plaintext" },
  { text: "retries or timeouts or circuitOpen", words: "Retries, timeouts, open circuit breakers" },
  { text: "denied or rateLimited", words: "Denied or rate limited" },
  { text: "kind in (external, passthrough, blackhole, unknown)", words: "What stands outside the mesh" },
  { text: "protocol = tcp", words: "TCP" },
  { text: "stale or idle", words: "Stale or idle" },
];

/** A text as a find expression that looks for it in names, whatever is in it. */
export const quotedWord = (text: string): string => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
