/**
 * What a find expression can ask of: members of nodes and edges, by name. A field is read from the thing it belongs to; how
 * a field of an edge is asked of a node, and the other way, is match.ts's. Shares are ratios 0..1, latencies ms, rates per second,
 * traffic bytes per second; null is a figure that is not there.
 */
import { shareOfCaller } from "../caller-share.ts";
import type { GraphEdge, GraphNode } from "../schema/graph.ts";

export type Unit = "share" | "latency" | "rate" | "bytes" | "count";

/** An edge with its ends, or a node with its edges: what a field is read from. */
export interface EdgeThing {
  readonly edge: GraphEdge;
  readonly source: GraphNode | undefined;
  readonly target: GraphNode | undefined;
}
export interface NodeThing {
  readonly node: GraphNode;
  readonly inbound: readonly EdgeThing[];
  readonly outbound: readonly EdgeThing[];
}

interface Named {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly words: string;
}

type Read<T, V> = (thing: T) => V;

/** A field of nodes, of edges, or of both; one of the two readers is always there. */
export type TextField = Named & {
  readonly kind: "text";
  readonly ofNode?: Read<NodeThing, readonly string[]>;
  readonly ofEdge?: Read<EdgeThing, readonly string[]>;
};
export type NumberField = Named & {
  readonly kind: "number";
  readonly unit: Unit;
  readonly ofNode?: Read<NodeThing, number | null>;
  readonly ofEdge?: Read<EdgeThing, number | null>;
};
export type StateField = Named & {
  readonly kind: "state";
  readonly ofNode?: Read<NodeThing, boolean>;
  readonly ofEdge?: Read<EdgeThing, boolean>;
};
export type Field = TextField | NumberField | StateField;

const text = (
  name: string,
  words: string,
  ofNode: (node: GraphNode) => readonly (string | undefined)[],
  aliases: readonly string[] = [],
): TextField => ({
  kind: "text",
  name,
  aliases,
  words,
  ofNode: ({ node }) => ofNode(node).flatMap((value) => (value === undefined || value === "" ? [] : [value])),
});

const TEXTS: readonly TextField[] = [
  text("name", "its name", (n) => [n.name]),
  text("namespace", "its namespace", (n) => [n.namespace], ["ns"]),
  text("cluster", "its cluster", (n) => [n.cluster]),
  text("mesh", "a mesh that sees it", (n) => n.meshes ?? (n.mesh === null ? [] : [n.mesh])),
  text("kind", "what it is: workload, gateway, external, …", (n) => [n.kind]),
  text("service", "its canonical service", (n) => [n.service]),
  text("app", "its app", (n) => [n.app]),
  text("version", "its version", (n) => [n.version]),
  text("reason", "why a special node is there", (n) => [n.reason]),
  {
    kind: "text",
    name: "protocol",
    aliases: [],
    words: "http, grpc or tcp",
    ofEdge: ({ edge }) => [edge.protocol],
  },
  { kind: "text", name: "layer", aliases: [], words: "L4 or L7", ofEdge: ({ edge }) => [edge.layer] },
  {
    kind: "text",
    name: "badge",
    aliases: ["badges"],
    words: "a mark on the edge: retries, timeouts, …",
    ofEdge: ({ edge }) => edge.badges ?? [],
  },
  {
    kind: "text",
    name: "health",
    aliases: [],
    words: "its state: failure, degraded, healthy, …",
    ofNode: ({ node }) => [node.health.state],
    ofEdge: ({ edge }) => [edge.health.state],
  },
];

const number = (
  name: string,
  unit: Unit,
  words: string,
  rest: Pick<NumberField, "ofNode" | "ofEdge"> & { readonly aliases?: readonly string[] },
): NumberField => ({ kind: "number", name, unit, words, aliases: [], ...rest });

const tcpBytes = ({ edge: { tcp } }: EdgeThing): number | null =>
  tcp === undefined || (tcp.requestBytesPerSec === null && tcp.responseBytesPerSec === null)
    ? null
    : (tcp.requestBytesPerSec ?? 0) + (tcp.responseBytesPerSec ?? 0);

const shareOfSource = ({ edge, source }: EdgeThing): number | null => shareOfCaller(edge, source);

