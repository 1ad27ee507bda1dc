/** The catalogue from rollups: `/services`, and one service or workload whole. */
import { z } from "zod";
import { ok } from "../../../lib/base/result.ts";
import { type EntityKind, entityAnswer, SERVICE, WORKLOAD } from "../../../lib/query/entity-answer.ts";
import { repeatedSchema, timeParameterSchema } from "../../../lib/query/schema/common.ts";
import { entityAnswerSchema } from "../../../lib/query/schema/entity.ts";
import { serviceListSchema } from "../../../lib/query/schema/estate.ts";
import { servicesAnswer } from "../../../lib/query/services-answer.ts";
import { type Route, route } from "../route.ts";
import { answerOf } from "./answer-cache.ts";
import { idSchema, windowParameters } from "./graph.ts";
import { pageSchema } from "./metrics.ts";
import type { MetricsAnswers } from "./metrics-answers.ts";

function entityRoute(answers: MetricsAnswers, path: string, summary: string, kind: EntityKind): Route {
  return route({
    method: "GET",
    path: `/${path}/:id`,
    summary,
    params: idSchema,
    query: windowParameters.pick({ start: true, end: true }),
    answer: entityAnswerSchema,
    handle: async ({ params, query }) =>
      answerOf(
        await answers.body(`${path}/${params.id}`, query, (snapshot) =>
          entityAnswer(snapshot, params.id, kind, answers.context()),
        ),
      ),
  });
}

export function serviceRoutes(answers: MetricsAnswers): Route[] {
  return [
    route({
      method: "GET",
      path: "/services",
      summary: "The services known from metrics, by name",
      query: z.object({
        start: timeParameterSchema,
        end: timeParameterSchema,
        namespace: repeatedSchema,
        cluster: repeatedSchema,
        mesh: repeatedSchema,
        filter: z.string().max(2000).optional(),
        ...pageSchema,
      }),
      answer: serviceListSchema,
      handle: async ({ query }) =>
        answerOf(
          await answers.body("services", query, (snapshot) => ok(servicesAnswer(snapshot, query, answers.context()))),
        ),
    }),
    entityRoute(answers, "services", "One service: the edges that touch it, its versions, its security", SERVICE),
    entityRoute(answers, "workloads", "One workload: the edges that touch it, its versions, its security", WORKLOAD),
  ];
}
