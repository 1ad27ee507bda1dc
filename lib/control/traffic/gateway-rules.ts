/**
 * Rules beside the split of an HTTPRoute or GRPCRoute, and mirrors on it. In: the object as read; out: guarded JSON Patches.
 * The more specific rule wins there, whatever their order: one with a header more than the split's own, its other members
 * kept, sends everything to the canary. Linkerd drops a whole route that has a mirror, so none is written for it.
 */
import { err, ok, type Result } from "../../base/result.ts";
import type { HeaderMatch, Plan, PlanError } from "./contract.ts";
import { at, type Json, type JsonObject, listOf, numberOf, objectOf, textOf } from "./document.ts";
import { backendId, gatewayRoutePath } from "./gateway-route.ts";
import { MIRRORS_WRITES } from "./istio-rules.ts";
import { guardedPatch, type PatchOperation } from "./kubernetes.ts";
import { isEqual } from "./patch.ts";
import { literal, type RulePlace, type RuleWish } from "./rule-place.ts";
import { WHOLE_BP } from "./weights.ts";

/** Of a route: the API's own limit. */
const MAX_RULES = 16;
const ANY_PATH = { type: "PathPrefix", value: "/" } as const;

interface Place {
  readonly index: number;
  readonly main: Json;
  readonly ref: JsonObject;
}

function placeOf({ split, routeKey, canary }: RulePlace): Result<Place, PlanError> {
  const index = split.routes.findIndex(({ key }) => key === routeKey);
  const main = at(split.raw, "spec", "rules", index);
  if (main === undefined) return err({ code: "route_not_found", message: `no rule ${routeKey}` });
  const ref = objectOf(listOf(at(main, "backendRefs")).find((one) => backendId(one) === canary));
  if (ref === undefined) return err({ code: "backend_unknown", message: `the rule sends nothing to ${canary}` });
  return ok({ index, main, ref });
}

function headerOf({ header, how, value }: HeaderMatch): Json {
  if (how === "exact") return { type: "Exact", name: header, value };
  return { type: "RegularExpression", name: header, value: how === "regex" ? value : `${literal(value)}.*` };
}

function matchesOf(main: Json, match: HeaderMatch): readonly Json[] {
  const own = listOf(at(main, "matches"));
  return (own.length === 0 ? [{}] : own).map((one) => ({
    ...objectOf(one),
    headers: [...listOf(at(one, "headers")), headerOf(match)],
  }));
}

/** As the API server stores it: an HTTP match without a path has the path of all. */
const stored = (matches: readonly Json[], driver: string): readonly Json[] =>
  driver === "grpcRoute" ? matches : matches.map((match) => ({ path: ANY_PATH, ...objectOf(match) }));

function indexOfMatch({ split, canary }: RulePlace, { main }: Place, match: HeaderMatch): number {
  const { driver } = split.target;
  const wanted = stored(matchesOf(main, match), driver);
  return listOf(at(split.raw, "spec", "rules")).findIndex((rule) => {
    const refs = listOf(at(rule, "backendRefs"));
    const [only] = refs;
    return (
      only !== undefined &&
      refs.length === 1 &&
      backendId(only) === canary &&
      isEqual(stored(listOf(at(rule, "matches")), driver), wanted)
    );
  });
}

export function readGatewayMatch(place: RulePlace, match: HeaderMatch): boolean {
  const found = placeOf(place);
  return found.ok && indexOfMatch(place, found.value, match) >= 0;
}

function ruleOf({ main, ref }: Place, match: HeaderMatch): Json {
  const { name: _n, filters, ...kept } = objectOf(main) ?? {};
  const { weight: _w, ...only } = ref;
  const others = listOf(filters).filter((filter) => textOf(at(filter, "type")) !== "RequestMirror");
  return {
    ...kept,
    ...(others.length === 0 ? {} : { filters: others }),
    matches: matchesOf(main, match),
    backendRefs: [only],
  };
}

