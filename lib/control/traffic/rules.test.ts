/** Rules above a split and mirrors: what each mesh is sent, that it comes away whole, and what refuses. */
import { describe, expect, test } from "vitest";
import type { DriverKind } from "../../query/schema/rollout-definition.ts";
import type { HeaderMatch, Plan, TrafficState } from "./contract.ts";
import { at, type Json, type JsonObject, listOf, objectOf, textOf, withMember } from "./document.ts";
import { readSplit } from "./drivers.ts";
import {
  APP_MESH_ROUTE,
  HTTP_ROUTE,
  LINKERD_ROUTE,
  patched,
  SPLITTER,
  TRAFFIC_SPLIT,
  target,
  VIRTUAL_ROUTER,
  VIRTUAL_SERVICE,
} from "./fixtures.ts";
import { documentAfter } from "./patch.ts";
import { cookieMatch, type RuleWish } from "./rule-place.ts";
import { absentState, hasMatch, mirrorBpOf, planMatch, planMirror, rulesTarget } from "./rules.ts";

const INTENT = "6f0c1f6e-0000-4000-8000-000000000001";
const BETA: HeaderMatch = { header: "X-Tester", how: "exact", value: "yes" };
const GRPC: JsonObject = {
  ...HTTP_ROUTE,
  kind: "GRPCRoute",
  spec: {
    rules: [
      {
        backendRefs: [
          { name: "web-v1", port: 1 },
          { name: "web-v2", port: 1, weight: 0 },
        ],
      },
    ],
  },
};

interface Case {
  readonly raw: JsonObject;
  readonly name: string;
  readonly canary: string;
}
const CASES: Readonly<Record<Exclude<DriverKind, "trafficSplit" | "consulCrd">, Case>> = {
  istio: { raw: VIRTUAL_SERVICE, name: "reviews", canary: "reviews/v2" },
  httpRoute: { raw: HTTP_ROUTE, name: "web", canary: "web-v2:8080" },
  grpcRoute: { raw: GRPC, name: "web", canary: "web-v2:1" },
  linkerdRoute: { raw: LINKERD_ROUTE, name: "web", canary: "web-v2:8080" },
  consul: { raw: SPLITTER, name: "web", canary: "web/v2" },
  appMesh: { raw: APP_MESH_ROUTE, name: "web/main", canary: "web-v2:8080" },
  appMeshCrd: { raw: VIRTUAL_ROUTER, name: "reviews", canary: "web-v2" },
};

const isDriver = (name: string): name is keyof typeof CASES => name in CASES;
const DRIVERS = Object.keys(CASES).filter(isDriver);

function wishOn(driver: DriverKind, raw?: JsonObject, rulesRaw?: JsonObject): RuleWish {
  const one =
    driver === "trafficSplit" || driver === "consulCrd"
      ? { raw: TRAFFIC_SPLIT, name: "reviews", canary: "reviews-v2" }
      : CASES[driver];
  const split = readSplit(target(driver, one.name), raw ?? one.raw);
  const place = rulesTarget(split.target);
  const isOther = place !== split.target;
  const rules: TrafficState = !isOther
    ? split
    : rulesRaw === undefined
      ? absentState(place)
      : { ...absentState(place), revision: "1", raw: rulesRaw };
  const routeKey = split.routes.find(({ backends }) => backends.length === 2)?.key ?? "";
  return { split, rules, routeKey, canary: one.canary, intentId: INTENT };
}

function planned(result: ReturnType<typeof planMatch>): Plan {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value;
}

/** The wish after a plan was carried out, by the oracle where the plan is a patch. */
function carriedOut(wish: RuleWish, plan: Plan): RuleWish {
  const { driver } = wish.split.target;
  if (plan.request.api !== "kubernetes") {
    const raw = documentAfter(wish.rules, plan) ?? {};
    return wishOn(driver, undefined, Object.keys(raw).length === 0 ? undefined : raw);
  }
  const operations = listOf(plan.request.body).map((one) => ({
    op: textOf(at(one, "op")) ?? "",
    path: textOf(at(one, "path")) ?? "",
    ...(at(one, "value") === undefined ? {} : { value: at(one, "value") ?? null }),
  }));
  const raw = patched(wish.split.raw, operations);
  expect(documentAfter(wish.split, plan), "the library's patch does what the oracle's does").toEqual(raw);
  return wishOn(driver, raw ?? {});
}

const withoutIntent = (raw: Json): Json => {
  const { annotations: _, ...metadata } = objectOf(at(raw, "metadata")) ?? {};
  return { ...objectOf(raw), metadata };
};

