/**
 * A graph, and a delta of one, as read from an answer in which single members may be broken: what a source, a proxy between
 * or another version of the collector made of it. In: any value. Out: a graph whose every member fits the schema: a
 * field that is missing or makes no sense has the value that says "not known", and the member has a reason `not_readable`.
 * A member that cannot even be told apart or joined (a node without an id, an edge without its ends) is left out and counted.
 * Figures that no count can have (negative ones; shares over 1) are not known either. An answer that is no graph is refused.
 */
import type { z } from "zod";
import { absentSchema, type Health } from "./common.ts";
import {
  type Graph,
  type GraphDelta,
  type GraphEdge,
  type GraphNode,
  graphDeltaSchema,
  graphEdgeSchema,
  graphNodeSchema,
  graphSchema,
  type LeftOut,
  latencySummarySchema,
  nodeTrafficSchema,
} from "./graph.ts";
import { counted, NOT_READABLE } from "./left-out.ts";

type Raw = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Raw => typeof value === "object" && value !== null && !Array.isArray(value);

const noFigures: Raw = { requestsPerSec: null, errorRatio: null };

const noTraffic = () => ({
  requestsPerSec: null,
  errorRatio: null,
  absent: { requestsPerSec: "unknown" as const, errorRatio: "unknown" as const },
});

const broken = (state: Health["state"] = "unknown"): Health => ({
  state,
  reasons: [{ code: "not_readable" }],
  requests: 0,
});

const nodeWithout = (id: string): GraphNode => ({
  id,
  kind: "unknown",
  mesh: null,
  cluster: "",
  namespace: "",
  name: "",
  health: broken(),
  inbound: noTraffic(),
  outbound: noTraffic(),
});

const edgeWithout = (id: string, source: string, target: string): GraphEdge => ({
  id,
  source,
  target,
  protocol: "http",
  layer: "L7",
  requestsPerSec: null,
  errorRatio: null,
  latencyMs: null,
  mtls: null,
  health: broken(),
  absent: { requestsPerSec: "unknown", errorRatio: "unknown", latencyMs: "unknown", mtls: "unknown" },
});

/** Each field by itself: those that fit, over what says "not known". */
function fieldsThatFit(shape: Readonly<Record<string, z.ZodType>>, raw: Raw): Raw {
  const kept: Record<string, unknown> = {};
  for (const [key, schema] of Object.entries(shape)) {
    const parsed = schema.safeParse(raw[key]);
    if (parsed.success && parsed.data !== undefined) kept[key] = parsed.data;
  }
  return kept;
}

/** Figures of a node's traffic: those that fit; the rest is not known. */
function trafficThatFits(value: unknown): Raw {
  const { absent, ...figures } = isRecord(value) ? fieldsThatFit(nodeTrafficSchema.shape, value) : {};
  const known = { ...noFigures, ...figures };
  const why = Object.fromEntries(
    Object.keys(known)
      .filter((key) => known[key] === null)
      .map((key) => [key, "unknown"]),
  );
  return { ...known, absent: { ...why, ...(isRecord(absent) ? absent : {}) } };
}

function latencyThatFits(value: unknown): Raw | null {
  return isRecord(value)
    ? { p50: null, p95: null, p99: null, ...fieldsThatFit(latencySummarySchema.shape, value) }
    : null;
}

/** What went wrong stays; anything else is not said of a member that cannot be read whole. */
function doubted(health: Health): Health {
  const reasons = [...health.reasons.filter(({ code }) => code !== NOT_READABLE), { code: NOT_READABLE }];
  return {
    ...health,
    state: health.state === "failure" || health.state === "degraded" ? health.state : "unknown",
    reasons,
  };
}

const isRate = (value: number | null | undefined): boolean => value === null || value === undefined || value >= 0;
const isShare = (value: number | null | undefined): boolean => isRate(value) && (value ?? 0) <= 1;

