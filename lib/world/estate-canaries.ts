/**
 * New versions beside the stable ones, one service a mesh, and one each that Argo Rollouts and Flagger release. In every mesh
 * the gateway is a second caller of the service that is split. Data only; the stable versions and the services stand with
 * their meshes. These come last in the estate, so that the dice of all others are as they would be without.
 */
import { mutual } from "./estate-parts.ts";
import type { Estate, ServiceSpec, SourceSpec, WorkloadSpec } from "./spec.ts";

/** A second version as the first, but for its name, one replica and what is given. */
export function nextVersion(stable: WorkloadSpec | undefined, rest: Partial<WorkloadSpec>): readonly WorkloadSpec[] {
  return stable === undefined ? [] : [{ ...stable, version: "v2", replicas: 1, ...rest }];
}

interface Gateway {
  readonly source: string;
  readonly workload: string;
  readonly operation: string;
  readonly ratePerSec: number;
}

const GATEWAYS: readonly Gateway[] = [
  { source: "terminals", workload: "istio-ingressgateway", operation: "POST /charges", ratePerSec: 12 },
  { source: "couriers", workload: "orders-ingress", operation: "GET /fulfilments/{id}", ratePerSec: 12 },
  { source: "traders", workload: "api-gateway", operation: "GET /rates", ratePerSec: 14 },
  { source: "kiosks", workload: "loyalty-gateway", operation: "GET /catalogue", ratePerSec: 14 },
];

export const CANARY_SOURCES: readonly SourceSpec[] = GATEWAYS.map(({ source, workload, operation, ratePerSec }) => ({
  name: source,
  workload,
  service: workload,
  operations: [{ name: operation, weight: 1 }],
  ratePerSec,
}));

export const CANARY_LINKS: Estate["links"] = [
  mutual("istio-ingressgateway", "payments", { timeoutMs: 5_000 }),
  mutual("web", "suggest", { timeoutMs: 1_500 }),
  mutual("orders-ingress", "fulfilment"),
  mutual("fulfilment", "notices", { timeoutMs: 1_000 }),
  mutual("api-gateway", "rates", { timeoutMs: 2_000 }),
  mutual("loyalty-gateway", "offers", { timeoutMs: 2_000 }),
];

/** Services whose requests are split: those with more than one workload behind them. */
export function splitServices(services: readonly ServiceSpec[]): readonly ServiceSpec[] {
  return services.filter(({ backends }) => backends.length > 1);
}
