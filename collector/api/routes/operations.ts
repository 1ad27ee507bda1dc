/** `GET /operations`: the operations of a node, from the newest traces in which its services answer. */

import type { Span } from "../../../lib/model/span.ts";
import { parseTraceId } from "../../../lib/model/span.ts";
import { operationGraph } from "../../../lib/query/operation-answer.ts";
import { operationCalls } from "../../../lib/query/operations.ts";
import {
  type Operations,
  type OperationsParameters,
  operationsParametersSchema,
  operationsSchema,
} from "../../../lib/query/schema/operations.ts";
import type { SpanStore } from "../../../lib/query/span-store.ts";
import { failure, json, type Route, type RouteAnswer, route } from "../route.ts";
import type { TraceRouteDeps } from "./traces.ts";

const DEFAULT_WINDOW_MS = 300_000;
/** Traces asked of the store at once. */
const AT_ONCE = 16;
const SLOT_MS = 1_000;

async function read(store: SpanStore, ids: readonly string[]): Promise<(readonly Span[])[]> {
  const parsed = ids.flatMap((id) => parseTraceId(id) ?? []);
  const traces: (readonly Span[])[] = [];
  for (let at = 0; at < parsed.length; at += AT_ONCE)
    traces.push(...(await Promise.all(parsed.slice(at, at + AT_ONCE).map((id) => store.trace(id)))));
  return traces;
}

async function answer(
  deps: TraceRouteDeps,
  { node, traces: limit, ...asked }: OperationsParameters,
): Promise<RouteAnswer> {
  const { store, clock } = deps;
  const end = asked.end ?? clock.nowMs();
  const start = asked.start ?? Math.max(0, end - DEFAULT_WINDOW_MS);
  if (start >= end) return failure(400, "window_empty", "start is not before end", "start");
  const directory = deps.directory();
  const of = directory.node(node);
  if (of === undefined) return failure(404, "node_not_found", "no node of the graph has this id", "node");
  const named = directory.names === undefined ? {} : { names: directory.names };
  const page = await store.search({ start, end, order: "start", limit, of: { ...of, ...named } });
  if (!page.ok) return { kind: "error", status: 400, error: page.error };
  const { traces: found, total, totalIsAtLeast, nextCursor } = page.value;
  const oldest = found.reduce((least, { startNs }) => Math.min(least, Number(BigInt(startNs) / 1_000_000n)), end);
  const from = nextCursor === null ? start : Math.max(start, oldest);
  const traces = await read(
    store,
    found.map(({ traceId }) => traceId),
  );
  const seconds = Math.max(SLOT_MS, end - from) / 1000;
  const body: Operations = {
    window: { start: from, end, slotMs: SLOT_MS, requested: { start, end } },
    traces: { read: found.length, total, ...(totalIsAtLeast === undefined ? {} : { totalIsAtLeast }) },
    ...operationGraph(operationCalls(traces, of.services, directory), seconds),
  };
  return json(body);
}

export function operationsRoute(deps: TraceRouteDeps): Route {
  return route({
    method: "GET",
    path: "/operations",
    summary: "Operations of a node with who calls each and what it calls, from its newest traces",
    query: operationsParametersSchema,
    answer: operationsSchema,
    handle: ({ query }) => answer(deps, query),
  });
}
