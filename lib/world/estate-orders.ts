/**
 * The Linkerd estate: what happens after a checkout, in cluster `c1`, namespace `orders`. The shop's `web` calls in by
 * the in-cluster host, fulfilment calls out to the billing machines by an outside host, and shipping asks a geocoder
 * beyond the estate. Data only.
 */
import { nextVersion } from "./estate-canaries.ts";
import { fast, http, mutual, outside, rarely, service } from "./estate-parts.ts";
import type { Link, Operation, ServiceSpec, SourceSpec, WorkloadSpec } from "./spec.ts";

function workload(name: string, replicas: number, rest: Partial<WorkloadSpec> = {}): WorkloadSpec {
  return {
    name,
    role: "linkerd",
    cluster: "c1",
    namespace: "orders",
    service: name,
    version: "",
    replicas,
    format: "otlpProto",
    ...rest,
  };
}

export const ORDERS_WORKLOADS: readonly WorkloadSpec[] = [
  workload("orders-ingress", 1, { relays: true }),
  workload("orders", 2),
  workload("fulfilment", 2, { version: "v1" }),
  workload("shipping", 1),
  workload("orders-db", 1),
  workload("legacy-scan", 1, { role: "unmeshed", namespace: "legacy" }),
];

const FULFILMENT = ORDERS_WORKLOADS.find(({ name }) => name === "fulfilment");

/** The last two are what Flagger releases: it copies the target to a primary, and the target itself is the canary. */
export const ORDERS_CANARIES: readonly WorkloadSpec[] = [
  ...nextVersion(FULFILMENT, { name: "fulfilment-v2", calledAs: "fulfilment-v2" }),
  workload("notices-primary", 1, { service: "notices", calledAs: "notices-primary", version: "v1" }),
  workload("notices", 1, { calledAs: "notices-canary", version: "v2" }),
];

const relay = (method: string, path: string, to = "orders"): Operation => ({
  ...http(method, path, { medianMs: 0.6, sigma: 0.3 }, [900, 2100]),
  stages: [[{ service: to, operation: `${method} ${path}`, critical: true }]],
});

const label: Operation = {
  ...http("POST", "/shipping.v1.Shipping/Label", fast(11), [340, 700]),
  name: "Label",
  failure: { probability: 0.0004, answers: [{ code: 200, grpc: "13" }] },
  stages: [[{ service: "geocoder", operation: "GET /v1/geocode", probability: 0.4 }]],
};

const own = (name: string, operations: readonly Operation[], rest: Partial<ServiceSpec> = {}): ServiceSpec =>
  service(name, "orders", operations, { backends: [{ workload: name, weight: 100 }], ...rest });

export const ORDERS_SERVICES: readonly ServiceSpec[] = [
  own(
    "orders-ingress",
    [relay("GET", "/orders/{id}"), relay("POST", "/orders"), relay("GET", "/fulfilments/{id}", "fulfilment")],
    { port: 443 },
  ),
  own("orders", [
    {
      ...http("GET", "/orders/{id}", fast(4), [640, 2300]),
      failure: rarely(0.003, 404),
      stages: [[{ service: "orders-db", operation: "SELECT orders", critical: true }]],
    },
    {
      ...http("POST", "/orders", fast(6), [1900, 420]),
      stages: [
        [{ service: "orders-db", operation: "SELECT orders", critical: true }],
        [{ service: "fulfilment", operation: "POST /fulfilments", critical: true }],
      ],
    },
  ]),
  own(
    "fulfilment",
    [
      {
        ...http("POST", "/fulfilments", fast(7), [1500, 380]),
        failure: rarely(0.0005, 500),
        stages: [
          [
            { service: "shipping", operation: "Label", critical: true },
            { service: "billing", operation: "POST /bills", critical: true },
          ],
          [{ service: "notices", operation: "POST /notices" }],
        ],
      },
      http("GET", "/fulfilments/{id}", fast(4), [620, 1100]),
    ],
    {
      route: "fulfilment",
      backends: [
        { workload: "fulfilment", weight: 90 },
        { workload: "fulfilment-v2", weight: 10 },
      ],
    },
  ),
  own("notices", [http("POST", "/notices", fast(5), [980, 160])], {
    route: "notices",
    backends: [
      { workload: "notices-primary", weight: 80 },
      { workload: "notices", weight: 20 },
    ],
  }),
  own("shipping", [label], { protocol: "grpc", port: 9000 }),
  own("orders-db", [{ ...http("SELECT", "orders", fast(2), [420, 1700]), name: "SELECT orders" }], {
    protocol: "tcp",
    port: 5432,
  }),
  outside("geocoder", "api.geocode.example", http("GET", "/v1/geocode", fast(48), [420, 900])),
];

export const ORDERS_LINKS: readonly Link[] = [
  mutual("orders-ingress", "orders"),
  mutual("orders", "orders-db"),
  mutual("orders", "fulfilment", { timeoutMs: 4_000 }),
  mutual("fulfilment", "shipping", { timeoutMs: 2_000 }),
  { from: "fulfilment", to: "billing", networkMs: 6, timeoutMs: 2_000, tls: "none" },
  { from: "shipping", to: "geocoder", networkMs: 15, timeoutMs: 1_000, tls: "none" },
  { from: "legacy-scan", to: "orders", networkMs: 1.2, tls: "none" },
];

export const ORDERS_SOURCES: readonly SourceSpec[] = [
  {
    name: "back-office",
    workload: "orders-ingress",
    service: "orders-ingress",
    operations: [
      { name: "GET /orders/{id}", weight: 70 },
      { name: "POST /orders", weight: 30 },
    ],
    ratePerSec: 28,
  },
  {
    name: "legacy-scans",
    workload: "legacy-scan",
    service: "orders",
    operations: [{ name: "GET /orders/{id}", weight: 1 }],
    ratePerSec: 14,
    dormant: true,
  },
];
