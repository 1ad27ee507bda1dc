/** `GET /graph/history`: which nodes and edges came and went. */
import { setImmediate } from "node:timers/promises";
import { ok } from "../../../lib/base/result.ts";
import { historyAnswer } from "../../../lib/query/history/history-answer.ts";
import { historyParametersSchema, historySchema } from "../../../lib/query/schema/history.ts";
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
            const { start, end } = query;
            const parts = await answers.parts(snapshot, { view: query.view, detail: "summary" }, `${start}/${end}`);
            const members = { nodes: parts.nodes.map(({ of }) => of), edges: parts.edges.map(({ of }) => of) };
            return ok(await historyAnswer(snapshot, members, query, () => setImmediate()));
          }),
        ),
    }),
  ];
}
