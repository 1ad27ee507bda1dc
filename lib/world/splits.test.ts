import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEMO_ESTATE } from "./estate.ts";
import { expose } from "./exposition.ts";
import type { IncidentName } from "./incidents.ts";
import type { Estate } from "./spec.ts";
import type { Splits } from "./splits.ts";
import { samplesOf, sumOf } from "./tiny-estate.ts";
import { World } from "./world.ts";

const START = Date.UTC(2026, 0, 5, 9);

interface Case {
  readonly mesh: string;
  readonly service: string;
  readonly stable: string;
  readonly canary: string;
  readonly gateway: string;
  readonly caller: string;
  readonly family: string;
  /** What a caller's proxy says of requests to the stable version and to the new one. */
  readonly arms: readonly [readonly string[], readonly string[]];
}

const CASES: readonly Case[] = [
  {
    mesh: "Istio",
    service: "payments",
    stable: "payments-v1",
    canary: "payments-v2",
    gateway: "istio-ingressgateway",
    caller: "cart-v1",
    family: "istio_requests_total",
    arms: [
      ['reporter="source"', 'destination_service_name="payments"', 'destination_version="v1"'],
      ['reporter="source"', 'destination_service_name="payments"', 'destination_version="v2"'],
    ],
  },
  {
    mesh: "Linkerd",
    service: "fulfilment",
    stable: "fulfilment",
    canary: "fulfilment-v2",
    gateway: "orders-ingress",
    caller: "orders",
    family: "outbound_http_route_backend_requests_total",
    arms: [
      ['parent_name="fulfilment"', 'route_name="fulfilment"', 'backend_name="fulfilment"'],
      ['parent_name="fulfilment"', 'route_name="fulfilment"', 'backend_name="fulfilment-v2"'],
    ],
  },
  {
    mesh: "Consul",
    service: "rates",
    stable: "rates",
    canary: "rates-v2",
    gateway: "api-gateway",
    caller: "billing",
    family: "envoy_cluster_upstream_rq_total",
    arms: [
      ['consul_destination_service="rates"', 'consul_destination_service_subset="v1"'],
      ['consul_destination_service="rates"', 'consul_destination_service_subset="v2"'],
    ],
  },
  {
    mesh: "App Mesh",
    service: "offers",
    stable: "offers",
    canary: "offers-v2",
    gateway: "loyalty-gateway",
    caller: "loyalty",
    family: "envoy_cluster_upstream_rq_total",
    arms: [
      ['envoy_cluster_name="cds_egress_loyalty-mesh_offers_loyalty_http_8080"'],
      ['envoy_cluster_name="cds_egress_loyalty-mesh_offers-v2_loyalty_http_8080"'],
    ],
  },
];

/** The shop sells and does nothing else, so that a second of it is cheap. */
const ESTATE: Estate = {
  ...DEMO_ESTATE,
  sources: DEMO_ESTATE.sources
    .filter(({ name }) => !/search/.test(name))
    .map((source) =>
      source.name === "shoppers"
        ? { ...source, operations: [{ name: "POST /checkout", weight: 1 }], ratePerSec: 40 }
        : source,
    ),
};

const worldOf = (seed: number): World => new World({ seed, startMs: START, estate: ESTATE });

const splitsOf = (canary: number): Splits =>
  new Map(
    CASES.map(({ service, stable, canary: v2 }) => [
      service,
      new Map([
        [stable, 1 - canary],
        [v2, canary],
      ]),
    ]),
  );

function printed(world: World, workload: string): string {
  return world.pods
    .filter((pod) => pod.workload.name === workload)
    .map((pod) => expose(pod, { startMs: START, nowMs: world.nowMs }, 1)?.text ?? "")
    .join("");
}

/** Requests of one caller to each arm, as its own proxies count them. */
function counted(world: World, { family, arms }: Case, caller: string): readonly [number, number] {
  const text = printed(world, caller);
  return [sumOf(text, family, ...arms[0]), sumOf(text, family, ...arms[1])];
}

/** 4.5 standard deviations: seven in a million. */
function expectShare([stable, canary]: readonly [number, number], weight: number, what: string): void {
  const n = stable + canary;
  expect(n, what).toBeGreaterThan(100);
  const bound = 4.5 * Math.sqrt((weight * (1 - weight)) / n);
  expect(Math.abs(canary / n - weight), what).toBeLessThanOrEqual(bound);
}

const minus = ([a, b]: readonly [number, number], [c, d]: readonly [number, number]): readonly [number, number] => [
  a - c,
  b - d,
];

