import { expect, test } from "vitest";
import { GRAPH_FIXTURE } from "../../query/fixtures/graph-fixture.ts";
import type { GraphEdge, GraphNode, Mtls } from "../../query/schema/graph.ts";
import { byteRateText, countText, millisText, rateText, shareText } from "./figures.ts";
import { legendOf } from "./legend.ts";
import { edgeLabelText, lockOf, logWidth, securityText } from "./present-edge.ts";
import { lanesOf, presentGraph } from "./present-graph.ts";
import { sizeStep } from "./present-node.ts";

const view = presentGraph(GRAPH_FIXTURE);
const named = (title: string) => view.nodes.find((node) => node.title.startsWith(title));

const mtls = (shares: Partial<Mtls>): Mtls => ({
  mutual: 0,
  tls: 0,
  plaintext: 0,
  unknown: 0,
  total: 100,
  unit: "requests",
  evidence: { family: "istio_requests_total", reporter: "destination" },
  ...shares,
});

const secured = (shares: Partial<Mtls> | null, edge: Partial<GraphEdge> = {}) => ({
  requestsPerSec: 10,
  mtls: shares === null ? null : mtls(shares),
  ...edge,
});

test("a lock is closed when all is mutual, half when part is, open when none is, and else not known", () => {
  expect(lockOf(secured({ mutual: 1 }))).toBe("closed");
  expect(lockOf(secured({ mutual: 0.9999, unknown: 0.0001 }))).toBe("half");
  expect(lockOf(secured({ mutual: 0.0001, plaintext: 0.9999 }))).toBe("half");
  expect(lockOf(secured({ plaintext: 1 }))).toBe("open");
  expect(lockOf(secured({ tls: 1 }))).toBe("open");
  expect(lockOf(secured({ plaintext: 0.5, unknown: 0.5 }))).toBe("open");
  expect(lockOf(secured({ tls: 0.001, unknown: 0.999 }))).toBe("open");
  expect(lockOf(secured({ unknown: 1 }))).toBe("unknown");
  expect(lockOf(secured(null))).toBe("unknown");
  expect(lockOf(secured(null, { requestsPerSec: null }))).toBe("unknown");
});

test("where nothing ran, or the question makes no sense, there is no lock", () => {
  expect(lockOf(secured(null, { requestsPerSec: 0 }))).toBeNull();
  expect(lockOf(secured({ total: 0 }, { requestsPerSec: 0 }))).toBeNull();
  expect(lockOf(secured(null, { absent: { mtls: "notApplicable" } }))).toBeNull();
  const tcp = { openedPerSec: 0, closedPerSec: 0, requestBytesPerSec: 0, responseBytesPerSec: 0 };
  expect(lockOf(secured(null, { requestsPerSec: null, tcp }))).toBeNull();
  expect(lockOf(secured(null, { requestsPerSec: null, tcp: { ...tcp, requestBytesPerSec: 1 } }))).toBe("unknown");
});

test("the words beside a lock say what is not mutual", () => {
  expect(securityText(secured({ mutual: 1 }))).toBe("");
  expect(securityText(secured({ mutual: 0.83, plaintext: 0.17 }))).toBe("83 % mTLS");
  expect(securityText(secured({ plaintext: 1 }))).toBe("plaintext");
  expect(securityText(secured({ tls: 1 }))).toBe("TLS only");
  expect(securityText(secured({ tls: 0.6, plaintext: 0.4 }))).toBe("60 % TLS only, 40 % plaintext");
  expect(securityText(secured({ plaintext: 0.25, unknown: 0.75 }))).toBe("75 % not known, 25 % plaintext");
  expect(securityText(secured({ unknown: 1 }))).toBe("mTLS not known");
  expect(securityText(secured(null, { requestsPerSec: 0 }))).toBe("");
});

