/** Zero, unknown, not applicable and not collected are four values: a null figure says which, through the whole chain. */
import { expect, test } from "vitest";
import { graphSchema } from "../../lib/query/schema/graph.ts";
import { istio, lines, Rig, T0 } from "./truth-rig.ts";

const tcp = (family: string, value: number): string =>
  istio(value, { family }).replace('request_protocol="http"', 'request_protocol="tcp"');

test("a TCP edge has no requests to speak of, and says which of its own figures nobody collects", async () => {
  const rig = new Rig();
  for (let i = 0; i <= 3; i++) rig.scrape(T0 + i * 10_000, tcp("istio_tcp_connections_opened_total", i * 5));
  const edge = await rig.edge("web", "api");
  expect(edge.requestsPerSec).toBeNull();
  expect(edge.absent).toMatchObject({
    requestsPerSec: "notApplicable",
    errorRatio: "notApplicable",
    latencyMs: "notApplicable",
  });
  expect(edge.tcp).toMatchObject({
    openedPerSec: 0.5,
    requestBytesPerSec: null,
    absent: { closedPerSec: "notCollected", requestBytesPerSec: "notCollected", responseBytesPerSec: "notCollected" },
  });
  expect(edge.mtls).toMatchObject({ mutual: 1, unit: "connections" });
});

test("requests whose security nobody can tell read unknown, and an edge without traffic has nothing to secure", async () => {
  const rig = new Rig();
  const inbound = (n: number): string =>
    `envoy_http_downstream_rq_xx{envoy_http_conn_manager_prefix="ingress_http",envoy_response_code_class="2"} ${n}`;
  for (let i = 0; i <= 3; i++) {
    rig.scrape(T0 + i * 10_000, lines(inbound(i * 10), "envoy_server_live{} 1"), {
      mesh: "envoy",
      workload: "lonely",
      pod: "a",
    });
    rig.scrape(T0 + i * 10_000, istio(100), { pod: "b" });
  }
  const graph = graphSchema.parse(await rig.graph());
  const names = new Map(graph.nodes.map((node) => [node.id, node.name]));
  const idle = graph.edges.find((edge) => names.get(edge.source) === "web");
  expect(idle).toMatchObject({
    requestsPerSec: 0,
    mtls: null,
    absent: { mtls: "notApplicable", errorRatio: "notApplicable" },
  });
  const unnamed = graph.edges.find((edge) => names.get(edge.source) === "unknown");
  expect(unnamed).toMatchObject({ requestsPerSec: 1, mtls: null, absent: { mtls: "unknown" } });
});
