/** `GET /graph/history`: which nodes and edges came and went. */
import { setImmediate } from "node:timers/promises";
import { ok } from "../../../lib/base/result.ts";
import { NO_FOLDS } from "../../../lib/query/folds.ts";
import { historyAnswer } from "../../../lib/query/history/history-answer.ts";
import { historyParametersSchema, historySchema } from "../../../lib/query/schema/history.ts";
import { viewSteps } from "../../../lib/query/view-graph.ts";
import { type Route, route } from "../route.ts";
import { answerOf } from "./answer-cache.ts";
import type { MetricsAnswers } from "./metrics-answers.ts";

export function historyRoutes(answers: MetricsAnswers): Route[] {
  return [
    route({
      method: "GET",
      path: "/graph/history",
      summary: "Nodes and edges that came and went in a window, oldest first",
      query: historyParametersSchema,
      answer: historySchema,
      handle: async ({ query }) =>
        answerOf(
          await answers.body("graph/history", query, async (snapshot) => {
            const { ids } = answers.deps;
            const { nodes, edges } = await answers.run(viewSteps(snapshot.facts, query.view, NO_FOLDS, ids));
            const members = { nodes: [...nodes.values()], edges };
            return ok(await historyAnswer(snapshot, members, query, () => setImmediate()));
          }),
        ),
    }),
  ];
}
