/** `GET /traces` and `/traces/{id}`: api.md "Traces". Nanoseconds are decimal strings. */
import { z } from "zod";
import { repeatedSchema, timeParameterSchema } from "./common.ts";

export const TRACE_WARNINGS = ["parent_missing", "parent_cycle", "duplicate_span", "clock_skew", "late"] as const;
export const traceWarningSchema = z.object({ code: z.enum(TRACE_WARNINGS), spans: z.number() });

export const traceSearchSchema = z.object({
  service: repeatedSchema,
  operation: repeatedSchema,
  kind: repeatedSchema,
  minDurationMs: z.coerce.number().nonnegative().optional(),
  maxDurationMs: z.coerce.number().nonnegative().optional(),
  minTraceDurationMs: z.coerce.number().nonnegative().optional(),
  status: z.enum(["ok", "error", "unset"]).optional(),
  hasError: z.enum(["0", "1"]).optional(),
  attr: repeatedSchema,
  /** Id of a graph edge: spans that belong to it. */
  edge: z.string().optional(),
  /** Id of a graph node: spans in which its service answers, or asks where nobody is known to call it. */
  node: z.string().optional(),
  start: timeParameterSchema,
  end: timeParameterSchema,
  order: z.enum(["start", "duration", "spans", "errors"]).default("start"),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().optional(),
});
export type TraceSearch = z.infer<typeof traceSearchSchema>;

export const traceSummarySchema = z.object({
  traceId: z.string(),
  rootService: z.string(),
  rootOperation: z.string(),
  startNs: z.string(),
  durationNs: z.string(),
  spanCount: z.number(),
  errorCount: z.number(),
  services: z.array(z.object({ name: z.string(), spans: z.number() })),
  warnings: z.array(traceWarningSchema),
});
export type TraceSummary = z.infer<typeof traceSummarySchema>;

export const traceListSchema = z.object({
  traces: z.array(traceSummarySchema),
  nextCursor: z.string().nullable(),
  total: z.number(),
  /** There are more than `total`: of a great many not all are counted. */
  totalIsAtLeast: z.boolean().optional(),
});
export type TraceList = z.infer<typeof traceListSchema>;

/** Typed attribute values as JSON: int64 outside ±2^53 as `{int: "…"}`, bytes as `{bytes: base64}`. */
export type JsonAttribute =
  | string
  | number
  | boolean
  | JsonAttribute[]
  | { int: string }
  | { bytes: string }
  | { map: { [key: string]: JsonAttribute } };
export const jsonAttributeSchema: z.ZodType<JsonAttribute> = z.lazy(() =>
  z.union([
    z.string(),
    z.number(),
    z.boolean(),
    z.array(jsonAttributeSchema),
    z.strictObject({ int: z.string() }),
    z.strictObject({ bytes: z.string() }),
    z.strictObject({ map: z.record(z.string(), jsonAttributeSchema) }),
  ]),
);
const attributesSchema = z.record(z.string(), jsonAttributeSchema);

export const traceSpanSchema = z.object({
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  /** True for the server half of a Zipkin span id shared with its client. */
  shared: z.boolean().optional(),
  service: z.string(),
  operation: z.string(),
  kind: z.enum(["unspecified", "internal", "server", "client", "producer", "consumer"]),
  startNs: z.string(),
  durationNs: z.string(),
  status: z.enum(["unset", "ok", "error"]),
  statusMessage: z.string().optional(),
  attributes: attributesSchema.optional(),
  resource: attributesSchema.optional(),
  events: z.array(z.object({ timeNs: z.string(), name: z.string(), attributes: attributesSchema })).optional(),
  links: z.array(z.object({ traceId: z.string(), spanId: z.string(), attributes: attributesSchema })).optional(),
  /** Ids in the graph's `service` view, where the span's service and its peer are known there. */
  node: z.string().optional(),
  edge: z.string().optional(),
});
export type TraceSpan = z.infer<typeof traceSpanSchema>;

export const traceSchema = z.object({
  traceId: z.string(),
  spanCount: z.number(),
  startNs: z.string(),
  durationNs: z.string(),
  services: z.array(z.object({ name: z.string(), spans: z.number() })),
  warnings: z.array(traceWarningSchema),
  spans: z.array(traceSpanSchema),
});
export type Trace = z.infer<typeof traceSchema>;

/** `GET /traces/values?of=service|operation`: what the search form offers. */
export const traceValuesSchema = z.object({
  services: z.array(z.object({ name: z.string(), operations: z.array(z.string()) })),
});
export type TraceValues = z.infer<typeof traceValuesSchema>;
