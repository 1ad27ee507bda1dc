/** `GET /graph`, `/nodes/{id}`, `/edges/{id}` and the live stream: api.md "Graph". Rates are per second, latency in ms. */
import { z } from "zod";
import { FOLD_LEVELS } from "../folds.ts";
import {
  absentSchema,
  completenessSchema,
  healthSchema,
  layerSchema,
  meshSchema,
  metricSchema,
  nodeKindSchema,
  protocolSchema,
  repeatedSchema,
  scopeParameters,
  timeParameterSchema,
  windowSchema,
} from "./common.ts";

export const VIEWS = ["service", "workload", "version", "app", "namespace", "cluster", "mesh"] as const;
export const viewSchema = z.enum(VIEWS);
export type View = z.infer<typeof viewSchema>;

/** Which way `hops` are counted from `focus`: to its callers, to what it calls, or both. */
export const DIRECTIONS = ["both", "up", "down"] as const;
export type FocusDirection = (typeof DIRECTIONS)[number];

export const graphParametersSchema = z.object({
  start: timeParameterSchema,
  end: timeParameterSchema,
  view: viewSchema.default("workload"),
  ...scopeParameters,
  collapse: repeatedSchema,
  fold: z.enum(FOLD_LEVELS).optional(),
  expand: repeatedSchema,
  focus: z.string().optional(),
  hops: z.coerce.number().int().min(1).max(10).default(1),
  direction: z.enum(DIRECTIONS).default("both"),
  filter: z.string().max(2000).optional(),
  idle: z.enum(["0", "1"]).default("0"),
  detail: z.enum(["summary", "full"]).default("summary"),
});
export type GraphParameters = z.infer<typeof graphParametersSchema>;

export const nodeTrafficSchema = z.object({
  requestsPerSec: metricSchema,
  errorRatio: metricSchema,
  tcpBytesPerSec: metricSchema.optional(),
  absent: absentSchema,
});
export type NodeTraffic = z.infer<typeof nodeTrafficSchema>;

export const graphNodeSchema = z.object({
  id: z.string(),
  kind: nodeKindSchema,
  mesh: meshSchema.nullable(),
  /** Present when more than one mesh sees the node. */
  meshes: z.array(meshSchema).optional(),
  cluster: z.string(),
  namespace: z.string(),
  name: z.string(),
  version: z.string().optional(),
  service: z.string().optional(),
  app: z.string().optional(),
  /** Why a special node is there, in a code. */
  reason: z.string().optional(),
  /** What is merged in a box, or in a crowd of what stands outside: nodes of the view, and namespaces. */
  holds: z.object({ nodes: z.number(), namespaces: z.number() }).optional(),
  health: healthSchema,
  inbound: nodeTrafficSchema,
  outbound: nodeTrafficSchema,
});
export type GraphNode = z.infer<typeof graphNodeSchema>;

export const mtlsSchema = z.object({
  /** Shares of `total`, computed from counts: "all" is exactly 1. */
  mutual: z.number(),
  tls: z.number(),
  plaintext: z.number(),
  unknown: z.number(),
  total: z.number(),
  unit: z.enum(["requests", "connections"]),
  evidence: z.object({
    family: z.string(),
    reporter: z.string(),
    /** Why what is not mutual is so: the reason that holds for most, and, where there are several, each with its share. */
    reason: z.string().optional(),
    reasons: z.array(z.object({ code: z.string(), share: z.number() })).optional(),
  }),
});
export type Mtls = z.infer<typeof mtlsSchema>;

/** The same in a summary, which leaves out what is so by default, and the evidence where it gives no reason. */
export const mtlsSummarySchema = mtlsSchema.extend({
  mutual: z.number().default(0),
  tls: z.number().default(0),
  plaintext: z.number().default(0),
  unknown: z.number().default(0),
  unit: mtlsSchema.shape.unit.default("requests"),
  evidence: mtlsSchema.shape.evidence.optional(),
});
export type MtlsSummary = z.infer<typeof mtlsSummarySchema>;

export const tcpSchema = z.object({
  openedPerSec: metricSchema,
  closedPerSec: metricSchema,
  requestBytesPerSec: metricSchema,
  responseBytesPerSec: metricSchema,
  active: metricSchema.optional(),
  absent: absentSchema,
});

export const latencySummarySchema = z.object({ p50: metricSchema, p95: metricSchema, p99: metricSchema });

export const graphEdgeSchema = z.object({
  id: z.string(),
  source: z.string(),
  target: z.string(),
  protocol: protocolSchema,
  /** Left out of a summary where it is L7. */
  layer: layerSchema.default("L7"),
  requestsPerSec: metricSchema,
  errorRatio: metricSchema,
  latencyMs: latencySummarySchema.nullable(),
  mtls: mtlsSummarySchema.nullable(),
  tcp: tcpSchema.optional(),
  badges: z.array(z.string()).optional(),
  /** Of the badges that are counted: times per second. */
  badgeRates: z.record(z.string(), z.number()).optional(),
  /** Where a release moves weights: the share of each version that the edge leads to, as asked for and as its caller sends it. */
  split: z
    .array(
      z.object({
        version: z.string(),
        desired: metricSchema,
        observed: metricSchema,
        /** Whose weights they are; left out where this collector does not know. */
        release: z.object({ rollout: z.string(), route: z.string() }).optional(),
      }),
    )
    .optional(),
  health: healthSchema,
  stale: z.boolean().optional(),
  absent: absentSchema,
});
export type GraphEdge = z.infer<typeof graphEdgeSchema>;

