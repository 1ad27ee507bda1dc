/**
 * The Consul estate: billing machines in cluster `vm`, which Consul calls datacenter `vm-dc1`, each app behind Consul's Envoy, an API
 * gateway before them. Linkerd's fulfilment calls billing by the outside host `billing.vm.example.com`, in plaintext:
 * billing's public listener is permissive. Data only.
 */
import { nextVersion } from "./estate-canaries.ts";
import { fast, http, mutual, outside, rarely, service } from "./estate-parts.ts";
import type { Link, Operation, ServiceSpec, SourceSpec, WorkloadSpec } from "./spec.ts";

const PLACE = { datacenter: "vm-dc1", trustDomain: "2f0d3c1e-7c55-4d0e-9a53-51c2b6a0e9d4" };

function machine(name: string, replicas: number, rest: Partial<WorkloadSpec> = {}): WorkloadSpec {
  return {
    name,
    role: "consul",
    cluster: "vm",
    namespace: "billing",
    service: name,
    version: "",
    replicas,
    format: "zipkin",
    consul: PLACE,
    ...rest,
  };
}

export const BILLING_WORKLOADS: readonly WorkloadSpec[] = [
  machine("api-gateway", 1, { relays: true }),
  machine("billing", 2),
  machine("invoices", 1),
  // In a partition of its own, where Consul's tags put the service's name in place of the subset's.
  machine("tax", 1, { consul: { ...PLACE, partition: "finance" } }),
  machine("rates", 1, { version: "v1", consul: { ...PLACE, subset: "v1" } }),
  machine("ledger-db", 1),
];

export const BILLING_CANARIES = nextVersion(
  BILLING_WORKLOADS.find(({ name }) => name === "rates"),
  { name: "rates-v2", consul: { ...PLACE, subset: "v2" } },
);

const rate: Operation = {
  ...http("POST", "/tax.v1.Tax/Rate", fast(5), [260, 240]),
  name: "Rate",
  failure: { probability: 0.0003, answers: [{ code: 200, grpc: "13" }] },
};

const own = (name: string, operation: Operation | readonly Operation[], rest: Partial<ServiceSpec> = {}): ServiceSpec =>
  service(name, "billing", [operation].flat(), { host: name, backends: [{ workload: name, weight: 100 }], ...rest });

export const BILLING_SERVICES: readonly ServiceSpec[] = [
  own("api-gateway", [
    {
      ...http("POST", "/bills", { medianMs: 0.5, sigma: 0.3 }, [1400, 600]),
      stages: [[{ service: "billing", operation: "POST /bills", critical: true }]],
    },
    {
      ...http("GET", "/rates", { medianMs: 0.5, sigma: 0.3 }, [300, 800]),
      stages: [[{ service: "rates", operation: "GET /rates", critical: true }]],
    },
  ]),
  own(
    "billing",
    {
      ...http("POST", "/bills", fast(5), [1400, 600]),
      stages: [
        [
          { service: "tax", operation: "Rate", critical: true },
          { service: "rates", operation: "GET /rates", critical: true },
        ],
        [{ service: "invoices", operation: "POST /invoices", critical: true }],
      ],
    },
    { host: "billing.vm.example.com" },
  ),
  own("invoices", { ...http("POST", "/invoices", fast(9), [2400, 220]), failure: rarely(0.0004, 503) }, { port: 8081 }),
  own("tax", rate, { protocol: "grpc", port: 9000 }),
  own(
    "rates",
    {
      ...http("GET", "/rates", fast(3), [300, 800]),
      stages: [
        [{ service: "ledger-db", operation: "SELECT rates", critical: true }],
        [{ service: "weather", operation: "GET /v1/now", probability: 0.2 }],
      ],
    },
    {
      port: 8082,
      backends: [
        { workload: "rates", weight: 90 },
        { workload: "rates-v2", weight: 10 },
      ],
    },
  ),
  own(
    "ledger-db",
    { ...http("SELECT", "rates", fast(2), [290, 1500]), name: "SELECT rates" },
    { protocol: "tcp", port: 5432 },
  ),
  // Consul knows a host outside by the service it is registered as.
  outside("weather", "weather", http("GET", "/v1/now", fast(60), [380, 1200])),
];

export const BILLING_LINKS: readonly Link[] = [
  mutual("api-gateway", "billing", { timeoutMs: 5_000 }),
  mutual("billing", "tax", { timeoutMs: 1_000 }),
  mutual("billing", "rates", { timeoutMs: 1_500 }),
  mutual("billing", "invoices", { timeoutMs: 1_500, retries: 1 }),
  mutual("rates", "ledger-db"),
  { from: "rates", to: "weather", networkMs: 14, timeoutMs: 800, tls: "none" },
];

export const BILLING_SOURCES: readonly SourceSpec[] = [
  {
    name: "accountants",
    workload: "api-gateway",
    service: "api-gateway",
    operations: [{ name: "POST /bills", weight: 1 }],
    ratePerSec: 18,
  },
];
