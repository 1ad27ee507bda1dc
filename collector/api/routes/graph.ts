/** `GET /graph`, `/nodes/{id}`, `/edges/{id}` and the live stream. */
import { z } from "zod";
import { err, ok, type Result } from "../../../lib/base/result.ts";
import type { Expression } from "../../../lib/query/find/expression.ts";
import { parseFind } from "../../../lib/query/find/parse.ts";
import { edgeSteps, type GraphQuery, nodeSteps } from "../../../lib/query/graph-answer.ts";
import { select } from "../../../lib/query/graph-select.ts";
import { graphSize } from "../../../lib/query/graph-size.ts";
import { graphPieces, type PrintedGraph, printedGraph } from "../../../lib/query/printed-graph.ts";
import { type ApiError, repeatedSchema, timeParameterSchema } from "../../../lib/query/schema/common.ts";
import {
  edgeAnswerSchema,
  type GraphParameters,
  type GraphSize,
  graphParametersSchema,
  graphSchema,
  graphSizeSchema,
  nodeAnswerSchema,
  viewSchema,
} from "../../../lib/query/schema/graph.ts";
import type { Snapshot } from "../../../lib/query/snapshot.ts";
import { DEFAULT_WINDOW_MS } from "../../../lib/query/window.ts";
import { failure, type Route, route } from "../route.ts";
import { bodySteps, type SharedBody } from "../shared-body.ts";
import { answerOf } from "./answer-cache.ts";
import { LiveFeeds } from "./live-feed.ts";
import type { MetricsAnswers } from "./metrics-answers.ts";

export const idSchema = z.object({ id: z.string().max(100) });
export const windowParameters = z.object({
  start: timeParameterSchema,
  end: timeParameterSchema,
  view: viewSchema.optional(),
  collapse: repeatedSchema,
  fold: graphParametersSchema.shape.fold,
  expand: repeatedSchema,
});

/** What a query shows of a snapshot; `window`: what was asked for. */
async function printed(
  answers: MetricsAnswers,
  snapshot: Snapshot,
  query: GraphQuery,
  window: string,
): Promise<PrintedGraph> {
  const parts = await answers.parts(snapshot, query, window);
  return answers.run(printedGraph(parts, query, answers.context().targets));
}

/** What is asked, with its filter read. Errors: `find_…` with the place in the filter. */
function readQuery<Q extends Pick<GraphParameters, "filter">>(
  query: Q,
): Result<Q & { readonly find: Expression | undefined }, ApiError> {
  const find = parseFind(query.filter ?? "");
  if (find.ok) return ok({ ...query, find: find.value });
  const { code, message, position } = find.error;
  return err({ code, message: `${message} (at character ${position + 1})`, field: "filter" });
}

async function graphBody(
  answers: MetricsAnswers,
  snapshot: Snapshot,
  query: GraphQuery & Pick<GraphParameters, "start" | "end">,
): Promise<Result<SharedBody, ApiError>> {
  const graph = await printed(answers, snapshot, query, `${query.start ?? ""}/${query.end ?? ""}`);
  return ok(await answers.run(bodySteps(graphPieces(graph))));
}

/** Nothing is printed for it. */
async function sizeOf(
  answers: MetricsAnswers,
  snapshot: Snapshot,
  query: Omit<GraphParameters, "detail" | "filter">,
): Promise<GraphSize> {
  const window = `${query.start ?? ""}/${query.end ?? ""}`;
  const parts = await answers.parts(snapshot, { ...query, detail: "summary" }, window);
  return graphSize(snapshot, select(parts, query));
}

function wholeRoutes(answers: MetricsAnswers): Route[] {
  return [
    route({
      method: "GET",
      path: "/graph",
      summary: "The service graph of a window, in one view. `filter` is the find language.",
      query: graphParametersSchema,
      answer: graphSchema,
      handle: async ({ query }) => {
        const read = readQuery(query);
        if (!read.ok) return { kind: "error", status: 400, error: read.error };
        return answerOf(await answers.made("graph", query, (snapshot) => graphBody(answers, snapshot, read.value)));
      },
    }),
    route({
      method: "GET",
      path: "/graph/size",
      summary: "How many nodes, edges and boxes a graph would have",
      query: graphParametersSchema.omit({ detail: true, filter: true }),
      answer: graphSizeSchema,
      handle: async ({ query }) =>
        answerOf(
          await answers.body("graph/size", query, async (snapshot) => ok(await sizeOf(answers, snapshot, query))),
        ),
    }),
    route({
      method: "GET",
      path: "/nodes/:id",
      summary: "One node of any view, with the edges that touch it",
      params: idSchema,
      query: windowParameters,
      answer: nodeAnswerSchema,
      handle: async ({ params, query }) =>
        answerOf(
          await answers.body(`nodes/${params.id}`, query, (snapshot) =>
            answers.run(nodeSteps(snapshot, params.id, query, answers.context())),
          ),
        ),
    }),
    route({
      method: "GET",
      path: "/edges/:id",
      summary: "One edge of any view in full",
      params: idSchema,
      query: windowParameters,
      answer: edgeAnswerSchema,
      handle: async ({ params, query }) =>
        answerOf(
          await answers.body(`edges/${params.id}`, query, (snapshot) =>
            answers.run(edgeSteps(snapshot, params.id, query, answers.context())),
          ),
        ),
    }),
  ];
}

const liveParametersSchema = graphParametersSchema.omit({ start: true, end: true }).extend({
  windowMs: z.coerce.number().int().min(10_000).max(3_600_000).default(DEFAULT_WINDOW_MS),
});

function liveRoute(answers: MetricsAnswers): Route {
  const { boot, clock, estate } = answers.deps;
  const feeds = new LiveFeeds({ boot, slotMs: estate.live.slotMs, nowMs: () => clock.nowMs() }, answers.slices.run);
  const compute = async (query: GraphQuery, windowMs: number, isFirst: boolean): Promise<PrintedGraph | null> => {
    // Feeds of one slot and length ask for the same window, and so share its computation.
    const { slotMs } = estate.live;
    const start = Math.floor((clock.nowMs() - windowMs) / slotMs) * slotMs;
    const isDefault = windowMs === DEFAULT_WINDOW_MS;
    const snapshot = await answers.snapshot(isDefault ? {} : { start });
    if (!snapshot.ok) throw new Error(snapshot.error.message);
    if (!isFirst && snapshot.value.window.start < start) return null;
    return printed(answers, snapshot.value, query, isDefault ? "/" : `last ${windowMs}`);
  };
  return route({
    method: "GET",
    path: "/graph/live",
    summary: "The graph as server-sent events: a snapshot, then a delta per slot",
    events: true,
    query: liveParametersSchema,
    answer: graphSchema,
    handle: ({ query, headers }) => {
      const read = readQuery(query);
      if (!read.ok) return { kind: "error", status: 400, error: read.error };
      const feed = feeds.feed(JSON.stringify(query), (isFirst) => compute(read.value, query.windowMs, isFirst));
      if (feed === undefined) return failure(503, "too_many_streams", "too many different live queries at once");
      const id = headers["last-event-id"];
      return {
        kind: "events",
        start: (sink) => {
          feed.join(sink, typeof id === "string" ? id : undefined).catch(() => sink.close());
        },
      };
    },
  });
}

export function graphRoutes(answers: MetricsAnswers): Route[] {
  return [...wholeRoutes(answers), liveRoute(answers)];
}
