/**
 * The Istio estate: a web shop in cluster `c1`, namespaces `shop`, `finance`, `istio-system`, and unmeshed callers in
 * `legacy`. Data only; the types say the units. A card network stands outside behind a ServiceEntry, and the mailer
 * calls a webhook that the mesh knows nothing of.
 */
import { fast, http, mutual, rarely, service } from "./estate-parts.ts";
import type { Link, Operation, ServiceSpec, SourceSpec, WorkloadSpec } from "./spec.ts";

const CLUSTER = "c1";

function workload(
  service: string,
  namespace: string,
  replicas: number,
  rest: Partial<WorkloadSpec> = {},
): WorkloadSpec {
  return {
    name: `${service}-v1`,
    role: "sidecar",
    cluster: CLUSTER,
    namespace,
    service,
    version: "v1",
    replicas,
    format: "otlpJson",
    ...rest,
  };
}

export const SHOP_WORKLOADS: readonly WorkloadSpec[] = [
  workload("istio-ingressgateway", "istio-system", 2, {
    name: "istio-ingressgateway",
    role: "gateway",
    relays: true,
    version: "latest",
    format: "otlpProto",
  }),
  workload("web", "shop", 3, { format: "otlpJson", appMetrics: "classic" }),
  workload("cart", "shop", 2, { format: "zipkin" }),
  workload("catalog", "shop", 2, { format: "otlpProto", appMetrics: "openMetrics" }),
  workload("accounts", "shop", 2, { format: "otlpJson" }),
  workload("pricing", "shop", 2, { format: "zipkin" }),
  workload("stock", "shop", 2, { format: "otlpProto" }),
  workload("mailer", "shop", 1, { format: "zipkin" }),
  workload("accounts-db", "shop", 1, { format: "otlpJson" }),
  workload("payments", "finance", 2, { format: "otlpProto" }),
  workload("payments", "finance", 1, { name: "payments-v2", version: "v2", format: "otlpProto" }),
  workload("ledger", "finance", 1, { format: "otlpJson" }),
  workload("risk", "finance", 1, { format: "zipkin" }),
  workload("legacy-cron", "legacy", 1, { name: "legacy-cron", role: "unmeshed" }),
  workload("legacy-batch", "legacy", 1, { name: "legacy-batch", role: "unmeshed" }),
];

/** What Argo Rollouts releases. */
export const SUGGEST_WORKLOADS: readonly WorkloadSpec[] = [
  workload("suggest", "shop", 2, { format: "otlpProto" }),
  workload("suggest", "shop", 1, { name: "suggest-v2", version: "v2", format: "otlpProto" }),
];

const relay = (method: string, path: string, to = "web"): Operation => ({
  ...http(method, path, { medianMs: 0.6, sigma: 0.3 }, [900, 6000]),
  stages: [[{ service: to, operation: `${method} ${path}`, critical: true }]],
});

const WEB: readonly Operation[] = [
  {
    ...http("GET", "/", fast(4), [820, 24_000]),
    stages: [[{ service: "catalog", operation: "GET /products" }]],
  },
  {
    ...http("GET", "/product/{id}", fast(5), [840, 18_000]),
    failure: rarely(0.004, 404),
    stages: [
      [
        { service: "catalog", operation: "GET /products/{id}", critical: true },
        { service: "accounts", operation: "GET /accounts/{id}", probability: 0.15 },
        { service: "reviews", operation: "GET /reviews/{id}", probability: 0.2 },
        { service: "suggest", operation: "GET /suggestions", probability: 0.3 },
      ],
    ],
  },
  {
    ...http("POST", "/cart", fast(3), [1300, 900]),
    stages: [[{ service: "cart", operation: "POST /items", critical: true }]],
  },
  {
    ...http("POST", "/checkout", fast(6), [2100, 1500]),
    stages: [
      [{ service: "accounts", operation: "GET /accounts/{id}", critical: true }],
      [{ service: "cart", operation: "POST /checkout", critical: true }],
      [
        { service: "accounts", operation: "POST /receipts", probability: 0.5 },
        { service: "orders", operation: "POST /orders", probability: 0.6 },
      ],
    ],
    appSpan: { name: "web.checkout", attributes: { "code.function.name": "checkout", "shop.currency": "EUR" } },
  },
];