/** Before a change of weights and after it, with nothing under way in between. */
function moved(seed: number, from: number, to: number, incidents: readonly IncidentName[] = []) {
  const world = worldOf(seed);
  world.advance(START + 12_000, splitsOf(from));
  for (const name of incidents) world.switchIncident(name, true);
  const before = CASES.map((one) => [counted(world, one, one.caller), counted(world, one, one.gateway)] as const);
  world.advance(START + 30_000, splitsOf(to));
  const after = CASES.map((one) => [counted(world, one, one.caller), counted(world, one, one.gateway)] as const);
  return CASES.map((one, i) => ({
    one,
    caller: minus(after[i]?.[0] ?? [0, 0], before[i]?.[0] ?? [0, 0]),
    gateway: minus(after[i]?.[1] ?? [0, 0], before[i]?.[1] ?? [0, 0]),
  }));
}

describe("a split", () => {
  test("is what the proxies of every caller count, in every mesh, within binomial bounds", { timeout: 60_000 }, () => {
    const world = worldOf(5);
    world.advance(START + 20_000, splitsOf(0.25));
    for (const one of CASES) {
      for (const caller of [one.caller, one.gateway]) {
        expectShare(counted(world, one, caller), 0.25, `${one.mesh}, ${caller}`);
      }
    }
  });

  test("that is changed moves what comes after it, to none and to all too", { timeout: 60_000 }, () => {
    for (const { one, caller } of moved(6, 0.1, 0.6)) expectShare(caller, 0.6, one.mesh);
    const all = worldOf(6);
    all.advance(START + 8_000, splitsOf(1));
    const none = worldOf(6);
    none.advance(START + 8_000, splitsOf(0));
    for (const one of CASES) {
      expect(counted(all, one, one.caller)[0], one.mesh).toBe(0);
      expect(counted(none, one, one.caller)[1], one.mesh).toBe(0);
      expect(counted(none, one, one.caller)[0], one.mesh).toBeGreaterThan(30);
    }
  });

  test("is kept by the gateways' proxies while news does not reach them", { timeout: 60_000 }, () => {
    for (const { one, caller, gateway } of moved(8, 0.1, 0.7, ["partial-propagation"])) {
      expectShare(caller, 0.7, one.mesh);
      expectShare(gateway, 0.1, one.mesh);
    }
  });

  test("reaches them when that ends", { timeout: 60_000 }, () => {
    const world = worldOf(8);
    world.advance(START + 1_000, splitsOf(0.1));
    world.switchIncident("partial-propagation", true);
    world.advance(START + 3_000, splitsOf(0.9));
    world.switchIncident("partial-propagation", false);
    world.advance(START + 4_000);
    const before = CASES.map((one) => counted(world, one, one.gateway));
    world.advance(START + 20_000);
    for (const [i, one] of CASES.entries()) {
      expectShare(minus(counted(world, one, one.gateway), before[i] ?? [0, 0]), 0.9, one.mesh);
    }
  });

  test("sends a request to the new version at a larger share whenever it did at a smaller one", () => {
    const reached = (share: number): number => {
      const world = worldOf(3);
      world.advance(START + 1_500, splitsOf(share));
      return samplesOf(printed(world, "cart-v1"), "istio_requests_total")
        .filter(([labels]) => labels.includes('destination_workload="payments-v2"'))
        .reduce((sum, [, value]) => sum + value, 0);
    };
    fc.assert(
      fc.property(
        fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
        ([a, b]) => {
          expect(reached(Math.min(a, b))).toBeLessThanOrEqual(reached(Math.max(a, b)));
        },
      ),
      { numRuns: 4 },
    );
  });

  test("passes callers by that are outside its mesh: they reach every replica alike", { timeout: 60_000 }, () => {
    const world = worldOf(5);
    world.switchIncident("plaintext-caller", true);
    world.advance(START + 18_000, splitsOf(0));
    const edges = world.truth().filter(({ source }) => source.name === "legacy-batch");
    const to = (name: string): number => edges.find(({ target }) => target.name === name)?.arrived ?? 0;
    expectShare([to("payments-v1"), to("payments-v2")], 1 / 3, "two replicas and one");
  });
});

describe("a bad canary", () => {
  test("fails and slows down the more the larger its share is", { timeout: 60_000 }, () => {
    const at = (share: number) => {
      const world = worldOf(7);
      world.switchIncident("bad-canary", true);
      world.advance(START + 14_000, splitsOf(share));
      const edges = world.truth().filter(({ target }) => target.name === "payments-v2");
      const requests = edges.reduce((sum, edge) => sum + edge.requests, 0);
      const failures = edges.reduce((sum, edge) => sum + edge.failures, 0);
      const text = printed(world, "payments-v2");
      const where = ['reporter="destination"', 'response_code="200"'];
      const count = sumOf(text, "istio_request_duration_milliseconds_count", ...where);
      return {
        rate: failures / requests,
        meanMs: sumOf(text, "istio_request_duration_milliseconds_sum", ...where) / count,
      };
    };
    const [small, large] = [at(0.1), at(0.9)];
    expect(small.rate).toBeGreaterThan(0.06);
    expect(small.rate).toBeLessThan(0.2);
    expect(large.rate).toBeGreaterThan(0.35);
    expect(large.meanMs).toBeGreaterThan(small.meanMs * 1.3);
  });
});