const NUMBERS: readonly NumberField[] = [
  number("rate", "rate", "requests per second; a node's inbound", {
    aliases: ["rps"],
    ofNode: ({ node }) => node.inbound.requestsPerSec,
    ofEdge: ({ edge }) => edge.requestsPerSec,
  }),
  number("error", "share", "share of requests that fail; a node's inbound", {
    aliases: ["errors"],
    ofNode: ({ node }) => node.inbound.errorRatio,
    ofEdge: ({ edge }) => edge.errorRatio,
  }),
  number("out.rate", "rate", "requests per second that a node sends", {
    ofNode: ({ node }) => node.outbound.requestsPerSec,
  }),
  number("out.error", "share", "share of what a node sends that fails", {
    ofNode: ({ node }) => node.outbound.errorRatio,
  }),
  number("p50", "latency", "median latency", { ofEdge: ({ edge }) => edge.latencyMs?.p50 ?? null }),
  number("p95", "latency", "95th percentile of latency", { ofEdge: ({ edge }) => edge.latencyMs?.p95 ?? null }),
  number("p99", "latency", "99th percentile of latency", { ofEdge: ({ edge }) => edge.latencyMs?.p99 ?? null }),
  number("mtls", "share", "share with mutual TLS", { ofEdge: ({ edge }) => edge.mtls?.mutual ?? null }),
  number("plaintext", "share", "share in plaintext", { ofEdge: ({ edge }) => edge.mtls?.plaintext ?? null }),
  number("share", "share", "share of what the caller sends", { ofEdge: shareOfSource }),
  number("tcp", "bytes", "TCP bytes per second, both ways; a node's inbound", {
    ofNode: ({ node }) => node.inbound.tcpBytesPerSec ?? null,
    ofEdge: tcpBytes,
  }),
  number("callers", "count", "how many call a node", { ofNode: ({ inbound }) => inbound.length }),
  number("callees", "count", "how many a node calls", { ofNode: ({ outbound }) => outbound.length }),
];

const health = (name: string, state: string, words: string): StateField => ({
  kind: "state",
  name,
  aliases: [],
  words,
  ofNode: ({ node }) => node.health.state === state,
  ofEdge: ({ edge }) => edge.health.state === state,
});

const badge = (name: string, words: string): StateField => ({
  kind: "state",
  name: name.toLowerCase(),
  aliases: [],
  words,
  ofEdge: ({ edge }) => edge.badges?.includes(name) === true,
});

const STATES: readonly StateField[] = [
  health("failing", "failure", "its health is failing"),
  health("degraded", "degraded", "its health is degraded"),
  health("healthy", "healthy", "its health is healthy"),
  health("idle", "noTraffic", "observed, and nothing ran on it"),
  health("unknown", "unknown", "its health is not known"),
  {
    kind: "state",
    name: "stale",
    aliases: [],
    words: "nothing was reported lately",
    ofEdge: ({ edge }) => edge.stale === true,
  },
  {
    kind: "state",
    name: "self",
    aliases: ["loop"],
    words: "an edge from a node to itself",
    ofEdge: ({ edge }) => edge.source === edge.target,
  },
  badge("retries", "requests were sent again"),
  badge("timeouts", "requests timed out"),
  badge("overflow", "a connection pool or queue was full"),
  badge("ejections", "a host was ejected as an outlier"),
  badge("rateLimited", "requests were limited"),
  badge("denied", "requests were denied"),
  badge("circuitOpen", "a circuit breaker is open"),
  badge("spans", "known from spans, not from metrics"),
  badge("waypoint", "through a waypoint"),
  badge("canary", "a release moves weights here"),
];

export const FIELDS: readonly Field[] = [...TEXTS, ...NUMBERS, ...STATES];

const BY_NAME: ReadonlyMap<string, Field> = new Map(
  FIELDS.flatMap((field) => [field.name, ...field.aliases].map((name) => [name, field] as const)),
);

/** Values that a text field can have whatever the graph. */
export const EXAMPLE_WORDS: Readonly<Record<string, readonly string[]>> = {
  kind: ["workload", "service", "gateway", "waypoint", "ingress", "external", "passthrough", "blackhole", "unknown"],
  protocol: ["http", "grpc", "tcp"],
  layer: ["L7", "L4"],
  health: ["failure", "degraded", "healthy", "noTraffic", "unknown"],
};

export interface FieldRef {
  readonly field: Field;
  /** Which end of an edge a field of nodes is asked of; either, where none is named. */
  readonly end: "source" | "target" | "either";
}

const ENDS: ReadonlyMap<string, "source" | "target"> = new Map([
  ["source", "source"],
  ["from", "source"],
  ["target", "target"],
  ["to", "target"],
]);

/** `rate`, `ns`, `source.namespace`, `to.error`; upper and lower case are alike. */
export function fieldOf(word: string): FieldRef | undefined {
  const lower = word.toLowerCase();
  const whole = BY_NAME.get(lower);
  if (whole !== undefined) return { field: whole, end: "either" };
  const dot = lower.indexOf(".");
  const end = ENDS.get(lower.slice(0, dot));
  const field = BY_NAME.get(lower.slice(dot + 1));
  return end === undefined || field?.ofNode === undefined ? undefined : { field, end };
}
