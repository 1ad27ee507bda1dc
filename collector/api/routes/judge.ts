/** What the judge can say before anything runs: how long it needs at a share, a rate and a level of errors. */
import { minutesNeeded, requestsNeeded, requestsToPass } from "../../../lib/control/judge/sample-size.ts";
import { neededParametersSchema, neededSchema } from "../../../lib/query/schema/needed.ts";
import { json, type Route, route } from "../route.ts";

export function judgeRoutes(): Route[] {
  return [
    route({
      method: "GET",
      path: "/judge/needed",
      summary: "Minutes until the judge is expected to see a canary that is worse, before it starts",
      query: neededParametersSchema,
      answer: neededSchema,
      handle: ({ query: { share, requestsPerSec, badShare, ratio } }) =>
        json({
          ...{ ratio, requestsPerSec, badShare },
          shares: share.map((one) => {
            const toPass = requestsToPass({ share: one, badShare });
            return {
              share: one,
              requests: requestsNeeded({ share: one, badShare, ratio }),
              minutes: minutesNeeded({ share: one, badShare, ratio }, requestsPerSec),
              minutesToPass: toPass === null ? null : toPass / requestsPerSec / 60,
            };
          }),
        }),
    }),
  ];
}
