/** `GET /meta`, `/sources`, `/services`, `/timeseries`: what is collected, from where, and the catalogue over it. */
import { z } from "zod";
import { roleSchema } from "../access.ts";
import {
  absentSchema,
  completenessSchema,
  healthSchema,
  meshSchema,
  metricSchema,
  repeatedSchema,
  timeParameterSchema,
  windowSchema,
} from "./common.ts";
import { latencySummarySchema, nodeTrafficSchema, viewSchema } from "./graph.ts";

/** One collector of several, as another one sees it. Ages in ms; null: never, or itself. */
export const memberSchema = z.object({
  name: z.string(),
  url: z.string(),
  /** `silent`: not heard of for a while; `down`: the others have taken over what was its. */
  state: z.enum(["self", "up", "silent", "down"]),
  heardMsAgo: z.number().nullable(),
  /** Of what this collector shows of the other's open slots. */
  partAgeMs: z.number().nullable(),
});
export type Member = z.infer<typeof memberSchema>;

/** `GET /meta`. `simulated` is the label to show wherever data of a simulated estate is shown; null for a real one. */
export const metaSchema = z.object({
  version: z.string(),
  boot: z.string(),
  startedMs: z.number(),
  nowMs: z.number(),
  slotMs: z.number(),
  simulated: z.string().nullable(),
  store: z.string(),
  auth: z.string(),
  /** Who asked, and the roles held anywhere. */
  subject: z.object({ name: z.string(), roles: z.array(roleSchema) }),
  listen: z.record(z.string(), z.string()),
  /** Where several collectors share the work. */
  cluster: z
    .object({
      self: z.string(),
      control: z.string(),
      /** Whether this one acts on meshes. */
      isControl: z.boolean(),
      members: z.array(memberSchema),
    })
    .optional(),
});
export type Meta = z.infer<typeof metaSchema>;

/** The console's own `/api/session`. */
export const sessionSchema = z.object({ signedIn: z.boolean() });

export const sourceSchema = z.object({
  id: z.string(),
  kind: z.enum(["scrape", "otlpHttp", "otlpGrpc", "zipkin", "remoteWrite"]),
  /** Target URL, or the receiver's listening address. */
  address: z.string(),
  job: z.string().optional(),
  mesh: z.string().optional(),
  workload: z.string().optional(),
  /** What the proxy says it is, where it says so. */
  version: z.string().optional(),
  /** Time until the certificate it serves with expires, s; negative once it has. */
  certificateExpiresInSec: metricSchema.optional(),
  up: z.boolean(),
  /** Age of the last successful scrape or batch, ms; null when there was none. */
  ageMs: metricSchema,
  intervalMs: z.number().optional(),
  lastDurationMs: metricSchema.optional(),
  items: z.object({ unit: z.enum(["series", "spans"]), count: z.number(), perSec: metricSchema, absent: absentSchema }),
  absent: absentSchema,
  drops: z.record(z.string(), z.number()),
  lastError: z.object({ code: z.string(), message: z.string(), atMs: z.number() }).nullable(),
  /** Seen and not collected: what and the setting that turns it on. */
  notes: z.array(z.object({ code: z.string(), message: z.string() })),
});
export type Source = z.infer<typeof sourceSchema>;

export const sourceListSchema = z.object({
  sources: z.array(sourceSchema),
  nextCursor: z.string().nullable(),
  total: z.number(),
});
export type SourceList = z.infer<typeof sourceListSchema>;

export const serviceSchema = z.object({
  /** Node id in the `service` view. */
  id: z.string(),
  name: z.string(),
  namespace: z.string(),
  cluster: z.string(),
  meshes: z.array(meshSchema),
  versions: z.array(z.string()),
  workloads: z.array(z.string()),
  health: healthSchema,
  inbound: nodeTrafficSchema,
  latencyMs: latencySummarySchema.nullable(),
  absent: absentSchema,
});
export type Service = z.infer<typeof serviceSchema>;

export const serviceListSchema = z.object({
  window: windowSchema,
  services: z.array(serviceSchema),
  nextCursor: z.string().nullable(),
  total: z.number(),
  completeness: completenessSchema,
});
export type ServiceList = z.infer<typeof serviceListSchema>;

export const SERIES_METRICS = ["requestsPerSec", "errorRatio", "p50", "p95", "p99", "tcpBytesPerSec"] as const;
export const timeseriesParametersSchema = z.object({
  node: z.string().optional(),
  edge: z.string().optional(),
  /** Neither node nor edge: the whole estate. */
  view: viewSchema.optional(),
  metric: repeatedSchema,
  start: timeParameterSchema,
  end: timeParameterSchema,
  points: z.coerce.number().int().min(1).max(2000).default(60),
});
export const timeseriesSchema = z.object({
  window: windowSchema,
  /** Start of each point, ms. */
  xMs: z.array(z.number()),
  /** One array per metric asked for; null where nothing was observed (drawn as a gap). */
  series: z.record(z.string(), z.array(metricSchema)),
  ...completenessSchema.pick({ settling: true, settlingBy: true }).shape,
});
export type Timeseries = z.infer<typeof timeseriesSchema>;
