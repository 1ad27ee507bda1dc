/**
 * Carries out what the machine of a rollout decides, one command at a time: look up, write, observe, judge, note, wait. In:
 * the rollout's log and the world; out: further entries of the log. The log is written before the world is touched and
 * after its answer came; the audit before that. A process that dies anywhere goes on from the log alone.
 */
import { judgeBy } from "../../lib/control/judge/judge.ts";
import type { Verdict } from "../../lib/control/judge/verdict.ts";
import type { Command } from "../../lib/control/rollout/command.ts";
import type { RouteRef } from "../../lib/control/rollout/definition.ts";
import type { RolloutEvent } from "../../lib/control/rollout/events.ts";
import { decide } from "../../lib/control/rollout/machine.ts";
import { readiness } from "../../lib/control/rollout/preflight.ts";
import type { RolloutState } from "../../lib/control/rollout/state.ts";
import type { TrafficState } from "../../lib/control/traffic/contract.ts";
import { type ShiftAsked, type ShiftVerdict, shiftNow, verifyShift } from "../../lib/control/traffic/verify.ts";
import { WHOLE_BP } from "../../lib/control/traffic/weights.ts";
import { lookUpWrites } from "./look-ups.ts";
import { Course, type Refusal, type RunnerWorld } from "./rollout-world.ts";
import { RouteWriter } from "./route-writer.ts";
import { WorkloadWatch } from "./workloads.ts";

type Wait = Extract<Command, { kind: "wait" }>;

/** Looking again at what cannot be asked now, ms. */
const ASK_AGAIN_MS = 2_000;
/** Between two looks at the counters. */
const LOOK_MS = 2_000;
/** How far back a proved share is looked at again. */
const PROVED_LOOK_MS = 60 * 60_000;
/** After its end a route is watched on: twice the interval in which Argo CD syncs (3 min and up to 1 min more). */
const WATCH_AFTER_MS = 8 * 60_000;
const WATCH_MS = 10_000;

export class RolloutRunner {
  readonly verdicts = new Map<string, ShiftVerdict>();
  verdict: Verdict | null = null;
  private readonly course: Course;
  private readonly writer: RouteWriter;
  private readonly workloads: WorkloadWatch;

