/**
 * Consul's ServiceSplitter on Kubernetes (`consul.hashicorp.com/v1alpha1`), from which consul-k8s makes the entry: where it
 * exists the entry itself must not be written, since it would be written over. Weights are percents with two decimals that
 * must sum to 100. Whether Consul took it is the condition `Synced`, without a generation beside it.
 */
import { ok, type Result } from "../../base/result.ts";
import { splitId } from "./consul.ts";
import type { DesiredSplit, Plan, PlanError, TargetRef, TrafficState } from "./contract.ts";
import { at, type JsonObject, listOf, numberOf, textOf } from "./document.ts";
import { guardedPatch, intentOf, KINDS, objectPath, type PatchOperation, revisionOf } from "./kubernetes.ts";
import { changesOf, writtenWish } from "./planning.ts";
import { toBp, WHOLE_BP } from "./weights.ts";

export function readSplitterObject(target: TargetRef, raw: JsonObject): TrafficState {
  const splits = listOf(at(raw, "spec", "splits"));
  const native = splits.map((split) => numberOf(at(split, "weight")) ?? 0);
  const bp = toBp(native) ?? native.map(() => 0);
  const ids = splits.map((split) => splitId(at(split, "service"), at(split, "serviceSubset"), target.name));
  const synced = listOf(at(raw, "status", "conditions")).find((one) => at(one, "type") === "Synced");
  const status = textOf(at(synced, "status"));
  const message = textOf(at(synced, "message")) ?? textOf(at(synced, "reason"));
  return {
    target,
    revision: revisionOf(raw),
    routes: [
      {
        key: target.name,
        label: target.name,
        matched: false,
        backends: ids.map((id, i) => ({ id, weightBp: bp[i] ?? 0, native: native[i] ?? 0 })),
      },
    ],
    accepted: status === "True" ? "yes" : status === "False" ? "no" : "unknown",
    reasons: status === "False" && message !== undefined ? [message] : [],
    intentId: intentOf(raw),
    raw,
  };
}

/** Errors: those of the wish. Every share can be written: two decimals of a percent are basis points. */
export function planSplitterObject(
  state: TrafficState,
  desired: DesiredSplit,
  intentId: string,
): Result<Plan, PlanError> {
  const wish = writtenWish(state, desired, () => WHOLE_BP);
  if (!wish.ok) return wish;
  const native = wish.value.native.map((bp) => bp / 100);
  const operations = native.flatMap((weight, i): readonly PatchOperation[] => {
    const where = ["spec", "splits", i] as const;
    const guards = (["service", "serviceSubset"] as const).flatMap((member): readonly PatchOperation[] => {
      const value = at(state.raw, ...where, member);
      return value === undefined ? [] : [{ op: "test", path: [...where, member], value }];
    });
    return [...guards, { op: "add", path: [...where, "weight"], value: weight }];
  });
  return ok({
    target: state.target,
    revision: state.revision,
    changes: changesOf(wish.value, native, (i) => `spec.splits[${i}].weight`),
    request: guardedPatch(objectPath(KINDS.consulCrd, state.raw, state.target), state.raw, operations, intentId),
    warnings: [],
  });
}
