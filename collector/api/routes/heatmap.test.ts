/** The heatmap's route behind the real API server: by its schema, with traces for its cells, errors with their code. */
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { graphSchema } from "../../../lib/query/schema/graph.ts";
import { heatmapSchema } from "../../../lib/query/schema/heatmap.ts";
import { istio, lines, Rig, T0 } from "../../pipeline/truth-rig.ts";
import { MemorySpanStore } from "../../store/memory-span-store.ts";
import { testSpan, testSpanId } from "../../store/span-store-contract.ts";
import { silentLog } from "../../telemetry/log.ts";
import { SourceBoard } from "../../telemetry/source-board.ts";
import { apiServer } from "../server.ts";
import { heatmapRoutes } from "./heatmap.ts";
import { metricsRoutes } from "./metrics.ts";
import { MetricsAnswers } from "./metrics-answers.ts";

const HOST = { host: "localhost" };

async function served() {
  const rig = new Rig();
  const bucket = (le: string, n: number) =>
    istio(0, { family: "istio_request_duration_milliseconds_bucket" }).replace("} 0", `,le="${le}"} ${n}`);
  for (let n = 0; n <= 6; n++) {
    rig.scrape(
      T0 + n * 10_000,
      lines(bucket("10", n * 7), bucket("100", n * 9), bucket("+Inf", n * 10), istio(n * 10)),
    );
  }
  const spans = new MemorySpanStore();
  const at = { startNs: BigInt(T0 + 12_000) * 1_000_000n };
  await spans.write([
    testSpan(1, 1, 0, { ...at, durationNs: 60_000_000n }),
    testSpan(1, 2, 0, { ...at, service: "api", parentSpanId: testSpanId(1), durationNs: 50_000_000n }),
  ]);
  const board = new SourceBoard(new Registry(), rig.clock);
  const meta = () => {
    throw new Error("nobody asks");
  };
  const estate = { live: rig.slots, store: rig.store };
  const deps = { estate, ids: rig.ids, board, clock: rig.clock, boot: "b", meta };
  const answers = new MetricsAnswers(deps);
  const routes = [...metricsRoutes(deps, answers), ...heatmapRoutes(answers, spans)];
  const ready = () => ({ ready: true, waitingFor: [] });
  const app = apiServer({ routes, registry: rig.registry, log: silentLog, version: "0", hosts: [], ready });
  const get = (path: string) => app.inject({ url: `/api/v1${path}`, headers: HOST });
  return { get };
}

test("an edge's heatmap and its service's have the trace that ended in a cell", async () => {
  const { get } = await served();
  const graph = graphSchema.parse((await get("/graph?view=service")).json());
  const [edge] = graph.edges;
  for (const of of [`edge=${edge?.id}`, `node=${edge?.target}`]) {
    const answer = await get(`/heatmap?${of}&columns=3`);
    expect(answer.statusCode).toBe(200);
    const body = answer.json();
    expect(heatmapSchema.parse(body)).toEqual(body);
    const { counts, yMs, exemplars, xMs } = heatmapSchema.parse(body);
    expect(yMs).toEqual([10, 100]);
    expect(counts.flatMap((column) => column ?? []).reduce((a, b) => a + b, 0)).toBe(60);
    expect(exemplars).toEqual([{ column: expect.any(Number), row: 1, traceId: expect.any(String), durationMs: 50 }]);
    const [{ column } = { column: -1 }] = exemplars;
    expect(xMs[column]).toBeLessThanOrEqual(T0 + 12_050);
    expect(xMs[column + 1] ?? Number.POSITIVE_INFINITY).toBeGreaterThan(T0 + 12_050);
  }
});

test("an unknown edge, too many columns and a bad window are errors with a code", async () => {
  const { get } = await served();
  for (const [query, status, code] of [
    ["edge=nowhere", 404, "edge_not_found"],
    ["node=nowhere", 404, "node_not_found"],
    ["columns=0", 400, "bad_request"],
    ["start=20&end=10", 400, "bad_window"],
  ] as const) {
    const answer = await get(`/heatmap?${query}`);
    expect([query, answer.statusCode, answer.json().code]).toEqual([query, status, code]);
  }
});
