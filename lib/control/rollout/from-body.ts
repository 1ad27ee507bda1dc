/** A definition as people write it (shares 0..1, seconds) → as the machine reads it (basis points, ms). */
import type { DefinitionBody } from "../../query/schema/rollout-definition.ts";
import { WHOLE_BP } from "../traffic/weights.ts";
import type { Definition, Step } from "./definition.ts";

/** To a hundredth of a percent: 0.07 is 700, whatever doubles make of it. */
const toBp = (share: number): number => Math.round(share * WHOLE_BP);

function stepOf(step: DefinitionBody["steps"][number]): Step {
  if ("weight" in step) return { kind: "weight", canaryBp: toBp(step.weight) };
  if ("analysis" in step) return { kind: "analysis", leastMs: step.analysis.leastSec * 1000 };
  return { kind: "pause", forMs: step.pause === "manual" ? null : step.pause * 1000 };
}

export function definitionOf(body: DefinitionBody): Definition {
  const { id, name, service, routes, steps, rollback, revertAfterSec, judge, policy } = body;
  return {
    ...{ id, name, service, judge },
    ...(policy === undefined ? {} : { policy }),
    routes: routes.map(({ id: route, driver, cluster, namespace, object, rule, stable, canary }) => ({
      id: route,
      target: { driver, cluster, namespace, name: object },
      routeKey: rule,
      stable,
      canary,
    })),
    steps: steps.map(stepOf),
    rollback: { sharesBp: rollback.shares.map(toBp), holdMs: rollback.holdSec * 1000 },
    revertAfterMs: revertAfterSec === null ? null : revertAfterSec * 1000,
  };
}
