/**
 * The AWS estate. App Mesh: mesh `loyalty-mesh` in cluster `aws`, namespace `loyalty`, a virtual gateway before it, and
 * `recommend` half-way through a migration: one replica behind App Mesh's Envoy, one behind an Istio sidecar. ECS Service
 * Connect, the same agent: cluster `ecs`, namespace `partners`. Istio's payments calls loyalty by an outside host. Data only.
 */
import { nextVersion } from "./estate-canaries.ts";
import { fast, http, mutual, rarely, service } from "./estate-parts.ts";
import type { Link, Operation, ServiceSpec, SourceSpec, WorkloadSpec } from "./spec.ts";

function workload(name: string, replicas: number, rest: Partial<WorkloadSpec> = {}): WorkloadSpec {
  return {
    name,
    role: "appmesh",
    cluster: "aws",
    namespace: "loyalty",
    service: name,
    version: "",
    replicas,
    format: "zipkinProto",
    // Kubernetes' controller names a virtual node after workload and namespace.
    appmesh: { mesh: "loyalty-mesh", node: `${name}_loyalty`, statsTags: true, extension: true },
    ...rest,
  };
}

/** Tags are off at one node, as they are by default: what it says of itself comes from the scrape job alone. */
const BARE = { appmesh: { mesh: "loyalty-mesh", node: "offers_loyalty" } };

function task(name: string): WorkloadSpec {
  const place = { clusterName: "partners-ecs", serviceName: name, discoveryName: name, extension: true };
  return workload(name, 1, { role: "serviceConnect", cluster: "ecs", namespace: "partners", serviceConnect: place });
}

export const LOYALTY_WORKLOADS: readonly WorkloadSpec[] = [
  workload("loyalty-gateway", 1, { relays: true }),
  workload("loyalty", 2),
  workload("points", 1),
  workload("offers", 1, { ...BARE, version: "v1" }),
  workload("recommend", 2, { replicaRoles: ["appmesh", "sidecar"] }),
  task("partners"),
  task("vouchers"),
];

export const LOYALTY_CANARIES = nextVersion(
  LOYALTY_WORKLOADS.find(({ name }) => name === "offers"),
  { name: "offers-v2", calledAs: "offers-v2", appmesh: { mesh: "loyalty-mesh", node: "offers-v2_loyalty" } },
);

const own = (name: string, operations: readonly Operation[], rest: Partial<ServiceSpec> = {}): ServiceSpec =>
  service(name, "loyalty", operations, { backends: [{ workload: name, weight: 100 }], ...rest });

export const LOYALTY_SERVICES: readonly ServiceSpec[] = [
  own("loyalty-gateway", [
    {
      ...http("GET", "/offers", { medianMs: 0.6, sigma: 0.3 }, [700, 3400]),
      stages: [[{ service: "loyalty", operation: "GET /offers", critical: true }]],
    },
    {
      ...http("GET", "/catalogue", { medianMs: 0.6, sigma: 0.3 }, [640, 3200]),
      stages: [[{ service: "offers", operation: "GET /offers", critical: true }]],
    },
  ]),
  own(
    "loyalty",
    [
      {
        ...http("POST", "/earn", fast(5), [820, 240]),
        stages: [[{ service: "points", operation: "Add", critical: true }]],
      },
      {
        ...http("GET", "/offers", fast(4), [700, 3400]),
        stages: [[{ service: "offers", operation: "GET /offers", critical: true }]],
      },
    ],
    { host: "loyalty.aws.example.com" },
  ),
  own("points", [{ ...http("POST", "/points.v1.Points/Add", fast(6), [260, 180]), name: "Add" }], {
    protocol: "grpc",
    port: 9000,
  }),
  own(
    "offers",
    [
      {
        ...http("GET", "/offers", fast(6), [640, 3200]),
        failure: rarely(0.0004, 500),
        stages: [[{ service: "recommend", operation: "GET /recommend", probability: 0.8 }]],
      },
    ],
    {
      backends: [
        { workload: "offers", weight: 90 },
        { workload: "offers-v2", weight: 10 },
      ],
    },
  ),
  own("recommend", [
    {
      ...http("GET", "/recommend", fast(12), [520, 1400]),
      stages: [[{ service: "points", operation: "Add", probability: 0.4 }]],
    },
  ]),
  own(
    "partners",
    [
      {
        ...http("GET", "/partners/{id}", fast(4), [600, 1800]),
        stages: [[{ service: "vouchers", operation: "GET /vouchers/{id}", critical: true }]],
      },
    ],
    { namespace: "partners", host: "partners" },
  ),
  own("vouchers", [{ ...http("GET", "/vouchers/{id}", fast(7), [560, 900]), failure: rarely(0.0005, 503) }], {
    namespace: "partners",
    host: "vouchers",
  }),
];

export const LOYALTY_LINKS: readonly Link[] = [
  mutual("loyalty-gateway", "loyalty", { timeoutMs: 5_000 }),
  mutual("loyalty", "points", { timeoutMs: 1_000 }),
  mutual("loyalty", "offers", { timeoutMs: 1_500 }),
  mutual("offers", "recommend", { timeoutMs: 1_000 }),
  mutual("recommend", "points", { timeoutMs: 1_000 }),
  { from: "partners", to: "vouchers", networkMs: 0.8, timeoutMs: 1_500, retries: 1, tls: "none" },
];

export const LOYALTY_SOURCES: readonly SourceSpec[] = [
  {
    name: "members",
    workload: "loyalty-gateway",
    service: "loyalty-gateway",
    operations: [{ name: "GET /offers", weight: 1 }],
    ratePerSec: 20,
  },
  {
    name: "partner-apps",
    workload: "partners",
    service: "partners",
    operations: [{ name: "GET /partners/{id}", weight: 1 }],
    ratePerSec: 15,
  },
];
