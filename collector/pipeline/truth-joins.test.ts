/**
 * Calls that cross from one mesh to another, through the whole chain: each side's proxies print their own dialect, neither
 * can name the other, and the graph has one edge. Counts are exact.
 */
import { describe, expect, test } from "vitest";
import type { Alias, JoinBooks } from "../../lib/query/joins.ts";
import { timeseriesAnswer } from "../../lib/query/timeseries-answer.ts";
import { LiveDirectory } from "./graph-directory.ts";
import { seriesByGraphs } from "./timeseries-oracle.ts";
import { istio, lines, Rig, T0, type Target } from "./truth-rig.ts";

/** What a sidecar of Istio says of a host that no workload of its mesh answers at. */
function toHost(host: string, value: number, { code = "200", service = host } = {}): string {
  return istio(value, { reporter: "source", code })
    .replace('destination_workload="api"', 'destination_workload="unknown"')
    .replace('destination_workload_namespace="shop"', 'destination_workload_namespace="unknown"')
    .replace('destination_canonical_service="api"', 'destination_canonical_service="unknown"')
    .replace('destination_service="api.shop.svc.cluster.local"', `destination_service="${host}"`)
    .replace('destination_service_name="api"', `destination_service_name="${service}"`)
    .replace('destination_service_namespace="shop"', 'destination_service_namespace="unknown"')
    .replace('destination_cluster="c1"', 'destination_cluster="unknown"');
}

const WEB: Target = { mesh: "istio", pod: "web-1", workload: "web" };

/** A Linkerd proxy's count of what came in without an identity, and with one. */
function linkerdIn(value: number, { code = "200", client = "" } = {}): string {
  const tls =
    client === "" ? 'tls="no_identity",no_tls_reason="no_tls_from_remote"' : `tls="true",client_id="${client}"`;
  const success = code < "500" ? "success" : "failure";
  return `response_total{direction="inbound",target_addr="10.1.0.9:8080",target_ip="10.1.0.9",target_port="8080",${tls},srv_name="all",status_code="${code}",classification="${success}",grpc_status="",error=""} ${value}`;
}

function linkerdOut(value: number, to: string, { code = "200", authority = "", identity = true } = {}): string {
  const [deployment = "", namespace = ""] = to.split(".");
  const tls = identity
    ? `tls="true",server_id="${deployment}"`
    : 'tls="no_identity",no_tls_reason="not_provided_by_service_discovery"';
  const meshed = identity ? ',dst_control_plane_ns="linkerd"' : "";
  const dst =
    to === ""
      ? ""
      : `dst_deployment="${deployment}",dst_namespace="${namespace}",dst_service="${deployment}"${meshed},`;
  return `response_total{direction="outbound",authority="${authority}",target_addr="10.1.0.9:8080",target_ip="10.1.0.9",target_port="8080",${dst}${tls},status_code="${code}",classification="success",grpc_status="",error=""} ${value}`;
}

const LEDGER: Target = { mesh: "linkerd", pod: "ledger-1", namespace: "bank", workload: "ledger", service: "ledger" };

const OWN_TAGS =
  'local_cluster="billing",consul_source_service="billing",consul_source_namespace="default",consul_source_partition="default",consul_source_datacenter="vm"';

/** A Consul sidecar's public listener. */
function consulIn(value: number, code = "200", service = "billing"): string {
  const tags = OWN_TAGS.replaceAll('"billing"', `"${service}"`);
  return `envoy_http_downstream_rq{envoy_http_conn_manager_prefix="public_listener",envoy_response_code="${code}",${tags}} ${value}`;
}

function listener(connections: number, handshakes: number): string {
  const at = `envoy_listener_address="10.2.0.4_20000",${OWN_TAGS}`;
  return lines(
    `envoy_listener_downstream_cx_total{${at}} ${connections}`,
    `envoy_listener_ssl_handshake{${at}} ${handshakes}`,
    `envoy_listener_ssl_no_certificate{${at}} 0`,
  );
}

const BILLING: Target = { mesh: "consul", pod: "billing-1", cluster: "vm" };
const HOST = "billing.payments.example.com";
const ALIAS: Alias = { host: HOST, cluster: "vm", namespace: "default", service: "billing" };