const CATALOG: readonly Operation[] = [
  {
    ...http("GET", "/products", fast(5), [620, 14_000]),
    stages: [[{ service: "pricing", operation: "Quote", critical: true }]],
  },
  {
    ...http("GET", "/products/{id}", fast(3), [640, 4200]),
    stages: [
      [
        { service: "pricing", operation: "Quote", critical: true },
        { service: "stock", operation: "GET /stock/{id}" },
      ],
      [{ service: "stock", operation: "GET /stock/{id}/nearby", probability: 0.5 }],
    ],
    appSpan: { name: "catalog.render", attributes: { "code.function.name": "renderProduct", "thread.id": 14 } },
  },
];

const CART: readonly Operation[] = [
  { ...http("POST", "/items", fast(7), [1100, 300]), failure: rarely(0.0002, 500) },
  {
    ...http("POST", "/checkout", fast(5), [1700, 700]),
    stages: [[{ service: "payments", operation: "POST /charges", critical: true }]],
    appSpan: { name: "cart.checkout", attributes: { "code.function.name": "placeOrder", "cart.items": 3 } },
  },
];

const PAYMENTS: readonly Operation[] = [
  {
    ...http("POST", "/charges", fast(9), [1500, 420]),
    failure: rarely(0.0001, 500),
    stages: [
      [{ service: "risk", operation: "POST /score", critical: true }],
      [
        { service: "ledger", operation: "POST /entries", critical: true },
        { service: "loyalty", operation: "POST /earn", probability: 0.5 },
      ],
    ],
    appSpan: { name: "payments.charge", attributes: { "code.function.name": "charge", "payment.method": "card" } },
  },
];

const ACCOUNTS: readonly Operation[] = [
  {
    ...http("GET", "/accounts/{id}", fast(3), [700, 1600]),
    stages: [[{ service: "accounts-db", operation: "SELECT accounts", critical: true }]],
  },
  {
    ...http("POST", "/receipts", fast(3), [1400, 200]),
    stages: [
      [{ service: "accounts-db", operation: "SELECT accounts", critical: true }],
      [{ service: "mailer", operation: "POST /mail" }],
    ],
  },
];

const pricing: Operation = {
  ...http("POST", "/shop.pricing.v1.Pricing/Quote", { medianMs: 21, sigma: 0.6 }, [310, 520]),
  name: "Quote",
  failure: { probability: 0.0003, answers: [{ code: 200, grpc: "13" }] },
};

export const SHOP_SERVICES: readonly ServiceSpec[] = [
  service(
    "istio-ingressgateway",
    "istio-system",
    [
      relay("GET", "/"),
      relay("GET", "/product/{id}"),
      relay("POST", "/cart"),
      relay("POST", "/checkout"),
      relay("POST", "/charges", "payments"),
    ],
    { backends: [{ workload: "istio-ingressgateway", weight: 100 }], port: 443 },
  ),
  service("web", "shop", WEB),
  service("catalog", "shop", CATALOG),
  service("cart", "shop", CART),
  service("accounts", "shop", ACCOUNTS),
  service("pricing", "shop", [pricing], { protocol: "grpc", port: 9000 }),
  service("stock", "shop", [
    { ...http("GET", "/stock/{id}", fast(6), [510, 240]), failure: rarely(0.0006, 503) },
    { ...http("GET", "/stock/{id}/nearby", fast(9), [530, 900]), failure: rarely(0.0006, 503) },
  ]),
  service("mailer", "shop", [
    {
      ...http("POST", "/mail", { medianMs: 30, sigma: 0.8 }, [3800, 180]),
      stages: [[{ service: "hooks", operation: "POST /delivered", probability: 0.6 }]],
    },
  ]),
  service("accounts-db", "shop", [{ ...http("SELECT", "accounts", fast(2), [380, 1900]), name: "SELECT accounts" }], {
    protocol: "tcp",
    port: 5432,
  }),
  service("payments", "finance", PAYMENTS, {
    backends: [
      { workload: "payments-v1", weight: 90 },
      { workload: "payments-v2", weight: 10 },
    ],
  }),
  service("suggest", "shop", [http("GET", "/suggestions", fast(8), [560, 2600])], {
    backends: [
      { workload: "suggest-v1", weight: 80 },
      { workload: "suggest-v2", weight: 20 },
    ],
  }),
  service("ledger", "finance", [http("POST", "/entries", fast(8), [900, 160])]),
  service("risk", "finance", [
    {
      ...http("POST", "/score", fast(6), [1200, 260]),
      stages: [[{ service: "cards", operation: "POST /v2/assess", probability: 0.7 }]],
    },
  ]),
  service(
    "cards",
    "external",
    [{ ...http("POST", "/v2/assess", fast(70), [1100, 640]), failure: rarely(0.0005, 502) }],
    {
      host: "api.cards.example",
      port: 443,
      kind: "external",
      backends: [],
    },
  ),
  service("hooks", "external", [http("POST", "/delivered", fast(55), [600, 90])], {
    host: "hooks.partner.example",
    port: 80,
    kind: "passthrough",
    backends: [],
  }),
];

