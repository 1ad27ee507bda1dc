/** The routes that answer from rollups: graph, nodes, edges, live stream, time series; and sources, meta. */
import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import { ok, type Result } from "../../../lib/base/result.ts";
import { ROLES } from "../../../lib/query/access.ts";
import {
  type AnswerContext,
  edgeAnswer,
  type GraphQuery,
  graphAnswer,
  nodeAnswer,
} from "../../../lib/query/graph-answer.ts";
import { type ApiError, repeatedSchema, timeParameterSchema, type Window } from "../../../lib/query/schema/common.ts";
import {
  type Meta,
  metaSchema,
  sourceListSchema,
  timeseriesParametersSchema,
  timeseriesSchema,
} from "../../../lib/query/schema/estate.ts";
import {
  edgeAnswerSchema,
  type Graph,
  graphParametersSchema,
  graphSchema,
  nodeAnswerSchema,
  viewSchema,
} from "../../../lib/query/schema/graph.ts";
import { type Snapshot, Snapshots, type SpanCounts } from "../../../lib/query/snapshot.ts";
import { timeseriesAnswer } from "../../../lib/query/timeseries-answer.ts";
import type { Ids } from "../../../lib/query/view-key.ts";
import { DEFAULT_WINDOW_MS, type Estate, planWindow, type Requested } from "../../../lib/query/window.ts";
import type { Clock } from "../../telemetry/clock.ts";
import type { SourceBoard } from "../../telemetry/source-board.ts";
import { failure, json, type Route, route } from "../route.ts";
import { AnswerCache, answerOf, type CachedBody } from "./answer-cache.ts";
import { LiveFeeds } from "./live-feed.ts";

export interface MetricsDeps {
  readonly estate: Estate;
  readonly ids: Ids;
  readonly board: SourceBoard;
  readonly clock: Clock;
  /** Changes with every start of the process; no `-` in it. */
  readonly boot: string;
  readonly meta: () => Omit<Meta, "subject">;
  /** Of all spans taken in; without it, or while none came, answers say that spans are not collected. */
  readonly spans?: () => SpanCounts;
}

/** Whatever the routes share: one snapshot per window, one body per query. */
export class MetricsAnswers {
  readonly snapshots: Snapshots;
  readonly cache = new AnswerCache();
  readonly deps: MetricsDeps;

  constructor(deps: MetricsDeps) {
    this.deps = deps;
    this.snapshots = new Snapshots(deps.estate);
  }

  context(): AnswerContext {
    const { board, ids, spans } = this.deps;
    const dropped: Record<string, number> = {};
    for (const { drops } of board.list()) {
      for (const [code, count] of Object.entries(drops)) dropped[code] = (dropped[code] ?? 0) + count;
    }
    return { ids, targets: { ...board.targets(), dropped, ...(spans === undefined ? {} : { spans: spans() }) } };
  }

  async snapshot(requested: Requested): Promise<Result<Snapshot, ApiError>> {
    return this.snapshots.read(requested, this.deps.clock.nowMs());
  }

  /** A body computed once for all who ask the same while nothing changed. */
  async body(
    name: string,
    query: Requested,
    answer: (snapshot: Snapshot) => Promise<Result<unknown, ApiError>> | Result<unknown, ApiError>,
  ): Promise<Result<CachedBody, ApiError>> {
    const { clock, estate, board } = this.deps;
    const nowMs = clock.nowMs();
    const planned = planWindow(query, nowMs, estate);
    if (!planned.ok) return planned;
    const { up, down } = board.targets();
    const stampOf = (generation: number, { start, end, slotMs }: Window): string =>
      `${generation}/${start}/${end}/${slotMs}/${up}/${down}`;
    const stamp = stampOf(estate.live.generation, planned.value);
    return this.cache.get(`${name}?${JSON.stringify(query)}`, stamp, nowMs, async (madeFrom) => {
      const snapshot = await this.snapshots.read(query, nowMs);
      if (!snapshot.ok) return snapshot;
      madeFrom(stampOf(snapshot.value.generation, snapshot.value.window));
      return answer(snapshot.value);
    });
  }
}

export const idSchema = z.object({ id: z.string().max(100) });
export const windowParameters = z.object({
  start: timeParameterSchema,
  end: timeParameterSchema,
  view: viewSchema.optional(),
  collapse: repeatedSchema,
});
export const pageSchema = {
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  cursor: z.string().max(1000).optional(),
};

function graphRoutes(answers: MetricsAnswers): Route[] {
  return [
    route({
      method: "GET",
      path: "/graph",
      summary: "The service graph of a window, in one view. `filter` is text looked for in node names.",
      query: graphParametersSchema,
      answer: graphSchema,
      handle: async ({ query }) =>
        answerOf(await answers.body("graph", query, (snapshot) => ok(graphAnswer(snapshot, query, answers.context())))),
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
            nodeAnswer(snapshot, params.id, query, answers.context()),
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
            edgeAnswer(snapshot, params.id, query, answers.context()),
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
  const feeds = new LiveFeeds({ boot, slotMs: estate.live.slotMs, nowMs: () => clock.nowMs() });
  const compute = async (query: GraphQuery, windowMs: number): Promise<Graph> => {
    // Feeds of one slot and length ask for the same window, and so share its computation.
    const { slotMs } = estate.live;
    const start = Math.floor((clock.nowMs() - windowMs) / slotMs) * slotMs;
    const snapshot = await answers.snapshot(windowMs === DEFAULT_WINDOW_MS ? {} : { start });
    if (!snapshot.ok) throw new Error(snapshot.error.message);
    return graphAnswer(snapshot.value, query, answers.context());
  };
  return route({
    method: "GET",
    path: "/graph/live",
    summary: "The graph as server-sent events: a snapshot, then a delta per slot",
    events: true,
    query: liveParametersSchema,
    answer: graphSchema,
    handle: ({ query, headers }) => {
      const feed = feeds.feed(JSON.stringify(query), () => compute(query, query.windowMs));
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
          await answers.body("timeseries", query, (snapshot) =>
            timeseriesAnswer(snapshot, query, answers.deps.ids, () => setImmediate()),
          ),
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
  return [...graphRoutes(answers), liveRoute(answers), ...seriesRoutes(answers), ...sourceRoutes(deps)];
}
