/** The security routes behind the real API server: every answer by its schema, 304, bad parameters, OpenAPI. */
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { certificateListSchema, mtlsAnswerSchema } from "../../../lib/query/schema/security.ts";
import { Ids } from "../../../lib/query/view-key.ts";
import { SlotTable } from "../../../lib/rollup/slot-table.ts";
import { ScrapePipeline } from "../../pipeline/scrape-pipeline.ts";
import { MemoryRollupStore } from "../../store/memory-rollup-store.ts";
import { silentLog } from "../../telemetry/log.ts";
import { SourceBoard } from "../../telemetry/source-board.ts";
import { apiServer } from "../server.ts";
import { MetricsAnswers } from "./metrics-answers.ts";
import { securityRoutes } from "./security.ts";

const T0 = 1_700_000_000_000;

function rig() {
  const time = { nowMs: T0 };
  const clock = { nowMs: () => time.nowMs };
  const registry = new Registry();
  const slots = new SlotTable();
  const store = new MemoryRollupStore();
  const pipeline = new ScrapePipeline({ slots, store, registry, clock, log: silentLog });
  const meta = () => {
    throw new Error("not asked for");
  };
  const estate = { live: slots, store };
  const board = new SourceBoard(registry, clock);
  const answers = new MetricsAnswers({ estate, ids: new Ids(), board, clock, boot: "b1", meta });
  const routes = securityRoutes(answers, pipeline);
  const ready = () => ({ ready: true, waitingFor: [] });
  const app = apiServer({ routes, registry, log: silentLog, version: "0", hosts: [], ready });
  const scrape = (n: number, mesh: "linkerd" | "auto" = "linkerd"): void => {
    time.nowMs = T0 + n * 10_000;
    const labels = { cluster: "c1", namespace: "shop", workload: "web", service: "", version: "", app: "" };
    const endpoint = {
      id: "e",
      job: "j",
      mesh,
      target: JSON.stringify(["c1", "shop", 'web-"1"']),
      targetLabels: labels,
      intervalMs: 10_000,
      sampleLimit: 1000,
    };
    const body = [
      `response_total{direction="outbound",dst_namespace="shop",dst_deployment="cart",tls="true",server_id="x",status_code="200",classification="success"} ${n * 10}`,
      `control_identity_cert_expiration_timestamp_seconds ${T0 / 1000 + 43_200}`,
      `control_identity_cert_refresh_timestamp_seconds ${T0 / 1000 - 43_200}`,
      "",
    ].join("\n");
    expect(pipeline.sink(endpoint, new TextEncoder().encode(body), time.nowMs).ok).toBe(true);
  };
  const get = (path: string, headers: Record<string, string> = {}) =>
    app.inject({ url: path, headers: { host: "localhost", ...headers } });
  return { scrape, get };
}

test("an estate of which nothing is known yet has empty answers, not errors", async () => {
  const { get } = rig();
  const mtls = mtlsAnswerSchema.parse((await get("/api/v1/mtls")).json());
  expect(mtls).toMatchObject({
    estate: { http: { mtls: null, edges: 0 }, tcp: { mtls: null } },
    plaintext: { total: 0 },
    total: 0,
  });
  const certificates = certificateListSchema.parse((await get("/api/v1/certificates")).json());
  expect(certificates).toMatchObject({ certificates: [], total: 0, notCollected: [] });
});

test("both answers are by their schemas, with nothing besides", async () => {
  const { scrape, get } = rig();
  for (let n = 0; n <= 3; n++) scrape(n);
  const body = (await get("/api/v1/mtls?view=service&mesh=linkerd&limit=1")).json();
  expect(mtlsAnswerSchema.parse(body)).toEqual(body);
  expect(body).toMatchObject({ estate: { http: { mtls: { mutual: 1, total: 30, unit: "requests" } } }, total: 1 });
  const list = (await get("/api/v1/certificates?state=ok")).json();
  expect(certificateListSchema.parse(list)).toEqual(list);
  expect(list.certificates).toMatchObject([
    { mesh: "linkerd", workload: "web", instance: 'web-"1"', name: "identity", role: "leaf", lifetimeSec: 86_400 },
  ]);
});

test("under `mesh: auto` the family tells whose certificate it is", async () => {
  const { scrape, get } = rig();
  scrape(0, "auto");
  expect((await get("/api/v1/certificates?mesh=linkerd")).json().total).toBe(1);
});

test("unchanged figures are not sent twice, and a bad parameter is named", async () => {
  const { scrape, get } = rig();
  for (let n = 0; n <= 3; n++) scrape(n);
  const first = await get("/api/v1/mtls");
  const etag = first.headers["etag"];
  expect((await get("/api/v1/mtls", { "if-none-match": String(etag) })).statusCode).toBe(304);
  const bad = await get("/api/v1/certificates?limit=0");
  expect([bad.statusCode, bad.json().field]).toEqual([400, "limit"]);
  expect((await get("/api/v1/mtls?view=galaxy")).statusCode).toBe(400);
});

test("both are in the OpenAPI document", async () => {
  const { get } = rig();
  const paths = Object.keys((await get("/api/openapi.json")).json().paths);
  expect(paths.some((path) => path.endsWith("/mtls"))).toBe(true);
  expect(paths.some((path) => path.endsWith("/certificates"))).toBe(true);
});
