import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { err, type Result } from "../../base/result.ts";
import { isUndisturbed, planRoute, planVirtualRouter, readRoute, readVirtualRouter } from "./app-mesh.ts";
import { planSplitter, putOutcome, readSplitter } from "./consul.ts";
import type { DesiredSplit, Plan, PlanError, TrafficState } from "./contract.ts";
import { at, type Json, type JsonObject, listOf, objectOf, textOf, withMember } from "./document.ts";
import {
  APP_MESH_ROUTE,
  HTTP_ROUTE,
  patched,
  SPLITTER,
  TRAFFIC_SPLIT,
  target,
  VIRTUAL_ROUTER,
  VIRTUAL_SERVICE,
} from "./fixtures.ts";
import { planGatewayRoute, readGatewayRoute } from "./gateway-route.ts";
import { planVirtualService, readVirtualService } from "./istio.ts";
import { planTrafficSplit, readTrafficSplit } from "./traffic-split.ts";

const INTENT = "6f0c1f6e-0000-4000-8000-000000000001";

interface Driver {
  readonly name: string;
  readonly raw: JsonObject;
  readonly read: (raw: JsonObject) => TrafficState;
  readonly plan: (state: TrafficState, desired: DesiredSplit, intentId: string) => Result<Plan, PlanError>;
  /** The rule with a stable and a canary backend, in this order. */
  readonly routeKey: string;
  readonly stepBp: number;
}

const http = readGatewayRoute(target("httpRoute", "web"), HTTP_ROUTE);
const DRIVERS: readonly Driver[] = [
  {
    name: "VirtualService",
    raw: VIRTUAL_SERVICE,
    read: (raw) => readVirtualService(target("istio", "reviews"), raw),
    plan: planVirtualService,
    routeKey: "main",
    stepBp: 1,
  },
  {
    name: "HTTPRoute",
    raw: HTTP_ROUTE,
    read: (raw) => readGatewayRoute(target("httpRoute", "web"), raw),
    plan: planGatewayRoute,
    routeKey: http.routes[0]?.key ?? "",
    stepBp: 1,
  },
  {
    name: "TrafficSplit",
    raw: TRAFFIC_SPLIT,
    read: (raw) => readTrafficSplit(target("trafficSplit", "reviews"), raw),
    plan: planTrafficSplit,
    routeKey: "reviews",
    stepBp: 10,
  },
  {
    name: "service-splitter",
    raw: SPLITTER,
    read: (raw) => readSplitter(target("consul", "web"), raw),
    plan: planSplitter,
    routeKey: "web",
    stepBp: 1,
  },
  {
    name: "App Mesh route",
    raw: APP_MESH_ROUTE,
    read: (raw) => readRoute(target("appMesh", "web/main"), raw),
    plan: planRoute,
    routeKey: "main",
    stepBp: 100,
  },
  {
    name: "VirtualRouter",
    raw: VIRTUAL_ROUTER,
    read: (raw) => readVirtualRouter(target("appMeshCrd", "web"), raw),
    plan: planVirtualRouter,
    routeKey: "main",
    stepBp: 100,
  },
];

/** What the mesh would hold after the request, as its API would apply it. */
function applied(raw: JsonObject, { request }: Plan): JsonObject | null {
  if (request.api === "consul") return { ...request.body, CreateIndex: 15, ModifyIndex: 36 };
  if (request.api === "appMesh") return { ...raw, spec: request.input["spec"] ?? null };
  return patched(
    raw,
    listOf(request.body).map((one) => ({
      op: textOf(at(one, "op")) ?? "",
      path: textOf(at(one, "path")) ?? "",
      value: at(one, "value") ?? null,
    })),
  );
}

/** Every leaf of a document by its path. */
function leaves(document: Json, path = ""): Map<string, Json> {
  const object = objectOf(document);
  const entries =
    object === undefined ? listOf(document).map((v, i) => [String(i), v] as const) : Object.entries(object);
  if (entries.length === 0)
    return new Map([[path, typeof document === "object" ? JSON.stringify(document) : document]]);
  return new Map(entries.flatMap(([key, value]) => [...leaves(value, `${path}/${key}`)]));
}

