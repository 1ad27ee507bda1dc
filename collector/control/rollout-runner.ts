/**
 * Carries out what the machine of a rollout decides, one command at a time: look up, write, observe, judge, note, wait. In:
 * the rollout's log and the world; out: further entries of the log. The log is written before the world is touched and
 * after its answer came; the audit before that. A process that dies anywhere goes on from the log alone.
 */
import { judgeBy } from "../../lib/control/judge/judge.ts";
import type { Verdict } from "../../lib/control/judge/verdict.ts";
import type { RouteRef } from "../../lib/control/rollout/definition.ts";
import type { RolloutEvent } from "../../lib/control/rollout/events.ts";
import { type Command, decide } from "../../lib/control/rollout/machine.ts";
import type { RolloutState } from "../../lib/control/rollout/state.ts";
import type { TrafficState } from "../../lib/control/traffic/contract.ts";
import { type ShiftVerdict, shiftNow } from "../../lib/control/traffic/verify.ts";
import { WHOLE_BP } from "../../lib/control/traffic/weights.ts";
import { Course, canaryBp, type RunnerWorld } from "./rollout-world.ts";
import { RouteWriter } from "./route-writer.ts";

/** Looking again at what cannot be asked now, ms. */
const ASK_AGAIN_MS = 2_000;
/** Between two looks at the counters. */
const LOOK_MS = 2_000;

export class RolloutRunner {
  readonly verdicts = new Map<string, ShiftVerdict>();
  verdict: Verdict | null = null;
  private readonly course: Course;
  private readonly writer: RouteWriter;

  constructor(state: RolloutState, world: RunnerWorld) {
    this.course = new Course(state, world);
    this.writer = new RouteWriter(this.course);
    if (state.phase === "promoted" || state.phase === "rolledBack") return;
    for (const route of state.definition.routes) {
      world.counters.watch(route);
      const known = state.routes.get(route.id);
      if (known !== undefined) world.counters.moved(route, known.shareBp, known.acknowledgedMs ?? state.startedMs);
    }
  }

  get state(): RolloutState {
    return this.course.state;
  }

  /** Whether the traffic of a route is counted: without it no share of it is ever proved. */
  counts(route: RouteRef): boolean {
    return this.course.world.counters.counts(route);
  }

  /** A route as it was read last, though its control plane may not answer now; undefined before it was read. */
  lastSeen(route: string): TrafficState | undefined {
    return this.course.lastSeen.get(route);
  }

  /** Takes an entry that others made durable: a person's act. */
  took(event: RolloutEvent): void {
    this.course.took(event);
  }

  /** One command; how long nothing is to be done after it, ms (null: until somebody acts). */
  async step(): Promise<number | null> {
    const nowMs = this.course.world.clock.nowMs();
    const command = decide(this.course.state, nowMs);
    switch (command.kind) {
      case "note":
        await this.course.note(command.event);
        return 0;
      case "wait":
        return this.rest(command.untilMs === null ? null : Math.max(0, command.untilMs - nowMs));
      case "observe":
        return this.observe(command.routes);
      case "judge":
        return this.judge();
      case "lookUp":
        return this.lookUp(command);
      case "write":
        return this.writer.write(command);
    }
  }

  /** While nothing is to be done, somebody else's write is still noticed; null: it is over. */
  private async rest(restMs: number | null): Promise<number | null> {
    const { phase } = this.course.state;
    if (phase === "promoted" || phase === "rolledBack") return null;
    // On the way back every share but the wished one is written over anyway.
    if (phase !== "rollingBack") await this.course.noticeAll();
    return Math.min(restMs ?? ASK_AGAIN_MS, ASK_AGAIN_MS);
  }

  private async observe(ids: readonly string[]): Promise<number> {
    const nowMs = this.course.world.clock.nowMs();
    for (const id of ids) {
      const { ref, state } = this.course.route(id);
      if ((await this.course.noticeForeign(id)) || !this.course.world.counters.counts(ref)) continue;
      const graceMs = this.course.world.counters.graceMs(ref);
      const shift = shiftNow(
        {
          oldShare: state.beforeBp / WHOLE_BP,
          newShare: state.shareBp / WHOLE_BP,
          sinceMs: (state.acknowledgedMs ?? nowMs) + graceMs,
          ...{ nowMs, graceMs },
        },
        (sinceMs) => this.course.world.counters.callers(ref, sinceMs),
      );
      this.verdicts.set(id, shift);
      const observedBp = shift.observedShare === null ? null : Math.round(shift.observedShare * WHOLE_BP);
      if (shift.state === state.shift) continue;
      await this.course.note({ type: "shiftSeen", atMs: nowMs, route: id, state: shift.state, observedBp });
    }
    return [...this.course.state.routes.values()].every(({ shift }) => shift === "verified") ? 0 : LOOK_MS;
  }

  private async judge(): Promise<number> {
    await this.course.noticeAll();
    const nowMs = this.course.world.clock.nowMs();
    const [first] = this.course.state.definition.routes;
    const histories =
      first === undefined ? [] : this.course.world.counters.histories(first, this.course.state.startedMs);
    const { definition, stepMs } = this.course.state;
    this.verdict = judgeBy(definition.policy, histories, { startMs: stepMs, nowMs });
    if (this.verdict.state !== this.course.state.verdict)
      await this.course.note({ type: "judged", atMs: nowMs, verdict: this.verdict.state });
    return LOOK_MS;
  }

  /** The outcome of a write that was sent, or may have been: by what the route says now. */
  private async lookUp({
    route: id,
    intentId,
    canaryBp: wanted,
  }: Extract<Command, { kind: "lookUp" }>): Promise<number> {
    const { ref } = this.course.route(id);
    const read = await this.course.read(ref);
    const atMs = this.course.world.clock.nowMs();
    if (!read.ok) return ASK_AGAIN_MS;
    const isOurs =
      read.value.intentId === intentId || (read.value.intentId === null && canaryBp(read.value, ref) === wanted);
    if (isOurs) {
      await this.course.note({ type: "writeAcknowledged", atMs, route: id, intentId, revision: read.value.revision });
    } else {
      const message = "the write was not found on the route: it did not arrive";
      await this.course.note({ type: "writeRefused", atMs, route: id, intentId, code: "not_written", message });
    }
    return 0;
  }
}