export const evidenceSchema = z.object({
  from: z.enum(["metrics", "spans", "mixed"]),
  reporters: z.array(z.string()),
  families: z.array(z.string()),
  sampledShare: z.number().optional(),
  join: z.string().optional(),
  stale: z.boolean().optional(),
  /** Why this view was chosen, in a code: `no_destination_report`, … */
  note: z.string().optional(),
});
export type Evidence = z.infer<typeof evidenceSchema>;

const boundsSchema = z.tuple([z.number(), z.number().nullable()]);

export const latencyDetailSchema = z.object({
  avg: metricSchema,
  p50: metricSchema,
  p90: metricSchema,
  p95: metricSchema,
  p99: metricSchema,
  count: z.number(),
  /** Bucket each quantile was read from, [lo, hi] in ms; hi null = ∞, drawn "≥ lo". */
  known: z.record(z.string(), boundsSchema),
  of: z.enum(["firstByte", "response", "span", "mixed"]),
});

const ratesSchema = z.record(z.string(), z.number());

const otherViewSchema = z.object({
  requestsPerSec: metricSchema,
  errorRatio: metricSchema,
  latencyMs: latencySummarySchema.nullable(),
  statusCodes: ratesSchema.optional(),
  responseFlags: ratesSchema.optional(),
});
export type OtherView = z.infer<typeof otherViewSchema>;

export const edgeDetailSchema = graphEdgeSchema.extend({
  /**
   * Requests counted in the window, not rounded to four digits: whole unless the window cuts through the time between two
   * observations, whose increase is shared out by time. Absent for tcp.
   */
  requests: z.number().optional(),
  statusCodes: ratesSchema,
  clientErrorRatio: metricSchema,
  grpcStatuses: ratesSchema.optional(),
  responseFlags: ratesSchema.optional(),
  hosts: ratesSchema.optional(),
  latencyMs: latencyDetailSchema.nullable(),
  mtls: mtlsSchema.nullable(),
  /** The rest of what the source says: shown, never added. */
  callerView: otherViewSchema.optional(),
  /** What the proxy of the called side says, where its mesh is another than the caller's: shown, never added. */
  calleeView: otherViewSchema.optional(),
  requestBytesPerSec: metricSchema,
  responseBytesPerSec: metricSchema,
  principals: z.object({ source: z.array(z.string()), destination: z.array(z.string()) }).optional(),
  resilience: z.object({
    retries: metricSchema,
    timeouts: metricSchema,
    overflow: metricSchema,
    ejections: metricSchema,
    rateLimited: metricSchema,
    denied: metricSchema,
    circuitOpen: z.boolean().nullable(),
  }),
  evidence: evidenceSchema,
});
export type EdgeDetail = z.infer<typeof edgeDetailSchema>;

/** Edges of one node merged: as an edge, but for its ends. */
export const mergedDetailSchema = edgeDetailSchema.omit({ id: true, source: true, target: true, split: true });
export type MergedDetail = z.infer<typeof mergedDetailSchema>;

export const graphSchema = z.object({
  window: windowSchema,
  nodes: z.array(graphNodeSchema),
  edges: z.array(graphEdgeSchema),
  completeness: completenessSchema,
});
/** Members that whoever read an answer left out, by their ids where they have one; never sent. */
export interface LeftOut {
  readonly ids: readonly string[];
  readonly nameless: number;
}
export type Graph = z.infer<typeof graphSchema> & { readonly leftOut?: LeftOut };

export const edgeAnswerSchema = z.object({
  window: windowSchema,
  edge: edgeDetailSchema,
  source: graphNodeSchema,
  target: graphNodeSchema,
  completeness: completenessSchema,
});
export type EdgeAnswer = z.infer<typeof edgeAnswerSchema>;

export const nodeAnswerSchema = z.object({
  window: windowSchema,
  node: graphNodeSchema,
  /** All that comes into it as one: HTTP and gRPC, and TCP; null where there is no such edge. */
  into: z.object({ requests: mergedDetailSchema.nullable(), tcp: mergedDetailSchema.nullable() }),
  /** Edges that touch the node, with their far ends, worst first. */
  inbound: z.array(edgeDetailSchema),
  outbound: z.array(edgeDetailSchema),
  neighbours: z.array(graphNodeSchema),
  completeness: completenessSchema,
});
export type NodeAnswer = z.infer<typeof nodeAnswerSchema>;

/** How large a graph would be, before it is asked for. */
export const graphSizeSchema = z.object({
  window: windowSchema,
  nodes: z.number(),
  edges: z.number(),
  boxes: z.object({ namespace: z.number(), cluster: z.number(), mesh: z.number() }),
});
export type GraphSize = z.infer<typeof graphSizeSchema>;

const putRemove = <T extends z.ZodType>(item: T) => z.object({ put: z.array(item), remove: z.array(z.string()) });

export const graphDeltaSchema = z.object({
  window: windowSchema,
  completeness: completenessSchema,
  nodes: putRemove(graphNodeSchema),
  edges: putRemove(graphEdgeSchema),
});
export type GraphDelta = z.infer<typeof graphDeltaSchema> & { readonly leftOut?: LeftOut };
