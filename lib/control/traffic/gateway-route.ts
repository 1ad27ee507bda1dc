/**
 * Gateway API HTTPRoute and GRPCRoute (`gateway.networking.k8s.io`), of Linkerd, Istio ambient and others, and the HTTPRoute
 * of Linkerd's own group (`policy.linkerd.io`), which has the same shape. In: the
 * object as read; out: its rules with shares, what the controllers say of it, and guarded JSON Patches. Weights are
 * relative, 1 where none is written; an invalid backend's share is answered with 500, not given to the others.
 *
 * Linkerd never sets observedGeneration, so a condition counts as old only where its controller sets it.
 */
import { ok, type Result } from "../../base/result.ts";
import type { DesiredSplit, Plan, PlanError, TargetRef, TrafficRoute, TrafficState } from "./contract.ts";
import { at, type Json, type JsonObject, listOf, numberOf, textOf } from "./document.ts";
import { guardedPatch, intentOf, isKubernetesDriver, KINDS, objectPath, revisionOf } from "./kubernetes.ts";
import { changesOf, digestOf, weightOperations, writtenWish } from "./planning.ts";
import { relativeScale, toBp } from "./weights.ts";

export function backendId(ref: Json): string {
  const name = textOf(at(ref, "name")) ?? "?";
  const namespace = textOf(at(ref, "namespace"));
  const port = numberOf(at(ref, "port"));
  return `${namespace === undefined ? "" : `${namespace}/`}${name}${port === undefined ? "" : `:${port}`}`;
}

/** A prefix of `/` alone matches everything, and is what the API fills in. */
function isCatchAll(match: Json): boolean {
  const members = Object.keys(typeof match === "object" && match !== null ? match : {});
  return members.every((name) => name === "path") && (members.length === 0 || at(match, "path", "value") === "/");
}

function ruleOf(rule: Json, index: number): TrafficRoute {
  const refs = listOf(at(rule, "backendRefs"));
  const native = refs.map((ref) => numberOf(at(ref, "weight")) ?? 1);
  const bp = toBp(native) ?? native.map(() => 0);
  const name = textOf(at(rule, "name"));
  const matches = listOf(at(rule, "matches"));
  const ids = refs.map(backendId);
  return {
    key: name ?? digestOf(matches, ids),
    label: name ?? `rule ${index + 1}`,
    matched: matches.length > 0 && !matches.every(isCatchAll),
    backends: ids.map((id, i) => ({ id, weightBp: bp[i] ?? 0, native: native[i] ?? 0 })),
  };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly isOld: boolean;
}

function conditionsOf(raw: JsonObject): readonly Condition[] {
  const generation = numberOf(at(raw, "metadata", "generation"));
  return listOf(at(raw, "status", "parents")).flatMap((parent) =>
    listOf(at(parent, "conditions")).map((condition) => {
      const observed = numberOf(at(condition, "observedGeneration"));
      return {
        type: textOf(at(condition, "type")) ?? "",
        status: textOf(at(condition, "status")) ?? "",
        reason: textOf(at(condition, "reason")) ?? "",
        isOld: observed !== undefined && generation !== undefined && observed < generation,
      };
    }),
  );
}

function acceptedOf(raw: JsonObject): Pick<TrafficState, "accepted" | "reasons"> {
  const conditions = conditionsOf(raw).filter(({ type }) => type === "Accepted" || type === "ResolvedRefs");
  const refused = conditions.filter(({ status, isOld }) => status === "False" && !isOld);
  if (refused.length > 0) return { accepted: "no", reasons: refused.map(({ reason }) => reason) };
  const told = conditions.filter(({ isOld }) => !isOld);
  return {
    accepted: told.length > 0 && told.every(({ status }) => status === "True") ? "yes" : "unknown",
    reasons: [],
  };
}

export function readGatewayRoute(target: TargetRef, raw: JsonObject): TrafficState {
  return {
    target,
    revision: revisionOf(raw),
    routes: listOf(at(raw, "spec", "rules")).map(ruleOf),
    ...acceptedOf(raw),
    intentId: intentOf(raw),
    raw,
  };
}

export function gatewayRoutePath({ target, raw }: TrafficState): string {
  const { driver } = target;
  return objectPath(isKubernetesDriver(driver) ? KINDS[driver] : KINDS.httpRoute, raw, target);
}

function warningsFor(state: TrafficState, routeIndex: number): Plan["warnings"] {
  const matched = state.routes.filter((route, i) => i !== routeIndex && route.matched).map(({ label }) => label);
  const parents = listOf(at(state.raw, "spec", "parentRefs")).length;
  return [
    ...(matched.length === 0
      ? []
      : [
          {
            code: "matched_rules_above",
            message: `requests that match ${matched.join(", ")} are not moved: the more specific rule wins`,
          } as const,
        ]),
    ...(parents < 2
      ? []
      : [{ code: "extra_parent", message: `the route has ${parents} parents: traffic of all of them moves` } as const]),
    ...(state.accepted !== "no"
      ? []
      : [{ code: "not_accepted", message: `a controller refuses the route: ${state.reasons.join(", ")}` } as const]),
  ];
}

/** Errors: those of the wish, and of weights that cannot be written. */
export function planGatewayRoute(
  state: TrafficState,
  desired: DesiredSplit,
  intentId: string,
): Result<Plan, PlanError> {
  const wish = writtenWish(state, desired, relativeScale);
  if (!wish.ok) return wish;
  const { routeIndex, native } = wish.value;
  const where = (i: number) => ["spec", "rules", routeIndex, "backendRefs", i] as const;
  const operations = weightOperations(state.raw, native, where, "name");
  const path = gatewayRoutePath(state);
  return ok({
    target: state.target,
    revision: state.revision,
    changes: changesOf(wish.value, native, (i) => `spec.rules[${routeIndex}].backendRefs[${i}].weight`),
    request: guardedPatch(path, state.raw, operations, intentId),
    warnings: warningsFor(state, routeIndex),
  });
}
