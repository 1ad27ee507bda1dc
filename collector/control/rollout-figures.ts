/**
 * What the page of a rollout shows beside its log: each route as its control plane and its counters have it now, and the
 * figures of both arms over time.
 */
import { bandRadius } from "../../lib/control/judge/latency-band.ts";
import { detectSnippet } from "../../lib/control/owners/snippets.ts";
import type { RouteRef } from "../../lib/control/rollout/definition.ts";
import { refusalOf } from "../../lib/control/rollout/machine.ts";
import { plansTo, type RouteDocuments } from "../../lib/control/rollout/planned.ts";
import type { RolloutState, RouteState } from "../../lib/control/rollout/state.ts";
import { desiredBp, wantedAfter } from "../../lib/control/rollout/wanted.ts";
import type { TrafficState } from "../../lib/control/traffic/contract.ts";
import { WHOLE_BP } from "../../lib/control/traffic/weights.ts";
import type { RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import { type ControlPlanes, planeOf } from "../actuators/control-planes.ts";
import type { TrafficApi } from "../actuators/traffic-api.ts";
import { previewTexts, type RoutePlans } from "./preview-texts.ts";
import type { RolloutRunner } from "./rollout-runner.ts";
import { rulesBeside } from "./rollout-world.ts";
import { forbiddenText, keptSurroundings } from "./route-surroundings.ts";

export interface Figures extends Pick<RolloutDetail, "pods" | "series" | "splits" | "latency"> {
  /** Of the service now, both arms; null where nothing was counted. */
  readonly requestsPerSec: number | null;
}

export interface FiguresAsked {
  readonly routes: readonly RouteRef[];
  /** When the rollout began. */
  readonly sinceMs: number;
}

export interface RolloutFigures {
  of(asked: FiguresAsked): Promise<Figures>;
}

const NOTHING = { requestsPerSec: [], errorRatio: [], p50Ms: [], p99Ms: [] };

export const EMPTY_FIGURES: Figures = {
  requestsPerSec: null,
  pods: [],
  series: { timesMs: [], desired: [], observed: [], canary: NOTHING, stable: NOTHING },
  latency: null,
};

/** Where nothing is counted. */
export const NO_FIGURES: RolloutFigures = { of: async () => EMPTY_FIGURES };

type RouteAnswer = RolloutDetail["routes"][number];

interface Seen {
  readonly answer: RouteAnswer;
  readonly reverters: RolloutDetail["reverters"];
  /** As it was read last, where it cannot be read now. */
  readonly now: TrafficState | null;
  readonly documents: RouteDocuments | null;
  readonly warnings: RolloutDetail["previews"][number]["warnings"];
}

type Problem = NonNullable<RouteAnswer["error"]>;

/** What keeps a route, or was done to it behind the rollout's back. */
function problemOf(route: RouteState | undefined): Problem | null {
  if (route === undefined) return null;
  const { refused, foreign, moved } = route;
  if (refused !== null) return { code: refused.code, message: refused.message };
  if (foreign !== null)
    return {
      code: "foreign_write",
      message: `${foreign.by} wrote it: the canary's share is ${foreign.canaryBp / 100} % now`,
    };
  if (moved !== null) return { code: "workload_changed", message: `${moved.revision} runs behind the canary now` };
  return null;
}

/** What a weight would not do as it looks, and that it cannot be written: nothing is asked where the route cannot be read. */
async function warningsFor(
  runner: RolloutRunner,
  traffic: TrafficApi | undefined,
  now: TrafficState | null,
  ref: RouteRef,
  nowMs: number,
) {
  if (traffic === undefined || now === null) return [];
  const { warnings, mayWrite } = await keptSurroundings(runner, traffic, now, ref.routeKey, nowMs);
  const forbidden = { code: "forbidden", message: forbiddenText(now) };
  return [...(mayWrite === false ? [forbidden] : []), ...warnings];
}

async function see(ref: RouteRef, runner: RolloutRunner, planes: ControlPlanes, nowMs: number): Promise<Seen> {
  const { state } = runner;
  const shift = runner.verdicts.get(ref.id);
  const traffic = planeOf(planes, ref.target)?.traffic;
  const read = await traffic?.read(ref.target);
  const now = read?.ok === true ? read.value : (runner.lastSeen(ref.id) ?? null);
  const owners = read?.ok === true ? await traffic?.owners(read.value) : undefined;
  const route = state.routes.get(ref.id);
  const desired = desiredBp(state, ref.id);
  const observed = shift?.observedShare ?? (route?.observedBp == null ? null : route.observedBp / WHOLE_BP);
  const problem = problemOf(route) ?? (read?.ok === false ? read.error : null);
  const beside = now === null ? undefined : await rulesBeside(traffic, now);
  return {
    now,
    warnings: await warningsFor(runner, traffic, read?.ok === true ? read.value : null, ref, nowMs),
    documents: beside?.ok === true ? beside.value : now === null ? null : { split: now, rules: now },
    reverters: (owners?.ok === true ? owners.value.reverters : []).map((reverter) => ({
      ...reverter,
      evidence: [...reverter.evidence],
      snippet: detectSnippet(reverter, ref.target),
    })),
    answer: {
      id: ref.id,
      object: `${ref.target.namespace}/${ref.target.name}`,
      rule: now?.routes.find(({ key }) => key === ref.routeKey)?.label ?? ref.routeKey,
      stable: ref.stable,
      canary: ref.canary,
      desired: desired === null ? null : desired / WHOLE_BP,
      observed,
      counted: runner.counts(ref),
      shift: route?.shift ?? null,
      accepted: (read?.ok === true ? now?.accepted : undefined) ?? "unknown",
      reasons: [...(now?.reasons ?? [])],
      callers: (shift?.callers ?? []).map(({ caller, requests, canaryRequests, state: follows }) => ({
        ...{ caller, requests: Math.round(requests), state: follows },
        share: requests === 0 ? null : canaryRequests / requests,
      })),
      quiet: shift === undefined ? null : { ...shift.quiet },
      neededRequests: shift?.neededRequests ?? null,
      error: problem === null || problem === undefined ? null : { code: problem.code, message: problem.message },
      absent: {
        ...(desired === null ? { desired: "notApplicable" as const } : {}),
        ...(observed === null
          ? { observed: runner.counts(ref) ? ("unknown" as const) : ("notCollected" as const) }
          : {}),
        ...(shift === undefined ? { neededRequests: "unknown" as const } : {}),
      },
    },
  };
}

/** The picture of both distributions says how sure it is. */
export function withBand(latency: RolloutDetail["latency"]): RolloutDetail["latency"] {
  if (latency === null) return null;
  const of = (counts: readonly number[]): number =>
    bandRadius(
      counts.reduce((sum, count) => sum + count, 0),
      0.05,
    );
  return { ...latency, band: { canary: of(latency.canary), stable: of(latency.stable) } };
}

const PREVIEWED = ["promote", "promoteFull", "retry", "skipStep", "rollback", "abort"] as const;
const PREVIEW_INTENT = "00000000-0000-8000-8000-000000000000";

function previewsOf(state: RolloutState, seen: readonly (readonly [RouteRef, Seen])[], planes: ControlPlanes) {
  return PREVIEWED.flatMap((action): RolloutDetail["previews"] => {
    const wanted = refusalOf(state, action) === undefined ? wantedAfter(state, action) : undefined;
    if (wanted === undefined) return [];
    const previews = seen.flatMap(([ref, { documents }]): readonly RoutePlans[] => {
      const present = state.routes.get(ref.id);
      if (documents === null || present === undefined) return [];
      const made = plansTo(documents, ref, wanted, present, PREVIEW_INTENT);
      return made.ok && made.value.plans.length > 0 ? [{ ref, plans: made.value.plans }] : [];
    });
    if (previews.length === 0) return [];
    const texts = previewTexts(previews, planes);
    const beside = seen.flatMap(([, { warnings }]) => warnings);
    return [{ action, ...texts, warnings: [...texts.warnings, ...beside] }];
  });
}

/** Each route as it is now, who may revert it, and what the buttons would write. */
export async function routeAnswers(
  runner: RolloutRunner,
  planes: ControlPlanes,
  nowMs: number,
): Promise<Pick<RolloutDetail, "routes" | "reverters" | "previews">> {
  const { state } = runner;
  const seen = await Promise.all(
    state.definition.routes.map(async (ref) => [ref, await see(ref, runner, planes, nowMs)] as const),
  );
  return {
    routes: seen.map(([, { answer }]) => answer),
    reverters: seen.flatMap(([, { reverters }]) => reverters),
    previews: previewsOf(state, seen, planes),
  };
}
