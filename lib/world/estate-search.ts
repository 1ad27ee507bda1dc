/**
 * The plain-Envoy estate: search machines in cluster `vm1`, namespace `search`, each app behind a stock Envoy, and an
 * edge Envoy with no app before them. frontdoor → query by mutual TLS, query → ranker and query → index in the clear.
 * Data only.
 */
import type { Link, Operation, ServiceSpec, SourceSpec, WorkloadSpec } from "./spec.ts";

function machine(name: string, replicas: number, rest: Partial<WorkloadSpec> = {}): WorkloadSpec {
  return {
    name,
    role: "envoy",
    cluster: "vm1",
    namespace: "search",
    service: name,
    version: "",
    replicas,
    format: "zipkin",
    ...rest,
  };
}

export const SEARCH_WORKLOADS: readonly WorkloadSpec[] = [
  machine("frontdoor", 1, { role: "edge", relays: true }),
  machine("query", 2),
  machine("ranker", 2),
  machine("index", 1),
];

function service(name: string, port: number, operation: Operation, protocol: "http" | "tcp" = "http"): ServiceSpec {
  return {
    name,
    namespace: "search",
    host: name,
    port,
    protocol,
    kind: "mesh",
    backends: [{ workload: name, weight: 100 }],
    operations: [operation],
  };
}

export const SEARCH_SERVICES: readonly ServiceSpec[] = [
  service("frontdoor", 8080, {
    name: "GET /search",
    method: "GET",
    path: "/search",
    work: { medianMs: 0.5, sigma: 0.3 },
    stages: [[{ service: "query", operation: "GET /search", critical: true }]],
    requestBytes: 700,
    responseBytes: 9000,
  }),
  service("query", 9000, {
    name: "GET /search",
    method: "GET",
    path: "/search",
    work: { medianMs: 4, sigma: 0.4 },
    stages: [
      [{ service: "index", operation: "LOOKUP", critical: true }],
      [{ service: "ranker", operation: "POST /rank", critical: true }],
    ],
    requestBytes: 760,
    responseBytes: 8600,
  }),
  service("ranker", 9100, {
    name: "POST /rank",
    method: "POST",
    path: "/rank",
    work: { medianMs: 12, sigma: 0.5 },
    failure: { probability: 0.0006, answers: [{ code: 503, grpc: "" }] },
    requestBytes: 5200,
    responseBytes: 1400,
  }),
  service(
    "index",
    9200,
    {
      name: "LOOKUP",
      method: "LOOKUP",
      path: "terms",
      work: { medianMs: 3, sigma: 0.4 },
      requestBytes: 240,
      responseBytes: 5200,
    },
    "tcp",
  ),
];

export const SEARCH_LINKS: readonly Link[] = [
  { from: "frontdoor", to: "query", networkMs: 0.6, timeoutMs: 1_000, tls: "mutual" },
  { from: "query", to: "ranker", networkMs: 0.5, timeoutMs: 250, retries: 1, tls: "none" },
  { from: "query", to: "index", networkMs: 0.4, tls: "none" },
];

export const SEARCH_SOURCES: readonly SourceSpec[] = [
  {
    name: "searchers",
    workload: "frontdoor",
    service: "frontdoor",
    operations: [{ name: "GET /search", weight: 1 }],
    ratePerSec: 160,
  },
];
