import { describe, expect, test } from "vitest";
import type { Endpoint } from "../../model/identity.ts";
import type { DriverKind } from "../../query/schema/rollout-definition.ts";
import type { RouteRef } from "../rollout/definition.ts";
import { armOf, armPatterns, isMirrored, type KnownVersions, type Places } from "./arms.ts";

const ANYWHERE: Places = { clusters: null, namespaces: null };

function arms(driver: DriverKind, stable: string, canary: string, known?: KnownVersions, places = ANYWHERE) {
  const target = { driver, cluster: "c1", namespace: "shop", name: "web" };
  const route: RouteRef = { id: "web", target, routeKey: "web", stable, canary };
  const patterns = armPatterns(route, places, known);
  return (end: Partial<Endpoint>, host?: string) =>
    armOf({ cluster: "c1", namespace: "shop", kind: "workload", name: "x", mesh: "istio", ...end }, host, patterns);
}

describe("Istio", () => {
  test("subsets are versions of the host's service", () => {
    const arm = arms("istio", "reviews/v1", "reviews.shop.svc.cluster.local:9080/v2");
    expect(arm({ name: "reviews-v1", service: "reviews", version: "v1" })).toBe("stable");
    expect(arm({ name: "reviews-v2", service: "reviews", version: "v2" })).toBe("canary");
    expect(arm({ name: "reviews-v3", service: "reviews", version: "v3" })).toBe("other");
    expect(arm({ name: "ratings-v1", service: "ratings", version: "v1" })).toBeUndefined();
    expect(arm({ name: "reviews-v2", service: "reviews", version: "v2", namespace: "test" })).toBeUndefined();
  });

  test("a subset whose name is no version is found by the versions of its pods", () => {
    const known = new Map([
      ["reviews/old", ["1.4.0", "shared"]],
      ["reviews/new", ["1.5.0", "shared"]],
    ]);
    const arm = arms("istio", "reviews/old", "reviews/new", known);
    expect(arm({ service: "reviews", version: "1.4.0" })).toBe("stable");
    expect(arm({ service: "reviews", version: "1.5.0" })).toBe("canary");
    expect(arm({ service: "reviews", version: "shared" })).toBe("other");
  });

  test("of two hosts the one that the proxy chose decides, before names of workloads", () => {
    const arm = arms("istio", "reviews", "reviews-canary");
    const end = { name: "reviews", service: "reviews" };
    expect(arm(end, "reviews-canary.shop.svc.cluster.local")).toBe("canary");
    expect(arm({ name: "reviews-canary", service: "reviews" }, "reviews.shop.svc.cluster.local")).toBe("stable");
    expect(arm({ name: "reviews-canary", service: "reviews" })).toBe("canary");
  });
});

test("Gateway API backends are services or workloads, in the namespace that is named", () => {
  const arm = arms("httpRoute", "web-v1:8080", "next/web-v2:8080");
  expect(arm({ name: "web-v1", service: "web" })).toBe("stable");
  expect(arm({ name: "web-v2", service: "web" })).toBeUndefined();
  expect(arm({ name: "web-v2", service: "web", namespace: "next" })).toBe("canary");
  expect(arm({ kind: "service", name: "web", service: "web" })).toBeUndefined();
});

test("a TrafficSplit's backends are services", () => {
  const arm = arms("trafficSplit", "web-v1", "web-v2");
  expect(arm({ kind: "service", name: "web-v2", service: "web-v2" })).toBe("canary");
});

test("Consul: requests past the split are the service's own, and not the canary's", () => {
  const arm = arms("consul", "web/v1", "web/v2", undefined, { clusters: null, namespaces: new Set(["apps"]) });
  expect(arm({ kind: "service", name: "web", service: "web", version: "v2" })).toBe("canary");
  expect(arm({ kind: "service", name: "web", service: "web" })).toBe("other");
  expect(arm({ kind: "service", name: "web", version: "v1", namespace: "apps" })).toBe("stable");
  expect(arm({ kind: "service", name: "web", version: "v1", namespace: "rest" })).toBeUndefined();
});

test("Consul: one side may be a whole other service", () => {
  const arm = arms("consul", "web", "web-next");
  expect(arm({ kind: "service", name: "web-next", service: "web-next" })).toBe("canary");
  expect(arm({ kind: "service", name: "web", service: "web", version: "v1" })).toBe("stable");
});

test("a version of the very host that is the stable backend is the canary", () => {
  const arm = arms("istio", "web", "web/v2");
  expect(arm({ name: "web-v2", service: "web", version: "v2" })).toBe("canary");
  expect(arm({ name: "web-v1", service: "web", version: "v1" })).toBe("stable");
});

test("App Mesh: virtual nodes with and without the namespace in their names", () => {
  const api = arms("appMesh", "web-v1_shop:8080", "web-v2_shop:8080");
  expect(api({ kind: "service", name: "web-v2", mesh: "appmesh" })).toBe("canary");
  expect(api({ kind: "service", name: "web-v2", namespace: "test" })).toBeUndefined();
  const plain = arms("appMesh", "web-v1", "web-v2");
  expect(plain({ name: "web-v1", namespace: "anything" })).toBe("stable");
  const crd = arms("appMeshCrd", "web-v1:8080", "web-v2:8080");
  expect(crd({ name: "web-v2" })).toBe("canary");
  expect(crd({ name: "web-v2", namespace: "test" })).toBeUndefined();
});

test("of several clusters each counts its own", () => {
  const arm = arms("httpRoute", "web-v1", "web-v2", undefined, { clusters: new Set(["c2"]), namespaces: null });
  expect(arm({ name: "web-v2", cluster: "c1" })).toBeUndefined();
  expect(arm({ name: "web-v2", cluster: "c2" })).toBe("canary");
});

test("a host that Envoy named for a copy is told from services and namespaces of such a name", () => {
  const patterns = (stable: string, canary: string) => {
    const target = { driver: "istio", cluster: "c1", namespace: "shop", name: "web" } as const;
    return armPatterns({ id: "web", target, routeKey: "web", stable, canary }, ANYWHERE);
  };
  const plain = patterns("web/v1", "web/v2");
  for (const host of ["web-shadow", "web-shadow:80", "web.shop-shadow", "web.shop.svc.cluster.local-shadow:8080"])
    expect(isMirrored(host, plain), host).toBe(true);
  for (const host of ["", "web", "web:80", "web-shadow.shop", "web-shadow.shop.svc.cluster.local"])
    expect(isMirrored(host, plain), host).toBe(false);
  const named = patterns("web", "web-shadow.team-shadow.svc.cluster.local");
  for (const host of ["web-shadow:80", "web-shadow.team-shadow"]) expect(isMirrored(host, named), host).toBe(false);
  for (const host of ["web-shadow-shadow", "web.shop.svc.cluster.local-shadow"])
    expect(isMirrored(host, named), host).toBe(true);
});
