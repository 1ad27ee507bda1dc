/** Linkerd's proxies through the whole chain: what is counted once, what comes back, and why an edge is not mutual. */
import { expect, test } from "vitest";
import { lines, Rig, T0, type Target } from "./truth-rig.ts";

type Labels = Readonly<Record<string, string>>;

const WEB: Target = { mesh: "linkerd", pod: "web-1", port: 4191, workload: "web", job: "emojivoto" };
const VOTING: Target = { mesh: "linkerd", pod: "voting-1", port: 4191, workload: "voting", job: "emojivoto" };

function series(name: string, labels: Labels, value: number): string {
  const text = Object.entries(labels).map(([key, label]) => `${key}="${label}"`);
  return `${name}{${text.join(",")}} ${value}`;
}

const TO_VOTING = {
  direction: "outbound",
  authority: "voting.shop.svc.cluster.local:80",
  target_addr: "10.0.0.9:80",
  dst_namespace: "shop",
  dst_deployment: "voting",
  dst_service: "voting",
  dst_control_plane_ns: "linkerd",
};
const MUTUAL = { tls: "true", server_id: "voting.shop.serviceaccount.identity.linkerd.cluster.local" };
const PLAIN = { tls: "no_identity", no_tls_reason: "not_provided_by_service_discovery" };
const ANSWERED = { status_code: "200", classification: "success", grpc_status: "", error: "" };

const outbound = (value: number, labels: Labels = {}) =>
  series("response_total", { ...TO_VOTING, ...MUTUAL, ...ANSWERED, ...labels }, value);
const inbound = (value: number, labels: Labels) =>
  series("response_total", { direction: "inbound", target_port: "80", ...ANSWERED, ...labels }, value);
const start = (ms: number) => `process_start_time_seconds ${ms / 1000}`;

test("requests are counted where they end, once, whatever else counts them", async () => {
  const rig = new Rig();
  const body = (n: number) =>
    lines(
      series("request_total", { ...TO_VOTING, ...MUTUAL }, n + 1),
      outbound(n),
      series(
        "outbound_http_route_request_statuses_total",
        { parent_kind: "Service", parent_namespace: "shop", parent_name: "voting", http_status: "200", error: "" },
        n,
      ),
      series("tcp_open_total", { ...TO_VOTING, ...MUTUAL, peer: "dst" }, 2),
      series("tcp_open_total", { ...TO_VOTING, ...PLAIN, peer: "src" }, 2),
    );
  rig.scrape(T0, body(100), WEB);
  rig.scrape(T0 + 10_000, body(150), WEB);
  expect(await rig.counted("web", "voting")).toBe(50);
  const edge = await rig.edge("web", "voting");
  expect(edge.mtls).toMatchObject({ mutual: 1, total: 50, unit: "requests", evidence: { family: "response_total" } });
  expect(edge.evidence.reporters).toEqual(["outbound"]);
});

test("a series that went idle for ten minutes comes back from a fresh count, which is all new", async () => {
  const rig = new Rig();
  const body = (n: number | null) => lines(start(T0 - 3_600_000), ...(n === null ? [] : [outbound(n)]));
  rig.scrape(T0, body(5000), WEB);
  let at = T0;
  for (; at <= T0 + 660_000; at += 10_000) rig.scrape(at, body(at > T0 + 600_000 ? null : 5000), WEB);
  // Higher than nothing, lower than before: neither a baseline nor the difference.
  rig.scrape(at, body(7), WEB);
  expect(await rig.counted("web", "voting")).toBe(7);
  // Back before the table forgot it, and even above its old value, it still counts from zero.
  const other = new Rig();
  other.scrape(T0, body(5), WEB);
  other.scrape(T0 + 10_000, body(null), WEB);
  other.scrape(T0 + 20_000, body(40), WEB);
  expect(await other.counted("web", "voting")).toBe(40);
});

test("a proxy that starts anew between two scrapes loses nothing and repeats nothing", async () => {
  const rig = new Rig();
  rig.scrape(T0, lines(start(T0 - 60_000), outbound(100)), WEB);
  rig.scrape(T0 + 10_000, lines(start(T0 + 5_000), outbound(130)), WEB);
  rig.scrape(T0 + 20_000, lines(start(T0 + 15_000), outbound(4)), WEB);
  expect(await rig.counted("web", "voting")).toBe(134);
});

