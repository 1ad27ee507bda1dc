/** Arrivals at a plain Envoy whose caller has yet to be read are not called unnamed. Through the whole chain. */
import { expect, test } from "vitest";
import { Rig, T0 } from "./truth-rig.ts";

const inbound = (n: number): string =>
  `envoy_http_downstream_rq_xx{envoy_http_conn_manager_prefix="ingress_http",envoy_response_code_class="2"} ${n}`;
const outbound = (n: number): string =>
  `envoy_cluster_upstream_rq_xx{envoy_cluster_name="api",envoy_response_code_class="2"} ${n}`;

async function edges(rig: Rig): Promise<string[]> {
  const graph = await rig.graph({ idle: "0" });
  const name = (id: string) => graph.nodes.find((node) => node.id === id)?.name;
  return graph.edges.map((edge) => `${name(edge.source)} → ${name(edge.target)} ${edge.health.requests}`);
}

/** Ten seconds of both, the destination read 4 s before its caller; what the graph shows after each of the two readings. */
async function round(rig: Rig, i: number, arrived: number, sent: number | undefined): Promise<string[][]> {
  rig.scrape(T0 + i * 10_000 + 3_000, inbound(arrived), { pod: "api-1", mesh: "envoy", workload: "api" });
  const first = await edges(rig);
  if (sent !== undefined) {
    rig.scrape(T0 + i * 10_000 + 7_000, outbound(sent), { pod: "web-1", mesh: "envoy", workload: "web" });
  }
  return [first, await edges(rig)];
}

test("traffic that begins between two readings of its caller has no caller without a name, from the first scrape on", async () => {
  for (const start of [0, 3]) {
    const rig = new Rig();
    for (let i = 0; i <= start + 12; i++) {
      const n = Math.max(0, i - start) * 100;
      for (const seen of await round(rig, i, n, n)) {
        expect(seen.filter((edge) => edge.startsWith("unknown"))).toEqual([]);
      }
    }
    expect(await edges(rig)).toEqual(["web → api 1200"]);
  }
});

test("a caller without a name beside one with a name is shown within two minutes, and by its own share", async () => {
  const rig = new Rig();
  const seen: string[][] = [];
  for (let i = 0; i <= 14; i++) seen.push((await round(rig, i, i * 100, i * 80))[0] ?? []);
  expect(seen.slice(12).map((shown) => shown.length)).toEqual([2, 2, 2]);
  const unnamed = await rig.edge("unknown", "api");
  expect(unnamed.requestsPerSec).toBeCloseTo(2, 0);
});

test("callers that stay without a name are shown after two more scrapes, though a proxy could have sent it", async () => {
  const rig = new Rig();
  const seen: string[] = [];
  for (let i = 0; i <= 7; i++) seen.push((await round(rig, i, Math.max(0, i - 2) * 100, 0))[0]?.join() ?? "");
  expect(seen.slice(0, 4)).toEqual(["", "", "", ""]);
  expect(seen.slice(6)).toEqual(["unknown → api 400", "unknown → api 500"]);
});

test("where no proxy could have sent it, a caller without a name is shown at once", async () => {
  const rig = new Rig();
  await round(rig, 0, 0, undefined);
  expect((await round(rig, 1, 100, undefined))[1]).toEqual(["unknown → api 100"]);
});