/** "web → billing 100" of all edges with traffic, by name. */
async function edgesOf(rig: Rig, query: Record<string, string> = {}): Promise<string[]> {
  const graph = await rig.graph({ idle: "0", ...query });
  const name = (id: string) => graph.nodes.find((node) => node.id === id)?.name;
  return graph.edges.map((edge) => `${name(edge.source)} → ${name(edge.target)} ${edge.health.requests}`).sort();
}

interface Said {
  readonly text: (share: number) => string;
  readonly of: Target;
}

/** Three readings of each; those that are called are read before those that call. */
function tell(rig: Rig, ...said: readonly Said[]): void {
  for (const share of [0, 0.5, 1]) {
    [...said].reverse().forEach(({ text, of }, i) => {
      rig.scrape(T0 + share * 20_000 + i * 50, text(share), of);
    });
  }
}

describe("a host in the cluster", () => {
  const crossing = (rig: Rig, sent = 1000, arrived = 1000): void =>
    tell(
      rig,
      { text: (n) => lines(toHost("ledger.bank.svc.cluster.local", sent * n, { service: "ledger" })), of: WEB },
      { text: (n) => lines(linkerdIn(arrived * 0.9 * n), linkerdIn(arrived * 0.1 * n, { code: "503" })), of: LEDGER },
    );

  test("Istio's caller and Linkerd's service are one edge, in plaintext as the called side saw it", async () => {
    const rig = new Rig();
    crossing(rig);
    expect(await edgesOf(rig)).toEqual(["web → ledger 1000"]);
    const edge = await rig.edge("web", "ledger");
    expect(edge.evidence).toMatchObject({ join: "service_host", reporters: ["sourceOnly"] });
    expect(edge.mtls).toMatchObject({ plaintext: 1, mutual: 0, unknown: 0, total: 1000, unit: "requests" });
    expect(edge.mtls?.evidence).toMatchObject({ reporter: "inbound", reason: "no_tls_from_remote" });
    expect(edge.errorRatio).toBe(0);
    expect(edge.calleeView).toMatchObject({
      requestsPerSec: 50,
      errorRatio: 0.1,
      statusCodes: { "200": 45, "503": 5 },
    });
    expect(edge.health.state).toBe("failure");
  });

  test("each node has its own mesh, and a filter by either shows the edge", async () => {
    const rig = new Rig();
    crossing(rig);
    const meshes = (await rig.graph()).nodes.map(({ name, mesh, kind }) => `${name} ${kind} ${mesh}`).sort();
    expect(meshes).toEqual(["ledger workload linkerd", "web workload istio"]);
    for (const mesh of ["istio", "linkerd"]) expect(await edgesOf(rig, { mesh })).toHaveLength(1);
    expect(await edgesOf(rig, { mesh: "consul" })).toEqual([]);
    expect(await edgesOf(rig, { view: "mesh" })).toEqual(["istio → linkerd 1000"]);
  });

  test("callers that are left over stay without a name, and what they do is not said of the one with a name", async () => {
    const rig = new Rig();
    crossing(rig, 600);
    expect(await edgesOf(rig)).toEqual(["unknown → ledger 400", "web → ledger 600"]);
    const edge = await rig.edge("web", "ledger");
    expect(edge.calleeView).toBeUndefined();
    // All callers without an identity were in plaintext: this one too.
    expect(edge.mtls).toMatchObject({ plaintext: 1, total: 600 });
  });

  test("in another cluster of which it is the only service by this name, it is joined as far as it arrived", async () => {
    const rig = new Rig();
    tell(
      rig,
      { text: (n) => toHost("ledger.bank.svc.cluster.local", 1000 * n, { service: "ledger" }), of: WEB },
      { text: (n) => linkerdIn(1000 * n), of: { ...LEDGER, cluster: "c2" } },
    );
    expect(await edgesOf(rig)).toEqual(["web → ledger 1000"]);
    expect((await rig.edge("web", "ledger")).evidence.join).toBe("service_host");
  });
});

const books = (more: Partial<JoinBooks>): Partial<JoinBooks> => more;