function desiredOf(driver: Driver, canaryBp: number): DesiredSplit {
  const [stable = "", canary = ""] = backendsOf(driver);
  return { routeKey: driver.routeKey, sharesBp: { [stable]: 10_000 - canaryBp, [canary]: canaryBp } };
}

const backendsOf = (driver: Driver): readonly string[] =>
  driver
    .read(driver.raw)
    .routes.find(({ key }) => key === driver.routeKey)
    ?.backends.map(({ id }) => id) ?? [];

function planned(driver: Driver, canaryBp: number, raw = driver.raw): Plan {
  const plan = driver.plan(driver.read(raw), desiredOf(driver, canaryBp), INTENT);
  if (!plan.ok) throw new Error(`${plan.error.code}: ${plan.error.message}`);
  return plan.value;
}

describe.each(DRIVERS.map((driver) => [driver.name, driver] as const))("%s", (_, driver) => {
  test("is read with its shares, and a plan that is applied reads back as what was asked for", () => {
    const before = driver.read(driver.raw).routes.find(({ key }) => key === driver.routeKey);
    expect(before?.backends.map(({ weightBp }) => weightBp)).toEqual([9_000, 1_000]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 / driver.stepBp - 1 }), (steps) => {
        const canaryBp = steps * driver.stepBp;
        if (canaryBp === 1_000) return;
        const after = applied(driver.raw, planned(driver, canaryBp)) ?? {};
        const route = driver.read(after).routes.find(({ key }) => key === driver.routeKey);
        expect(route?.backends.map(({ weightBp }) => weightBp)).toEqual([10_000 - canaryBp, canaryBp]);
      }),
      { numRuns: 40 },
    );
  });

  test("changes two weights and the note of the intent, and no other member", () => {
    const after = leaves(applied(driver.raw, planned(driver, 2_500)) ?? {});
    const changed = [...leaves(driver.raw)].filter(([path, value]) => after.get(path) !== value).map(([path]) => path);
    const weights = changed.filter((path) => /weight$/i.test(path));
    expect(weights).toHaveLength(2);
    expect(changed.filter((path) => !/weight$/i.test(path) && !/Index$/.test(path))).toEqual([]);
    const added = [...after.keys()].filter((path) => !leaves(driver.raw).has(path));
    expect(added.every((path) => /meshscope/.test(path))).toBe(true);
  });

  test("refuses an unknown rule, an unknown or missing backend, a wrong sum and no change", () => {
    const state = driver.read(driver.raw);
    const [stable = "", canary = ""] = backendsOf(driver);
    const codeOf = (desired: DesiredSplit) => {
      const plan = driver.plan(state, desired, INTENT);
      return plan.ok ? "planned" : plan.error.code;
    };
    const { routeKey } = driver;
    expect(codeOf({ routeKey: "nowhere", sharesBp: {} })).toBe("route_not_found");
    expect(codeOf({ routeKey, sharesBp: { [stable]: 5_000, other: 5_000 } })).toBe("backend_unknown");
    expect(codeOf({ routeKey, sharesBp: { [stable]: 10_000 } })).toBe("backend_missing");
    expect(codeOf({ routeKey, sharesBp: { [stable]: 9_000, [canary]: 900 } })).toBe("weights_sum");
    expect(codeOf({ routeKey, sharesBp: { [stable]: 9_000, [canary]: 1_000 } })).toBe("no_change");
  });

  test("says what changes in the mesh's own words", () => {
    const { changes } = planned(driver, 2_500);
    expect(changes.map(({ fromBp, toBp }) => [fromBp, toBp])).toEqual([
      [9_000, 7_500],
      [1_000, 2_500],
    ]);
    for (const { path, before, after } of changes) {
      expect(path).toMatch(/weight$/i);
      expect(before).not.toEqual(after);
    }
  });
});

describe.each(
  DRIVERS.slice(0, 3)
    .concat(DRIVERS.slice(5))
    .map((driver) => [driver.name, driver] as const),
)("the patch of a %s", (_, driver) => {
  test("fails as a whole when the revision or a destination is another", () => {
    const plan = planned(driver, 2_500);
    expect(applied(driver.raw, plan)).not.toBeNull();
    const moved = objectOf(withMember(driver.raw, ["metadata", "resourceVersion"], "48212")) ?? {};
    expect(applied(moved, plan)).toBeNull();
  });
});

