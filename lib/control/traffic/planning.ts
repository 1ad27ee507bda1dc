/**
 * What all drivers plan alike: the rule that is meant, the shares of each of its backends, and what changes. In: the state
 * that was read and the split wished for; out: pairs of a backend and its share in the rule's own order, or why not.
 */

import { base64url } from "../../base/encoding.ts";
import { err, ok, type Result } from "../../base/result.ts";
import { sha256 } from "../../base/sha256.ts";
import type { Change, DesiredSplit, PlanError, TrafficRoute, TrafficState } from "./contract.ts";
import { at, canonicalJson, type Json, type JsonObject } from "./document.ts";
import type { PatchOperation } from "./kubernetes.ts";
import { checkWeights, toNative } from "./weights.ts";

/** Twelve characters that say the same as long as the parts do. */
export function digestOf(...parts: readonly (Json | undefined)[]): string {
  const text = parts.map(canonicalJson).join("\n");
  return base64url(sha256(new TextEncoder().encode(text))).slice(0, 12);
}

export interface Wished {
  readonly route: TrafficRoute;
  readonly routeIndex: number;
  /** By backend, in the rule's order. */
  readonly sharesBp: readonly number[];
}

/** Errors: `route_not_found`, `backend_unknown`, `backend_missing`, `no_change` and those of the sum. */
export function wishOf(state: TrafficState, desired: DesiredSplit): Result<Wished, PlanError> {
  const routeIndex = state.routes.findIndex(({ key }) => key === desired.routeKey);
  const route = state.routes[routeIndex];
  if (route === undefined) {
    const known = state.routes.map(({ label }) => label).join(", ");
    return err({ code: "route_not_found", message: `no rule ${desired.routeKey}; there are: ${known}` });
  }
  const ids = route.backends.map(({ id }) => id);
  const unknown = Object.keys(desired.sharesBp).find((id) => !ids.includes(id));
  if (unknown !== undefined)
    return err({
      code: "backend_unknown",
      message: `${route.label} sends nothing to ${unknown}; it has ${ids.join(", ")}`,
    });
  const missing = ids.find((id) => desired.sharesBp[id] === undefined);
  if (missing !== undefined)
    return err({ code: "backend_missing", message: `no share is given for ${missing} of ${route.label}` });
  const checked = checkWeights(ids.map((id) => desired.sharesBp[id] ?? 0));
  if (!checked.ok) return checked;
  if (route.backends.every(({ weightBp }, i) => weightBp === checked.value[i]))
    return err({ code: "no_change", message: `${route.label} has these shares already` });
  return ok({ route, routeIndex, sharesBp: checked.value });
}

/** One change per backend whose share or native weight differs. `path` names where each weight stands. */
export function changesOf(
  { route, sharesBp }: Wished,
  native: readonly (number | string)[],
  path: (index: number) => string,
): readonly Change[] {
  return route.backends.flatMap(({ id, weightBp, native: before }, i) => {
    const after = native[i] ?? 0;
    if (before === after && weightBp === sharesBp[i]) return [];
    return [
      { routeKey: route.key, backend: id, fromBp: weightBp, toBp: sharesBp[i] ?? 0, path: path(i), before, after },
    ];
  });
}

/** The wish and the whole numbers that write it, where an object stores integers. */
export interface Written extends Wished {
  readonly native: readonly number[];
}

/** `scale`: what the rule's weights sum to. Errors: those of the wish, and of weights that cannot be written. */
export function writtenWish(
  state: TrafficState,
  desired: DesiredSplit,
  scale: (sharesBp: readonly number[]) => number,
): Result<Written, PlanError> {
  const wish = wishOf(state, desired);
  if (!wish.ok) return wish;
  const native = toNative(wish.value.sharesBp, scale(wish.value.sharesBp));
  return native.ok ? ok({ ...wish.value, native: native.value }) : native;
}

/** For each weight, a test that the destination beside it is the one that was read, and the weight. */
export function weightOperations(
  raw: JsonObject,
  native: readonly (number | string)[],
  where: (index: number) => readonly (string | number)[],
  beside: string,
): readonly PatchOperation[] {
  return native.flatMap((weight, i): readonly PatchOperation[] => [
    { op: "test", path: [...where(i), beside], value: at(raw, ...where(i), beside) ?? null },
    { op: "add", path: [...where(i), "weight"], value: weight },
  ]);
}
