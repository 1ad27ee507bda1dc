/**
 * AWS App Mesh routes, through its API and through its CRDs on Kubernetes. In: what DescribeRoute answers, or a
 * VirtualRouter object; out: rules of weighted targets, and an UpdateRoute with the whole spec, or a guarded JSON Patch.
 * Weights are whole percents. The API has no compare-and-set: `clientToken` is the intent's id and only makes a repetition
 * harmless, so a foreign write in between is found afterwards, by the version, and never repaired here.
 */
import { ok, type Result } from "../../base/result.ts";
import type { DesiredSplit, Plan, PlanError, TargetRef, TrafficRoute, TrafficState } from "./contract.ts";
import { at, type Json, type JsonObject, listOf, numberOf, objectOf, textOf, withMember } from "./document.ts";
import { guardedPatch, intentOf, KINDS, objectPath, revisionOf } from "./kubernetes.ts";
import { changesOf, weightOperations, writtenWish } from "./planning.ts";
import { toBp } from "./weights.ts";

const PROTOCOLS = ["httpRoute", "http2Route", "grpcRoute", "tcpRoute"] as const;
const PERCENT = 100;

export function protocolOf(spec: Json | undefined): (typeof PROTOCOLS)[number] | undefined {
  return PROTOCOLS.find((name) => at(spec, name) !== undefined);
}

/** A match that every request meets: the prefix `/` alone, or none. */
function isMatched(match: Json | undefined): boolean {
  const members = Object.entries(objectOf(match) ?? {}).filter(([, value]) => value !== null);
  return !members.every(([name, value]) => name === "port" || (name === "prefix" && value === "/"));
}

export function nodeOf(target: Json): string {
  const node = textOf(at(target, "virtualNode")) ?? textOf(at(target, "virtualNodeRef", "name"));
  const port = numberOf(at(target, "port"));
  return `${node ?? "?"}${port === undefined ? "" : `:${port}`}`;
}

function routeOf(name: string, spec: Json | undefined): TrafficRoute {
  const protocol = protocolOf(spec);
  const targets = protocol === undefined ? [] : listOf(at(spec, protocol, "action", "weightedTargets"));
  const native = targets.map((target) => numberOf(at(target, "weight")) ?? 0);
  const bp = toBp(native) ?? native.map(() => 0);
  return {
    key: name,
    label: name,
    matched: protocol !== undefined && isMatched(at(spec, protocol, "match")),
    backends: targets.map((target, i) => ({ id: nodeOf(target), weightBp: bp[i] ?? 0, native: native[i] ?? 0 })),
  };
}

/** `raw` is the `route` of DescribeRoute's answer. */
export function readRoute(target: TargetRef, raw: JsonObject): TrafficState {
  const status = textOf(at(raw, "status", "status"));
  return {
    target,
    revision: String(numberOf(at(raw, "metadata", "version")) ?? 0),
    routes: [routeOf(textOf(at(raw, "routeName")) ?? target.name, at(raw, "spec"))],
    accepted: status === "ACTIVE" ? "yes" : status === undefined ? "unknown" : "no",
    reasons: status === undefined || status === "ACTIVE" ? [] : [status],
    // The API does not give a token back.
    intentId: null,
    raw,
  };
}