describe("VirtualService", () => {
  const state = readVirtualService(target("istio", "reviews"), VIRTUAL_SERVICE);

  test("a rule without a name keeps its key when rules above it come and go", () => {
    const rules = listOf(at(VIRTUAL_SERVICE, "spec", "http"));
    const moved = objectOf(withMember(VIRTUAL_SERVICE, ["spec", "http"], [...rules].reverse())) ?? {};
    const keys = readVirtualService(target("istio", "reviews"), moved).routes.map(({ key }) => key);
    expect(keys).toEqual([...state.routes.map(({ key }) => key)].reverse());
  });

  test("a header rule above is warned of, and a destination without weight has all of its rule", () => {
    const plan = planVirtualService(
      state,
      { routeKey: "main", sharesBp: { "reviews/v1": 0, "reviews/v2": 10_000 } },
      INTENT,
    );
    expect(plan.ok && plan.value.warnings.map(({ code }) => code)).toEqual(["matched_rules_above"]);
    expect(state.routes[0]?.backends).toEqual([{ id: "reviews/v2", weightBp: 10_000, native: 100 }]);
  });

  test("whole percents are written out of 100, since tools take that for granted", () => {
    const plan = planVirtualService(
      state,
      { routeKey: "main", sharesBp: { "reviews/v1": 9_950, "reviews/v2": 50 } },
      INTENT,
    );
    expect(plan.ok && plan.value.changes.map(({ after }) => after)).toEqual([9_950, 50]);
  });
});

describe("gateway routes", () => {
  test("an observed generation counts only where the controller sets it", () => {
    expect(http.accepted).toBe("yes");
    const old = withMember(HTTP_ROUTE, ["status", "parents", 0, "conditions", 0, "observedGeneration"], 2);
    const both = withMember(old, ["status", "parents", 0, "conditions", 1, "observedGeneration"], 2);
    expect(readGatewayRoute(target("httpRoute", "web"), objectOf(both) ?? {}).accepted).toBe("unknown");
  });

  test("a refusal is told with its reason", () => {
    const refused = withMember(HTTP_ROUTE, ["status", "parents", 0, "conditions", 1], {
      type: "ResolvedRefs",
      status: "False",
      reason: "BackendNotFound",
    });
    const state = readGatewayRoute(target("httpRoute", "web"), objectOf(refused) ?? {});
    expect(state).toMatchObject({ accepted: "no", reasons: ["BackendNotFound"] });
  });
});

describe("Consul", () => {
  test.each([
    [200, "true\n", "applied"],
    [200, "false\n", "conflict"],
    [403, "Permission denied", { kind: "forbidden" }],
    [400, "Request decoding failed: x", { kind: "invalid" }],
    [500, "the sum of all split weights must be 100, not 99.99", { kind: "invalid" }],
    [500, 'service "web" does not have a subset named "v2"', { kind: "invalid" }],
    [500, "No cluster leader", { kind: "unavailable" }],
    [502, "bad gateway", { kind: "unavailable" }],
  ])("a PUT answered %d %s is read as what it means", (status, body, outcome) => {
    if (typeof outcome === "string") expect(putOutcome(status, body)).toBe(outcome);
    else expect(putOutcome(status, body)).toMatchObject(outcome);
  });
});

describe("App Mesh", () => {
  test("a version that moved by more than one says that somebody wrote in between", () => {
    const before = readRoute(target("appMesh", "web/main"), APP_MESH_ROUTE);
    const written = (version: number) =>
      readRoute(
        target("appMesh", "web/main"),
        objectOf(withMember(APP_MESH_ROUTE, ["metadata", "version"], version)) ?? {},
      );
    expect(isUndisturbed(before, written(8))).toBe(true);
    expect(isUndisturbed(before, written(9))).toBe(false);
  });

  test("a share finer than a percent is refused where it would become nothing", () => {
    const state = readRoute(target("appMesh", "web/main"), APP_MESH_ROUTE);
    const desired = { routeKey: "main", sharesBp: { "web-v1:8080": 9_990, "web-v2:8080": 10 } };
    expect(planRoute(state, desired, INTENT)).toEqual(err(expect.objectContaining({ code: "weight_too_fine" })));
  });
});
