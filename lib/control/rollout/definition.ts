/**
 * What a rollout is meant to do, for routes that nobody else owns: the routes that move together, the steps of the
 * canary's share, how it is taken back. Shares in basis points, times in ms. One definition is one release; blue/green is
 * one step to all of it, with a look at the canary's readiness before.
 *
 * A rule for a header and a mirror hold until a later step ends them, and are taken away with the last step at the latest.
 */
import { err, ok, type Result } from "../../base/result.ts";
import type { Policy } from "../../query/schema/judge-policy.ts";
import { policyFault } from "../judge/judge.ts";
import { CAPABILITIES, type HeaderMatch, type TargetRef } from "../traffic/contract.ts";
import { WHOLE_BP } from "../traffic/weights.ts";

export interface RouteRef {
  /** Unique in the rollout. */
  readonly id: string;
  readonly target: TargetRef;
  readonly routeKey: string;
  /** Backends of the rule; every other one keeps no share while the rollout runs. */
  readonly stable: string;
  readonly canary: string;
  /** Long streams: what is counted follows a write as late as they end, so a share that stays is not called stalled. */
  readonly streams?: boolean;
}

export type Step =
  | { readonly kind: "weight"; readonly canaryBp: number }
  /** `forMs` null: until a person promotes. */
  | { readonly kind: "pause"; readonly forMs: number | null }
  /** Until the judge passes it, and at least so long. */
  | { readonly kind: "analysis"; readonly leastMs: number }
  /** Requests that match go to the canary, whatever its share; null ends it. */
  | { readonly kind: "match"; readonly match: HeaderMatch | null }
  /** Copies of so many requests go to the canary besides, and its answers nowhere; 0 ends it. */
  | {
      readonly kind: "mirror";
      readonly mirrorBp: number;
      /** Somebody said that the canary may carry out every write a second time. */
      readonly isConfirmed: boolean;
    }
  /** Until the canary has so many ready endpoints, or as many as the stable version has. */
  | { readonly kind: "check"; readonly leastReady: number | "asStable" };

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
  /** Ids of rollouts that must be promoted before this one begins. */
  readonly after?: readonly string[];
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
    | "rule_open"
    | "header_name"
    | "not_supported"
    | "ready_range"
    | "after_itself"
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

/** A token of RFC 9110: what may be the name of a header. */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;

function weightError(canaryBp: number, highest: number, isRuled: boolean): Omit<DefinitionError, "field"> | undefined {
  if (!isShare(canaryBp)) return { code: "weight_range", message: `${canaryBp / 100} % is no share of traffic` };
  const fell = `${canaryBp / 100} % is below the step before: a rollback is not a step`;
  if (canaryBp < highest) return { code: "weights_fall", message: fell };
  if (!isRuled || canaryBp === WHOLE_BP) return undefined;
  const message = `requests of the rule go to the canary besides, so no counter proves ${canaryBp / 100} %: end the rule before`;
  return { code: "rule_open", message };
}

function ruleError(step: Step, routes: readonly RouteRef[]): Omit<DefinitionError, "field"> | undefined {
  const lacking = (what: "headerMatch" | "mirror") => routes.find(({ target }) => !CAPABILITIES[target.driver][what]);
  if (step.kind === "match" && step.match !== null) {
    const odd = lacking("headerMatch");
    if (odd !== undefined)
      return { code: "not_supported", message: `${odd.id}: ${odd.target.driver} objects have no rules for headers` };
    if (!HEADER_NAME.test(step.match.header))
      return { code: "header_name", message: `${step.match.header} is no name of a header` };
  }
  if (step.kind === "mirror") {
    if (!isShare(step.mirrorBp))
      return { code: "weight_range", message: `${step.mirrorBp / 100} % is no share of traffic` };
    const odd = step.mirrorBp === 0 ? undefined : lacking("mirror");
    if (odd !== undefined)
      return { code: "not_supported", message: `${odd.id}: ${odd.target.driver} objects have no mirrors` };
  }
  return undefined;
}

function timeError(step: Step): Omit<DefinitionError, "field"> | undefined {
  if (step.kind === "pause" && step.forMs !== null && !(step.forMs > 0))
    return { code: "time_range", message: "a pause lasts longer than nothing, or until somebody promotes" };
  if (step.kind === "analysis" && !(step.leastMs >= 0))
    return { code: "time_range", message: "an analysis cannot take less than no time" };
  if (step.kind === "check" && step.leastReady !== "asStable" && !(step.leastReady >= 1))
    return { code: "ready_range", message: "a check asks for one ready endpoint at least" };
  return undefined;
}

function stepsError({ steps, routes }: Definition): DefinitionError | undefined {
  if (steps.length === 0) return { code: "no_steps", field: "steps", message: "a rollout has at least one step" };
  let highest = 0;
  let isRuled = false;
  for (const [i, step] of steps.entries()) {
    const weighed = step.kind === "weight" ? weightError(step.canaryBp, highest, isRuled) : undefined;
    const problem = weighed ?? timeError(step) ?? ruleError(step, routes);
    if (problem !== undefined) return { ...problem, field: `steps.${i}` };
    if (step.kind === "weight") highest = step.canaryBp;
    if (step.kind === "match") isRuled = step.match !== null;
  }
  if (highest === WHOLE_BP) return undefined;
  return { code: "no_end", field: "steps", message: "no step gives the canary all of the traffic: add one of 100 %" };
}

/** Errors name the field. */
export function checkDefinition(definition: Definition): Result<Definition, DefinitionError> {
  const problem = routeError(definition.routes) ?? stepsError(definition);
  if (problem !== undefined) return err(problem);
  const fault = definition.policy === undefined ? undefined : policyFault(definition.policy);
  if (fault !== undefined) return err({ code: "bad_policy", ...fault });
  const odd = definition.rollback.sharesBp.findIndex((bp) => !isShare(bp));
  if (odd >= 0) {
    const message = `${(definition.rollback.sharesBp[odd] ?? 0) / 100} % is no share of traffic`;
    return err({ code: "weight_range", field: `rollback.sharesBp.${odd}`, message });
  }
  if (definition.after?.includes(definition.id) === true)
    return err({ code: "after_itself", field: "after", message: `${definition.id} waits for itself` });
  return ok(definition);
}