describe("a rule for a header above the split", () => {
  test.each(DRIVERS)("%s: is put, found again, not put twice, and comes away whole", (driver) => {
    const wish = wishOn(driver);
    expect(hasMatch(wish, BETA)).toBe(false);
    const put = carriedOut(wish, planned(planMatch(wish, BETA, true)));
    expect(hasMatch(put, BETA)).toBe(true);
    expect(hasMatch(put, { ...BETA, value: "no" })).toBe(false);
    expect(planMatch(put, BETA, true)).toMatchObject({ ok: false, error: { code: "no_change" } });
    const gone = carriedOut(put, planned(planMatch(put, BETA, false)));
    expect(hasMatch(gone, BETA)).toBe(false);
    expect(withoutIntent(gone.split.raw)).toEqual(withoutIntent(wish.split.raw));
    // A Consul router that was made for the rule stays, empty.
    if (driver === "consul") expect(at(gone.rules.raw, "Routes")).toEqual([]);
    else expect(withoutIntent(gone.rules.raw)).toEqual(withoutIntent(wish.rules.raw));
  });

  test.each(DRIVERS)("%s: what is sent", (driver) => {
    const plan = planned(planMatch(wishOn(driver), BETA, true));
    expect({ request: plan.request, changes: plan.changes }).toMatchSnapshot();
  });

  test.each(DRIVERS)(
    "%s: a cookie is a pattern of the header, and the split's own shares stay as they are",
    (driver) => {
      const wish = wishOn(driver);
      const cookie = cookieMatch("canary", "al.ways");
      const put = carriedOut(wish, planned(planMatch(wish, cookie, true)));
      const shares = (state: TrafficState) => state.routes.find(({ key }) => key === wish.routeKey)?.backends;
      expect(shares(put.split)).toEqual(shares(wish.split));
      expect(hasMatch(put, cookie)).toBe(true);
      expect(cookie.value).toBe("^(.*?;)?\\s*canary=al\\.ways\\s*(;.*)?$");
    },
  );

  test("a cookie is found wherever it stands in the header, and its value is not a pattern", () => {
    const pattern = new RegExp(cookieMatch("c", "a.b").value);
    for (const header of ["c=a.b", "x=1; c=a.b", "c=a.b; y=2", "x=1; c=a.b; y=2", "x=1;c=a.b;y=2"])
      expect(pattern.test(header), header).toBe(true);
    for (const header of ["c=aXb", "cc=a.b", "x=c=a.b", "c=a.bc", ""]) expect(pattern.test(header), header).toBe(false);
  });

  test("Consul: other routes of a router stay, and one that is empty again is not deleted", () => {
    const other: JsonObject = { Match: { HTTP: { PathPrefix: "/admin" } }, Destination: { Service: "admin" } };
    const router: JsonObject = {
      Kind: "service-router",
      Name: "web",
      Routes: [other],
      Meta: { team: "a" },
      ModifyIndex: 9,
    };
    const wish = wishOn("consul", undefined, router);
    const put = carriedOut(wish, planned(planMatch(wish, BETA, true)));
    expect(listOf(at(put.rules.raw, "Routes"))).toHaveLength(2);
    expect(at(put.rules.raw, "Routes", 1)).toEqual(other);
    const away = planned(planMatch(put, BETA, false));
    expect(away.request).toMatchObject({ method: "PUT", body: { Routes: [other], Meta: { team: "a" } } });
    const bare = { ...router, Routes: [] };
    const alone = wishOn("consul", undefined, bare);
    const back = planned(planMatch(carriedOut(alone, planned(planMatch(alone, BETA, true))), BETA, false));
    expect(back.request).toMatchObject({ method: "PUT", body: { Routes: [] } });
  });

  test("is refused where it cannot stand", () => {
    const code = (wish: RuleWish) => {
      const plan = planMatch(wish, BETA, true);
      return plan.ok ? "planned" : plan.error.code;
    };
    expect(code(wishOn("trafficSplit"))).toBe("not_supported");
    expect(code({ ...wishOn("istio"), routeKey: "other" })).toBe("route_not_found");
    expect(code({ ...wishOn("httpRoute"), canary: "web-v9" })).toBe("backend_unknown");
    const first = objectOf(withMember(APP_MESH_ROUTE, ["spec", "priority"], 0)) ?? {};
    expect(code(wishOn("appMesh", first))).toBe("not_supported");
    const rules = Array.from({ length: 16 }, () => at(HTTP_ROUTE, "spec", "rules", 0) ?? null);
    const full = objectOf(withMember(HTTP_ROUTE, ["spec", "rules"], rules)) ?? {};
    expect(code(wishOn("httpRoute", full))).toBe("too_many_rules");
  });
});

describe("a mirror", () => {
  const PUT = ["istio", "httpRoute", "grpcRoute"] as const;
  const mesh = (driver: (typeof PUT)[number]): JsonObject => {
    const { status: _, ...raw } = CASES[driver].raw;
    return raw;
  };

  test.each(PUT)("%s: is put with its share, changed, and comes away whole", (driver) => {
    const wish = wishOn(driver, mesh(driver));
    expect(mirrorBpOf(wish)).toBe(0);
    const plan = planned(planMirror(wish, 2_500));
    expect(plan.warnings.map(({ code }) => code)).toEqual(["mirrors_writes"]);
    expect(plan.request).toMatchSnapshot();
    const put = carriedOut(wish, plan);
    expect(mirrorBpOf(put)).toBe(2_500);
    expect(planMirror(put, 2_500)).toMatchObject({ ok: false, error: { code: "no_change" } });
    const fine = carriedOut(put, planned(planMirror(put, 33)));
    expect(mirrorBpOf(fine)).toBe(33);
    const gone = carriedOut(fine, planned(planMirror(fine, 0)));
    expect(mirrorBpOf(gone)).toBe(0);
  });

  test("of somebody else is left alone", () => {
    const path = ["spec", "http", 1, "mirror"];
    const raw = objectOf(withMember(VIRTUAL_SERVICE, path, { host: "audit" })) ?? {};
    expect(mirrorBpOf(wishOn("istio", raw))).toBeNull();
    expect(planMirror(wishOn("istio", raw), 100)).toMatchObject({ ok: false, error: { code: "mirror_taken" } });
  });

  test.each(["trafficSplit", "consul", "appMesh", "appMeshCrd"] as const)("%s has none", (driver) => {
    expect(planMirror(wishOn(driver), 100)).toMatchObject({ ok: false, error: { code: "not_supported" } });
  });

  test("is not written for Linkerd, which would drop the whole route", () => {
    expect(planMirror(wishOn("httpRoute"), 100)).toMatchObject({
      ok: false,
      error: { code: "not_supported", message: "Linkerd drops a whole route that has a mirror" },
    });
  });
});
