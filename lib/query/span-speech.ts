/**
 * Where spans may speak (api.md "Edges from spans", design §2.1 rule 5). In: the edges of a window. Out: the same without
 * the span edges for which metrics speak: between the same two services, whatever runs between them, and, for half a call
 * whose other end is unknown, anywhere on that side of the known one. Metrics speak for 15 minutes after they were last
 * read, so that an edge whose metrics stop is stale and does not turn into another figure; after that, spans that still
 * come are the edge.
 */
import type { Endpoint } from "../model/identity.ts";
import { choicesOf } from "./edge-choice.ts";
import type { IndexedEdge } from "./edge-index.ts";

export const METRICS_SPEAK_MS = 900_000;

const SPECIAL = new Set<Endpoint["kind"]>(["external", "passthrough", "blackhole", "unknown", "ingress"]);

function endKey(end: Endpoint): string {
  const { cluster, namespace, kind, service, name } = end;
  return JSON.stringify(SPECIAL.has(kind) ? [cluster, namespace, name, kind] : [cluster, namespace, service ?? name]);
}

const keys = new WeakMap<IndexedEdge, { readonly source: string; readonly target: string }>();

function keysOf(edge: IndexedEdge): { readonly source: string; readonly target: string } {
  const known = keys.get(edge);
  if (known !== undefined) return known;
  const made = { source: endKey(edge.source), target: endKey(edge.target) };
  keys.set(edge, made);
  return made;
}

const isSpan = ({ reporter }: IndexedEdge["rows"][number]): boolean => reporter === "span";

/** Whether metrics of the edge were read in the 15 minutes before `endMs`, or later. */
function metricsSpeak({ rows }: IndexedEdge, endMs: number): boolean {
  return rows.some((row) => !isSpan(row) && row.firstSeenMs <= endMs && row.lastSeenMs >= endMs - METRICS_SPEAK_MS);
}

interface Spoken {
  readonly pairs: ReadonlySet<string>;
  readonly from: ReadonlySet<string>;
  readonly to: ReadonlySet<string>;
}

function spoken(edges: readonly IndexedEdge[], endMs: number): Spoken {
  const pairs = new Set<string>();
  const from = new Set<string>();
  const to = new Set<string>();
  for (const edge of edges) {
    if (!metricsSpeak(edge, endMs)) continue;
    const { source, target } = keysOf(edge);
    pairs.add(`${source}${target}`);
    from.add(source);
    to.add(target);
    // A call to a host that is known as a service of another mesh is joined to that service once it is counted.
    if (edge.candidate === null) continue;
    const behind = endKey(edge.candidate.target);
    pairs.add(`${source}${behind}`);
    to.add(behind);
  }
  return { pairs, from, to };
}

function isSpokenFor(edge: IndexedEdge, { pairs, from, to }: Spoken): boolean {
  const { source, target } = keysOf(edge);
  if (edge.source.kind === "unknown") return to.has(target);
  if (edge.target.kind === "unknown") return from.has(source);
  return pairs.has(`${source}${target}`);
}

/** What stands of an edge where its spans do not speak, and where only they do: made once, so that it goes on. */
interface Apart {
  readonly metrics: IndexedEdge;
  readonly spans: IndexedEdge;
}

const apart = new WeakMap<IndexedEdge, Apart>();

/**
 * What spans counted is no part of an edge for which metrics speak: a database's client spans make no requests of TCP. The
 * choice between its rows is as it was, since spans are the last of them to be asked.
 */
function apartOf(edge: IndexedEdge): Apart {
  const known = apart.get(edge);
  if (known !== undefined) return known;
  const spans = edge.rows.filter(isSpan);
  const made: Apart = {
    metrics: { ...edge, rows: edge.rows.filter((row) => !isSpan(row)) },
    spans: spans.length === edge.rows.length ? edge : { ...edge, rows: spans, choices: choicesOf(spans) },
  };
  apart.set(edge, made);
  return made;
}

/** The last list made of a list: where it is the same again, the very same goes on. */
const made = new WeakMap<readonly IndexedEdge[], readonly IndexedEdge[]>();

/** The edges of a window that ends at `endMs`; the very same list where no span made any. */
export function withSpans(edges: readonly IndexedEdge[], endMs: number): readonly IndexedEdge[] {
  if (!edges.some(({ rows }) => rows.some(isSpan))) return edges;
  const metrics = spoken(edges, endMs);
  const list = edges.flatMap((edge) => {
    if (!edge.rows.some(isSpan)) return [edge];
    const onlySpans = edge.rows.every(isSpan);
    if (!metricsSpeak(edge, endMs) && !isSpokenFor(edge, metrics)) return [apartOf(edge).spans];
    return onlySpans ? [] : [apartOf(edge).metrics];
  });
  const before = made.get(edges);
  if (before !== undefined && before.length === list.length && before.every((edge, i) => edge === list[i]))
    return before;
  made.set(edges, list);
  return list;
}