test("figures are short, and never say none or all of what is neither", () => {
  expect([0, 0.004, 0.25, 3.14, 21.3, 190.4, 2100, 12_400, 1_240_000].map(rateText)).toEqual([
    "0/s",
    "<0.01/s",
    "0.25/s",
    "3.1/s",
    "21/s",
    "190/s",
    "2.1 k/s",
    "12 k/s",
    "1.24 M/s",
  ]);
  expect([0, 0.0004, 0.018, 0.094, 0.83, 0.9994, 0.9999, 1].map(shareText)).toEqual([
    "0 %",
    "<0.1 %",
    "1.8 %",
    "9.4 %",
    "83 %",
    ">99.9 %",
    ">99.9 %",
    "100 %",
  ]);
  expect(byteRateText(512)).toBe("512 B/s");
  expect(byteRateText(88_000)).toBe("88 kB/s");
  expect([83.2, 999.7, 1240, 12_400].map(millisText)).toEqual(["83 ms", "1 s", "1.2 s", "12 s"]);
  expect([countText(1, "gateway"), countText(2, "gateway"), countText(2, "ingress")]).toEqual([
    "1 gateway",
    "2 gateways",
    "2 ingresses",
  ]);
  expect(rateText(null) + shareText(null) + millisText(null) + byteRateText(null)).toBe("");
});

test("widths go from 1 to 6 px with the logarithm of the rate", () => {
  const span = [5, 5000] as const;
  expect(logWidth(0, span)).toBe(1);
  expect(logWidth(5, span)).toBe(1);
  expect(logWidth(50, span) - logWidth(5, span)).toBeCloseTo(logWidth(5000, span) - logWidth(500, span), 6);
  expect(logWidth(1e9, span)).toBe(6);
});

test("sizes step at 10, 100 and 1,000 requests per second and by bytes where there are only bytes", () => {
  expect([0, 9.9, 10, 99, 100, 999, 1000].map((rate) => sizeStep(rate, 0))).toEqual([1, 1, 2, 2, 3, 3, 4]);
  expect([0, 1e4, 1e6, 1e8].map((bytes) => sizeStep(0, bytes))).toEqual([1, 2, 3, 4]);
});

test("edges of the same two nodes get lanes about the middle, loops count up", () => {
  const lanes = lanesOf([
    [0, 1],
    [1, 0],
    [0, 1],
    [2, 2],
    [2, 2],
    [1, 2],
  ]);
  expect([...lanes]).toEqual([-1, 0, 1, 0, 1, 0]);
});

test("every node and edge of the fixture has a mark, state is never colour alone", () => {
  expect(view.nodes).toHaveLength(GRAPH_FIXTURE.nodes.length);
  expect(view.edges).toHaveLength(GRAPH_FIXTURE.edges.length);
  for (const node of view.nodes) {
    if (node.state === "failure") expect(node.mark).toBe("!");
    if (node.state === "degraded") expect(node.mark).toBe("~");
    if (node.state === "unknown") expect(node.mark).toBe("?");
    expect(node.subtitle).not.toBe("");
  }
});

test("shapes follow kinds, and what lies outside the mesh is in no box", () => {
  expect(named("istio-ingressgateway")?.shape).toBe("diamond");
  expect(named("api.stripe.com")).toMatchObject({ shape: "cloud", box: -1 });
  expect(named("unknown")).toMatchObject({ shape: "dotted", box: -1 });
  expect(view.boxes[named("checkout")?.box ?? -1]?.title).toBe("shop");
});

test("boxes: clusters around namespaces where there are several, with counts and the worst state", () => {
  const west = view.boxIndex.get("cluster:west") ?? -1;
  const shop = view.boxes[view.boxIndex.get("namespace:west/shop") ?? -1];
  expect(shop).toMatchObject({ parent: west, state: "failure", mark: "!", worstCount: 1 });
  expect(view.boxes[west]?.detail).toMatch(/istio · \d+ workloads/);
  const single = presentGraph({
    nodes: GRAPH_FIXTURE.nodes.filter((node) => node.cluster === "west"),
    edges: GRAPH_FIXTURE.edges,
  });
  expect(single.boxes.every((box) => box.kind === "namespace")).toBe(true);
  expect(single.boxes[0]?.detail).toContain("west");
  expect(single.danglingEdges).toBeGreaterThan(0);
});

test("a label says the parts asked for that have something to say", () => {
  const edge = view.edges.find((mark) => mark.errors !== "" && mark.p95 !== "" && mark.security === "");
  if (edge === undefined) throw new Error("the fixture has an erring edge");
  expect(edgeLabelText(edge, new Set(["rate", "errors"]))).toBe(`${edge.rate} · ${edge.errors}`);
  expect(edgeLabelText(edge, new Set(["p95", "lock"]))).toBe(`p95 ${edge.p95}`);
  expect(edgeLabelText(edge, new Set())).toBe("");
});

