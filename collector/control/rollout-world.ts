/**
 * What a rollout acts in: its control planes, the counters, a clock, the audit, and its own log. In: a state and the world;
 * out: the state as it goes on, every step of it durable before it is believed.
 */
import { err, type Result } from "../../lib/base/result.ts";
import { lastManager } from "../../lib/control/owners/detect.ts";
import type { RouteRef } from "../../lib/control/rollout/definition.ts";
import type { RolloutEvent } from "../../lib/control/rollout/events.ts";
import { isForeign } from "../../lib/control/rollout/machine.ts";
import { apply, type RolloutState, type RouteState } from "../../lib/control/rollout/state.ts";
import type { ApplyResult, Plan, PlanError, TrafficState } from "../../lib/control/traffic/contract.ts";
import { planSplit } from "../../lib/control/traffic/drivers.ts";
import { WHOLE_BP } from "../../lib/control/traffic/weights.ts";
import type { TrafficApi } from "../actuators/traffic-api.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { Log } from "../telemetry/log.ts";
import type { RouteCounters } from "./counters.ts";

export interface WriteRecord {
  readonly rollout: string;
  readonly route: RouteRef;
  readonly intentId: string;
  readonly plan: Plan;
  readonly isRollback: boolean;
  readonly outcome: "pending" | ApplyResult["kind"];
}

export interface RunnerWorld {
  readonly api: (route: RouteRef) => TrafficApi | undefined;
  readonly counters: RouteCounters;
  readonly clock: Clock;
  readonly log: Log;
  /** Before a write and after it. False: it could not be written, and nothing is done but a rollback. */
  readonly audit: (record: WriteRecord) => Promise<boolean>;
  /** Appends durably. */
  readonly append: (event: RolloutEvent) => Promise<void>;
}

export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** A rollout under way: where it stands, and the one way to go on. */
export class Course {
  readonly world: RunnerWorld;
  /** Routes as they were read last, by id. */
  readonly lastSeen = new Map<string, TrafficState>();
  private current: RolloutState;

  constructor(state: RolloutState, world: RunnerWorld) {
    this.current = state;
    this.world = world;
  }

  get state(): RolloutState {
    return this.current;
  }

  /** Takes an entry that is durable already. */
  took(event: RolloutEvent): void {
    this.current = apply(this.current, event);
    if (event.type === "finished") for (const ref of this.current.definition.routes) this.world.counters.unwatch(ref);
    if (event.type !== "writeAcknowledged" && event.type !== "foreignWrite") return;
    const { ref, state } = this.route(event.route);
    this.world.counters.moved(ref, state.shareBp, event.atMs);
  }

  async note(event: RolloutEvent): Promise<void> {
    await this.world.append(event);
    this.took(event);
  }

  route(id: string): { readonly ref: RouteRef; readonly state: RouteState } {
    const ref = this.current.definition.routes.find((one) => one.id === id);
    const state = this.current.routes.get(id);
    if (ref === undefined || state === undefined)
      throw new Error(`rollout ${this.current.definition.id}: no route ${id}`);
    return { ref, state };
  }

  async read(ref: RouteRef): Promise<Result<TrafficState, Refusal>> {
    const api = this.world.api(ref);
    if (api === undefined)
      return err({ code: "not_configured", message: `${ref.target.cluster} is not among the control planes` });
    const read = await api.read(ref.target);
    if (read.ok) this.lastSeen.set(ref.id, read.value);
    return read;
  }

  /** Somebody else's writes to any route, noted. */
  async noticeAll(): Promise<void> {
    for (const id of this.state.routes.keys()) await this.noticeForeign(id);
  }

  /** Whether the route has another share than the one that was acknowledged; notes it. */
  async noticeForeign(id: string, known?: TrafficState): Promise<boolean> {
    const { ref, state } = this.route(id);
    if (state.foreign !== null) return true;
    const read = known === undefined ? await this.read(ref) : undefined;
    const now = known ?? (read?.ok === true ? read.value : undefined);
    const readBp = now === undefined ? null : canaryBp(now, ref);
    if (now === undefined || readBp === null || !isForeign(state, readBp)) return false;
    const by = lastManager(now.raw)?.manager ?? "somebody else";
    await this.note({ type: "foreignWrite", atMs: this.world.clock.nowMs(), route: id, by, canaryBp: readBp });
    return true;
  }
}

/** The canary's share; null where the rule or the backend is not there. */
export function canaryBp(state: TrafficState, { routeKey, canary }: RouteRef): number | null {
  const route = state.routes.find(({ key }) => key === routeKey);
  return route?.backends.find(({ id }) => id === canary)?.weightBp ?? null;
}

/** Errors: those of the plan, and `other_backends` where the rule sends part of the traffic to a third one. */
export function planFor(
  state: TrafficState,
  ref: RouteRef,
  wantedBp: number,
  intentId: string,
): Result<Plan, PlanError> {
  const route = state.routes.find(({ key }) => key === ref.routeKey);
  const others = route?.backends.filter(({ id }) => id !== ref.stable && id !== ref.canary) ?? [];
  const shares = Object.fromEntries(others.map(({ id, weightBp }) => [id, weightBp] as const));
  const left = WHOLE_BP - others.reduce((sum, { weightBp }) => sum + weightBp, 0);
  const canary = Math.min(wantedBp, left);
  return planSplit(
    state,
    { routeKey: ref.routeKey, sharesBp: { ...shares, [ref.stable]: left - canary, [ref.canary]: canary } },
    intentId,
  );
}
