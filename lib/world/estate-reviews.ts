/**
 * Istio's ambient mode: cluster `c1`, namespace `reviews`, a ztunnel on each of two nodes and one waypoint, through which
 * calls between the namespace's workloads pass. The shop's sidecars call in past the waypoint. Data only.
 */
import { fast, http, mutual, service } from "./estate-parts.ts";
import type { Link, ServiceSpec, SourceSpec, WorkloadSpec } from "./spec.ts";

function workload(name: string, rest: Partial<WorkloadSpec> = {}): WorkloadSpec {
  return {
    name: `${name}-v1`,
    role: "ambient",
    cluster: "c1",
    namespace: "reviews",
    service: name,
    version: "v1",
    replicas: 1,
    format: "otlpJson",
    ...rest,
  };
}

export const REVIEWS_WORKLOADS: readonly WorkloadSpec[] = [
  workload("ztunnel", { name: "ztunnel", role: "ztunnel", namespace: "istio-system", version: "", replicas: 2 }),
  workload("waypoint", { name: "waypoint", role: "waypoint", version: "latest" }),
  workload("feed"),
  workload("reviews", { replicas: 2 }),
  workload("ratings"),
  workload("reviews-db"),
];

const sentiment = {
  ...http("POST", "/reviews.v1.Ratings/Score", fast(6), [280, 320]),
  name: "Score",
};

export const REVIEWS_SERVICES: readonly ServiceSpec[] = [
  service("reviews", "reviews", [
    {
      ...http("GET", "/reviews/{id}", fast(5), [560, 3100]),
      failure: { probability: 0.0004, answers: [{ code: 500, grpc: "" }] },
      stages: [
        [{ service: "reviews-db", operation: "SELECT reviews", critical: true }],
        [{ service: "ratings", operation: "Score", probability: 0.8 }],
      ],
    },
  ]),
  service("ratings", "reviews", [sentiment], { protocol: "grpc", port: 9000 }),
  service("reviews-db", "reviews", [{ ...http("SELECT", "reviews", fast(2), [310, 2600]), name: "SELECT reviews" }], {
    protocol: "tcp",
    port: 5432,
  }),
];

export const REVIEWS_LINKS: readonly Link[] = [
  mutual("feed", "reviews", { timeoutMs: 2_000 }),
  mutual("reviews", "ratings", { timeoutMs: 1_000 }),
  mutual("reviews", "reviews-db"),
];

export const REVIEWS_SOURCES: readonly SourceSpec[] = [
  {
    name: "feed-readers",
    workload: "feed-v1",
    service: "reviews",
    operations: [{ name: "GET /reviews/{id}", weight: 1 }],
    ratePerSec: 32,
  },
];