export const SHOP_LINKS: readonly Link[] = [
  mutual("istio-ingressgateway", "web", { timeoutMs: 15_000 }),
  mutual("web", "catalog", { timeoutMs: 2_000 }),
  mutual("web", "cart", { timeoutMs: 5_000 }),
  mutual("web", "accounts", { timeoutMs: 3_000 }),
  mutual("cart", "payments", { timeoutMs: 4_000 }),
  mutual("payments", "risk", { timeoutMs: 1_500 }),
  mutual("payments", "ledger", { timeoutMs: 1_500 }),
  mutual("web", "reviews", { timeoutMs: 1_500 }),
  // No Istio proxy can speak another mesh's mutual TLS.
  { from: "web", to: "orders", networkMs: 1.1, timeoutMs: 3_000, tls: "none" },
  { from: "payments", to: "loyalty", networkMs: 9, timeoutMs: 1_200, tls: "none" },
  { from: "risk", to: "cards", networkMs: 18, timeoutMs: 1_000, tls: "serverOnly" },
  mutual("catalog", "pricing", { timeoutMs: 3_000 }),
  mutual("catalog", "stock", { timeoutMs: 1_000, retries: 3 }),
  mutual("accounts", "accounts-db"),
  mutual("accounts", "mailer", { timeoutMs: 700, connectFailure: 0.0004 }),
  { from: "mailer", to: "hooks", networkMs: 22, timeoutMs: 2_000, tls: "none" },
  { from: "legacy-cron", to: "mailer", networkMs: 1.2, tls: "none" },
  { from: "legacy-batch", to: "payments", networkMs: 1.2, tls: "none" },
  { from: "legacy-batch", to: "accounts", networkMs: 1.2, tls: "none" },
];

export const SHOP_SOURCES: readonly SourceSpec[] = [
  {
    name: "shoppers",
    workload: "istio-ingressgateway",
    service: "istio-ingressgateway",
    operations: [
      { name: "GET /", weight: 35 },
      { name: "GET /product/{id}", weight: 40 },
      { name: "POST /cart", weight: 8 },
      { name: "POST /checkout", weight: 17 },
    ],
    ratePerSec: 260,
  },
  {
    name: "nightly-mail",
    workload: "legacy-cron",
    service: "mailer",
    operations: [{ name: "POST /mail", weight: 1 }],
    ratePerSec: 3,
  },
  {
    name: "legacy-charges",
    workload: "legacy-batch",
    service: "payments",
    operations: [{ name: "POST /charges", weight: 1 }],
    ratePerSec: 12,
    dormant: true,
  },
  {
    name: "legacy-lookups",
    workload: "legacy-batch",
    service: "accounts",
    operations: [{ name: "GET /accounts/{id}", weight: 1 }],
    ratePerSec: 18,
    dormant: true,
  },
];
