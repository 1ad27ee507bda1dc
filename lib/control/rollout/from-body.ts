/** A definition as people write it (shares 0..1, seconds) → as the machine reads it (basis points, ms). */
import type { DefinitionBody, MatchBody, StepBody } from "../../query/schema/rollout-definition.ts";
import type { HeaderMatch } from "../traffic/contract.ts";
import { cookieMatch } from "../traffic/rule-place.ts";
import { WHOLE_BP } from "../traffic/weights.ts";
import type { Definition, Step } from "./definition.ts";

/** To a hundredth of a percent: 0.07 is 700, whatever doubles make of it. */
const toBp = (share: number): number => Math.round(share * WHOLE_BP);

function matchOf(match: MatchBody): HeaderMatch {
  if ("cookie" in match) return cookieMatch(match.cookie, match.value);
  const { header } = match;
  if ("exact" in match) return { header, how: "exact", value: match.exact };
  return "prefix" in match
    ? { header, how: "prefix", value: match.prefix }
    : { header, how: "regex", value: match.regex };
}

type BlueGreen = Extract<StepBody, { readonly blueGreen: unknown }>["blueGreen"];

/** Those who look first, as many ready endpoints as the stable version, a person, then all of it; the way back is one write. */
function blueGreen({ preview, holdSec }: BlueGreen): readonly Step[] {
  return [
    ...(preview === undefined ? [] : [{ kind: "match", match: matchOf(preview) } as const]),
    { kind: "check", leastReady: "asStable" },
    { kind: "pause", forMs: null },
    { kind: "weight", canaryBp: WHOLE_BP },
    ...(holdSec === undefined ? [] : [{ kind: "pause", forMs: holdSec * 1000 } as const]),
  ];
}

function stepsOf(step: StepBody): readonly Step[] {
  if ("weight" in step) return [{ kind: "weight", canaryBp: toBp(step.weight) }];
  if ("analysis" in step) return [{ kind: "analysis", leastMs: step.analysis.leastSec * 1000 }];
  if ("pause" in step) return [{ kind: "pause", forMs: step.pause === "manual" ? null : step.pause * 1000 }];
  if ("match" in step) return [{ kind: "match", match: step.match === "end" ? null : matchOf(step.match) }];
  if ("check" in step) return [{ kind: "check", leastReady: step.check.ready }];
  if ("blueGreen" in step) return blueGreen(step.blueGreen);
  if (step.mirror === "end") return [{ kind: "mirror", mirrorBp: 0, isConfirmed: true }];
  return [{ kind: "mirror", mirrorBp: toBp(step.mirror.share), isConfirmed: step.mirror.confirmWrites }];
}

export function definitionOf(body: DefinitionBody): Definition {
  const { id, name, service, routes, steps, rollback, revertAfterSec, judge, policy, after } = body;
  return {
    ...{ id, name, service, judge, after },
    ...(policy === undefined ? {} : { policy }),
    routes: routes.map(({ id: route, driver, cluster, namespace, object, rule, stable, canary, streams }) => ({
      id: route,
      target: { driver, cluster, namespace, name: object },
      routeKey: rule,
      stable,
      canary,
      ...(streams === undefined ? {} : { streams }),
    })),
    steps: steps.flatMap(stepsOf),
    rollback: { sharesBp: rollback.shares.map(toBp), holdMs: rollback.holdSec * 1000 },
    revertAfterMs: revertAfterSec === null ? null : revertAfterSec * 1000,
  };
}
