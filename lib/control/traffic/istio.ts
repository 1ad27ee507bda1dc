/**
 * Istio VirtualService (`networking.istio.io/v1`). In: the object as read; out: its HTTP rules with shares, and guarded
 * JSON Patches. Server-side apply would claim every rule, since `spec.http` is atomic; a JSON Patch with `test` writes two
 * numbers and nothing else. Weights are relative (share = weight ÷ sum); a single destination without weight has all.
 * Not handled: tcp and tls rules.
 */
import { ok, type Result } from "../../base/result.ts";
import type { DesiredSplit, Plan, PlanError, TargetRef, TrafficRoute, TrafficState } from "./contract.ts";
import { at, type Json, type JsonObject, listOf, numberOf, textOf } from "./document.ts";
import { guardedPatch, intentOf, KINDS, objectPath, revisionOf } from "./kubernetes.ts";
import { changesOf, digestOf, weightOperations, writtenWish } from "./planning.ts";
import { relativeScale, toBp } from "./weights.ts";

/** `reviews/v2`, or the host alone. */
export function backendId(destination: Json | undefined): string {
  const host = textOf(at(destination, "host")) ?? "?";
  const subset = textOf(at(destination, "subset"));
  const port = numberOf(at(destination, "port", "number"));
  return `${host}${port === undefined ? "" : `:${port}`}${subset === undefined ? "" : `/${subset}`}`;
}

function ruleOf(rule: Json, index: number): TrafficRoute {
  const destinations = listOf(at(rule, "route"));
  const given = destinations.map((one) => numberOf(at(one, "weight")));
  const only = destinations.length === 1;
  const native = given.map((weight) => weight ?? (only ? 100 : 0));
  const bp = toBp(native) ?? native.map(() => 0);
  const name = textOf(at(rule, "name"));
  const matches = at(rule, "match");
  const targets = destinations.map((one) => at(one, "destination") ?? null);
  return {
    key: name ?? digestOf(matches, targets),
    label: name ?? `rule ${index + 1}`,
    matched: listOf(matches).length > 0,
    backends: targets.map((target, i) => ({ id: backendId(target), weightBp: bp[i] ?? 0, native: native[i] ?? 0 })),
  };
}

export function readVirtualService(target: TargetRef, raw: JsonObject): TrafficState {
  return {
    target,
    revision: revisionOf(raw),
    routes: listOf(at(raw, "spec", "http")).map(ruleOf),
    ...acceptedOf(raw),
    intentId: intentOf(raw),
    raw,
  };
}

/** Only where the mesh tracks distribution: off by default, so its absence says nothing. */
function acceptedOf(raw: JsonObject): Pick<TrafficState, "accepted" | "reasons"> {
  const errors = listOf(at(raw, "status", "validationMessages")).map((message) => textOf(at(message, "type", "code")));
  const reasons = errors.filter((code) => code !== undefined);
  if (reasons.length > 0) return { accepted: "no", reasons };
  const condition = listOf(at(raw, "status", "conditions")).find((one) => at(one, "type") === "Reconciled");
  if (condition === undefined) return { accepted: "unknown", reasons: [] };
  const message = textOf(at(condition, "message"));
  return {
    accepted: at(condition, "status") === "True" ? "yes" : "unknown",
    reasons: message === undefined ? [] : [message],
  };
}

/** Errors: those of the wish, and of weights that cannot be written. */
export function planVirtualService(
  state: TrafficState,
  desired: DesiredSplit,
  intentId: string,
): Result<Plan, PlanError> {
  const wish = writtenWish(state, desired, relativeScale);
  if (!wish.ok) return wish;
  const { routeIndex, native } = wish.value;
  const where = (i: number) => ["spec", "http", routeIndex, "route", i] as const;
  const operations = weightOperations(state.raw, native, where, "destination");
  const above = state.routes.slice(0, routeIndex).filter(({ matched }) => matched);
  return ok({
    target: state.target,
    revision: state.revision,
    changes: changesOf(wish.value, native, (i) => `spec.http[${routeIndex}].route[${i}].weight`),
    request: guardedPatch(objectPath(KINDS.istio, state.raw, state.target), state.raw, operations, intentId),
    warnings:
      above.length === 0
        ? []
        : [
            {
              code: "matched_rules_above",
              message: `requests that match ${above.map(({ label }) => label).join(", ")} are not moved: those rules stand above`,
            },
          ],
  });
}
