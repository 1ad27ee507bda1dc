/** `GET /judge/needed`: how long a release must run before the judge is expected to see it being worse. Shares 0..1. */
import { z } from "zod";
import { metricSchema } from "./common.ts";

const shareSchema = z.coerce.number().gt(0).lt(1);

export const neededParametersSchema = z.object({
  /** The canary's share of requests; several for several steps. */
  share: z.union([shareSchema.transform((one) => [one]), z.array(shareSchema).min(1).max(20)]),
  /** Of the service, both versions together. */
  requestsPerSec: z.coerce.number().gt(0).max(1e9),
  /** Bad requests of the old version. */
  badShare: z.coerce.number().gt(0).max(0.5),
  /** How many times the old version's rate is to be seen. */
  ratio: z.coerce.number().gt(1.25).max(100).default(2),
});

export const neededSchema = z.object({
  ratio: z.number(),
  requestsPerSec: z.number(),
  badShare: z.number(),
  shares: z.array(
    z.object({
      share: z.number(),
      /** Of both versions, until the judge is expected to fail a canary that is so much worse; null: it never is. */
      requests: metricSchema,
      minutes: metricSchema,
      /** Until it is expected to pass one that is as good; half of all rollouts need more of either. */
      minutesToPass: metricSchema,
    }),
  ),
});
export type Needed = z.infer<typeof neededSchema>;
