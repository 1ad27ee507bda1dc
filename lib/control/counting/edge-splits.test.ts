import { expect, test } from "vitest";
import type { Endpoint } from "../../model/identity.ts";
import type { RouteRef } from "../rollout/definition.ts";
import { armPatterns } from "./arms.ts";
import { EdgeSplits } from "./edge-splits.ts";
import { RouteBook } from "./route-book.ts";

const NOW = 1_700_000_000_000;
const target = { driver: "istio", cluster: "c1", namespace: "shop", name: "payments" } as const;
const route: RouteRef = { id: "c1", target, routeKey: "payments", stable: "payments/v1", canary: "payments/v2" };

const workload = (name: string, more: Partial<Endpoint> = {}): Endpoint => ({
  ...{ cluster: "c1", namespace: "shop", kind: "workload", name, mesh: "istio" },
  ...more,
});
const V2 = workload("payments-v2", { service: "payments", version: "v2" });

function splits(): EdgeSplits {
  const book = new RouteBook(route);
  book.moved({ atMs: NOW - 60_000, canaryBp: 1_000 });
  const made = new EdgeSplits(() => NOW);
  made.show([{ book, patterns: armPatterns(route, { clusters: null, namespaces: null }) }]);
  return made;
}

test("a caller with a proxy was asked for its share, seen or not", () => {
  expect(splits().of(workload("cart-v1"), V2)).toEqual([
    { version: "v2", isCanary: true, desired: 0.1, observed: null },
  ]);
});

test("of a caller that no proxy serves, or that nobody can name, no share is asked for: it follows no weights", () => {
  const unnamed = workload("unknown", { kind: "unknown", namespace: "", reason: "no_source_workload" });
  expect(splits().of(unnamed, V2)).toEqual([]);
  expect(splits().of(workload("cron", { reason: "caller_without_identity" }), V2)).toEqual([]);
  expect(splits().of(workload("cron", { mesh: null }), V2)).toEqual([]);
});
