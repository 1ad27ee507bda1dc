import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expose } from "./exposition.ts";
import type { Pod } from "./hop.ts";
import type { IncidentName } from "./incidents.ts";
import type { TruthEdge } from "./truth.ts";
import { World } from "./world.ts";

const START = Date.UTC(2026, 0, 5, 9);

const kept = new Map<string, World>();

/** A world that took requests for `seconds` and in which all of them have ended; made once per argument list, not to be moved on. */
function settled(seconds: number, incidents: readonly IncidentName[] = []): World {
  const key = `${seconds} ${incidents.join()}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const world = new World({ seed: 7, startMs: START, arrivalsEndMs: seconds * 1000 });
  for (const name of incidents) world.switchIncident(name, true);
  world.advance(START + seconds * 1000 + 20_000);
  expect(world.underWay).toBe(0);
  kept.set(key, world);
  return world;
}

function text(world: World, wanted: (pod: Pod) => boolean = () => true): string {
  return world.pods
    .filter(wanted)
    .map((pod) => expose(pod, { startMs: world.startMs, nowMs: world.nowMs }, 1)?.text ?? "")
    .join("");
}

interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

function samples(exposition: string, name: string): Sample[] {
  const found: Sample[] = [];
  for (const [, labels = "", value = ""] of exposition.matchAll(new RegExp(`^${name}\\{(.*)\\} (\\S+)$`, "gm"))) {
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", text = ""]) => [key, text] as const);
    found.push({ name, labels: new Map(pairs), value: Number(value) });
  }
  return found;
}

function total(found: readonly Sample[], where: Readonly<Record<string, string>>): number {
  return found
    .filter((sample) => Object.entries(where).every(([key, value]) => sample.labels.get(key) === value))
    .reduce((sum, sample) => sum + sample.value, 0);
}

function edge(world: World, source: string, target: string): TruthEdge {
  const found = world.truth().find((e) => e.source.name === source && e.target.name === target);
  if (found === undefined) throw new Error(`no edge ${source} → ${target}`);
  return found;
}

/** Between sidecars, which report requests at both ends. */
const istio = (e: TruthEdge): boolean =>
  e.target.mesh === "istio" && e.target.namespace !== "reviews" && e.protocol !== "tcp";

describe("a world", () => {
  test("is the same for the same seed, however time is sliced", () => {
    const whole = new World({ seed: 3, startMs: START });
    whole.advance(START + 3000);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 2500 }), { minLength: 1, maxLength: 12 }), (steps) => {
        const sliced = new World({ seed: 3, startMs: START });
        let at = START;
        for (const step of steps) {
          at = Math.min(at + step, START + 3000);
          sliced.advance(at);
        }
        sliced.advance(START + 3000);
        expect(text(sliced)).toBe(text(whole));
        expect(sliced.truth()).toEqual(whole.truth());
      }),
      { numRuns: 4 },
    );
    const other = new World({ seed: 4, startMs: START });
    other.advance(START + 3000);
    expect(text(other)).not.toBe(text(whole));
  });

  test("begins with no counts and moves two to three thousand requests a second", () => {
    const world = new World({ seed: 1, startMs: START });
    expect(world.truth()).toEqual([]);
    expect(samples(text(world), "istio_requests_total")).toEqual([]);
    world.advance(START + 20_000);
    const requests = world.truth().reduce((sum, e) => sum + e.requests, 0);
    expect(requests / 20).toBeGreaterThan(1500);
    expect(requests / 20).toBeLessThan(3000);
  });

  test("sleeps through a skipped hour: no traffic in it, and what was under way ends", () => {
    const world = new World({ seed: 2, startMs: START });
    world.advance(START + 5000);
    const before = world.truth().reduce((sum, e) => sum + e.requests, 0);
    const underWay = world.underWay;
    world.skipTo(START + 3_605_000);
    expect(underWay).toBeGreaterThan(0);
    expect(world.underWay).toBe(0);
    expect(world.nowMs).toBe(START + 3_605_000);
    const after = world.truth().reduce((sum, e) => sum + e.requests, 0);
    expect(after - before).toBeGreaterThan(0);
    expect(after - before).toBeLessThan(underWay * 12);
    world.skipTo(START);
    expect(world.nowMs).toBe(START + 3_605_000);
  });

  test("is healthy but for client errors while no incident is on", () => {
    for (const e of settled(25).truth()) expect(e.failures).toBeLessThanOrEqual(Math.max(4, e.requests * 0.001));
  });
});

describe("what the proxies print", () => {
  const world = settled(25, ["bad-canary", "plaintext-caller", "slow-dependency", "retry-storm"]);
  const printed = text(world);
  const machines = text(world, (pod) => pod.workload.cluster === "vm1");
  const requests = samples(printed, "istio_requests_total");

  test("equals the truth on every Istio edge: arrivals, failures and security at the destination", () => {
    const edges = world.truth().filter((e) => istio(e) && e.source.kind !== "unmeshed");
    expect(edges.length).toBeGreaterThan(10);
    for (const e of edges) {
      const where = { source_workload: e.source.name, destination_workload: e.target.name };
      const there = { ...where, reporter: "destination" };
      expect(total(requests, there), `${e.source.name} → ${e.target.name}`).toBe(e.arrived);
      expect(total(requests, { ...there, connection_security_policy: "mutual_tls" })).toBe(e.security.mutual);
      expect(total(requests, { ...there, connection_security_policy: "none" })).toBe(e.security.plaintext);
      expect(total(requests, { ...where, reporter: "source" })).toBe(e.sent);
      expect(total(requests, { ...where, reporter: "source", connection_security_policy: "unknown" })).toBe(e.sent);
      const neverLeft = total(requests, { ...where, reporter: "source", response_flags: "UF" });
      expect(neverLeft).toBe(e.neverLeft);
      expect(e.requests).toBe(e.arrived + e.neverLeft);
      const bad = requests.filter(
        (r) => /^(0|5..)$/.test(r.labels.get("response_code") ?? "") || r.labels.get("grpc_response_status") === "13",
      );
      expect(total(bad, there) + neverLeft).toBe(e.failures);
    }
  });

  test("conserves requests: what arrived is what was sent, plus retries, minus what never left", () => {
    for (const e of world.truth().filter((e) => istio(e) || e.target.name === "ranker" || e.target.name === "query")) {
      expect(e.arrived, `${e.source.name} → ${e.target.name}`).toBe(e.sent + e.retries - e.neverLeft);
    }
  });

  test("names callers without a proxy as unknown, without mutual TLS", () => {
    const unmeshed = world.truth().filter((e) => e.source.kind === "unmeshed");
    expect(unmeshed.map((e) => e.target.name)).toContain("accounts-v1");
    for (const target of new Set(unmeshed.map((e) => e.target.name))) {
      const sum = unmeshed.filter((e) => e.target.name === target).reduce((n, e) => n + e.arrived, 0);
      const where = { source_workload: "unknown", destination_workload: target, source_canonical_revision: "latest" };
      expect(total(requests, { ...where, connection_security_policy: "none" })).toBe(sum);
    }
  });

  test("says unknown of workloads beyond the mesh, and passthrough of hosts it does not know", () => {
    const outside = { reporter: "source", destination_workload: "unknown", destination_canonical_revision: "latest" };
    const cards = { ...outside, destination_service_name: "api.cards.example" };
    expect(total(requests, cards)).toBe(edge(world, "risk-v1", "api.cards.example").sent);
    const hooks = { ...outside, destination_service_name: "PassthroughCluster" };
    expect(total(requests, hooks)).toBe(edge(world, "mailer-v1", "hooks.partner.example").sent);
  });

  test("shows the four ways two views of one request differ", () => {
    const flagged = (reporter: string, code: string, flags: string): number =>
      total(requests, { reporter, response_code: code, response_flags: flags });
    // Timeouts of HTTP callers: 504 UT here, 0 DC there.
    expect(flagged("source", "504", "UT")).toBeGreaterThan(0);
    expect(flagged("destination", "0", "DC")).toBeGreaterThan(0);
    const timeouts = world
      .truth()
      .filter((e) => istio(e))
      .reduce((n, e) => n + e.timeouts, 0);
    expect(total(requests, { reporter: "source", response_flags: "UT" })).toBe(timeouts);
    // Every arrival that was cut was cut by its caller's timeout or by a caller that was cut itself.
    const cut = total(requests, { reporter: "source", response_code: "0", response_flags: "DC" });
    expect(flagged("destination", "0", "DC")).toBe(timeouts + cut);
    // Retries: masked ones are 200 at the source; exhausted ones say URX.
    const stock = { destination_workload: "stock-v1" };
    const seen = total(requests, { ...stock, reporter: "source", response_code: "503" });
    const real = total(requests, { ...stock, reporter: "destination", response_code: "503" });
    expect(seen).toBe(total(requests, { ...stock, reporter: "source", response_flags: "URX" }));
    expect(real).toBeGreaterThan(seen * 5);
  });

  test("equals the truth on the TCP edges", () => {
    const e = edge(world, "accounts-v1", "accounts-db-v1");
    expect(e.tcp.opened).toBeGreaterThan(0);
    for (const reporter of ["source", "destination"]) {
      const where = { reporter, destination_workload: "accounts-db-v1" };
      expect(total(samples(printed, "istio_tcp_connections_opened_total"), where)).toBe(e.tcp.opened);
      expect(total(samples(printed, "istio_tcp_connections_closed_total"), where)).toBe(e.tcp.closed);
      expect(total(samples(printed, "istio_tcp_received_bytes_total"), where)).toBe(e.tcp.requestBytes);
      expect(total(samples(printed, "istio_tcp_sent_bytes_total"), where)).toBe(e.tcp.responseBytes);
    }
    const index = edge(world, "query", "index");
    const where = { envoy_cluster_name: "index" };
    expect(total(samples(printed, "envoy_cluster_upstream_cx_total"), where)).toBe(index.tcp.opened);
    expect(total(samples(printed, "envoy_cluster_upstream_cx_tx_bytes_total"), where)).toBe(index.tcp.requestBytes);
    expect(
      total(samples(machines, "envoy_tcp_downstream_cx_rx_bytes_total"), { envoy_tcp_prefix: "ingress_tcp" }),
    ).toBe(index.tcp.requestBytes);
  });

  test("equals the truth on the plain-Envoy edges, with handshakes as TLS evidence", () => {
    for (const [from, to] of [
      ["frontdoor", "query"],
      ["query", "ranker"],
    ] as const) {
      const e = edge(world, from, to);
      const where = { envoy_cluster_name: to };
      const completed = total(samples(printed, "envoy_cluster_upstream_rq_completed"), where);
      const cancelled = total(samples(printed, "envoy_cluster_upstream_rq_cancelled"), where);
      expect(completed + cancelled).toBe(e.sent);
      expect(total(samples(printed, "envoy_cluster_upstream_rq_total"), where)).toBe(e.sent + e.retries);
      expect(total(samples(printed, "envoy_cluster_upstream_rq_xx"), where)).toBe(completed);
      expect(total(samples(printed, "envoy_cluster_upstream_rq_timeout"), where)).toBe(e.timeouts);
    }
    const connections = total(samples(printed, "envoy_cluster_upstream_cx_total"), { envoy_cluster_name: "query" });
    expect(connections).toBeGreaterThan(0);
    expect(total(samples(printed, "envoy_cluster_ssl_handshake"), { envoy_cluster_name: "query" })).toBe(connections);
    const listener = { envoy_listener_address: "0.0.0.0_9000" };
    expect(total(samples(machines, "envoy_listener_ssl_handshake"), listener)).toBe(connections);
    expect(total(samples(machines, "envoy_listener_downstream_cx_total"), listener)).toBe(connections);
    expect(
      samples(printed, "envoy_cluster_ssl_handshake").map((s) => s.labels.get("envoy_cluster_name")),
    ).not.toContain("ranker");
  });
});

describe("an incident", () => {
  const calm = settled(25);
  /** What must be equal on an untouched edge: all but when TCP connections were opened, which follows the end of requests. */
  const figures = (e: TruthEdge): string => {
    const { requestBytes, responseBytes } = e.tcp;
    return JSON.stringify(e.protocol === "tcp" ? [requestBytes, responseBytes] : e);
  };
  const names = (incidents: readonly IncidentName[]): string[] => {
    const before = new Map(calm.truth().map((e) => [`${e.source.workload} → ${e.target.workload}`, figures(e)]));
    return settled(25, incidents)
      .truth()
      .filter((e) => before.get(`${e.source.workload} → ${e.target.workload}`) !== figures(e))
      .map((e) => `${e.source.workload} → ${e.target.workload}`)
      .sort();
  };

  test("bad-canary fails about 12 % of v2 and touches nothing but its callers and what it would have called", () => {
    const world = settled(25, ["bad-canary"]);
    const v2 = edge(world, "cart-v1", "payments-v2");
    expect(v2.failures / v2.requests).toBeGreaterThan(0.08);
    expect(v2.failures / v2.requests).toBeLessThan(0.16);
    const v1 = edge(world, "cart-v1", "payments-v1");
    expect(v1.failures / v1.requests).toBeLessThan(0.005);
    expect(v1.requests / v2.requests).toBeGreaterThan(7);
    const callees = ["payments-v2 → ledger-v1", "payments-v2 → risk-v1", "risk-v1 → api.cards.example"];
    // A charge that failed earns no points; a checkout that failed sends no receipt and makes no order.
    const below = /^(orders|fulfilment|fulfilment-v2|shipping|billing|rates|rates-v2|loyalty) → |→ (orders|loyalty)$/;
    const receipts = [
      "web-v1 → accounts-v1",
      "accounts-v1 → accounts-db-v1",
      "accounts-v1 → mailer-v1",
      "mailer-v1 → hooks.partner.example",
    ];
    const callers = [
      "cart-v1 → payments-v2",
      "istio-ingressgateway → payments-v2",
      "istio-ingressgateway → web-v1",
      "web-v1 → cart-v1",
    ];
    const allowed = [...callees, ...receipts, ...callers];
    const changed = names(["bad-canary"]);
    expect(changed.filter((name) => !allowed.includes(name) && !below.test(name))).toEqual([]);
    expect(changed).toEqual(expect.arrayContaining(callers));
  });

  test("plaintext-caller adds an unmeshed caller and takes web → accounts below 100 %", () => {
    const world = settled(25, ["plaintext-caller"]);
    expect(edge(world, "legacy-batch", "payments-v1").security).toMatchObject({ mutual: 0, tls: 0, unknown: 0 });
    expect(edge(world, "legacy-batch", "accounts-v1").arrived).toBeGreaterThan(200);
    const known = edge(world, "web-v1", "accounts-v1");
    expect(edge(calm, "web-v1", "accounts-v1").security.plaintext).toBe(0);
    expect(known.security.mutual / known.arrived).toBeGreaterThan(0.5);
    expect(known.security.mutual / known.arrived).toBeLessThan(0.8);
    for (const e of world.truth().filter((e) => e.target.mesh === "istio" && e.source.kind !== "unmeshed")) {
      if (e !== known && e.target.name !== "accounts-v1") expect(e.security.plaintext).toBe(0);
    }
  });

  test("slow-dependency takes pricing's p95 from about 60 ms to about 1.5 s and makes some callers give up", () => {
    const p95 = (world: World): number => {
      const buckets = samples(text(world), "istio_request_duration_milliseconds_bucket").filter(
        (b) => b.labels.get("reporter") === "destination" && b.labels.get("destination_workload") === "pricing-v1",
      );
      const at = (le: string): number => total(buckets, { le });
      return ["0.5", "1", "5", "10", "25", "50", "100", "250", "500", "1000", "2500", "5000", "+Inf"]
        .map((le) => ({ le, n: at(le) }))
        .filter(({ n }) => n < at("+Inf") * 0.95).length;
    };
    expect(p95(calm)).toBe(6); // in (50, 100]
    const slow = settled(25, ["slow-dependency"]);
    expect(p95(slow)).toBe(10); // in (1000, 2500]
    const e = edge(slow, "web-v1", "catalog-v1");
    expect(edge(calm, "web-v1", "catalog-v1").timeouts).toBe(0);
    expect(e.timeouts / e.sent).toBeGreaterThan(0.003);
    expect(e.timeouts / e.sent).toBeLessThan(0.08);
    expect(names(["slow-dependency"])).not.toContain("cart-v1 → payments-v1");
  });

  test("retry-storm nearly doubles stock's traffic while catalog sees few failures, and touches nothing else", () => {
    const world = settled(25, ["retry-storm"]);
    const e = edge(world, "catalog-v1", "stock-v1");
    expect(e.sent).toBe(edge(calm, "catalog-v1", "stock-v1").sent);
    expect(e.arrived / e.sent).toBeGreaterThan(1.7);
    expect(e.failures / e.arrived).toBeGreaterThan(0.45);
    expect(e.sentFailures / e.sent).toBeLessThan(0.1);
    expect(names(["retry-storm"])).toEqual(["catalog-v1 → stock-v1"]);
  });

  test("ends when it is switched off", () => {
    const world = new World({ seed: 7, startMs: START });
    world.switchIncident("retry-storm", true);
    expect(world.incidents().find((i) => i.name === "retry-storm")).toMatchObject({ active: true, sinceMs: START });
    world.advance(START + 10_000);
    world.switchIncident("retry-storm", false);
    world.advance(START + 15_000);
    const before = edge(world, "catalog-v1", "stock-v1");
    world.advance(START + 40_000);
    const after = edge(world, "catalog-v1", "stock-v1");
    expect(after.failures - before.failures).toBeLessThan((after.requests - before.requests) * 0.01);
    expect(before.failures).toBeGreaterThan(before.requests * 0.2);
  });
});

describe("an incident beyond Istio", () => {
  const of = (world: World, source: string): string => text(world, (pod) => pod.workload.name === source);

  test("policy-denial: fulfilment's proxy refuses every call of orders, which answers 500", () => {
    const world = settled(8, ["policy-denial"]);
    const e = edge(world, "orders", "fulfilment");
    expect(e.denied).toBe(e.arrived);
    expect(e.failures).toBe(0);
    const denied = samples(of(world, "fulfilment"), "inbound_http_authz_deny_total");
    expect(total(denied, { tls: "true" })).toBe(e.denied);
    const sent = samples(of(world, "orders"), "response_total");
    expect(total(sent, { dst_deployment: "fulfilment", status_code: "403" })).toBe(e.sent);
    const ingress = edge(world, "orders-ingress", "orders");
    expect(ingress.failures / ingress.requests).toBeGreaterThan(0.2);
    expect(world.truth().some((one) => one.source.name === "fulfilment")).toBe(false);
  });

  test("unmeshed-scan: a caller without an identity at orders, in plaintext", () => {
    const world = settled(8, ["unmeshed-scan"]);
    const e = edge(world, "legacy-scan", "orders");
    expect(e.security).toMatchObject({ mutual: 0, plaintext: e.arrived });
    const seen = samples(of(world, "orders"), "response_total");
    const none = total(seen, { direction: "inbound", target_port: "8080", no_tls_reason: "no_tls_from_remote" });
    // The shop's web comes in without an identity too.
    expect(none).toBe(e.arrived + edge(world, "web-v1", "orders").arrived);
  });

  test("intention-denies: invoices' Envoy refuses billing", () => {
    const world = settled(8, ["intention-denies"]);
    const e = edge(world, "billing", "invoices");
    expect(e.denied).toBe(e.arrived);
    expect(e.arrived).toBeGreaterThan(100);
    expect(total(samples(of(world, "invoices"), "envoy_http_rbac_denied"), {})).toBe(e.denied);
    const above = edge(world, "fulfilment", "billing");
    expect(above.failures).toBe(above.requests);
  });

  test("circuit-open: two calls of five never leave loyalty, and the breaker stands open while they do not", () => {
    const world = settled(8, ["circuit-open"]);
    const e = edge(world, "loyalty", "offers");
    expect(e.neverLeft / e.sent).toBeGreaterThan(0.3);
    expect(e.neverLeft / e.sent).toBeLessThan(0.5);
    const printed = of(world, "loyalty");
    const canary = edge(world, "loyalty", "offers-v2").neverLeft;
    expect(total(samples(printed, "envoy_cluster_upstream_rq_pending_overflow"), {})).toBe(e.neverLeft + canary);
    const moving = new World({ seed: 7, startMs: START });
    moving.switchIncident("circuit-open", true);
    moving.advance(START + 10_000);
    const open = samples(of(moving, "loyalty"), "envoy_cluster_circuit_breakers_default_rq_pending_open");
    expect(total(open, {})).toBeGreaterThan(0);
  });

  test("slow-border: calls across take most of a second, while billing is fast", () => {
    const world = settled(8, ["slow-border"]);
    const slow = samples(of(world, "fulfilment"), "response_latency_ms_bucket").filter((b) =>
      b.labels.get("authority")?.startsWith("billing."),
    );
    const all = total(slow, { le: "+Inf" });
    expect(all).toBe(edge(world, "fulfilment", "billing").requests);
    expect(total(slow, { le: "300" })).toBeLessThan(all * 0.05);
    const own = samples(of(world, "api-gateway"), "envoy_cluster_upstream_rq_time_bucket");
    expect(total(own, { le: "100" })).toBeGreaterThan(total(own, { le: "+Inf" }) * 0.8);
  });

  test("certificate-expiry: old leaves until it ends, and new ones after", () => {
    const world = new World({ seed: 7, startMs: START });
    const expires = (): number => {
      const [pod] = world.pods.filter((one) => one.workload.name === "shipping");
      const printed = (pod && expose(pod, { startMs: START, nowMs: world.nowMs }, 1)?.text) ?? "";
      return Number(/^control_identity_cert_expiration_timestamp_seconds (\d+)$/m.exec(printed)?.[1]);
    };
    expect(expires()).toBe(START / 1000 + 86_400);
    world.switchIncident("certificate-expiry", true);
    expect(expires()).toBe(START / 1000 + 1200);
    expect(total(samples(of(world, "tax"), "envoy_server_days_until_first_cert_expiring"), {})).toBe(0);
    world.switchIncident("certificate-expiry", false);
    expect(expires()).toBe(START / 1000 + 86_400);
    expect(total(samples(of(world, "tax"), "envoy_server_days_until_first_cert_expiring"), {})).toBe(2);
  });
});