describe("a host outside", () => {
  const sides = (sent: number, arrived: number) => [
    {
      text: (n: number) => lines(toHost(HOST, sent * 0.9 * n), toHost(HOST, sent * 0.1 * n, { code: "500" })),
      of: WEB,
    },
    { text: (n: number) => lines(consulIn(arrived * n), listener(12, 12)), of: BILLING },
  ];

  test("stays outside, and its callers nameless, where nothing joins the two sides", async () => {
    const rig = new Rig();
    tell(rig, ...sides(1000, 1000));
    expect(await edgesOf(rig)).toEqual(["unknown → billing 1000", `web → ${HOST} 1000`]);
  });

  for (const [what, joins, join] of [
    ["an alias", { aliases: [ALIAS] }, "alias"],
    ["an alias for all hosts of a domain", { aliases: [{ ...ALIAS, host: "*.example.com" }] }, "alias"],
    ["an alias without a place, which one service fits", { aliases: [{ host: HOST, service: "billing" }] }, "alias"],
    [
      "a pair of spans",
      {
        spans: {
          generation: 1,
          peerOf: (source: { name: string }, host: string) =>
            source.name === "web" && host === HOST ? { service: "billing" } : undefined,
        },
      },
      "span_pair",
    ],
  ] as const) {
    test(`is the service of another mesh by ${what}: one edge, whose security is the called side's`, async () => {
      const rig = new Rig(books(joins));
      tell(rig, ...sides(1000, 1000));
      expect(await edgesOf(rig)).toEqual(["web → billing 1000"]);
      const edge = await rig.edge("web", "billing");
      expect(edge.evidence).toMatchObject({ join, reporters: ["sourceOnly"] });
      expect(edge.evidence.note).toBeUndefined();
      expect(edge.errorRatio).toBe(0.1);
      // Consul's listener took nothing but TLS with certificates.
      expect(edge.mtls).toMatchObject({ mutual: 1, unknown: 0, total: 1000, unit: "requests" });
      expect(edge.calleeView).toMatchObject({ requestsPerSec: 50, errorRatio: 0 });
      const graph = await rig.graph({ idle: "0" });
      expect(graph.nodes.map(({ name, mesh }) => `${name} ${mesh}`).sort()).toEqual(["billing consul", "web istio"]);
    });
  }

  test("an address is joined by where a scrape target stands", async () => {
    const rig = new Rig({
      addresses: new Map([["10.2.0.4", { cluster: "vm", namespace: "default", service: "billing" }]]),
    });
    const address = linkerdOut(1000, "", { authority: "", identity: false }).replaceAll(
      "10.1.0.9:8080",
      "10.2.0.4:20000",
    );
    tell(
      rig,
      {
        text: (n) => address.replace(/ \d+$/, ` ${1000 * n}`),
        of: { ...LEDGER, pod: "cart-1", workload: "cart", service: "cart" },
      },
      { text: (n) => consulIn(1000 * n), of: BILLING },
    );
    expect(await edgesOf(rig)).toEqual(["cart → billing 1000"]);
    expect((await rig.edge("cart", "billing")).evidence.join).toBe("address");
  });

  test("an address is joined by the pod that Linkerd's proxies found there", async () => {
    const rig = new Rig();
    const front = (value: number): string =>
      `envoy_cluster_upstream_rq{envoy_cluster_name="10.1.0.9:8080",envoy_response_code="200"} ${value}`;
    tell(
      rig,
      { text: (n) => front(300 * n), of: { mesh: "envoy", pod: "front-1", workload: "front" } },
      {
        text: (n) => linkerdOut(1000 * n, "ledger.bank"),
        of: { ...LEDGER, pod: "cart-1", workload: "cart", service: "cart" },
      },
      { text: (n) => lines(linkerdIn(1000 * n, { client: "cart.bank" }), linkerdIn(300 * n)), of: LEDGER },
    );
    expect(await edgesOf(rig)).toEqual(["cart → ledger 1000", "front → ledger 300"]);
    const edge = await rig.edge("front", "ledger");
    expect(edge.evidence.join).toBe("address");
    expect(edge.mtls).toMatchObject({ plaintext: 1 });
  });

  test("the smaller figure is joined, and the rest of the calls stays outside", async () => {
    const rig = new Rig({ aliases: [ALIAS] });
    tell(rig, ...sides(1000, 700));
    expect(await edgesOf(rig)).toEqual(["web → billing 700", `web → ${HOST} 300`]);
    expect((await rig.edge("web", "billing")).evidence.note).toBe("joined_part");
    expect((await rig.edge("web", HOST)).evidence.note).toBe("not_arrived");
  });

  test("the smaller figure is joined, and the rest of the arrivals stays without a name", async () => {
    const rig = new Rig({ aliases: [ALIAS] });
    tell(rig, ...sides(700, 1000));
    expect(await edgesOf(rig)).toEqual(["unknown → billing 300", "web → billing 700"]);
    expect((await rig.edge("unknown", "billing")).evidence.note).toBe("inbound_remainder");
  });

  test("a difference within the jitter of two scrapes leaves nothing on either side", async () => {
    for (const [sent, arrived] of [
      [1000, 970],
      [970, 1000],
    ] as const) {
      const rig = new Rig({ aliases: [ALIAS] });
      tell(rig, ...sides(sent, arrived));
      expect(await edgesOf(rig)).toEqual([`web → billing ${sent}`]);
    }
  });

  test("two callers share what arrived in proportion", async () => {
    const rig = new Rig({ aliases: [ALIAS] });
    const cart = { mesh: "linkerd", pod: "cart-1", namespace: "bank", workload: "cart", service: "cart" } as const;
    tell(
      rig,
      { text: (n) => toHost(HOST, 600 * n), of: WEB },
      { text: (n) => linkerdOut(200 * n, "", { authority: `${HOST}:443`, identity: false }), of: cart },
      { text: (n) => consulIn(400 * n), of: BILLING },
    );
    expect(await edgesOf(rig)).toEqual([
      "cart → billing 100",
      `cart → ${HOST} 100`,
      "web → billing 300",
      `web → ${HOST} 300`,
    ]);
  });

  test("a gateway that reports a hop of its own keeps it: the calls did not arrive at the service without it", async () => {
    const rig = new Rig({ aliases: [ALIAS] });
    const gateway = (value: number): string =>
      `envoy_cluster_upstream_rq{envoy_response_code="200",envoy_cluster_name="billing.default.vm.internal.11111111.consul",consul_destination_full_target="billing.default.vm.internal.11111111-2222-3333-4444-555555555555.consul",consul_destination_target="billing.default.vm",consul_destination_routing_type="internal",${OWN_TAGS.replaceAll('"billing"', '"ingress-gateway"')}} ${value}`;
    tell(
      rig,
      { text: (n) => toHost(HOST, 1000 * n), of: WEB },
      { text: (n) => gateway(1000 * n), of: { mesh: "consul", pod: "gw-1", cluster: "vm" } },
      { text: (n) => consulIn(1000 * n), of: BILLING },
    );
    expect(await edgesOf(rig)).toEqual(["ingress-gateway → billing 1000", `web → ${HOST} 1000`]);
    expect((await rig.edge("web", HOST)).evidence.note).toBe("not_arrived");
  });

  test("a service whose proxy tells of no arrivals takes all that an alias gives it", async () => {
    const rig = new Rig({ aliases: [ALIAS] });
    const out = `envoy_cluster_upstream_rq{envoy_response_code="200",envoy_cluster_name="rates.default.vm.internal.1.consul",consul_destination_full_target="rates.default.vm.internal.11111111-2222-3333-4444-555555555555.consul",${OWN_TAGS}}`;
    tell(rig, { text: (n) => toHost(HOST, 1000 * n), of: WEB }, { text: (n) => `${out} ${10 * n}`, of: BILLING });
    expect(await edgesOf(rig)).toContain("web → billing 1000");
  });

  test("an alias of a service that nobody knows joins nothing", async () => {
    const rig = new Rig({ aliases: [{ ...ALIAS, service: "biling" }] });
    tell(rig, ...sides(1000, 1000));
    expect(await edgesOf(rig)).toContain(`web → ${HOST} 1000`);
  });
});

