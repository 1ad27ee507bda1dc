/** `GET /certificates` and `GET /mtls`: certificates with time left, and how traffic is secured, by place and by edge. */
import { z } from "zod";
import { CERTIFICATE_ROLES } from "../../model/meaning.ts";
import { CERTIFICATE_STATES } from "../certificate-state.ts";
import {
  absentSchema,
  completenessSchema,
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
import { mtlsSchema, viewSchema } from "./graph.ts";

const pageSchema = {
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  cursor: z.string().max(1000).optional(),
};

export const certificateStateSchema = z.enum(CERTIFICATE_STATES);

export const certificateSchema = z.object({
  id: z.string(),
  /** Null where neither the configuration nor the family tells it. */
  mesh: meshSchema.nullable(),
  cluster: z.string(),
  namespace: z.string(),
  /** Empty where the configuration does not name it, and where processes of several workloads print it. */
  workload: z.string(),
  /** Pod or instance; of an authority that many print alike, one of them. */
  instance: z.string(),
  /** Processes that print this very certificate. */
  instances: z.number(),
  name: z.string(),
  /** Null where the source does not say. */
  role: z.enum(CERTIFICATE_ROLES).nullable(),
  family: z.string(),
  /** Unix ms. */
  expiresAtMs: metricSchema,
  /** Seconds at the time of the answer, negative once expired. */
  leftSec: metricSchema,
  /** Whole days are printed: the figures are what is left at least. */
  atLeast: z.boolean().optional(),
  /** When it was last renewed, Unix ms: as the proxy says, else as it was seen to happen. */
  refreshedAtMs: metricSchema,
  lifetimeSec: metricSchema,
  /** When it counts as a missed rotation if it is not renewed before, Unix ms. */
  lateAtMs: metricSchema,
  state: certificateStateSchema,
  lastReadMs: z.number(),
  /** Not read for three intervals: the state is that of the last reading. */
  stale: z.boolean().optional(),
  absent: absentSchema,
});
export type Certificate = z.infer<typeof certificateSchema>;

/** A mesh of which some processes tell of no certificate, and what would make them. */
export const uncollectedCertificatesSchema = z.object({
  mesh: meshSchema,
  what: z.string(),
  setting: z.string(),
  /** Processes that tell of none, of how many. */
  without: z.number(),
  of: z.number(),
});

export const certificateListSchema = z.object({
  atMs: z.number(),
  certificates: z.array(certificateSchema),
  /** Of all that match, by state. */
  states: z.record(certificateStateSchema, z.number()),
  notCollected: z.array(uncollectedCertificatesSchema),
  nextCursor: z.string().nullable(),
  total: z.number(),
});
export type CertificateList = z.infer<typeof certificateListSchema>;

export const certificateParametersSchema = z.object({ ...scopeParameters, state: repeatedSchema, ...pageSchema });
export type CertificateParameters = z.infer<typeof certificateParametersSchema>;

/** Edges of one kind. Traffic of which no proxy tells anything is `unknown` and in the total. */
export const unitCoverageSchema = z.object({
  /** Null where nothing was counted. */
  mtls: mtlsSchema.nullable(),
  edges: z.number(),
  /** Edges with any plaintext, and with anything unknown. */
  plaintextEdges: z.number(),
  unknownEdges: z.number(),
});
export type UnitCoverage = z.infer<typeof unitCoverageSchema>;

/**
 * How what arrives at one place was secured. Requests and connections never meet in one figure: `http` is of HTTP and gRPC
 * edges, `tcp` of the others.
 */
export const coverageSchema = z.object({ http: unitCoverageSchema, tcp: unitCoverageSchema });
export type Coverage = z.infer<typeof coverageSchema>;

/** `name` empty: destinations outside of every mesh, cluster or namespace. */
export const placeCoverageSchema = coverageSchema.extend({ name: z.string(), cluster: z.string().optional() });
export type PlaceCoverage = z.infer<typeof placeCoverageSchema>;

export const securedEndSchema = z.object({
  id: z.string(),
  kind: nodeKindSchema,
  name: z.string(),
  namespace: z.string(),
  cluster: z.string(),
  mesh: meshSchema.nullable(),
});

export const securedEdgeSchema = z.object({
  /** Edge id in the view of the answer. */
  id: z.string(),
  source: securedEndSchema,
  target: securedEndSchema,
  protocol: protocolSchema,
  layer: layerSchema,
  /** Null where bytes ran and no connection was opened in the window: nothing was counted. */
  mtls: mtlsSchema.nullable(),
  /** Why what is in plaintext is so, else why what is unknown is; null where all is known and encrypted. */
  reason: z.string().nullable(),
  /** Plaintext requests or connections in the window, in the unit of `mtls`; of state evidence, since the proxies started. */
  plaintext: z.number(),
});
export type SecuredEdge = z.infer<typeof securedEdgeSchema>;

export const mtlsParametersSchema = z.object({
  start: timeParameterSchema,
  end: timeParameterSchema,
  view: viewSchema.default("workload"),
  ...scopeParameters,
  ...pageSchema,
});
export type MtlsParameters = z.infer<typeof mtlsParametersSchema>;

export const mtlsAnswerSchema = z.object({
  window: windowSchema,
  /** All edges together. */
  estate: coverageSchema,
  meshes: z.array(placeCoverageSchema),
  clusters: z.array(placeCoverageSchema),
  namespaces: z.array(placeCoverageSchema),
  /** Edges with any plaintext, worst first: requests before connections, then by how many. At most 500 of `total`. */
  plaintext: z.object({ callers: z.array(securedEdgeSchema), total: z.number() }),
  /** All edges with traffic, least mutual first, a page at a time. */
  edges: z.array(securedEdgeSchema),
  nextCursor: z.string().nullable(),
  /** Edges with traffic. */
  total: z.number(),
  completeness: completenessSchema,
});
export type MtlsAnswer = z.infer<typeof mtlsAnswerSchema>;