/** Errors: those of the wish, and of shares that are no whole percents. */
export function planRoute(state: TrafficState, desired: DesiredSplit, intentId: string): Result<Plan, PlanError> {
  const wish = writtenWish(state, desired, () => PERCENT);
  if (!wish.ok) return wish;
  const spec = at(state.raw, "spec") ?? {};
  const protocol = protocolOf(spec) ?? "httpRoute";
  const weighed = wish.value.native.reduce<Json>(
    (document, weight, i) => withMember(document, [protocol, "action", "weightedTargets", i, "weight"], weight),
    spec,
  );
  return ok({
    target: state.target,
    revision: state.revision,
    changes: changesOf(wish.value, wish.value.native, (i) => `spec.${protocol}.action.weightedTargets[${i}].weight`),
    request: {
      api: "appMesh",
      operation: "UpdateRoute",
      input: {
        meshName: textOf(at(state.raw, "meshName")) ?? state.target.namespace,
        virtualRouterName: textOf(at(state.raw, "virtualRouterName")) ?? state.target.name.split("/")[0] ?? "",
        routeName: textOf(at(state.raw, "routeName")) ?? state.target.name.split("/")[1] ?? "",
        clientToken: intentId,
        spec: weighed,
      },
    },
    warnings: [
      {
        code: "no_compare_and_set",
        message: "App Mesh cannot refuse a write that lost a race: a foreign change in between is found after it",
      },
    ],
  });
}

const MOST_TARGETS = 10;

/** Why App Mesh does not take a route's weights; undefined where it does. The API has no dry run, and emulators look at nothing. */
export function weightsFault(spec: Json): string | undefined {
  const protocol = protocolOf(spec);
  if (protocol === undefined) return "a route has one of httpRoute, http2Route, grpcRoute and tcpRoute";
  const weights = listOf(at(spec, protocol, "action", "weightedTargets")).map(
    (one) => numberOf(at(one, "weight")) ?? -1,
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const isOdd = weights.some((weight) => !Number.isInteger(weight) || weight < 0 || weight > PERCENT);
  if (weights.length >= 1 && weights.length <= MOST_TARGETS && !isOdd && sum <= PERCENT) return undefined;
  return `a route has 1 to ${MOST_TARGETS} targets with whole weights from 0 to ${PERCENT}, ${PERCENT} in all: there are ${weights.join(", ")}`;
}

/** Whether the version after our write says that nobody wrote in between. */
export function isUndisturbed(before: Pick<TrafficState, "revision">, after: Pick<TrafficState, "revision">): boolean {
  return Number(after.revision) === Number(before.revision) + 1;
}

export function readVirtualRouter(target: TargetRef, raw: JsonObject): TrafficState {
  const generation = numberOf(at(raw, "metadata", "generation"));
  const observed = numberOf(at(raw, "status", "observedGeneration"));
  const active = listOf(at(raw, "status", "conditions")).find((one) => at(one, "type") === "VirtualRouterActive");
  const isNew = generation !== undefined && observed === generation;
  const reason = textOf(at(active, "reason"));
  return {
    target,
    revision: revisionOf(raw),
    routes: listOf(at(raw, "spec", "routes")).map((route, i) =>
      routeOf(textOf(at(route, "name")) ?? `route ${i + 1}`, route),
    ),
    accepted: !isNew || active === undefined ? "unknown" : at(active, "status") === "True" ? "yes" : "no",
    reasons: reason === undefined ? [] : [reason],
    intentId: intentOf(raw),
    raw,
  };
}

/** Errors: those of the wish, and of shares that are no whole percents. */
export function planVirtualRouter(
  state: TrafficState,
  desired: DesiredSplit,
  intentId: string,
): Result<Plan, PlanError> {
  const wish = writtenWish(state, desired, () => PERCENT);
  if (!wish.ok) return wish;
  const { routeIndex, native } = wish.value;
  const protocol = protocolOf(at(state.raw, "spec", "routes", routeIndex)) ?? "httpRoute";
  const where = (i: number) => ["spec", "routes", routeIndex, protocol, "action", "weightedTargets", i] as const;
  const operations = weightOperations(state.raw, native, where, "virtualNodeRef");
  return ok({
    target: state.target,
    revision: state.revision,
    changes: changesOf(
      wish.value,
      native,
      (i) => `spec.routes[${routeIndex}].${protocol}.action.weightedTargets[${i}].weight`,
    ),
    request: guardedPatch(objectPath(KINDS.appMeshCrd, state.raw, state.target), state.raw, operations, intentId),
    warnings: [],
  });
}