test("Istio's destination that cannot name a caller of another mesh: the caller's own count is the edge", async () => {
  const rig = new Rig();
  const unnamed = (value: number): string =>
    istio(value, { policy: "none" })
      .replace('source_workload="web"', 'source_workload="unknown"')
      .replace('source_workload_namespace="shop"', 'source_workload_namespace="unknown"')
      .replace('source_canonical_service="web"', 'source_canonical_service="unknown"')
      .replace('source_cluster="c1"', 'source_cluster="unknown"');
  tell(
    rig,
    {
      text: (n) => linkerdOut(1000 * n, "api.shop", { authority: "api.shop.svc.cluster.local:80", identity: false }),
      of: LEDGER,
    },
    { text: (n) => lines(unnamed(1000 * n), istio(500 * n)), of: { pod: "api-1" } },
    { text: (n) => istio(500 * n, { reporter: "source" }), of: WEB },
  );
  expect(await edgesOf(rig)).toEqual(["ledger → api 1000", "web → api 500"]);
  const edge = await rig.edge("ledger", "api");
  expect(edge.mtls).toMatchObject({ plaintext: 1, total: 1000 });
  expect(edge.mtls?.evidence.reporter).toBe("destination");
  expect((await rig.edge("web", "api")).mtls).toMatchObject({ mutual: 1, total: 500 });
});