/** The members of `figures` that no count can have, set to null with their reason; null where all can be. */
function mendFigures<T extends object>(figures: T, fits: (key: string, value: number | null) => boolean): T | null {
  const out: Record<string, unknown> = {};
  const absent: Record<string, "unknown"> = {};
  for (const [key, value] of Object.entries(figures)) {
    if (typeof value !== "number" || fits(key, value)) continue;
    out[key] = null;
    absent[key] = "unknown";
  }
  if (Object.keys(out).length === 0) return null;
  const before = "absent" in figures ? absentSchema.safeParse(figures.absent) : null;
  return { ...figures, ...out, absent: { ...(before?.success === true ? before.data : {}), ...absent } };
}

const fitsTraffic = (key: string, value: number | null): boolean =>
  key === "errorRatio" ? isShare(value) : isRate(value);

function soundNode(node: GraphNode): GraphNode {
  const inbound = mendFigures(node.inbound, fitsTraffic);
  const outbound = mendFigures(node.outbound, fitsTraffic);
  if (inbound === null && outbound === null) return node;
  return {
    ...node,
    inbound: inbound ?? node.inbound,
    outbound: outbound ?? node.outbound,
    health: doubted(node.health),
  };
}

function sharesAreSound(mtls: GraphEdge["mtls"]): boolean {
  if (mtls === null) return true;
  return [mtls.mutual, mtls.tls, mtls.plaintext, mtls.unknown].every(isShare) && isRate(mtls.total);
}

/** Badges keep their names where their rate cannot be; null where all can be. */
function mendBadgeRates(rates: GraphEdge["badgeRates"]): GraphEdge["badgeRates"] | null {
  const all = Object.entries(rates ?? {});
  return all.every(([, rate]) => isRate(rate)) ? null : Object.fromEntries(all.filter(([, rate]) => isRate(rate)));
}

/** Null where every share can be. */
function mendSplit(split: GraphEdge["split"]): GraphEdge["split"] | null {
  const known = (share: number | null): number | null => (isShare(share) ? share : null);
  const mended = split?.map((arm) => ({ ...arm, desired: known(arm.desired), observed: known(arm.observed) }));
  const isSound = split?.every(({ desired, observed }) => isShare(desired) && isShare(observed)) ?? true;
  return isSound ? null : mended;
}

