/** `GET /graph/compare`: two windows of one view side by side. */
import { err, ok, type Result } from "../../../lib/base/result.ts";
import { absencesOf } from "../../../lib/query/compare/absence.ts";
import { compareGraphs } from "../../../lib/query/compare/compare.ts";
import type { Expression } from "../../../lib/query/find/expression.ts";
import { parseFind } from "../../../lib/query/find/parse.ts";
import type { GraphParts } from "../../../lib/query/graph-parts.ts";
import { graphPieces, inSteps, printedGraph } from "../../../lib/query/printed-graph.ts";
import type { ApiError } from "../../../lib/query/schema/common.ts";
import {
  type CompareAnswer,
  type CompareParameters,
  compareAnswerSchema,
  compareParametersSchema,
} from "../../../lib/query/schema/compare.ts";
import { type Graph, graphSchema } from "../../../lib/query/schema/graph.ts";
import type { Snapshot } from "../../../lib/query/snapshot.ts";
import { DEFAULT_WINDOW_MS } from "../../../lib/query/window.ts";
import { type Route, route } from "../route.ts";
import { answerOf } from "./answer-cache.ts";
import type { MetricsAnswers } from "./metrics-answers.ts";

interface Drawn {
  readonly graph: Graph;
  readonly parts: GraphParts;
}

async function drawn(
  answers: MetricsAnswers,
  snapshot: Snapshot,
  query: CompareParameters & { readonly find?: Expression | undefined },
): Promise<Drawn> {
  const shown = { ...query, detail: "summary", idle: "0" } as const;
  const { start, end } = snapshot.window.requested;
  const parts = await answers.parts(snapshot, shown, `${start}/${end}`);
  const graph = await answers.run(printedGraph(parts, shown, answers.context().targets));
  const pieces = await answers.run(inSteps(graphPieces(graph), (piece) => piece));
  return { graph: graphSchema.parse(JSON.parse(pieces.join(""))), parts };
}

/** The base is as long as the window and ends where it starts, unless it is named. */
function baseOf(query: CompareParameters, { window }: Snapshot): { start: number; end: number } {
  const { start, end } = window.requested;
  const baseEnd = query.baseEnd ?? (query.baseStart === undefined ? start : query.baseStart + (end - start));
  return { start: query.baseStart ?? baseEnd - (end - start), end: baseEnd };
}

async function compared(
  answers: MetricsAnswers,
  snapshot: Snapshot,
  query: CompareParameters,
): Promise<Result<CompareAnswer, ApiError>> {
  const find = parseFind(query.filter ?? "");
  if (!find.ok) {
    const { code, message, position } = find.error;
    return err({ code, message: `${message} (at character ${position + 1})`, field: "filter" });
  }
  const base = await answers.snapshot(baseOf(query, snapshot));
  if (!base.ok) return base;
  const asked = { ...query, find: find.value };
  const before = await drawn(answers, base.value, asked);
  const after = await drawn(answers, snapshot, asked);
  const told = { came: absencesOf(after.parts, base.value), went: absencesOf(before.parts, snapshot) };
  return ok(compareGraphs(before.graph, after.graph, told));
}

export function compareRoutes(answers: MetricsAnswers): Route[] {
  return [
    route({
      method: "GET",
      path: "/graph/compare",
      summary: "What changed between two windows: added, removed, and a list of what changed most",
      query: compareParametersSchema,
      answer: compareAnswerSchema,
      handle: async ({ query }) => {
        const end = query.end ?? answers.deps.clock.nowMs();
        // Without an end it reaches to now, as a window that nobody named an end of.
        const window = { ...query, start: query.start ?? end - DEFAULT_WINDOW_MS };
        return answerOf(await answers.body("graph/compare", window, (snapshot) => compared(answers, snapshot, window)));
      },
    }),
  ];
}
