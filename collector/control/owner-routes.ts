/**
 * The routes that an owner moves, as their mesh and their callers' counters have them. In: where they may be; out: the new
 * version's share on each, whether the counters prove it, pods, and who may write it back. When a share changes is seen
 * here, not told: the proof starts from the moment it was seen, which is never too early.
 */

import { armsOf, type OwnedRoute, type SeenArms } from "../../lib/control/owners/arms.ts";
import { detectOwners, type Reverter } from "../../lib/control/owners/detect.ts";
import { detectSnippet, ownerSnippet } from "../../lib/control/owners/snippets.ts";
import type { SeenShares } from "../../lib/control/present/owner-place.ts";
import type { RouteRef } from "../../lib/control/rollout/definition.ts";
import type { TargetRef, TrafficState } from "../../lib/control/traffic/contract.ts";
import type { JsonObject } from "../../lib/control/traffic/document.ts";
import { type ShiftVerdict, shiftNow } from "../../lib/control/traffic/verify.ts";
import { WHOLE_BP } from "../../lib/control/traffic/weights.ts";
import type { RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import type { ControlPlane } from "../actuators/control-planes.ts";
import type { ReadFailure } from "../actuators/traffic-api.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { RouteCounters } from "./counters.ts";
import { type Figures, NO_FIGURES, type RolloutFigures } from "./rollout-figures.ts";

type RouteAnswer = RolloutDetail["routes"][number];

export interface SeenRoute {
  readonly ref: RouteRef;
  readonly state: TrafficState;
  readonly arms: SeenArms;
  /** Null where its traffic is not counted here. */
  readonly verdict: ShiftVerdict | null;
}

export interface RoutesSeen {
  readonly routes: readonly SeenRoute[];
  /** Routes that could not be read, or have not both versions. */
  readonly missing: readonly { readonly target: TargetRef; readonly code: string; readonly message: string }[];
}

export const NO_ROUTES: RoutesSeen = { routes: [], missing: [] };

interface Share {
  readonly bp: number;
  readonly beforeBp: number;
  readonly sinceMs: number;
}

const WORST_SHIFT = ["stalled", "partial", "noTraffic", "pending", "shifting", "verified"] as const;

const FIGURES_MS = 2 * 3_600_000;

export class OwnerRoutes {
  private readonly counters: RouteCounters;
  private readonly clock: Clock;
  private readonly shares = new Map<string, Share>();
  private readonly source: RolloutFigures;

  constructor(counters: RouteCounters, clock: Clock, figures: RolloutFigures = NO_FIGURES) {
    this.counters = counters;
    this.clock = clock;
    this.source = figures;
  }

  /** Both arms over the last hours: since when an owner's rollout runs is not told by its routes. */
  figures({ routes }: RoutesSeen): Promise<Figures> {
    return this.source.of({ routes: routes.map(({ ref }) => ref), sinceMs: this.clock.nowMs() - FIGURES_MS });
  }

  /** `rollout`: the id of whose routes they are. */
  async see({ traffic }: ControlPlane, owned: readonly OwnedRoute[], rollout: string): Promise<RoutesSeen> {
    const seen = await Promise.all(owned.map((route) => this.one(traffic, route, rollout)));
    return { routes: seen.flatMap(({ routes }) => routes), missing: seen.flatMap(({ missing }) => missing) };
  }

  private async one(traffic: ControlPlane["traffic"], owned: OwnedRoute, rollout: string): Promise<RoutesSeen> {
    let failure: (ReadFailure & { readonly target: TargetRef }) | undefined;
    for (const target of owned.targets) {
      const read = await traffic.read(target);
      if (!read.ok) {
        // Of several places it is in one: that the others have none is no failure.
        if (failure === undefined || read.error.code !== "not_found") failure = { ...read.error, target };
        continue;
      }
      const arms = armsOf(read.value, owned);
      if (arms.length > 0) return { routes: arms.map((one) => this.seen(read.value, one, rollout)), missing: [] };
      const message = "no rule of it has both versions";
      return { routes: [], missing: [{ target, code: "arms_missing", message }] };
    }
    return failure === undefined ? NO_ROUTES : { routes: [], missing: [failure] };
  }

  private seen(state: TrafficState, arms: SeenArms, rollout: string): SeenRoute {
    const { target } = state;
    const { stable, canary, route } = arms;
    const id = [target.driver, target.namespace, target.name, route.key].join("/");
    const ref = { id, target, routeKey: route.key, stable, canary };
    if (!this.counters.counts(ref)) return { ref, state, arms, verdict: null };
    this.counters.watch(ref, rollout);
    const share = this.shareOf(`${target.cluster}/${id}`, arms.canaryBp);
    this.counters.moved(ref, share.bp, share.sinceMs);
    const graceMs = this.counters.graceMs(ref);
    const nowMs = this.clock.nowMs();
    const verdict = shiftNow(
      {
        oldShare: share.beforeBp / WHOLE_BP,
        newShare: share.bp / WHOLE_BP,
        ...{ sinceMs: share.sinceMs + graceMs, nowMs, graceMs },
      },
      (sinceMs) => this.counters.callers(ref, sinceMs),
    );
    return { ref, state, arms, verdict };
  }

  private shareOf(id: string, bp: number): Share {
    const known = this.shares.get(id);
    if (known?.bp === bp) return known;
    // What it was before this process began to look is not known: nothing, or all of it for a share of nothing.
    const share = { bp, beforeBp: known?.bp ?? (bp === 0 ? WHOLE_BP : 0), sinceMs: this.clock.nowMs() };
    this.shares.set(id, share);
    return share;
  }
}

/** Of all routes together: the lowest share, and the worst of the proofs. */
export function sharesOf({ routes }: RoutesSeen): SeenShares {
  const shares = routes.map(({ arms }) => arms.canaryBp / WHOLE_BP);
  const observed = routes.flatMap(({ verdict }) => (verdict?.observedShare == null ? [] : [verdict.observedShare]));
  const shifts = routes.flatMap(({ verdict }) => (verdict === null ? [] : [verdict.state]));
  return {
    desired: shares.length === 0 ? null : Math.min(...shares),
    observed: observed.length === 0 ? null : Math.min(...observed),
    shift: WORST_SHIFT.find((shift) => shifts.includes(shift)) ?? null,
  };
}

function answerOf({ ref, state, arms, verdict }: SeenRoute): RouteAnswer {
  const observed = verdict?.observedShare ?? null;
  return {
    ...{ id: ref.id, object: `${ref.target.namespace}/${ref.target.name}`, rule: arms.route.label },
    ...{ stable: ref.stable, canary: ref.canary, desired: arms.canaryBp / WHOLE_BP, observed },
    ...{ counted: verdict !== null, shift: verdict?.state ?? null, accepted: state.accepted, error: null },
    reasons: [...state.reasons],
    callers: (verdict?.callers ?? []).map(({ caller, requests, canaryRequests, state: follows }) => ({
      ...{ caller, requests: Math.round(requests), state: follows },
      share: requests === 0 ? null : canaryRequests / requests,
    })),
    quiet: verdict === null ? null : { ...verdict.quiet },
    neededRequests: verdict?.neededRequests ?? null,
    absent: {
      ...(observed === null ? { observed: verdict === null ? ("notCollected" as const) : ("unknown" as const) } : {}),
      ...(verdict === null ? { neededRequests: "unknown" as const } : {}),
    },
  };
}

function missingAnswer({ target, code, message }: RoutesSeen["missing"][number]): RouteAnswer {
  return {
    ...{ id: [target.driver, target.namespace, target.name].join("/"), object: `${target.namespace}/${target.name}` },
    ...{ rule: "", stable: "", canary: "", desired: null, observed: null, counted: false, shift: null },
    ...{ accepted: "unknown" as const, reasons: [], callers: [], quiet: null, neededRequests: null },
    error: { code, message },
    absent: { desired: "unknown", observed: "unknown", neededRequests: "unknown" },
  };
}

async function podsOf(traffic: ControlPlane["traffic"], { ref, state }: SeenRoute): Promise<RolloutDetail["pods"]> {
  const facts = await traffic.backends(state, ref.routeKey);
  if (!facts.ok) return [];
  return facts.value.flatMap(({ id, pods }) =>
    pods.map(({ name, version, ready }) => ({
      ...{ name, version, ready, requestsPerSec: null, errorRatio: null },
      arm: id === ref.canary ? ("canary" as const) : id === ref.stable ? ("stable" as const) : ("other" as const),
      absent: { requestsPerSec: "notCollected" as const, errorRatio: "notCollected" as const },
    })),
  );
}

/** An owner's own object, whose spec carries what people ask of it. */
export interface OwnerObject {
  readonly kind: "Rollout" | "Canary";
  readonly name: string;
  readonly raw: JsonObject;
}

type ReverterAnswer = RolloutDetail["reverters"][number];
const answered = (reverter: Reverter, snippet: string | null): ReverterAnswer => ({
  ...reverter,
  evidence: [...reverter.evidence],
  snippet,
});

/** Who may write back the routes, and who the owner's own object. */
async function revertersOf(plane: ControlPlane, { routes }: RoutesSeen, { kind, name, raw }: OwnerObject) {
  const ofRoutes = await Promise.all(
    routes.map(async ({ state }) => {
      const owners = await plane.traffic.owners(state);
      if (!owners.ok) return [];
      return owners.value.reverters.map((reverter) => answered(reverter, detectSnippet(reverter, state.target)));
    }),
  );
  const applications = await plane.owners?.list("Application");
  const claimants = { rollouts: [], canaries: [], applications: applications?.ok === true ? applications.value : [] };
  const ofOwner = detectOwners(raw, kind, claimants).reverters;
  return [...ofOwner.map((reverter) => answered(reverter, ownerSnippet(reverter, kind, name))), ...ofRoutes.flat()];
}

/** What a page says of the routes of an owner. */
export async function ownedRoutes(
  plane: ControlPlane,
  seen: RoutesSeen,
  owner: OwnerObject,
): Promise<Pick<RolloutDetail, "routes" | "reverters" | "pods">> {
  const pods = await Promise.all(seen.routes.map((route) => podsOf(plane.traffic, route)));
  const byName = new Map(pods.flat().map((pod) => [pod.name, pod] as const));
  return {
    routes: [...seen.routes.map(answerOf), ...seen.missing.map(missingAnswer)],
    reverters: await revertersOf(plane, seen, owner),
    pods: [...byName.values()],
  };
}
