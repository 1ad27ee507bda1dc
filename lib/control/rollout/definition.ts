/**
 * What a rollout is meant to do, for routes that nobody else owns: the routes that move together, the steps of the
 * canary's share, how it is taken back. Shares in basis points, times in ms. One definition is one release; blue/green is
 * one step to all of it.
 */
import { err, ok, type Result } from "../../base/result.ts";
import type { Policy } from "../../query/schema/judge-policy.ts";
import { policyFault } from "../judge/judge.ts";
import type { TargetRef } from "../traffic/contract.ts";
import { WHOLE_BP } from "../traffic/weights.ts";

export interface RouteRef {
  /** Unique in the rollout. */
  readonly id: string;
  readonly target: TargetRef;
  readonly routeKey: string;
  /** Backends of the rule; every other one keeps no share while the rollout runs. */
  readonly stable: string;
  readonly canary: string;
}

export type Step =
  | { readonly kind: "weight"; readonly canaryBp: number }
  /** `forMs` null: until a person promotes. */
  | { readonly kind: "pause"; readonly forMs: number | null }
  /** Until the judge passes it, and at least so long. */
  | { readonly kind: "analysis"; readonly leastMs: number };

export interface Definition {
  readonly id: string;
  readonly name: string;
  /** The service that is released, as people call it. */
  readonly service: string;
  /** Moved in lockstep: no route goes on before all have verified the step. */
  readonly routes: readonly RouteRef[];
  readonly steps: readonly Step[];
  /** Shares on the way back, each held for `holdMs`; the last is always 0. Empty: at once. */
  readonly rollback: { readonly sharesBp: readonly number[]; readonly holdMs: number };
  /** Rolled back by itself when a person leaves it waiting so long; null: it waits for ever. */
  readonly revertAfterMs: number | null;
  /** `advisory`: the judge speaks and a person promotes. `automatic`: a pass goes on, a failure rolls back. */
  readonly judge: "advisory" | "automatic";
  /** Which judge, and its numbers; absent: the sequential one with its defaults. */
  readonly policy?: Policy;
}

export interface DefinitionError {
  readonly code:
    | "no_routes"
    | "route_twice"
    | "same_backend"
    | "no_steps"
    | "weight_range"
    | "weights_fall"
    | "no_end"
    | "time_range"
    | "bad_policy";
  readonly field: string;
  readonly message: string;
}

const isShare = (bp: number): boolean => Number.isInteger(bp) && bp >= 0 && bp <= WHOLE_BP;

function routeError(routes: readonly RouteRef[]): DefinitionError | undefined {
  if (routes.length === 0) return { code: "no_routes", field: "routes", message: "a rollout moves at least one route" };
  const seen = new Set<string>();
  for (const [i, { target, routeKey, stable, canary }] of routes.entries()) {
    const key = JSON.stringify([target, routeKey]);
    const field = `routes.${i}`;
    if (seen.has(key))
      return { code: "route_twice", field, message: "the same rule stands twice: its weights would fight" };
    if (stable === canary) return { code: "same_backend", field, message: `stable and canary are both ${stable}` };
    seen.add(key);
  }
  return undefined;
}

function stepsError(steps: readonly Step[]): DefinitionError | undefined {
  if (steps.length === 0) return { code: "no_steps", field: "steps", message: "a rollout has at least one step" };
  let highest = 0;
  for (const [i, step] of steps.entries()) {
    const field = `steps.${i}`;
    if (step.kind === "pause" && step.forMs !== null && !(step.forMs > 0))
      return { code: "time_range", field, message: "a pause lasts longer than nothing, or until somebody promotes" };
    if (step.kind === "analysis" && !(step.leastMs >= 0))
      return { code: "time_range", field, message: "an analysis cannot take less than no time" };
    if (step.kind !== "weight") continue;
    if (!isShare(step.canaryBp))
      return { code: "weight_range", field, message: `${step.canaryBp / 100} % is no share of traffic` };
    if (step.canaryBp < highest)
      return {
        code: "weights_fall",
        field,
        message: `${step.canaryBp / 100} % is below the step before: a rollback is not a step`,
      };
    highest = step.canaryBp;
  }
  if (highest === WHOLE_BP) return undefined;
  return { code: "no_end", field: "steps", message: "no step gives the canary all of the traffic: add one of 100 %" };
}

/** Errors name the field. */
export function checkDefinition(definition: Definition): Result<Definition, DefinitionError> {
  const problem = routeError(definition.routes) ?? stepsError(definition.steps);
  if (problem !== undefined) return err(problem);
  const fault = definition.policy === undefined ? undefined : policyFault(definition.policy);
  if (fault !== undefined) return err({ code: "bad_policy", ...fault });
  const odd = definition.rollback.sharesBp.findIndex((bp) => !isShare(bp));
  if (odd >= 0) {
    const message = `${(definition.rollback.sharesBp[odd] ?? 0) / 100} % is no share of traffic`;
    return err({ code: "weight_range", field: `rollback.sharesBp.${odd}`, message });
  }
  return ok(definition);
}