test("unknown traffic reads as unknown, not as none", () => {
  const node = GRAPH_FIXTURE.nodes[0];
  if (node === undefined) throw new Error("the fixture has nodes");
  const silent = { requestsPerSec: null, errorRatio: null };
  const zero = { requestsPerSec: 0, errorRatio: null };
  const subtitle = (inbound: GraphNode["inbound"]): string | undefined =>
    presentGraph({ nodes: [{ ...node, inbound, outbound: silent }], edges: [] }).nodes[0]?.subtitle;
  expect(subtitle(silent)).toBe("rate not known");
  expect(subtitle(zero)).toBe("no traffic");
});

test("the legend explains the marks on the screen and no others", () => {
  const keys = legendOf(view, true).map((entry) => entry.key);
  for (const edge of view.edges) if (edge.lock !== null) expect(keys).toContain(`lock ${edge.lock}`);
  for (const node of view.nodes)
    expect(keys).toEqual(expect.arrayContaining([`shape ${node.shape}`, `state ${node.state}`]));
  expect(keys).toContain("tcp");
  expect(legendOf(view, false).some((entry) => entry.group === "Locks")).toBe(false);
  const plain = GRAPH_FIXTURE.edges.filter((edge: GraphEdge) => edge.protocol !== "tcp");
  expect(legendOf(presentGraph({ nodes: GRAPH_FIXTURE.nodes, edges: plain }), true).map((e) => e.key)).not.toContain(
    "tcp",
  );
  expect(legendOf(presentGraph({ nodes: [], edges: [] }), true)).toEqual([]);
});

test("an edge from spans is marked, spoken of as such, and explained by the legend", () => {
  const [first, ...rest] = GRAPH_FIXTURE.edges;
  if (first === undefined) throw new Error("the fixture has no edge");
  const marked = presentGraph({ nodes: GRAPH_FIXTURE.nodes, edges: [{ ...first, badges: ["spans"] }, ...rest] });
  const mark = marked.edges.find((edge) => edge.id === first.id);
  expect(mark?.badges).toEqual(["spans"]);
  expect(JSON.stringify(mark)).toContain("from spans, not metrics");
  const entry = legendOf(marked, true).find(({ key }) => key === "badge spans");
  expect(entry).toMatchObject({ group: "Edges", text: "from spans, not metrics" });
});

test("a label says the share of the caller's traffic, percentiles and both shares of a release where they are asked for", () => {
  const source = GRAPH_FIXTURE.nodes.find(({ id, outbound }) => (outbound.requestsPerSec ?? 0) > 0 && id !== "");
  const http = GRAPH_FIXTURE.edges.find(
    ({ protocol, requestsPerSec }) => protocol === "http" && (requestsPerSec ?? 0) > 0,
  );
  if (source === undefined || http === undefined) throw new Error("not in the fixture");
  const half = (source.outbound.requestsPerSec ?? 0) / 2;
  const edge = {
    ...http,
    source: source.id,
    requestsPerSec: half,
    errorRatio: 0,
    latencyMs: { p50: 3, p95: 20, p99: 80 },
    split: [{ version: "v2", desired: 0.1, observed: 0.098 }],
    badges: ["retries", "canary"],
    badgeRates: { retries: 0.4 },
  };
  const view = presentGraph({ nodes: GRAPH_FIXTURE.nodes, edges: [edge] });
  const [mark] = view.edges;
  if (mark === undefined) throw new Error("no edge");
  const caller = view.nodes[mark.source];
  expect(edgeLabelText(mark, new Set(["share"]), caller)).toBe("v2 10 % (seen 9.8 %) · 50 % of caller");
  expect(edgeLabelText(mark, new Set(["p50", "p99"]), caller)).toBe("v2 10 % (seen 9.8 %) · p50 3 ms · p99 80 ms");
  expect(edgeLabelText(mark, new Set(), caller)).toBe("");
  expect(mark.badgeFigures).toEqual(["0.4/s", ""]);
  expect(mark.description).toContain("retries 0.4/s");
});
