/**
 * Rules above an App Mesh split: another route of the same router with the header in its match and a lower priority
 * number, which is asked first. In: the split's state and, of the API, the other route's (empty where there is none); out:
 * CreateRoute or DeleteRoute, or a guarded JSON Patch of the VirtualRouter object. Not handled: a split whose priority is 0
 * already, since nothing can stand above it; mirrors, which App Mesh has not.
 */
import { err, ok, type Result } from "../../base/result.ts";
import { nodeOf, protocolOf } from "./app-mesh.ts";
import type { HeaderMatch, Plan, PlanError } from "./contract.ts";
import { at, type Json, type JsonObject, listOf, numberOf, objectOf, textOf } from "./document.ts";
import { guardedPatch, KINDS, objectPath, type PatchOperation } from "./kubernetes.ts";
import { isEqual } from "./patch.ts";
import { RULE_SUFFIX, type RulePlace, type RuleWish } from "./rule-place.ts";
import { WHOLE_BP } from "./weights.ts";

/** Of the API: routes without a priority come last. */
const LAST_PRIORITY = 1_000;
const MAX_HEADERS = 10;

function headerOf({ header, how, value }: HeaderMatch): JsonObject {
  return { name: header, match: { [how]: value } };
}

/** The split's spec with the header in its match and the canary as its only target. */
function specOf(spec: Json | undefined, canary: string, match: HeaderMatch): Result<JsonObject, PlanError> {
  const protocol = protocolOf(spec);
  if (protocol === undefined || protocol === "tcpRoute")
    return err({ code: "not_supported", message: "a route of TCP has no headers" });
  const target = listOf(at(spec, protocol, "action", "weightedTargets")).find((one) => nodeOf(one) === canary);
  if (target === undefined) return err({ code: "backend_unknown", message: `the route sends nothing to ${canary}` });
  const priority = numberOf(at(spec, "priority")) ?? LAST_PRIORITY;
  if (priority === 0)
    return err({ code: "not_supported", message: "the route has priority 0: no rule can stand above it" });
  // A gRPC match has metadata where the others have headers.
  const member = protocol === "grpcRoute" ? "metadata" : "headers";
  const before = listOf(at(spec, protocol, "match", member));
  if (before.length >= MAX_HEADERS)
    return err({
      code: "too_many_rules",
      message: `the match has ${before.length} headers: ${MAX_HEADERS} are the most`,
    });
  return ok({
    ...objectOf(spec),
    priority: priority - 1,
    [protocol]: {
      ...objectOf(at(spec, protocol)),
      match: { ...objectOf(at(spec, protocol, "match")), [member]: [...before, headerOf(match)] },
      action: { weightedTargets: [{ ...objectOf(target), weight: 100 }] },
    },
  });
}

function says(spec: Json | undefined, wanted: JsonObject): boolean {
  const protocol = protocolOf(wanted) ?? "httpRoute";
  const targets = (one: Json | undefined) => listOf(at(one, protocol, "action", "weightedTargets")).map(nodeOf);
  return isEqual(at(spec, protocol, "match"), at(wanted, protocol, "match")) && isEqual(targets(spec), targets(wanted));
}

export function readNodeRoute(place: RulePlace, match: HeaderMatch): boolean {
  const wanted = specOf(at(place.split.raw, "spec"), place.canary, match);
  return wanted.ok && says(at(place.rules.raw, "spec"), wanted.value);
}

export function planNodeRoute(wish: RuleWish, match: HeaderMatch, isOn: boolean): Result<Plan, PlanError> {
  const { split, rules, routeKey, canary, intentId } = wish;
  const spec = specOf(at(split.raw, "spec"), canary, match);
  if (!spec.ok) return spec;
  const names = {
    meshName: textOf(at(split.raw, "meshName")) ?? split.target.namespace,
    virtualRouterName: textOf(at(split.raw, "virtualRouterName")) ?? split.target.name.split("/")[0] ?? "",
    routeName: `${textOf(at(split.raw, "routeName")) ?? split.target.name.split("/")[1] ?? ""}${RULE_SUFFIX}`,
  };
  const before = at(rules.raw, "spec") ?? null;
  const isThere = before !== null;
  return ok({
    target: rules.target,
    revision: rules.revision,
    changes: [
      {
        ...{ routeKey, backend: canary, path: `route ${names.routeName}`, before },
        ...(isOn ? { fromBp: 0, toBp: WHOLE_BP, after: spec.value } : { fromBp: WHOLE_BP, toBp: 0, after: null }),
      },
    ],
    request: {
      api: "appMesh",
      operation: isOn ? (isThere ? "UpdateRoute" : "CreateRoute") : "DeleteRoute",
      input: isOn ? { ...names, clientToken: intentId, spec: spec.value } : names,
    },
    warnings: [],
  });
}

function routerPlace({ split, routeKey }: RulePlace): { readonly index: number; readonly main: Json | undefined } {
  const index = split.routes.findIndex(({ key }) => key === routeKey);
  return { index, main: at(split.raw, "spec", "routes", index) };
}

function indexOfMatch(place: RulePlace, wanted: JsonObject): number {
  return listOf(at(place.split.raw, "spec", "routes")).findIndex((route) => says(route, wanted));
}

export function readRouterRoute(place: RulePlace, match: HeaderMatch): boolean {
  const wanted = specOf(routerPlace(place).main, place.canary, match);
  return wanted.ok && indexOfMatch(place, wanted.value) >= 0;
}

export function planRouterRoute(wish: RuleWish, match: HeaderMatch, isOn: boolean): Result<Plan, PlanError> {
  const { split, routeKey, canary, intentId } = wish;
  const { index: mainIndex, main } = routerPlace(wish);
  if (main === undefined) return err({ code: "route_not_found", message: `no route ${routeKey}` });
  const spec = specOf(main, canary, match);
  if (!spec.ok) return spec;
  const rule: JsonObject = { ...spec.value, name: `${textOf(at(main, "name")) ?? routeKey}${RULE_SUFFIX}` };
  const index = isOn ? mainIndex : indexOfMatch(wish, spec.value);
  const path = ["spec", "routes", index] as const;
  const now = at(split.raw, ...path) ?? null;
  const operations: readonly PatchOperation[] = [
    { op: "test", path, value: now },
    isOn ? { op: "add", path, value: rule } : { op: "remove", path },
  ];
  return ok({
    target: split.target,
    revision: split.revision,
    changes: [
      {
        ...{ routeKey, backend: canary, path: `spec.routes[${index}]` },
        ...(isOn
          ? { fromBp: 0, toBp: WHOLE_BP, before: null, after: rule }
          : { fromBp: WHOLE_BP, toBp: 0, before: now, after: null }),
      },
    ],
    request: guardedPatch(objectPath(KINDS.appMeshCrd, split.raw, split.target), split.raw, operations, intentId),
    warnings: [],
  });
}
