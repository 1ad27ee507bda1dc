/**
 * Rules above the split of an Istio VirtualService, and mirrors on it. In: the object as read; out: guarded JSON Patches.
 * A rule for a header is the split's own rule (its timeouts, retries and matches) with the header added and the canary as
 * the only destination, inserted right above it, since the first rule that matches wins. Header names are lower case there.
 */
import { err, ok, type Result } from "../../base/result.ts";
import type { Change, HeaderMatch, Plan, PlanError } from "./contract.ts";
import { at, type Json, listOf, numberOf, objectOf, textOf } from "./document.ts";
import { backendId } from "./istio.ts";
import { guardedPatch, KINDS, objectPath, type PatchOperation } from "./kubernetes.ts";
import { isEqual } from "./patch.ts";
import type { RulePlace, RuleWish } from "./rule-place.ts";
import { WHOLE_BP } from "./weights.ts";

interface Place {
  readonly index: number;
  readonly main: Json;
  readonly destination: Json;
}

function placeOf({ split, routeKey, canary }: RulePlace): Result<Place, PlanError> {
  const index = split.routes.findIndex(({ key }) => key === routeKey);
  const main = at(split.raw, "spec", "http", index);
  if (main === undefined) return err({ code: "route_not_found", message: `no rule ${routeKey}` });
  const destination = listOf(at(main, "route")).find((one) => backendId(at(one, "destination")) === canary);
  if (destination === undefined)
    return err({ code: "backend_unknown", message: `the rule sends nothing to ${canary}` });
  return ok({ index, main, destination });
}

function matchesOf(main: Json, { header, how, value }: HeaderMatch): readonly Json[] {
  const own = listOf(at(main, "match"));
  return (own.length === 0 ? [{}] : own).map((match) => ({
    ...objectOf(match),
    headers: { ...objectOf(at(match, "headers")), [header.toLowerCase()]: { [how]: value } },
  }));
}

function indexOfMatch({ split }: RulePlace, { main, destination }: Place, match: HeaderMatch): number {
  const matches = matchesOf(main, match);
  return listOf(at(split.raw, "spec", "http")).findIndex((rule) => {
    const routes = listOf(at(rule, "route"));
    return (
      routes.length === 1 &&
      isEqual(at(routes[0], "destination"), at(destination, "destination")) &&
      isEqual(at(rule, "match"), matches)
    );
  });
}

export function readIstioMatch(place: RulePlace, match: HeaderMatch): boolean {
  const found = placeOf(place);
  return found.ok && indexOfMatch(place, found.value, match) >= 0;
}

function ruleOf({ main, destination }: Place, match: HeaderMatch, routeKey: string): Json {
  const { mirror: _m, mirrors: _ms, mirrorPercentage: _p, mirror_percent: _o, ...kept } = objectOf(main) ?? {};
  const { weight: _w, ...only } = objectOf(destination) ?? {};
  return {
    ...kept,
    name: `${textOf(at(main, "name")) ?? routeKey}-meshscope`,
    match: matchesOf(main, match),
    route: [only],
  };
}

function planOf(
  wish: RuleWish,
  operations: readonly PatchOperation[],
  change: Omit<Change, "routeKey" | "backend">,
  warnings: Plan["warnings"] = [],
): Plan {
  const { split, routeKey, canary, intentId } = wish;
  return {
    target: split.target,
    revision: split.revision,
    changes: [{ routeKey, backend: canary, ...change }],
    request: guardedPatch(objectPath(KINDS.istio, split.raw, split.target), split.raw, operations, intentId),
    warnings,
  };
}

export function planIstioMatch(wish: RuleWish, match: HeaderMatch, isOn: boolean): Result<Plan, PlanError> {
  const place = placeOf(wish);
  if (!place.ok) return place;
  const index = isOn ? place.value.index : indexOfMatch(wish, place.value, match);
  const path = ["spec", "http", index] as const;
  const now = at(wish.split.raw, ...path) ?? null;
  const rule = ruleOf(place.value, match, wish.routeKey);
  // The rule that stands at the place now is the one that was read: the new one goes right above it.
  const operations: readonly PatchOperation[] = [
    { op: "test", path, value: now },
    isOn ? { op: "add", path, value: rule } : { op: "remove", path },
  ];
  const change = isOn
    ? { before: null, after: rule, fromBp: 0, toBp: WHOLE_BP }
    : { before: now, after: null, fromBp: WHOLE_BP, toBp: 0 };
  return ok(planOf(wish, operations, { path: `spec.http[${index}]`, ...change }));
}

export function readIstioMirror(place: RulePlace): number | null {
  const found = placeOf(place);
  if (!found.ok) return 0;
  const { main } = found.value;
  if (listOf(at(main, "mirrors")).length > 0) return null;
  const mirror = at(main, "mirror");
  if (mirror === undefined) return 0;
  if (backendId(mirror) !== place.canary) return null;
  const percent = numberOf(at(main, "mirrorPercentage", "value"));
  return percent === undefined ? WHOLE_BP : Math.round(percent * 100);
}

export function planIstioMirror(wish: RuleWish, mirrorBp: number): Result<Plan, PlanError> {
  const place = placeOf(wish);
  if (!place.ok) return place;
  const { index, main, destination } = place.value;
  const where = (member: string) => ["spec", "http", index, member] as const;
  const before = at(main, "mirrorPercentage", "value") ?? (at(main, "mirror") === undefined ? null : 100);
  const guard: PatchOperation = { op: "test", path: where("route"), value: at(main, "route") ?? null };
  const put: readonly PatchOperation[] = [
    { op: "add", path: where("mirror"), value: at(destination, "destination") ?? null },
    { op: "add", path: where("mirrorPercentage"), value: { value: mirrorBp / 100 } },
  ];
  const gone: readonly PatchOperation[] = ["mirror", "mirrorPercentage"]
    .filter((member) => at(main, member) !== undefined)
    .map((member) => ({ op: "remove", path: where(member) }) as const);
  const change = {
    path: `spec.http[${index}].mirror`,
    before,
    after: mirrorBp === 0 ? null : mirrorBp / 100,
    fromBp: readIstioMirror(wish) ?? 0,
    toBp: mirrorBp,
  };
  const warnings = mirrorBp === 0 ? [] : [MIRRORS_WRITES];
  return ok(planOf(wish, [guard, ...(mirrorBp === 0 ? gone : put)], change, warnings));
}

export const MIRRORS_WRITES = {
  code: "mirrors_writes",
  message: "every mirrored request is carried out by the canary as well, writes included; its answers are thrown away",
} as const;
