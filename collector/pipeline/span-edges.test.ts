/** Edges from spans, as the graph answers them: exact counts, true rates, and nothing where a metric speaks. */
import { deepEqual } from "node:assert/strict";
import { describe, expect, test } from "vitest";
import { edgeAnswer } from "../../lib/query/graph-answer.ts";
import { freshId, SpanRig, spanOf } from "./span-rig.ts";
import { istio, lines, T0 } from "./truth-rig.ts";

const SHOP = { of: { "k8s.namespace.name": "shop" } };

/** `source → target` of the graph's edges, sorted. */
async function shape(rig: SpanRig, query: Record<string, string> = {}): Promise<string[]> {
  const graph = await rig.graph({ idle: "0", ...query });
  const name = (id: string): string => {
    const node = graph.nodes.find((one) => one.id === id);
    return node === undefined ? "" : `${node.kind} ${node.name}${node.mesh === null ? "" : ` (${node.mesh})`}`;
  };
  return graph.edges.map((edge) => `${name(edge.source)} → ${name(edge.target)}`).sort();
}

describe("an estate of spans alone", () => {
  test("has every call of every edge exactly once, by its code, whatever clocks and batches were", async () => {
    const rig = new SpanRig();
    const hops = [
      ["web", "cart", "200"],
      ["web", "cart", "503"],
      ["cart", "stock", "200"],
      ["web", "mail", "404"],
    ] as const;
    const sent = new Map<string, number>();
    const clocks = { web: -150_000, cart: 120_000, stock: 0, mail: -30_000 };
    const waiting: ReturnType<SpanRig["call"]> = [];
    for (let i = 0; i < 400; i++) {
      const [from, to, code] = hops[(i * 7) % 4] ?? ["web", "cart", "200"];
      const endMs = T0 + i * 250;
      const [client, server] = rig.call(from, to, endMs, { ...SHOP, tags: { "http.response.status_code": code } });
      if (client === undefined || server === undefined) throw new Error("no call");
      const moved = { ...server, startNs: server.startNs + BigInt(clocks[to]) * 1_000_000n };
      waiting.push(client, moved);
      sent.set(`${from} ${to} ${code}`, (sent.get(`${from} ${to} ${code}`) ?? 0) + 1);
      if (i % 5 === 4) rig.send(endMs, ...waiting.splice(0, 7 + (i % 3)).reverse());
    }
    rig.send(T0 + 100_000, ...waiting);
    rig.at(T0 + 300_000);
    const counted = new Map<string, number>();
    const window = { start: T0 - 400_000, end: T0 + 290_000 };
    const graph = await rig.graph({ view: "service" }, window);
    const seconds = (window.end - window.start) / 1000;
    for (const [from, to] of new Set(hops.map(([a, b]) => [a, b] as const))) {
      const edge = await rig.edge(from, to, window, { view: "service" });
      expect(edge.evidence).toMatchObject({ from: "spans", reporters: ["span"], note: "sampling_unknown" });
      expect(edge.evidence).not.toHaveProperty("sampledShare");
      expect(edge.badges).toEqual(["spans"]);
      expect(edge.latencyMs).toMatchObject({ of: "span", count: edge.requests });
      const perSec = edge.requestsPerSec ?? 0;
      for (const [code, rate] of Object.entries(edge.statusCodes)) {
        counted.set(`${from} ${to} ${code}`, Math.round(((edge.requests ?? 0) * rate) / perSec));
      }
    }
    expect(seconds).toBeGreaterThan(0);
    deepEqual(new Map([...counted].sort()), new Map([...sent].sort()));
    expect(graph.nodes.every((node) => node.mesh === null)).toBe(true);
    expect(graph.completeness).toMatchObject({ sampledShare: null, absent: { sampledShare: "unknown" } });
  });

  test.each([0, -180_000, 120_000])("reads a steady rate right when its clock is %i ms off", async (off) => {
    const rig = new SpanRig();
    for (let s = 0; s < 300; s += 5) {
      // A batch of five seconds, two calls a second, sent at its end.
      const spans = Array.from({ length: 10 }, (_, i) => rig.call("web", "cart", T0 + s * 1000 + i * 500 + off)).flat();
      rig.send(T0 + s * 1000 + 5_000, ...spans);
    }
    const end = Math.min(T0 + 300_000, T0 + 300_000 + off);
    const edge = await rig.edge("web", "cart", { start: T0 + 30_000 + Math.min(off, 0), end });
    expect(edge.requestsPerSec).toBeGreaterThan(1.96);
    expect(edge.requestsPerSec).toBeLessThan(2.04);
  });

  test("a quiet service is observed with nothing in it, and no longer five minutes after its last span", async () => {
    const rig = new SpanRig();
    rig.send(T0, ...rig.call("web", "cart", T0));
    rig.at(T0 + 120_000);
    const quiet = await rig.edge("web", "cart", { start: T0, end: T0 + 110_000 });
    expect(quiet.requestsPerSec).toBeCloseTo(1 / 105, 3);
    rig.at(T0 + 700_000);
    const gone = await rig.edge("web", "cart", { start: T0 + 400_000, end: T0 + 600_000 });
    expect(gone).toMatchObject({ requestsPerSec: null, absent: { requestsPerSec: "unknown" } });
  });

  test("half a call is there within 12 s, a pair at once", async () => {
    const rig = new SpanRig();
    const mail = { trace: freshId(), endMs: T0 + 4_000, tags: { "peer.service": "mail" } };
    rig.send(T0 + 5_000, ...rig.call("web", "cart", T0 + 4_000), spanOf(freshId(), "client", "web", mail));
    expect(await shape(rig)).toEqual(["service web → service cart"]);
    expect((await rig.edge("web", "cart")).requests).toBe(1);
    rig.at(T0 + 16_000);
    expect(await shape(rig)).toEqual(["service web → service cart", "service web → service mail"]);
    expect((await rig.edge("web", "mail")).requests).toBe(1);
  });

  test("databases, queues and hosts are nodes that say why they are there", async () => {
    const rig = new SpanRig();
    const lone = (kind: "client" | "producer", tags: Record<string, string>) =>
      spanOf(freshId(), kind, "web", { ...SHOP, trace: freshId(), endMs: T0, tags });
    rig.send(
      T0,
      lone("client", { "db.system.name": "postgresql" }),
      lone("client", { "server.address": "api.stripe.com" }),
      lone("producer", { "messaging.system": "kafka" }),
    );
    rig.at(T0 + 11_000);
    const graph = await rig.graph({ idle: "0" });
    const special = graph.nodes.filter(({ kind }) => kind === "external");
    expect(special.map(({ name, reason }) => [name, reason]).sort()).toEqual([
      ["api.stripe.com", "span_host"],
      ["kafka", "queue:kafka"],
      ["postgresql", "database:postgresql"],
    ]);
  });

  test("failures without a code are failures", async () => {
    const rig = new SpanRig();
    const tags = { "db.system.name": "redis" };
    for (const status of ["error", "unset", "unset", "unset"] as const)
      rig.send(T0, spanOf(freshId(), "client", "web", { trace: freshId(), endMs: T0, tags, status }));
    rig.at(T0 + 11_000);
    expect(await rig.edge("web", "redis")).toMatchObject({ errorRatio: 0.25, requests: 4 });
  });

  test("a share that every span says is shown, and nothing is scaled by it", async () => {
    const rig = new SpanRig();
    for (let i = 0; i < 20; i++) rig.send(T0 + i, ...rig.call("web", "cart", T0 + i, { traceState: "ot=th:c" }));
    rig.at(T0 + 60_000);
    const edge = await rig.edge("web", "cart");
    expect(edge).toMatchObject({ requests: 20, evidence: { from: "spans", sampledShare: 0.25 } });
    expect(edge.evidence).not.toHaveProperty("note");
    expect((await rig.graph()).completeness).toMatchObject({ sampledShare: 0.25 });
    rig.send(T0 + 65_000, ...rig.call("web", "cart", T0 + 64_000));
    expect((await rig.edge("web", "cart")).evidence).toMatchObject({ note: "sampling_unknown" });
  });

  test("one service spelled by its application and by its proxy is one node", async () => {
    const rig = new SpanRig();
    const [trace, a, b] = [freshId(), freshId(), freshId()];
    const proxy = { node_id: "sidecar~10.0.0.1~cart-1.shop~shop.svc.cluster.local" };
    rig.send(
      T0 + 5_000,
      ...rig.call("web", "cart", T0 + 4_000),
      spanOf(a, "client", "web.shop", {
        trace,
        endMs: T0 + 4_000,
        tags: { node_id: proxy.node_id.replace("cart", "web") },
      }),
      spanOf(b, "server", "cart.shop", { trace, parent: a, endMs: T0 + 4_000, tags: proxy }),
    );
    expect(await shape(rig)).toEqual(["service web → service cart"]);
    expect((await rig.edge("web", "cart")).requests).toBe(2);
  });
});

