/**
 * Flagger's layout on Linkerd through the whole chain: Service `web` in front of two others, `web-primary` with the workload
 * of that name behind it and `web-canary` with the workload `web`. What is asked of `web` is asked of both.
 */
import { describe, expect, test } from "vitest";
import { freshId, SpanRig, spanOf } from "./span-rig.ts";
import { istio, lines, type Rig, T0, type Target } from "./truth-rig.ts";

const CART: Target = { mesh: "linkerd", pod: "cart-1", namespace: "bank", workload: "cart", service: "cart" };
const PLACE = { of: { "k8s.namespace.name": "bank" } };
/** The canary's own proxy knows its workload, and no Service. */
const CANARY: Target = { mesh: "linkerd", pod: "web-1", namespace: "bank", workload: "web" };

const endpoint = (value: number, to: string, service: string): string =>
  `response_total{direction="outbound",authority="${service}.bank.svc.cluster.local:80",target_addr="10.1.0.9:8080",dst_deployment="${to}",dst_namespace="bank",dst_service="${service}",dst_control_plane_ns="linkerd",tls="true",server_id="${to}",status_code="200",classification="success",grpc_status="",error=""} ${value}`;
const PARENT = `parent_group="core",parent_kind="Service",parent_namespace="bank",parent_name="web",parent_port="80",route_kind="HTTPRoute",route_name="r",route_namespace="bank"`;
const route = (value: number): string =>
  `outbound_http_route_request_statuses_total{${PARENT},hostname="",http_status="200",error=""} ${value}`;
const carried = (value: number, backend: string): string =>
  `outbound_http_route_backend_requests_total{${PARENT},backend_group="core",backend_kind="Service",backend_namespace="bank",backend_name="${backend}",backend_port="80"} ${value}`;
const retries = (value: number): string => `outbound_http_route_retry_requests_total{${PARENT}} ${value}`;
const CLIENT = `tls="true",client_id="cart.bank.serviceaccount.identity.linkerd.cluster.local"`;
const arrived = (value: number, client = CLIENT): string =>
  `response_total{direction="inbound",target_port="8080",${client},status_code="200",classification="success",grpc_status="",error=""} ${value}`;

/** A minute of 100 requests a reading: 90 to the primary, 10 to the canary. */
function minute(rig: Rig, { backends = true, canary = true } = {}): void {
  for (let n = 0; n <= 6; n++) {
    const at = T0 + n * 10_000;
    const seen = [endpoint(90 * n, "web-primary", "web-primary"), endpoint(10 * n, "web", "web-canary")];
    const told = backends ? [carried(90 * n, "web-primary"), carried(10 * n, "web-canary")] : [];
    rig.scrape(at, lines(...seen, route(100 * n), retries(5 * n), ...told), CART);
    if (canary) rig.scrape(at, arrived(10 * n), CANARY);
  }
}

/** Each edge as `caller → kind name (mesh): requests`, with its retries a second. */
async function shape(rig: Rig, query: Record<string, string> = {}): Promise<string[]> {
  const graph = await rig.graph(query);
  const node = (id: string) => graph.nodes.find((one) => one.id === id);
  const said = graph.edges.map(({ source, target, health, badgeRates }) => {
    const again = badgeRates?.["retries"] === undefined ? "" : `, ${badgeRates["retries"]} retries`;
    const to = node(target);
    return `${node(source)?.name} → ${to?.kind} ${to?.name} (${to?.mesh}): ${health.requests}${again}`;
  });
  return said.sort();
}

describe("a canary whose workload has the name of the Service in front of it", () => {
  const ROUTED = "cart → service web (linkerd): 0, 0.5 retries";

  test("the route to the Service gives way to the endpoints of the Services that carried it", async () => {
    const rig = new SpanRig();
    minute(rig, { canary: false });
    expect(await shape(rig)).toEqual([
      ROUTED,
      "cart → workload web (linkerd): 60",
      "cart → workload web-primary (linkerd): 540",
    ]);
    expect(await shape(rig, { view: "service" })).toEqual([
      ROUTED,
      "cart → service web-canary (linkerd): 60",
      "cart → service web-primary (linkerd): 540",
    ]);
  });

  test("what was asked of the Service is not the canary's, also once the canary's own proxy speaks", async () => {
    const rig = new SpanRig();
    minute(rig, { canary: false, backends: false });
    const asked = "cart → service web (linkerd): 600, 0.5 retries";
    expect(await shape(rig)).toContain(asked);
    const heard = new SpanRig();
    minute(heard, { backends: false });
    expect(await shape(heard)).toEqual(await shape(rig));
    expect(await shape(heard, { view: "service" })).toEqual(await shape(rig, { view: "service" }));
  });

  test("spans that name it mean the Service, as metrics know it", async () => {
    const rig = new SpanRig();
    minute(rig);
    rig.send(T0 + 60_000, ...rig.call("front", "web", T0 + 60_000, PLACE));
    for (const view of ["workload", "service"])
      expect(await shape(rig, { view })).toContain("front → service web (linkerd): 0");
  });
});

describe("a workload behind a Service of another name, whose own proxy does not know it", () => {
  /** Of 60 requests a reading ten come from another mesh. */
  const VOTING: Target = { mesh: "linkerd", pod: "voting-1", namespace: "bank", workload: "voting" };
  const scrape = (rig: Rig, n: number): void => {
    rig.scrape(T0 + n * 10_000, endpoint(50 * n, "voting", "voting-svc"), CART);
    rig.scrape(T0 + n * 10_000, lines(arrived(50 * n), arrived(10 * n, 'tls="no_identity"')), VOTING);
  };

  test("spans that name the workload mean what stands behind its Service", async () => {
    const rig = new SpanRig();
    for (let n = 0; n <= 6; n++) scrape(rig, n);
    rig.send(T0 + 60_000, ...rig.call("front", "voting", T0 + 60_000, PLACE));
    expect(await shape(rig)).toContain("front → workload voting (linkerd): 0");
    expect(await shape(rig, { view: "service" })).toContain("front → service voting-svc (linkerd): 0");
  });

  test("a pair of spans that names the workload joins a call from another mesh with it", async () => {
    const rig = new SpanRig();
    const host = "voting.example.com";
    const toHost = (value: number): string =>
      istio(value, { reporter: "source" })
        .replaceAll(/(destination_(?:workload|workload_namespace|canonical_service|cluster))="[^"]*"/g, '$1="unknown"')
        .replaceAll(/(destination_service(?:_name)?)="[^"]*"/g, `$1="${host}"`);
    for (let n = 0; n <= 6; n++) {
      rig.at(T0 + n * 10_000);
      rig.scrape(T0 + n * 10_000, toHost(n * 10), { pod: "web-1", workload: "web" });
      scrape(rig, n);
    }
    const named = { of: { "k8s.namespace.name": "shop" }, trace: freshId(), endMs: T0 + 55_000 };
    const asked = freshId();
    rig.send(
      T0 + 61_000,
      spanOf(asked, "client", "web", { ...named, tags: { upstream_cluster: `outbound|80||${host}` } }),
      spanOf(freshId(), "server", "voting", { trace: named.trace, parent: asked, endMs: T0 + 55_000 }),
    );
    expect(await shape(rig)).toEqual(["cart → workload voting (linkerd): 300", "web → workload voting (linkerd): 60"]);
    const edge = await rig.edge("web", "voting");
    expect(edge).toMatchObject({ requests: 60, evidence: { from: "metrics", join: "span_pair" } });
  });
});
