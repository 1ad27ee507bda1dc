/**
 * SMI TrafficSplit (`split.smi-spec.io`): one rule, its backends by service name. In v1alpha1 weights are Kubernetes
 * quantities ("900m"), later whole numbers; what is written keeps the kind that was read. No status at all.
 */
import { ok, type Result } from "../../base/result.ts";
import type { DesiredSplit, Plan, PlanError, TargetRef, TrafficState } from "./contract.ts";
import { at, type Json, type JsonObject, listOf, numberOf, textOf } from "./document.ts";
import { guardedPatch, intentOf, KINDS, objectPath, revisionOf } from "./kubernetes.ts";
import { changesOf, weightOperations, writtenWish } from "./planning.ts";
import { relativeScale, toBp } from "./weights.ts";

const QUANTITY_SCALE = 1_000;
const QUANTITY = /^(\d+(?:\.\d+)?)(m?)$/;

/** Thousandths for "900m", the number itself for "1" and 900; undefined for what is neither. */
function amountOf(weight: Json | undefined): number | undefined {
  const plain = numberOf(weight);
  if (plain !== undefined) return plain * QUANTITY_SCALE;
  const match = QUANTITY.exec(textOf(weight) ?? "");
  return match === null ? undefined : Number(match[1]) * (match[2] === "m" ? 1 : QUANTITY_SCALE);
}

function nativeOf(weight: Json | undefined): number | string {
  return numberOf(weight) ?? textOf(weight) ?? 0;
}

export function readTrafficSplit(target: TargetRef, raw: JsonObject): TrafficState {
  const backends = listOf(at(raw, "spec", "backends"));
  const bp = toBp(backends.map((backend) => amountOf(at(backend, "weight")) ?? 0)) ?? [];
  const service = textOf(at(raw, "spec", "service")) ?? target.name;
  const matched = listOf(at(raw, "spec", "matches")).length > 0;
  const route = {
    key: service,
    label: service,
    matched,
    backends: backends.map((backend, i) => ({
      id: textOf(at(backend, "service")) ?? "?",
      weightBp: bp[i] ?? 0,
      native: nativeOf(at(backend, "weight")),
    })),
  };
  return {
    target,
    revision: revisionOf(raw),
    routes: [route],
    accepted: "unknown",
    reasons: [],
    intentId: intentOf(raw),
    raw,
  };
}

/** Errors: those of the wish, and of weights that cannot be written. */
export function planTrafficSplit(
  state: TrafficState,
  desired: DesiredSplit,
  intentId: string,
): Result<Plan, PlanError> {
  const version = (textOf(at(state.raw, "apiVersion")) ?? "").split("/")[1] ?? "v1alpha2";
  const isQuantity = version === "v1alpha1";
  const wish = writtenWish(state, desired, (sharesBp) => (isQuantity ? QUANTITY_SCALE : relativeScale(sharesBp)));
  if (!wish.ok) return wish;
  const native = wish.value.native.map((weight) => (isQuantity ? `${weight}m` : weight));
  const operations = weightOperations(state.raw, native, (i) => ["spec", "backends", i], "service");
  return ok({
    target: state.target,
    revision: state.revision,
    changes: changesOf(wish.value, native, (i) => `spec.backends[${i}].weight`),
    request: guardedPatch(objectPath(KINDS.trafficSplit, state.raw, state.target), state.raw, operations, intentId),
    warnings: [],
  });
}
