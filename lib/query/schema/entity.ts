/** `GET /services/{id}` and `/workloads/{id}`: one entity with the edges that touch it, its versions, its security. */
import { z } from "zod";
import { absentSchema, healthSchema, meshSchema, metricSchema } from "./common.ts";
import { latencyDetailSchema, mtlsSchema, nodeAnswerSchema } from "./graph.ts";

/** What reached one version: the same members as an edge into it has, over all its callers. */
export const entityVersionSchema = z.object({
  /** Null where its proxies do not say which version they are. */
  version: z.string().nullable(),
  /** Node id in the `version` view. */
  id: z.string(),
  /** Workloads that run it, by name; ids are those of the `workload` view. */
  workloads: z.array(z.object({ id: z.string(), name: z.string() })),
  requestsPerSec: metricSchema,
  errorRatio: metricSchema,
  latencyMs: latencyDetailSchema.nullable(),
  /** Of the requests that reached the entity, from counts: all of them is exactly 1. */
  share: metricSchema,
  health: healthSchema,
  absent: absentSchema,
});
export type EntityVersion = z.infer<typeof entityVersionSchema>;

export const entitySecuritySchema = z.object({
  inbound: mtlsSchema.nullable(),
  outbound: mtlsSchema.nullable(),
  /** Who the ends say they are (SPIFFE ids): the entity itself, those who call it, those it calls. */
  principals: z.object({ own: z.array(z.string()), callers: z.array(z.string()), called: z.array(z.string()) }),
  absent: absentSchema,
});

export const entityAnswerSchema = nodeAnswerSchema.extend({
  meshes: z.array(meshSchema),
  /** Busiest first. */
  versions: z.array(entityVersionSchema),
  /** Of what reached it, all versions together. */
  latencyMs: latencyDetailSchema.nullable(),
  security: entitySecuritySchema,
  absent: absentSchema,
});
export type EntityAnswer = z.infer<typeof entityAnswerSchema>;
