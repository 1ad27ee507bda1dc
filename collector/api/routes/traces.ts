/**
 * `GET /traces`, `/traces/values`, `/traces/{traceId}` and `/traces/{traceId}/spans/{spanId}` (api.md "Traces"). In: a
 * span store, and the graph's directory for links to nodes and edges. A trace is written in pieces and always whole.
 */
import { z } from "zod";
import { parseSpanId, parseTraceId, type Span, type TraceId } from "../../../lib/model/span.ts";
import type { GraphDirectory } from "../../../lib/query/directory.ts";
import {
  type TraceSearch,
  traceListSchema,
  traceSchema,
  traceSearchSchema,
  traceSpanSchema,
  traceValuesSchema,
} from "../../../lib/query/schema/traces.ts";
import type { SpanStore, TraceQuery } from "../../../lib/query/span-store.ts";
import { jsonSpan } from "../../../lib/query/trace-json.ts";
import { parseCursor } from "../../../lib/query/trace-order.ts";
import { graphPlaces } from "../../../lib/query/trace-places.ts";
import type { Clock } from "../../telemetry/clock.ts";
import { failure, json, type Route, type RouteAnswer, route } from "../route.ts";
import { traceChunks } from "./traces-document.ts";

export interface TraceRouteDeps {
  readonly store: SpanStore;
  readonly directory: () => GraphDirectory;
  readonly clock: Clock;
}

const DEFAULT_WINDOW_MS = 300_000;

/** The window asked for; a page after the first keeps that of its cursor. */
function windowOf(search: TraceSearch, nowMs: number): { start: number; end: number } {
  const cursor = search.cursor === undefined ? undefined : parseCursor(search.cursor, search.order);
  const first = cursor?.ok === true ? cursor.value : undefined;
  const end = search.end ?? first?.end ?? nowMs;
  return { start: search.start ?? first?.start ?? Math.max(0, end - DEFAULT_WINDOW_MS), end };
}

async function searchAnswer(deps: TraceRouteDeps, search: TraceSearch): Promise<RouteAnswer> {
  const { edge, node, ...conditions } = search;
  const window = windowOf(search, deps.clock.nowMs());
  if (window.start >= window.end) return failure(400, "window_empty", "start is not before end", "start");
  const directory = deps.directory();
  const between = edge === undefined ? undefined : directory.edge(edge);
  if (edge !== undefined && between === undefined) {
    return failure(404, "edge_not_found", "no edge of the graph has this id", "edge");
  }
  const of = node === undefined ? undefined : directory.node(node);
  if (node !== undefined && of === undefined) {
    return failure(404, "node_not_found", "no node of the graph has this id", "node");
  }
  const named = directory.names === undefined ? {} : { names: directory.names };
  const query: TraceQuery = {
    ...{ ...conditions, ...window },
    ...(between === undefined ? {} : { between: { ...between, ...named } }),
    ...(of === undefined ? {} : { of: { ...of, ...named } }),
  };
  const page = await deps.store.search(query);
  return page.ok ? json(page.value) : { kind: "error", status: 400, error: page.error };
}

type Found = { readonly id: TraceId; readonly spans: readonly Span[] };

/** 32 hex digits name one trace; 16 its low half, which must then be the half of one trace only. */
async function findTrace(store: SpanStore, text: string): Promise<Found | RouteAnswer> {
  const whole = parseTraceId(text);
  const notFound = failure(404, "trace_not_found", `there is no trace ${text}`, "traceId");
  if (whole === undefined) return notFound;
  const exact = await store.trace(whole);
  if (exact.length > 0) return { id: whole, spans: exact };
  if (text.length !== 16) return notFound;
  const ids = await store.tracesByLowBits(text.toLowerCase());
  const only = ids[0];
  if (only === undefined) return notFound;
  if (ids.length > 1) {
    return failure(409, "trace_id_ambiguous", `${ids.length} traces end in ${text}: ${ids.join(", ")}`, "traceId");
  }
  return { id: only, spans: await store.trace(only) };
}

async function spanAnswer(deps: TraceRouteDeps, found: Found, spanText: string): Promise<RouteAnswer> {
  const wanted = parseSpanId(spanText);
  const places = graphPlaces(deps.directory(), found.spans);
  const matches = found.spans.map((_, i) => i).filter((i) => found.spans[i]?.spanId === wanted);
  // Client and server may share an id: the client's half is the one a link without a side means.
  const chosen = matches.find((i) => found.spans[i]?.kind === "client") ?? matches[0] ?? -1;
  const span = found.spans[chosen];
  if (span === undefined) return failure(404, "span_not_found", `the trace has no span ${spanText}`, "spanId");
  return json(jsonSpan(span, places[chosen] ?? {}, "full"));
}

const flag = z.enum(["0", "1"]).optional();

export function traceRoutes(deps: TraceRouteDeps): Route[] {
  return [
    route({
      method: "GET",
      path: "/traces",
      summary: "Search traces: all conditions hold on one span that starts in the window",
      query: traceSearchSchema,
      answer: traceListSchema,
      handle: ({ query }) => searchAnswer(deps, query),
    }),
    route({
      method: "GET",
      path: "/traces/values",
      summary: "Services and operations that a search may name",
      answer: traceValuesSchema,
      handle: async () => json({ services: await deps.store.values() }),
    }),
    route({
      method: "GET",
      path: "/traces/:traceId",
      summary: "One trace with all its spans",
      params: z.object({ traceId: z.string() }),
      query: z.object({ summary: flag }),
      answer: traceSchema,
      handle: async ({ params, query }) => {
        const found = await findTrace(deps.store, params.traceId);
        if ("kind" in found) return found;
        const places = graphPlaces(deps.directory(), found.spans);
        const detail = query.summary === "1" ? "summary" : "full";
        return { kind: "stream", chunks: traceChunks(found.id, found.spans, places, detail) };
      },
    }),
    route({
      method: "GET",
      path: "/traces/:traceId/spans/:spanId",
      summary: "One span with all its attributes",
      params: z.object({ traceId: z.string(), spanId: z.string() }),
      answer: traceSpanSchema,
      handle: async ({ params }) => {
        const found = await findTrace(deps.store, params.traceId);
        return "kind" in found ? found : spanAnswer(deps, found, params.spanId);
      },
    }),
  ];
}
