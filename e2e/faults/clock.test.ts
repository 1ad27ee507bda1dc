/** The machine's clock set back an hour, and forth again, under the real processes. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { graphSchema } from "../../lib/query/schema/graph.ts";
import { type CollectorProcess, eventually, startCollector } from "../support/collector-process.ts";
import { type LocalServer, listenFree } from "../support/local-server.ts";
import { Acknowledged } from "./acknowledged.ts";

const HOUR_MS = 3_600_000;
const folder = mkdtempSync(join(tmpdir(), "meshscope-clock-"));
const offset = join(folder, "offset");
const setClock = (ms: number): void => writeFileSync(offset, `${ms}`);

const LABELS =
  'reporter="destination",source_workload="web",source_workload_namespace="shop",source_cluster="c1",source_canonical_service="web",source_canonical_revision="v1",destination_workload="cart",destination_workload_namespace="shop",destination_cluster="c1",destination_service="cart.shop.svc.cluster.local",destination_service_name="cart",destination_service_namespace="shop",destination_canonical_service="cart",destination_canonical_revision="v1",request_protocol="http",response_code="200",response_flags="-",connection_security_policy="mutual_tls"';

let served = 0;
let target: LocalServer;
let collector: CollectorProcess;

async function start(): Promise<void> {
  const scrape = [{ name: "shop", mesh: "istio", interval: "1s", targets: [`${target.url}/stats/prometheus`] }];
  const env = { MESHSCOPE_CLOCK_OFFSET_FILE: offset };
  collector = await startCollector({ data: join(folder, "data"), store: "duckdb", scrape }, env);
}

beforeAll(async () => {
  setClock(0);
  target = await listenFree(
    createServer((_request, response) => {
      served += 50;
      response.end(`# TYPE istio_requests_total counter\nistio_requests_total{${LABELS}} ${served}\n`);
    }),
  );
  await start();
});
afterAll(async () => {
  const code = await collector.stop();
  await target.close();
  rmSync(folder, { recursive: true });
  expect(code).toBe(0);
});

const metaSchema = z.object({ nowMs: z.number() });
const nowMs = async (): Promise<number> => (await collector.json("/api/v1/meta", metaSchema)).nowMs;

async function rateOfWebToCart(): Promise<number | null> {
  const graph = await collector.json("/api/v1/graph?view=workload", graphSchema);
  const names = new Map(graph.nodes.map((node) => [node.id, node.name]));
  const edge = graph.edges.find((one) => names.get(one.source) === "web" && names.get(one.target) === "cart");
  return edge?.requestsPerSec ?? null;
}

/** 50 requests a second; scrapes of a busy machine drift, so it is the order that counts. */
async function steady(): Promise<void> {
  await eventually(async () => {
    const rate = await rateOfWebToCart();
    expect(rate).toBeGreaterThan(25);
    expect(rate).toBeLessThan(100);
  });
}

async function sendTen(sent: Acknowledged): Promise<void> {
  for (let n = 0; n < 10; n++) expect((await sent.send(collector.zipkin)).status).toBe(202);
  await eventually(async () => expect(await sent.missing(collector.api)).toEqual([]));
}

test("a clock that is set back an hour, and forth, loses nothing and stops nothing", async () => {
  const sent = new Acknowledged();
  const turnTo = async (ms: number): Promise<void> => {
    const was = sent.clockOffsetMs;
    const from = await nowMs();
    setClock(ms);
    sent.clockOffsetMs = ms;
    await eventually(async () => expect(Math.abs((await nowMs()) - from - (ms - was))).toBeLessThan(HOUR_MS / 2));
  };
  await sendTen(sent);
  await steady();

  await turnTo(-HOUR_MS);
  await sendTen(sent);
  await steady();

  await turnTo(0);
  await sendTen(sent);
  await steady();

  // Stopped and started with the clock set back: what was stored "in the future" stands.
  await turnTo(-HOUR_MS);
  expect(await collector.stop()).toBe(0);
  await start();
  await eventually(async () => expect(await sent.missing(collector.api)).toEqual([]));
  await sendTen(sent);
  await steady();
  await turnTo(0);
  await sendTen(sent);
}, 300_000);
