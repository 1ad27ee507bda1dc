/** `GET /heatmap`: latency over time from rollups, with traces for its cells from the store of spans. */
import { setImmediate } from "node:timers/promises";
import type { SpanNames } from "../../../lib/query/directory.ts";
import { heatmapAnswer } from "../../../lib/query/heatmap-answer.ts";
import { heatmapParametersSchema, heatmapSchema } from "../../../lib/query/schema/heatmap.ts";
import type { SpanStore } from "../../../lib/query/span-store.ts";
import { type Route, route } from "../route.ts";
import { answerOf } from "./answer-cache.ts";
import type { MetricsAnswers } from "./metrics-answers.ts";

/** `names`: how spans name services, where they do it by a mesh's own names. */
export function heatmapRoutes(
  answers: MetricsAnswers,
  spans: Pick<SpanStore, "exemplars">,
  names?: SpanNames,
): Route[] {
  const named = names === undefined ? {} : { names };
  return [
    route({
      method: "GET",
      path: "/heatmap",
      summary: "Latency over time as counts by column and bucket; null is a column that nobody observed",
      query: heatmapParametersSchema,
      answer: heatmapSchema,
      handle: async ({ query }) =>
        answerOf(
          await answers.body("heatmap", query, (snapshot) =>
            heatmapAnswer(snapshot, query, answers.context(), {
              find: (wanted) => spans.exemplars({ ...wanted, ...named }),
              breathe: () => setImmediate(),
            }),
          ),
        ),
    }),
  ];
}
