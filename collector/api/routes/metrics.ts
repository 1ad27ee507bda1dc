/** The routes that answer from rollups: graph, nodes, edges, live stream, time series; and sources, meta. */
import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import { ok } from "../../../lib/base/result.ts";
import { ROLES } from "../../../lib/query/access.ts";
import { settlingOf } from "../../../lib/query/completeness.ts";
import {
  metaSchema,
  sourceListSchema,
  timeseriesParametersSchema,
  timeseriesSchema,
} from "../../../lib/query/schema/estate.ts";
import { timeseriesAnswer } from "../../../lib/query/timeseries-answer.ts";
import { json, type Route, route } from "../route.ts";
import { answerOf } from "./answer-cache.ts";
import { compareRoutes } from "./compare.ts";
import { graphRoutes } from "./graph.ts";
import { historyRoutes } from "./history.ts";
import { MetricsAnswers, type MetricsDeps } from "./metrics-answers.ts";

export const pageSchema = {
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  cursor: z.string().max(1000).optional(),
};

function seriesRoutes(answers: MetricsAnswers): Route[] {
  return [
    route({
      method: "GET",
      path: "/timeseries",
      summary: "A node, an edge or the whole estate over time; null is a gap",
      query: timeseriesParametersSchema,
      answer: timeseriesSchema,
      handle: async ({ query }) =>
        answerOf(
          await answers.body("timeseries", query, async (snapshot) => {
            const series = await timeseriesAnswer(snapshot, query, answers.deps.ids, () => setImmediate());
            return series.ok ? ok({ ...series.value, ...settlingOf(snapshot, answers.context().targets) }) : series;
          }),
        ),
    }),
  ];
}

function sourceRoutes({ board, meta }: MetricsDeps): Route[] {
  return [
    route({
      method: "GET",
      path: "/sources",
      summary: "Every receiver and scrape target: up, age, items, drops, last error",
      query: z.object(pageSchema),
      answer: sourceListSchema,
      handle: ({ query: { limit, cursor } }) => {
        const all = board.list();
        const rest = cursor === undefined ? all : all.filter((source) => source.id > cursor);
        const sources = rest.slice(0, limit);
        const last = sources[sources.length - 1];
        return json({
          sources,
          nextCursor: rest.length > sources.length && last !== undefined ? last.id : null,
          total: all.length,
        });
      },
    }),
    route({
      method: "GET",
      path: "/meta",
      summary: "What this collector is and listens on",
      answer: metaSchema,
      handle: ({ subject }) => {
        const roles = ROLES.filter((role) => subject.grants.some((grant) => grant.role === role));
        return json({ ...meta(), subject: { name: subject.name, roles } });
      },
    }),
  ];
}

/** All routes that answer from rollups. Share one `MetricsAnswers` to count computations. */
export function metricsRoutes(deps: MetricsDeps, answers = new MetricsAnswers(deps)): Route[] {
  const graphs = [...graphRoutes(answers), ...compareRoutes(answers), ...historyRoutes(answers)];
  return [...graphs, ...seriesRoutes(answers), ...sourceRoutes(deps)];
}
