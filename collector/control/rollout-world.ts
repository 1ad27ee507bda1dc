/**
 * What a rollout acts in: its control planes, the counters, a clock, the audit, and its own log. In: a state and the world;
 * out: the state as it goes on, every step of it durable before it is believed.
 */
import { err, ok, type Result } from "../../lib/base/result.ts";
import { foreignManager } from "../../lib/control/owners/detect.ts";
import type { RouteRef } from "../../lib/control/rollout/definition.ts";
import type { RolloutEvent, RuleChange } from "../../lib/control/rollout/events.ts";
import { isForeign } from "../../lib/control/rollout/machine.ts";
import { canaryBp, hasRule, type RouteDocuments } from "../../lib/control/rollout/planned.ts";
import { apply, type RolloutState, type RouteState } from "../../lib/control/rollout/state.ts";
import type { ApplyResult, Plan, TrafficState } from "../../lib/control/traffic/contract.ts";
import { absentState, rulesTarget } from "../../lib/control/traffic/rules.ts";
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
  /** The outcome of a write that was looked up: of one whose process died, too. */
  readonly settled?: (intentId: string, outcome: "applied" | "unavailable") => Promise<void>;
  /** Undefined for a rollout that is not known. */
  readonly phaseOf?: (rollout: string) => RolloutState["phase"] | undefined;
  /** Name of the mesh of a route, as the configuration has it. */
  readonly meshOf?: (route: RouteRef) => string;
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
  /** When that was, Unix ms. */
  readonly lastSeenMs = new Map<string, number>();
  /** Why a route could not be read when it was asked for last, by id. */
  readonly failures = new Map<string, Refusal>();
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
    // One that was over goes back: its counters tell again.
    if (event.type === "rollbackBegan")
      for (const ref of this.current.definition.routes) this.world.counters.watch(ref, this.current.definition.id);
    if (event.type !== "writeAcknowledged" && event.type !== "foreignWrite") return;
    const { ref, state } = this.route(event.route);
    this.world.counters.moved(ref, state.shareBp, event.atMs);
  }

  async note(event: RolloutEvent): Promise<void> {
    await this.world.append(event);
    this.took(event);
  }

  /** What a write left there, for who asks while nobody answers: the way back from it is planned from this. */
  saw(id: string, after: TrafficState): void {
    if (after.target.part !== undefined) return;
    this.lastSeen.set(id, after);
    this.lastSeenMs.set(id, this.world.clock.nowMs());
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
    if (read.ok) {
      this.saw(ref.id, read.value);
      this.failures.delete(ref.id);
    } else this.failures.set(ref.id, read.error);
    return read;
  }

  /** With the object that holds rules above the split, where that is another one and rules are asked for. */
  async documents(ref: RouteRef): Promise<Result<RouteDocuments, Refusal>> {
    const split = await this.read(ref);
    if (!split.ok) return split;
    return rulesBeside(this.world.api(ref), split.value);
  }

  /** Somebody else's writes to any route, noted. */
  async noticeAll(): Promise<void> {
    for (const id of this.state.routes.keys()) await this.noticeForeign(id);
  }

  /** Whether the route has another share, or other rules of ours, than were acknowledged; notes it. */
  async noticeForeign(id: string, known?: TrafficState): Promise<boolean> {
    const { ref, state } = this.route(id);
    if (state.foreign !== null) return true;
    const read = known === undefined ? await this.read(ref) : undefined;
    const now = known ?? (read?.ok === true ? read.value : undefined);
    const readBp = now === undefined ? null : canaryBp(now, ref);
    if (now === undefined || readBp === null) return false;
    const rule = isForeign(state, readBp) ? undefined : await this.foreignRule(ref, state, now);
    if (rule === undefined && !isForeign(state, readBp)) return false;
    const by = foreignManager(now.raw)?.manager ?? "somebody else";
    const change = { route: id, by, canaryBp: readBp, ...(rule === undefined ? {} : { rule }) };
    await this.note({ type: "foreignWrite", atMs: this.world.clock.nowMs(), ...change });
    return true;
  }

  /** A rule of ours that is not there any more. */
  private async foreignRule(ref: RouteRef, state: RouteState, split: TrafficState): Promise<RuleChange | undefined> {
    if (state.pending !== null || (state.match === null && state.mirrorBp === 0)) return undefined;
    const documents = await rulesBeside(this.world.api(ref), split);
    if (!documents.ok) return undefined;
    const gone: readonly RuleChange[] = [
      ...(state.match === null ? [] : [{ kind: "match", match: null } as const]),
      ...(state.mirrorBp === 0 ? [] : [{ kind: "mirror", mirrorBp: 0 } as const]),
    ];
    return gone.find((rule) => hasRule(documents.value, ref, rule, state.match));
  }
}

/** The object that holds rules above a split; what is not there is made by the first write. */
export async function rulesBeside(
  api: TrafficApi | undefined,
  split: TrafficState,
): Promise<Result<RouteDocuments, Refusal>> {
  const target = rulesTarget(split.target);
  if (target === split.target || api === undefined) return ok({ split, rules: split });
  const rules = await api.read(target);
  if (rules.ok) return ok({ split, rules: rules.value });
  return rules.error.code === "not_found" ? ok({ split, rules: absentState(target) }) : rules;
}