test("why it is not mutual survives the merging of replicas and of reasons", async () => {
  const rig = new Rig();
  const body = (n: number) =>
    lines(
      outbound(n),
      outbound(3 * n, PLAIN),
      outbound(n, { ...PLAIN, no_tls_reason: "no_authority_in_http_request" }),
    );
  for (const pod of ["web-1", "web-2"]) {
    rig.scrape(T0, body(0), { ...WEB, pod });
    rig.scrape(T0 + 10_000, body(10), { ...WEB, pod });
  }
  const edge = await rig.edge("web", "voting");
  // Shares of one total: 20 mutual, 60 and 20 in plaintext for two reasons.
  expect(edge.mtls).toMatchObject({
    mutual: 0.2,
    plaintext: 0.8,
    total: 100,
    evidence: {
      reason: "not_provided_by_service_discovery",
      reasons: [
        { code: "not_provided_by_service_discovery", share: 0.6 },
        { code: "no_authority_in_http_request", share: 0.2 },
      ],
    },
  });
});

test("what comes in without an identity is an unknown caller, in plaintext, with its reason", async () => {
  const rig = new Rig();
  const body = (n: number) => inbound(n, { tls: "no_identity", no_tls_reason: "no_tls_from_remote" });
  rig.scrape(T0, body(0), VOTING);
  rig.scrape(T0 + 10_000, body(20), VOTING);
  const edge = await rig.edge("unknown", "voting");
  expect(edge.mtls).toMatchObject({ plaintext: 1, total: 20, evidence: { reason: "no_tls_from_remote" } });
});

test("an edge on which requests begin and never end is seen, and no request is made up", async () => {
  const rig = new Rig();
  const body = (n: number) => series("request_total", { ...TO_VOTING, ...MUTUAL }, n);
  rig.scrape(T0, body(0), WEB);
  rig.scrape(T0 + 10_000, body(20), WEB);
  const graph = await rig.graph({ idle: "0" });
  expect(graph.edges).toHaveLength(1);
  expect(graph.edges[0]?.requestsPerSec ?? 0).toBe(0);
});

test("a target without labels names no one, and says so", async () => {
  const rig = new Rig();
  rig.scrape(T0, outbound(1), { ...WEB, workload: "" });
  rig.scrape(T0 + 10_000, outbound(9), { ...WEB, workload: "" });
  expect((await rig.graph()).edges).toEqual([]);
});

test("callers with an identity are not counted again, and those without one are not hidden behind them", async () => {
  const identity = { tls: "true", client_id: "web.shop.serviceaccount.identity.linkerd.cluster.local" };
  const arrived = (n: number, mutual: number) =>
    lines(inbound(n * mutual, identity), inbound(n * 10, { tls: "no_identity", no_tls_reason: "no_tls_from_remote" }));
  const read = async (mutual: number) => {
    const fresh = new Rig();
    for (const n of [0, 1, 2, 3, 4, 5, 6, 7]) {
      fresh.scrape(T0 + n * 10_000, outbound(n * 100), WEB);
      fresh.scrape(T0 + n * 10_000, arrived(n, mutual), VOTING);
    }
    const { nodes, edges } = await fresh.graph();
    const name = (id: string) => nodes.find((node) => node.id === id)?.name ?? "";
    return edges
      .map(({ source, target, health, mtls }) => [name(source), name(target), health.requests, mtls?.mutual])
      .sort();
  };
  expect(await read(100)).toEqual([
    ["unknown", "voting", 70, 0],
    ["web", "voting", 700, 1],
  ]);
  // Half as many again come from a proxy that is not scraped.
  expect(await read(150)).toEqual([
    ["unknown (meshed)", "voting", 350, 1],
    ["unknown", "voting", 70, 0],
    ["web", "voting", 700, 1],
  ]);
});

test("a workload whose configuration names no service stands behind the one that its callers name", async () => {
  const rig = new Rig();
  const body = (n: number) => outbound(n, { dst_service: "voting-svc" });
  const onward = (n: number) => outbound(n, { dst_deployment: "db", dst_service: "db" });
  for (const n of [0, 1]) {
    rig.scrape(T0 + n * 10_000, body(n * 10), WEB);
    rig.scrape(T0 + n * 10_000, onward(n * 10), VOTING);
  }
  const { nodes } = await rig.graph({ view: "service" });
  expect(nodes.map(({ name }) => name).sort()).toEqual(["db", "voting-svc", "web"]);
});
