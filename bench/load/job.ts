/** What the load process is told and what it tells. */
import { z } from "zod";

export const loadJobSchema = z.object({
  port: z.number(),
  format: z.enum(["otlp", "zipkin"]),
  shape: z.enum(["sdk", "proxy"]),
  gzip: z.boolean(),
  connections: z.number(),
  /** Services that the traces go through, from svc-0 on. */
  services: z.number(),
  /** As many bodies, as fast as they are answered. */
  bodies: z.number().optional(),
  /** Or so many spans a second for so long. */
  rate: z.object({ spansPerSec: z.number(), seconds: z.number() }).optional(),
});
export type LoadJob = z.infer<typeof loadJobSchema>;

export const loadDoneSchema = z.object({
  spans: z.number(),
  bodies: z.number(),
  /** As sent. */
  bytes: z.number(),
  seconds: z.number(),
  /** Answers that were no success, by status; a refused body is not sent again. */
  refused: z.record(z.string(), z.number()),
  /** Of an answer, ms. */
  answerMs: z.object({ p50: z.number(), p99: z.number(), max: z.number() }),
});
export type LoadDone = z.infer<typeof loadDoneSchema>;