function soundEdge(edge: GraphEdge): GraphEdge {
  const { latencyMs, tcp, mtls } = edge;
  const badgeRates = mendBadgeRates(edge.badgeRates);
  const split = mendSplit(edge.split);
  const own = mendFigures(edge, fitsTraffic);
  const latency = latencyMs === null ? null : mendFigures(latencyMs, (_, value) => isRate(value));
  const flow = tcp === undefined ? null : mendFigures(tcp, (_, value) => isRate(value));
  const hasShares = sharesAreSound(mtls);
  const mended = [own, latency, flow, badgeRates, split];
  if (hasShares && mended.every((part) => part === null)) return edge;
  return {
    ...(own ?? edge),
    latencyMs: latency ?? latencyMs,
    ...(flow === null ? {} : { tcp: flow }),
    ...(badgeRates === null ? {} : { badgeRates }),
    ...(split === null ? {} : { split }),
    ...(hasShares ? {} : { mtls: null, absent: { ...(own ?? edge).absent, mtls: "unknown" } }),
    health: doubted(edge.health),
  };
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** Undefined where it has no id. */
function readNode(value: unknown): GraphNode | undefined {
  const parsed = graphNodeSchema.safeParse(value);
  if (parsed.success) return soundNode(parsed.data);
  const raw = isRecord(value) ? value : {};
  const id = text(raw["id"]);
  if (id === "") return undefined;
  const traffic = { inbound: trafficThatFits(raw["inbound"]), outbound: trafficThatFits(raw["outbound"]) };
  const mended = graphNodeSchema.parse({
    ...nodeWithout(id),
    ...fieldsThatFit(graphNodeSchema.shape, raw),
    ...traffic,
  });
  return soundNode({ ...mended, health: doubted(mended.health) });
}

/** Undefined where it has no id or an end is not named. */
function readEdge(value: unknown): GraphEdge | undefined {
  const parsed = graphEdgeSchema.safeParse(value);
  if (parsed.success) return soundEdge(parsed.data);
  const raw = isRecord(value) ? value : {};
  const [id, source, target] = [text(raw["id"]), text(raw["source"]), text(raw["target"])];
  if (id === "" || source === "" || target === "") return undefined;
  const fallback = edgeWithout(id, source, target);
  const fit = fieldsThatFit(graphEdgeSchema.shape, { ...raw, latencyMs: latencyThatFits(raw["latencyMs"]) });
  const mended = graphEdgeSchema.parse({ ...fallback, ...fit });
  return soundEdge({ ...mended, health: doubted(mended.health) });
}

interface Members<T> {
  readonly items: T[];
  readonly leftOut: LeftOut;
}

/** The first of those with one id stays. */
function membersOf<T extends { readonly id: string }>(
  values: readonly unknown[],
  read: (value: unknown) => T | undefined,
): Members<T> {
  const byId = new Map<string, T>();
  const ids: string[] = [];
  let nameless = 0;
  for (const value of values) {
    const item = read(value);
    if (item !== undefined && !byId.has(item.id)) {
      byId.set(item.id, item);
      continue;
    }
    const id = isRecord(value) ? text(value["id"]) : "";
    if (id === "") nameless++;
    else ids.push(id);
  }
  return { items: [...byId.values()], leftOut: { ids, nameless } };
}

const both = (a: LeftOut, b: LeftOut): LeftOut => ({ ids: [...a.ids, ...b.ids], nameless: a.nameless + b.nameless });

const listOf = (value: unknown): readonly unknown[] | undefined => (Array.isArray(value) ? value : undefined);

function readGraph(value: unknown) {
  const raw = isRecord(value) ? value : {};
  const [nodes, edges] = [listOf(raw["nodes"]), listOf(raw["edges"])];
  const rest = graphSchema.safeParse({
    ...raw,
    nodes: nodes === undefined ? undefined : [],
    edges: edges === undefined ? undefined : [],
  });
  if (!rest.success) return rest;
  const read = { nodes: membersOf(nodes ?? [], readNode), edges: membersOf(edges ?? [], readEdge) };
  const graph: Graph = { ...rest.data, nodes: read.nodes.items, edges: read.edges.items };
  return {
    success: true as const,
    data: { ...graph, ...counted(graph, both(read.nodes.leftOut, read.edges.leftOut)) },
  };
}

function readDelta(value: unknown) {
  const raw = isRecord(value) ? value : {};
  const part = (key: string): Raw => {
    const found = raw[key];
    return isRecord(found) ? found : {};
  };
  const [nodes, edges] = [listOf(part("nodes")["put"]), listOf(part("edges")["put"])];
  const emptied = (key: string, put: unknown) => ({ ...part(key), put: put === undefined ? undefined : [] });
  const rest = graphDeltaSchema.safeParse({ ...raw, nodes: emptied("nodes", nodes), edges: emptied("edges", edges) });
  if (!rest.success) return rest;
  const read = { nodes: membersOf(nodes ?? [], readNode), edges: membersOf(edges ?? [], readEdge) };
  const delta: GraphDelta = {
    ...rest.data,
    nodes: { ...rest.data.nodes, put: read.nodes.items },
    edges: { ...rest.data.edges, put: read.edges.items },
  };
  return {
    success: true as const,
    data: { ...delta, ...counted(delta, both(read.nodes.leftOut, read.edges.leftOut)) },
  };
}

/** Parsers in the form of a schema's. */
export const mendedGraph = { safeParse: readGraph };
export const mendedDelta = { safeParse: readDelta };