test("requests that never left their sender account for none of those that arrived without a name", async () => {
  const rig = new Rig();
  const nameless = (n: number): string =>
    istio(n)
      .replace('source_workload="web"', 'source_workload="unknown"')
      .replace('source_workload_namespace="shop"', 'source_workload_namespace="unknown"')
      .replace('source_canonical_service="web"', 'source_canonical_service="unknown"')
      .replace('source_cluster="c1"', 'source_cluster="unknown"');
  const refused = (n: number): string => istio(n, { reporter: "source", code: "503", flags: "UF" });
  for (const n of [0, 1]) {
    rig.scrape(T0 + n * 10_000, refused(n * 30), { pod: "web" });
    rig.scrape(T0 + n * 10_000, nameless(n * 100), { pod: "api" });
  }
  expect((await rig.edge("unknown", "api")).requests).toBe(100);
  expect((await rig.edge("web", "api")).requests).toBe(30);
});

test("Linkerd's callers with an identity are its own mesh's, and leave what came without one to the other meshes", async () => {
  const rig = new Rig();
  tell(
    rig,
    {
      text: (n) => linkerdOut(1000 * n, "ledger.bank"),
      of: { ...LEDGER, pod: "cart-1", workload: "cart", service: "cart" },
    },
    {
      text: (n) =>
        lines(
          linkerdIn(1000 * n, { client: "cart.bank.serviceaccount.identity.linkerd.cluster.local" }),
          linkerdIn(300 * n),
        ),
      of: LEDGER,
    },
  );
  // The caller without an identity is not scraped: what is left is wholly in plaintext.
  expect(await edgesOf(rig)).toEqual(["cart → ledger 1000", "unknown → ledger 300"]);
  expect((await rig.edge("unknown", "ledger")).mtls).toMatchObject({ plaintext: 1, total: 300 });
  expect((await rig.edge("cart", "ledger")).mtls).toMatchObject({ mutual: 1 });
});

test("a time series says of a joined edge, of what is left and of the whole what a graph says of each step", async () => {
  const rig = new Rig({ aliases: [ALIAS] });
  let [sent, arrived] = [0, 0];
  for (let i = 0; i <= 24; i++) {
    sent += 100 + ((i * 37) % 50);
    arrived += i < 12 ? 60 : 100 + ((i * 37) % 50);
    rig.scrape(T0 + i * 10_000, consulIn(arrived), BILLING);
    rig.scrape(T0 + i * 10_000 + 2_000, toHost(HOST, sent), WEB);
  }
  const snapshot = await rig.snapshot({ start: T0 });
  const graph = await rig.graph({ idle: "0" }, { start: T0 });
  const asked = [{}, ...graph.edges.map(({ id }) => ({ edge: id })), ...graph.nodes.map(({ id }) => ({ node: id }))];
  expect(asked.length).toBeGreaterThan(5);
  for (const query of asked) {
    const answer = await timeseriesAnswer(snapshot, { points: 100, ...query }, rig.ids);
    if (!answer.ok) throw new Error(answer.error.code);
    const steps = await seriesByGraphs(snapshot, query, 100, rig.ids);
    expect(answer.value.series["requestsPerSec"]).toEqual(steps.map((step) => step["requestsPerSec"]));
  }
});

test("a span between the two services finds the joined edge", async () => {
  const rig = new Rig({ aliases: [ALIAS] });
  tell(rig, { text: (n) => toHost(HOST, 1000 * n), of: WEB }, { text: (n) => consulIn(1000 * n), of: BILLING });
  const directory = new LiveDirectory(rig.slots, rig.ids, rig.snapshots.estate.joins);
  const [web] = directory.services({ name: "web" });
  const [billing] = directory.services({ name: "billing" });
  if (web === undefined || billing === undefined) throw new Error("no such services");
  const graph = await rig.graph({ view: "service", idle: "0" });
  expect(directory.edgeBetween(web, billing)).toBe(graph.edges[0]?.id);
});