  constructor(state: RolloutState, world: RunnerWorld) {
    this.course = new Course(state, world);
    this.writer = new RouteWriter(this.course);
    this.workloads = new WorkloadWatch(this.course);
    if (state.phase === "promoted" || state.phase === "rolledBack") return;
    for (const route of state.definition.routes) {
      world.counters.watch(route, state.definition.id);
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

  /** When that was, Unix ms. */
  lastSeenMs(route: string): number | undefined {
    return this.course.lastSeenMs.get(route);
  }

  /** Why routes could not be read when they were asked for last, by id. */
  get failures(): ReadonlyMap<string, Refusal> {
    return this.course.failures;
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
        return this.wait(command, nowMs);
      case "observe":
        return this.observe(command.routes);
      case "judge":
        return this.judge();
      case "await":
        return this.awaitOthers(command.rollouts);
      case "check":
        return this.check(command.leastReady);
      case "lookUp":
        return (await lookUpWrites(this.course, command.writes)) ? 0 : ASK_AGAIN_MS;
      case "write":
        return this.writer.write(command);
    }
  }

  /** Whoever has to decide does so with the evidence in front of them: the judge looks at a gate too, and moves nothing. */
  private async wait({ for: whom, untilMs }: Wait, nowMs: number): Promise<number | null> {
    const restMs = untilMs === null ? null : Math.max(0, untilMs - nowMs);
    const [first] = this.course.state.definition.routes;
    if (whom !== "promotion" || first === undefined || !this.counts(first)) return this.rest(restMs);
    return Math.min(restMs ?? LOOK_MS, await this.judge());
  }

  /** While nothing is to be done, somebody else's write is still noticed, and after the end for a while; null: no more. */
  private async rest(restMs: number | null): Promise<number | null> {
    const { phase, finishedMs } = this.course.state;
    if (phase === "promoted" || phase === "rolledBack") {
      if (this.course.world.clock.nowMs() - (finishedMs ?? 0) >= WATCH_AFTER_MS) return null;
      await this.course.noticeAll();
      return WATCH_MS;
    }
    // On the way back every share but the wished one is written over anyway.
    if (phase !== "rollingBack") await this.notice();
    return Math.min(restMs ?? ASK_AGAIN_MS, ASK_AGAIN_MS);
  }

  private async notice(): Promise<void> {
    await this.course.noticeAll();
    await this.workloads.look();
  }

  private async awaitOthers(rollouts: readonly string[]): Promise<number> {
    const { phaseOf, clock } = this.course.world;
    if (!rollouts.every((id) => phaseOf?.(id) === "promoted")) return LOOK_MS;
    await this.course.note({ type: "freed", atMs: clock.nowMs() });
    return 0;
  }

  private async check(leastReady: number | "asStable"): Promise<number> {
    await this.course.noticeAll();
    const looks: { readonly isReady: boolean; readonly message: string }[] = [];
    for (const ref of this.course.state.definition.routes) {
      const read = await this.course.read(ref);
      const facts = read.ok ? await this.course.world.api(ref)?.backends(read.value, ref.routeKey) : read;
      if (facts?.ok === true) looks.push(readiness(facts.value, ref, leastReady));
      else looks.push({ isReady: false, message: `${ref.id}: ${facts?.error.message ?? "no control plane"}` });
    }
    const isReady = looks.every((look) => look.isReady);
    const message = looks.map((look) => look.message).join("; ");
    const before = this.course.state.checked;
    if (before?.isReady !== isReady || before.message !== message)
      await this.course.note({ type: "checked", atMs: this.course.world.clock.nowMs(), isReady, message });
    return isReady ? 0 : LOOK_MS;
  }

  private asked(id: string, nowMs: number): ShiftAsked {
    const { ref, state } = this.course.route(id);
    const graceMs = this.course.world.counters.graceMs(ref);
    return {
      oldShare: state.beforeBp / WHOLE_BP,
      newShare: state.shareBp / WHOLE_BP,
      sinceMs: (state.acknowledgedMs ?? nowMs) + graceMs,
      ...{ nowMs, graceMs },
      isStreaming: ref.streams === true || ref.target.driver === "grpcRoute",
    };
  }

  private async seen(id: string, shift: ShiftVerdict, nowMs: number): Promise<void> {
    const observedBp = shift.observedShare === null ? null : Math.round(shift.observedShare * WHOLE_BP);
    if (shift.state === this.course.route(id).state.shift) return;
    await this.course.note({ type: "shiftSeen", atMs: nowMs, route: id, state: shift.state, observedBp });
  }

  private async observe(ids: readonly string[]): Promise<number> {
    const nowMs = this.course.world.clock.nowMs();
    for (const id of ids) {
      const { ref } = this.course.route(id);
      if ((await this.course.noticeForeign(id)) || !this.course.world.counters.counts(ref)) continue;
      const shift = shiftNow(this.asked(id, nowMs), (sinceMs) => this.course.world.counters.callers(ref, sinceMs));
      this.verdicts.set(id, shift);
      await this.seen(id, shift, nowMs);
    }
    return [...this.course.state.routes.values()].every(({ shift }) => shift === "verified") ? 0 : LOOK_MS;
  }

  /**
   * Callers that were too few to be told apart when the share was proved are told apart by what they send afterwards. What
   * was counted before the time that proved it says nothing: a caller that followed late stayed then.
   */
  private async observeProved(): Promise<void> {
    const nowMs = this.course.world.clock.nowMs();
    for (const [id, { shift: before, provedMs }] of this.course.state.routes) {
      const { ref } = this.course.route(id);
      if (before !== "verified" || !this.course.world.counters.counts(ref)) continue;
      const asked = this.asked(id, nowMs);
      const provedFromMs = (provedMs ?? asked.sinceMs) - 3 * asked.graceMs;
      const fromMs = Math.max(asked.sinceMs, provedFromMs, nowMs - PROVED_LOOK_MS);
      const callers = this.course.world.counters.callers(ref, fromMs);
      const shift = verifyShift({ ...asked, callers, elapsedMs: nowMs - asked.sinceMs });
      const isLost = shift.state === "partial" || shift.state === "stalled";
      if (isLost || shift.state === "verified") this.verdicts.set(id, shift);
      if (isLost) await this.seen(id, shift, nowMs);
    }
  }

  private async judge(): Promise<number> {
    await this.notice();
    await this.observeProved();
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
}