export function planGatewayMatch(wish: RuleWish, match: HeaderMatch, isOn: boolean): Result<Plan, PlanError> {
  const place = placeOf(wish);
  if (!place.ok) return place;
  const { split, routeKey, canary, intentId } = wish;
  const rules = listOf(at(split.raw, "spec", "rules"));
  if (isOn && rules.length >= MAX_RULES)
    return err({
      code: "too_many_rules",
      message: `the route has ${rules.length} rules already: ${MAX_RULES} are the most`,
    });
  const index = isOn ? rules.length : indexOfMatch(wish, place.value, match);
  const now = rules[index] ?? null;
  const rule = ruleOf(place.value, match);
  const main = ["spec", "rules", place.value.index] as const;
  const operations: readonly PatchOperation[] = isOn
    ? [
        { op: "test", path: main, value: place.value.main },
        { op: "add", path: ["spec", "rules", "-"], value: rule },
      ]
    : [
        { op: "test", path: ["spec", "rules", index], value: now },
        { op: "remove", path: ["spec", "rules", index] },
      ];
  const change = isOn
    ? { fromBp: 0, toBp: WHOLE_BP, before: null, after: rule }
    : { fromBp: WHOLE_BP, toBp: 0, before: now, after: null };
  return ok({
    target: split.target,
    revision: split.revision,
    changes: [{ routeKey, backend: canary, path: `spec.rules[${index}]`, ...change }],
    request: guardedPatch(gatewayRoutePath(split), split.raw, operations, intentId),
    warnings: [],
  });
}

const isMirror = (filter: Json): boolean => textOf(at(filter, "type")) === "RequestMirror";

function shareOf(filter: Json): number {
  const percent = numberOf(at(filter, "requestMirror", "percent"));
  if (percent !== undefined) return Math.round(percent * 100);
  const numerator = numberOf(at(filter, "requestMirror", "fraction", "numerator"));
  if (numerator === undefined) return WHOLE_BP;
  return Math.round((numerator / (numberOf(at(filter, "requestMirror", "fraction", "denominator")) ?? 100)) * WHOLE_BP);
}

export function readGatewayMirror(place: RulePlace): number | null {
  const found = placeOf(place);
  if (!found.ok) return 0;
  const mirrors = listOf(at(found.value.main, "filters")).filter(isMirror);
  const ours = mirrors.find((filter) => backendId(at(filter, "requestMirror", "backendRef") ?? null) === place.canary);
  if (mirrors.length > (ours === undefined ? 0 : 1)) return null;
  return ours === undefined ? 0 : shareOf(ours);
}

/** Whether Linkerd's controller speaks of the route: it would drop it for a mirror. */
export function isLinkerds(raw: JsonObject): boolean {
  return listOf(at(raw, "status", "parents")).some((parent) =>
    (textOf(at(parent, "controllerName")) ?? "").startsWith("linkerd.io/"),
  );
}

function mirrorOf({ ref }: Place, mirrorBp: number): Json {
  const { weight: _w, filters: _f, ...backendRef } = ref;
  const share =
    mirrorBp % 100 === 0 ? { percent: mirrorBp / 100 } : { fraction: { numerator: mirrorBp, denominator: WHOLE_BP } };
  return { type: "RequestMirror", requestMirror: { backendRef, ...share } };
}

export function planGatewayMirror(wish: RuleWish, mirrorBp: number): Result<Plan, PlanError> {
  const place = placeOf(wish);
  if (!place.ok) return place;
  const { split, routeKey, canary, intentId } = wish;
  if (mirrorBp > 0 && isLinkerds(split.raw))
    return err({ code: "not_supported", message: "Linkerd drops a whole route that has a mirror" });
  const { index, main } = place.value;
  const before = listOf(at(main, "filters"));
  const others = before.filter((filter) => !isMirror(filter));
  const filters = mirrorBp === 0 ? others : [...others, mirrorOf(place.value, mirrorBp)];
  const path = ["spec", "rules", index, "filters"] as const;
  const operations: readonly PatchOperation[] = [
    { op: "test", path: ["spec", "rules", index, "backendRefs"], value: at(main, "backendRefs") ?? null },
    filters.length === 0 ? { op: "remove", path } : { op: "add", path, value: filters },
  ];
  return ok({
    target: split.target,
    revision: split.revision,
    changes: [
      {
        ...{ routeKey, backend: canary, path: `spec.rules[${index}].filters`, before, after: filters },
        ...{ fromBp: readGatewayMirror(wish) ?? 0, toBp: mirrorBp },
      },
    ],
    request: guardedPatch(gatewayRoutePath(split), split.raw, operations, intentId),
    warnings: mirrorBp === 0 ? [] : [MIRRORS_WRITES],
  });
}
