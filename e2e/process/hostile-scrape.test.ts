/**
 * One healthy target among hostile ones, scraped by the real process: each hostile one is named with its code on
 * /sources and counted on /metrics, and the healthy one's figures are exact.
 */
import { createServer, type RequestListener } from "node:http";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sourceListSchema } from "../../lib/query/schema/estate.ts";
import { edgeAnswerSchema, graphSchema } from "../../lib/query/schema/graph.ts";
import { type CollectorProcess, eventually, startCollector } from "../support/collector-process.ts";
import { type LocalServer, listenFree } from "../support/local-server.ts";

const labels =
  'reporter="destination",source_workload="web",source_workload_namespace="shop",source_cluster="c1",source_canonical_service="web",source_canonical_revision="v1",destination_workload="cart",destination_workload_namespace="shop",destination_cluster="c1",destination_service="cart.shop.svc.cluster.local",destination_service_name="cart",destination_service_namespace="shop",destination_canonical_service="cart",destination_canonical_revision="v1",request_protocol="http",response_flags="-",connection_security_policy="mutual_tls"';

let served = 0;
const good: RequestListener = (_request, response) => {
  served += 50;
  response.end(`# TYPE istio_requests_total counter\nistio_requests_total{${labels},response_code="200"} ${served}\n`);
};

let flips = 0;
const HOSTILE: Readonly<Record<string, { readonly answer: RequestListener; readonly code: RegExp }>> = {
  hang: { answer: () => {}, code: /^timeout$/ },
  trickle: {
    answer: (_request, response) => {
      const timer = setInterval(() => response.write("#"), 100);
      response.once("close", () => clearInterval(timer));
    },
    code: /^timeout$/,
  },
  missing: { answer: (_request, response) => void response.writeHead(404).end("no"), code: /^http_404$/ },
  page: {
    answer: (_request, response) =>
      void response.setHeader("content-type", "text/html").end("<html><body>hi</body></html>"),
    code: /^not_exposition$/,
  },
  bomb: {
    answer: (_request, response) => {
      response.setHeader("content-encoding", "gzip");
      response.end(gzipSync(Buffer.alloc(8 * 1024 * 1024, "#")));
    },
    code: /^body_too_large$/,
  },
  flood: {
    answer: (_request, response) => {
      for (let i = 0; i < 3000; i++) response.write(`istio_requests_total{response_code="200",source_app="a${i}"} 1\n`);
      response.end();
    },
    code: /limit/,
  },
  reset: { answer: (request) => void request.socket.destroy(), code: /connection/ },
  flip: {
    answer: (_request, response) => {
      flips++;
      response.end(
        `# TYPE istio_requests_total ${flips % 2 === 0 ? "gauge" : "counter"}\nistio_requests_total{response_code="200"} 1\n`,
      );
    },
    code: /type_changed/,
  },
};

let servers: Map<string, LocalServer>;
let collector: CollectorProcess;

beforeAll(async () => {
  servers = new Map();
  const listeners = Object.entries(HOSTILE).map(([name, { answer }]) => [name, answer] as const);
  for (const [name, answer] of [["good", good] as const, ...listeners])
    servers.set(name, await listenFree(createServer(answer)));
  const scrape = [...servers].map(([name, server]) => ({
    name,
    mesh: "istio",
    interval: "1s",
    bodyLimit: "1MiB",
    sampleLimit: 1000,
    targets: [`${server.url}/stats/prometheus`],
    labels: { cluster: "c1", namespace: "shop", workload: name === "good" ? "cart" : name },
  }));
  collector = await startCollector({ scrape });
});

afterAll(async () => {
  const code = await collector.stop();
  for (const server of servers.values()) await server.close();
  expect(code).toBe(0);
});

describe("hostile scrape targets", () => {
  test.each(Object.keys(HOSTILE))("%s is named on /sources with its code", async (name) => {
    await eventually(async () => {
      const { sources } = await collector.json("/api/v1/sources", sourceListSchema);
      const source = sources.find((candidate) => candidate.job === name);
      const codes = [
        source?.lastError?.code ?? "",
        ...Object.keys(source?.drops ?? {}),
        ...(source?.notes ?? []).map((note) => note.code),
      ];
      expect(
        codes.some((code) => HOSTILE[name]?.code.test(code)),
        JSON.stringify(source),
      ).toBe(true);
    });
  });

  test("the healthy target is up, its edge reads what it served, and failures are counted on /metrics", async () => {
    await eventually(async () => {
      const graph = await collector.json("/api/v1/graph?view=workload", graphSchema);
      const named = new Map(graph.nodes.map((node) => [node.id, node.name]));
      const edge = graph.edges.find(
        (candidate) => named.get(candidate.source) === "web" && named.get(candidate.target) === "cart",
      );
      expect(edge?.errorRatio).toBe(0);
      // 50 requests a scrape, one scrape a second; timers on a busy machine drift, counts do not.
      expect(edge?.requestsPerSec).toBeGreaterThan(35);
      expect(edge?.requestsPerSec).toBeLessThan(65);
      const full = await collector.json(`/api/v1/edges/${edge?.id}`, edgeAnswerSchema);
      expect(full.edge.mtls).toMatchObject({ mutual: 1, plaintext: 0, unit: "requests" });
    });
    const metrics = await (await fetch(`${collector.api}/metrics`)).text();
    expect(metrics).toMatch(/meshscope_source_failures_total\{[^}]*code="http_404"[^}]*\} [1-9]/);
    expect(metrics).toMatch(/meshscope_source_failures_total\{[^}]*code="timeout"[^}]*\} [1-9]/);
  });
});