/** Ten seconds of Istio's metrics, 100 requests web → api. */
function scrapes(rig: SpanRig, from: number, to: number, ...more: readonly string[]): void {
  for (let s = from; s <= to; s += 10) {
    rig.at(T0 + s * 1000);
    rig.scrape(T0 + s * 1000, lines(istio(s * 10), ...more));
  }
}

describe("beside metrics", () => {
  test("spans of an edge that metrics know add nothing to it, in any view", async () => {
    const rig = new SpanRig();
    scrapes(rig, 0, 60);
    rig.send(T0 + 60_000, ...rig.call("web", "api", T0 + 60_000, SHOP), ...rig.call("web", "api", T0 + 60_000));
    for (const view of ["service", "workload", "version", "app"]) expect(await shape(rig, { view })).toHaveLength(1);
    const edge = await rig.edge("web", "api");
    expect(edge).toMatchObject({ requests: 600, evidence: { from: "metrics", reporters: ["destination"] } });
    expect(edge).not.toHaveProperty("badges");
  });

  test("a database's client spans make no requests of the connections that metrics count", async () => {
    const rig = new SpanRig();
    const cluster = '{envoy_cluster_name="ledger"}';
    const scrape = (atMs: number, opened: number): void => {
      const printed = lines(
        `envoy_cluster_upstream_cx_total${cluster} ${opened}`,
        `envoy_cluster_upstream_rq_retry${cluster} 0`,
      );
      rig.scrape(atMs, printed, { mesh: "envoy", workload: "rates" });
    };
    scrape(T0, 4);
    for (let s = 10; s <= 60; s += 10) {
      rig.send(T0 + s * 1000, ...rig.call("rates", "ledger", T0 + s * 1000, SHOP));
      scrape(T0 + s * 1000, 4 + s / 10);
    }
    const graph = await rig.graph({ idle: "0" });
    expect(graph.edges.map((edge) => edge.protocol)).toEqual(["tcp"]);
    const edge = await rig.edge("rates", "ledger");
    expect(edge.tcp?.openedPerSec).toBeCloseTo(0.1, 3);
    expect(edge.evidence).toMatchObject({ from: "metrics", join: "same_key" });
  });

  test("where no metric speaks, ends that fit take the node that metrics know, and others have no mesh", async () => {
    const rig = new SpanRig();
    scrapes(rig, 0, 60);
    rig.send(T0 + 60_000, ...rig.call("api", "web", T0 + 60_000, SHOP), ...rig.call("api", "stock", T0 + 60_000));
    expect(await shape(rig)).toEqual([
      "workload api (istio) → service stock",
      "workload api (istio) → workload web (istio)",
      "workload web (istio) → workload api (istio)",
    ]);
    const edge = await rig.edge("api", "web");
    expect(edge).toMatchObject({ evidence: { from: "spans", join: "span_name" }, badges: ["spans"] });
  });

  test("a part that is not known fits only where exactly one node does", async () => {
    const rig = new SpanRig();
    const other = istio(5, { to: "api" }).replaceAll(
      'destination_workload_namespace="shop"',
      'destination_workload_namespace="old"',
    );
    scrapes(rig, 0, 60, other);
    rig.send(T0 + 60_000, ...rig.call("web", "api", T0 + 60_000), ...rig.call("stock", "api", T0 + 60_000, SHOP));
    expect(await shape(rig, { idle: "0" })).toEqual([
      "service stock → workload api (istio)",
      "workload web (istio) → service api",
      "workload web (istio) → workload api (istio)",
    ]);
  });

  test("a lone half adds no unknown end to a service whose side metrics tell", async () => {
    const rig = new SpanRig();
    scrapes(rig, 0, 60);
    const half = { ...SHOP, trace: freshId(), parent: freshId(), endMs: T0 + 60_000 };
    rig.send(T0 + 60_000, spanOf(freshId(), "server", "api", half), spanOf(freshId(), "server", "web", half));
    rig.at(T0 + 75_000);
    expect(await shape(rig)).toEqual([
      "unknown unknown → workload web (istio)",
      "workload web (istio) → workload api (istio)",
    ]);
  });

  test("an edge whose metrics stop is stale for 15 minutes, and only then what spans say", async () => {
    const rig = new SpanRig();
    scrapes(rig, 0, 60);
    const steady = (from: number, to: number): void => {
      for (let s = from; s < to; s += 10) rig.send(T0 + s * 1000, ...rig.call("web", "api", T0 + s * 1000, SHOP));
    };
    steady(60, 700);
    const stale = await rig.edge("web", "api");
    expect(stale).toMatchObject({ stale: true, requestsPerSec: null, evidence: { from: "metrics", stale: true } });
    steady(700, 1000);
    const switched = await rig.edge("web", "api");
    expect(switched).toMatchObject({ evidence: { from: "spans" }, badges: ["spans"] });
    expect(switched.requestsPerSec).toBeCloseTo(0.1, 2);
    expect(await shape(rig)).toEqual(["workload web (istio) → workload api (istio)"]);
  });

  test("a pair of spans joins a call to a host with the service of another mesh that answers it: one edge", async () => {
    const rig = new SpanRig();
    const host = "billing.payments.example.com";
    const toHost = (value: number): string =>
      istio(value, { reporter: "source" })
        .replaceAll(/(destination_(?:workload|workload_namespace|canonical_service|cluster))="[^"]*"/g, '$1="unknown"')
        .replaceAll(/(destination_service(?:_name)?)="[^"]*"/g, `$1="${host}"`);
    const tags = ["source_service", "source_namespace", "source_partition", "source_datacenter"];
    const own = tags.map((tag, i) => `consul_${tag}="${["billing", "default", "default", "vm"][i]}"`).join();
    const listener = `envoy_http_conn_manager_prefix="public_listener",envoy_response_code="200",${own}`;
    for (let s = 0; s <= 60; s += 10) {
      rig.at(T0 + s * 1000);
      rig.scrape(T0 + s * 1000, toHost(s * 10), { pod: "web-1", workload: "web" });
      const consul = { mesh: "consul", pod: "billing-1", cluster: "vm" } as const;
      rig.scrape(T0 + s * 1000, `envoy_http_downstream_rq{${listener}} ${s * 10}`, consul);
    }
    expect(await shape(rig)).toContain(`workload web (istio) → external ${host} (istio)`);
    const named = { ...SHOP, trace: freshId(), endMs: T0 + 55_000 };
    const asked = freshId();
    const upstream = { upstream_cluster: `outbound|80||${host}` };
    rig.send(
      T0 + 61_000,
      spanOf(asked, "client", "web", { ...named, tags: upstream }),
      spanOf(freshId(), "server", "billing", { trace: named.trace, parent: asked, endMs: T0 + 55_000 }),
    );
    expect(await shape(rig)).toEqual(["workload web (istio) → workload billing (consul)"]);
    expect(await rig.edge("web", "billing")).toMatchObject({
      requests: 600,
      evidence: { from: "metrics", join: "span_pair" },
    });
  });

  test("a box of the map that holds calls of both is of both, and says so", async () => {
    const rig = new SpanRig();
    scrapes(rig, 0, 60);
    rig.send(T0 + 60_000, ...rig.call("api", "web", T0 + 55_000, SHOP));
    const graph = await rig.graph({ view: "namespace" });
    const [edge] = graph.edges;
    const context = { ids: rig.ids, targets: { up: 1, down: 0 } };
    const answer = edgeAnswer(await rig.snapshot(), edge?.id ?? "", { view: "namespace" }, context);
    expect(answer).toMatchObject({
      ok: true,
      value: { edge: { requests: 601, evidence: { from: "mixed", reporters: ["destination", "span"] } } },
    });
  });
});
