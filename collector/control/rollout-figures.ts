/**
 * What the page of a rollout shows beside its log: each route as its control plane and its counters have it now, and the
 * figures of both arms over time.
 */
import { detectSnippet } from "../../lib/control/owners/snippets.ts";
import type { RouteRef } from "../../lib/control/rollout/definition.ts";
import type { RolloutAction } from "../../lib/control/rollout/events.ts";
import { refusalOf, wantedBp } from "../../lib/control/rollout/machine.ts";
import type { RolloutState } from "../../lib/control/rollout/state.ts";
import type { Plan, TrafficState } from "../../lib/control/traffic/contract.ts";
import { WHOLE_BP } from "../../lib/control/traffic/weights.ts";
import type { RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import { type ControlPlanes, planeOf } from "../actuators/control-planes.ts";
import type { RolloutRunner } from "./rollout-runner.ts";
import { planFor } from "./rollout-world.ts";

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
}

async function see(ref: RouteRef, runner: RolloutRunner, planes: ControlPlanes): Promise<Seen> {
  const { state } = runner;
  const shift = runner.verdicts.get(ref.id);
  const traffic = planeOf(planes, ref.target)?.traffic;
  const read = await traffic?.read(ref.target);
  const now = read?.ok === true ? read.value : (runner.lastSeen(ref.id) ?? null);
  const owners = read?.ok === true ? await traffic?.owners(read.value) : undefined;
  const route = state.routes.get(ref.id);
  const wanted = wantedBp(state);
  const observed = shift?.observedShare ?? (route?.observedBp == null ? null : route.observedBp / WHOLE_BP);
  const problem = route?.refused ?? (read?.ok === false ? read.error : null);
  return {
    now,
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
      desired: wanted === null ? null : wanted / WHOLE_BP,
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
        ...(wanted === null ? { desired: "notApplicable" as const } : {}),
        ...(observed === null
          ? { observed: runner.counts(ref) ? ("unknown" as const) : ("notCollected" as const) }
          : {}),
        ...(shift === undefined ? { neededRequests: "unknown" as const } : {}),
      },
    },
  };
}

/** Shares that an action would write; undefined where it writes none. */
function shareAfter(state: RolloutState, action: RolloutAction): number | undefined {
  const { steps, rollback } = state.definition;
  switch (action) {
    case "promote":
    case "skipStep": {
      const next = steps.slice(state.step + 1).find((step) => step.kind === "weight");
      return next?.kind === "weight" ? next.canaryBp : undefined;
    }
    case "promoteFull":
      return WHOLE_BP;
    case "retry":
      return wantedBp(state) ?? undefined;
    case "abort":
    case "rollback":
      return rollback.sharesBp[0] ?? 0;
    default:
      return undefined;
  }
}

const PREVIEWED = ["promote", "promoteFull", "retry", "skipStep", "rollback"] as const;

function requestText({ request }: Plan): string {
  if (request.api === "appMesh") return `${request.operation} ${JSON.stringify(request.input, null, 2)}`;
  return `${request.method} ${request.path}\n${JSON.stringify(request.body, null, 2)}`;
}

function previewsOf(state: RolloutState, seen: readonly (readonly [RouteRef, Seen])[], planes: ControlPlanes) {
  return PREVIEWED.flatMap((action): RolloutDetail["previews"] => {
    const share = refusalOf(state, action) === undefined ? shareAfter(state, action) : undefined;
    if (share === undefined) return [];
    const plans = seen.flatMap(([ref, { now }]) => {
      const plan = now === null ? undefined : planFor(now, ref, share, "00000000-0000-8000-8000-000000000000");
      return plan?.ok === true ? [{ ref, plan: plan.value }] : [];
    });
    if (plans.length === 0) return [];
    return [
      {
        action,
        changes: plans.flatMap(({ ref, plan }) =>
          plan.changes.map(({ path, before, after }) => ({
            object: `${ref.target.namespace}/${ref.target.name}`,
            ...{ path, before: String(before), after: String(after) },
          })),
        ),
        request: plans.map(({ plan }) => requestText(plan)).join("\n\n"),
        warnings: plans.flatMap(({ plan }) => [...plan.warnings]),
        breakGlass: plans
          .map(({ ref, plan }) => planeOf(planes, ref.target)?.traffic.breakGlass(plan) ?? "")
          .join("\n"),
      },
    ];
  });
}

/** Each route as it is now, who may revert it, and what the buttons would write. */
export async function routeAnswers(
  runner: RolloutRunner,
  planes: ControlPlanes,
): Promise<Pick<RolloutDetail, "routes" | "reverters" | "previews">> {
  const { state } = runner;
  const seen = await Promise.all(
    state.definition.routes.map(async (ref) => [ref, await see(ref, runner, planes)] as const),
  );
  return {
    routes: seen.map(([, { answer }]) => answer),
    reverters: seen.flatMap(([, { reverters }]) => reverters),
    previews: previewsOf(state, seen, planes),
  };
}
