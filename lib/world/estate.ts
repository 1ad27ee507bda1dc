/** The estates of every mesh as one, and the checks that make the simulator's recursion bounded and its truth exact. */
import { assert } from "../base/result.ts";
import {
  BILLING_CANARIES,
  BILLING_LINKS,
  BILLING_SERVICES,
  BILLING_SOURCES,
  BILLING_WORKLOADS,
} from "./estate-billing.ts";
import { CANARY_LINKS, CANARY_SOURCES } from "./estate-canaries.ts";
import {
  LOYALTY_CANARIES,
  LOYALTY_LINKS,
  LOYALTY_SERVICES,
  LOYALTY_SOURCES,
  LOYALTY_WORKLOADS,
} from "./estate-loyalty.ts";
import { ORDERS_CANARIES, ORDERS_LINKS, ORDERS_SERVICES, ORDERS_SOURCES, ORDERS_WORKLOADS } from "./estate-orders.ts";
import { REVIEWS_LINKS, REVIEWS_SERVICES, REVIEWS_SOURCES, REVIEWS_WORKLOADS } from "./estate-reviews.ts";
import { SEARCH_LINKS, SEARCH_SERVICES, SEARCH_SOURCES, SEARCH_WORKLOADS } from "./estate-search.ts";
import { SHOP_LINKS, SHOP_SERVICES, SHOP_SOURCES, SHOP_WORKLOADS, SUGGEST_WORKLOADS } from "./estate-shop.ts";
import type { Estate, Link, Operation, ServiceSpec, WorkloadSpec } from "./spec.ts";

export const DEMO_ESTATE: Estate = {
  workloads: [
    ...SHOP_WORKLOADS,
    ...SEARCH_WORKLOADS,
    ...ORDERS_WORKLOADS,
    ...REVIEWS_WORKLOADS,
    ...BILLING_WORKLOADS,
    ...LOYALTY_WORKLOADS,
    ...ORDERS_CANARIES,
    ...BILLING_CANARIES,
    ...LOYALTY_CANARIES,
    ...SUGGEST_WORKLOADS,
  ],
  services: [
    ...SHOP_SERVICES,
    ...SEARCH_SERVICES,
    ...ORDERS_SERVICES,
    ...REVIEWS_SERVICES,
    ...BILLING_SERVICES,
    ...LOYALTY_SERVICES,
  ],
  links: [
    ...SHOP_LINKS,
    ...SEARCH_LINKS,
    ...ORDERS_LINKS,
    ...REVIEWS_LINKS,
    ...BILLING_LINKS,
    ...LOYALTY_LINKS,
    ...CANARY_LINKS,
  ],
  sources: [
    ...SHOP_SOURCES,
    ...SEARCH_SOURCES,
    ...ORDERS_SOURCES,
    ...REVIEWS_SOURCES,
    ...BILLING_SOURCES,
    ...LOYALTY_SOURCES,
    ...CANARY_SOURCES,
  ],
};

/** The estate of some workloads alone: calls to services that lose theirs are not made. */
export function estatePart(whole: Estate, wanted: (workload: WorkloadSpec) => boolean): Estate {
  const workloads = whole.workloads.filter(wanted);
  const names = new Set(workloads.map((workload) => workload.name));
  const kept = whole.services.filter(({ backends }) => backends.every(({ workload }) => names.has(workload)));
  const services = new Set(kept.map((service) => service.name));
  const callers = new Set([...services, ...workloads.map((workload) => workload.service)]);
  return {
    workloads,
    services: kept.map((service) => ({
      ...service,
      operations: service.operations.map((operation) => ({
        ...operation,
        stages: (operation.stages ?? [])
          .map((stage) => stage.filter((plan) => services.has(plan.service)))
          .filter((stage) => stage.length > 0),
      })),
    })),
    links: whole.links.filter((link) => callers.has(link.from) && services.has(link.to)),
    sources: whole.sources.filter((source) => names.has(source.workload) && services.has(source.service)),
  };
}

/** Sidecars and plain Envoys alone. */
export const SIDECAR_ESTATE: Estate = estatePart(
  DEMO_ESTATE,
  ({ role, namespace }) =>
    namespace !== "reviews" && ["sidecar", "gateway", "envoy", "edge", "unmeshed"].includes(role),
);

/** An estate by name; asking for what is not there is a bug of the estate. */
export interface Atlas {
  readonly estate: Estate;
  workload(name: string): WorkloadSpec;
  service(name: string): ServiceSpec;
  operation(service: ServiceSpec, name: string): Operation;
  link(from: string, to: string): Link;
}

function find<T>(map: ReadonlyMap<string, T>, key: string, what: string): T {
  const found = map.get(key);
  assert(found !== undefined, `the estate has no ${what} ${key}`);
  return found;
}

/** Throws when a name is missing, when calls form a cycle, or when a link both retries and fails to connect. */
export function atlasOf(estate: Estate): Atlas {
  const workloads = new Map(estate.workloads.map((w) => [w.name, w]));
  const services = new Map(estate.services.map((s) => [s.name, s]));
  const links = new Map(estate.links.map((l) => [`${l.from} ${l.to}`, l]));
  const operations = new Map(estate.services.flatMap((s) => s.operations.map((o) => [`${s.name} ${o.name}`, o])));
  const atlas: Atlas = {
    estate,
    workload: (name) => find(workloads, name, "workload"),
    service: (name) => find(services, name, "service"),
    operation: (service, name) => find(operations, `${service.name} ${name}`, "operation"),
    link: (from, to) => find(links, `${from} ${to}`, "link"),
  };
  check(atlas);
  return atlas;
}

function check(atlas: Atlas): void {
  const { estate } = atlas;
  for (const service of estate.services) {
    for (const backend of service.backends) atlas.workload(backend.workload);
    for (const plan of service.operations.flatMap((o) => o.stages ?? []).flat()) {
      atlas.link(service.name, plan.service);
      atlas.operation(atlas.service(plan.service), plan.operation);
    }
  }
  for (const link of estate.links) {
    const refuses = (link.connectFailure ?? 0) + (link.noHealthyUpstream ?? 0) > 0;
    assert(!(refuses && (link.retries ?? 0) > 0), `${link.from} → ${link.to} both retries and fails to connect`);
  }
  acyclic(estate);
}

/** Kahn's algorithm over the links. */
function acyclic(estate: Estate): void {
  const waiting = new Map(estate.services.map((s) => [s.name, estate.links.filter((l) => l.to === s.name).length]));
  for (const link of estate.links) if (!waiting.has(link.from)) waiting.set(link.from, 0);
  const ready = [...waiting].filter(([, count]) => count === 0).map(([name]) => name);
  let seen = 0;
  for (let name = ready.pop(); name !== undefined; name = ready.pop()) {
    seen++;
    for (const link of estate.links.filter((l) => l.from === name)) {
      const left = (waiting.get(link.to) ?? 0) - 1;
      waiting.set(link.to, left);
      if (left === 0) ready.push(link.to);
    }
  }
  assert(seen === waiting.size, "calls between services form a cycle");
}
