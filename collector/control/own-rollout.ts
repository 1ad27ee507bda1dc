/**
 * One rollout of Meshscope's own: its journal, its runner, its lock. In: acts of people, ticks of time; out: where it
 * stands. An act is appended under the lock, so that of many clicks from one revision the first is taken and the rest are
 * told what changed; the runner works under the same lock, one command at a time.
 */
import { err, ok, type Result } from "../../lib/base/result.ts";
import { phaseAt } from "../../lib/control/present/changed.ts";
import type { Act, RolloutEvent } from "../../lib/control/rollout/events.ts";
import { type ActionRefusal, eventsOf, refusalOf } from "../../lib/control/rollout/machine.ts";
import type { RolloutState } from "../../lib/control/rollout/state.ts";
import type { Journal, Owing } from "./journal.ts";
import { RolloutRunner } from "./rollout-runner.ts";
import type { Accepted } from "./rollout-source.ts";
import type { RunnerWorld } from "./rollout-world.ts";

/** After a command that failed for a reason that is nobody's answer, ms. */
const RECOVER_MS = 5_000;
/** The longest rest: what others write to a route is noticed by then. */
const MAX_REST_MS = 10_000;
/** A route that changes all the time is read so often and no more. */
const NUDGED_MS = 100;

export type TakeRefusal =
  | { readonly code: "conflict" }
  | { readonly code: "not_durable"; readonly message: string }
  | { readonly code: ActionRefusal };

const isBack = ({ action }: Act): boolean => action === "abort" || action === "rollback";

export class OwnRollout {
  readonly runner: RolloutRunner;
  readonly events: RolloutEvent[];
  private readonly journal: Journal;
  private readonly world: Omit<RunnerWorld, "append">;
  private lock: Promise<unknown> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;
  private isNudged = false;

  constructor(
    state: RolloutState,
    events: readonly RolloutEvent[],
    journal: Journal,
    world: Omit<RunnerWorld, "append">,
  ) {
    this.events = [...events];
    this.journal = journal;
    this.world = world;
    this.runner = new RolloutRunner(state, { ...world, append: (event) => this.append(event) });
  }

  get state(): RolloutState {
    return this.runner.state;
  }

  /** What a click is bound to. */
  get revision(): string {
    return `${this.state.definition.id}-${this.state.revision}`;
  }

  /** The way back is never held up: what cannot be written of it is owed to the log, and said. */
  private async append(event: RolloutEvent): Promise<void> {
    if (!this.isWayBack(event)) await this.journal.append(event);
    else if (!(await this.journal.owe(event))) {
      const error = this.journal.owed?.message ?? "";
      this.world.log.error("rollback_not_durable", { rollout: this.state.definition.id, error });
    }
    this.events.push(event);
  }

  /** Its log, which may owe something to its disk. */
  get log(): Owing {
    return this.journal;
  }

  private isWayBack(event: RolloutEvent): boolean {
    if (this.state.phase === "rollingBack" || event.type === "rollbackBegan") return true;
    return event.type === "acted" && isBack(event.act);
  }

  private locked<T>(work: () => Promise<T>): Promise<T> {
    const done = this.lock.then(work);
    this.lock = done.catch(() => {});
    return done;
  }

  /** Nobody who saw it under way asked for a way back from what is everybody's by now. */
  private isPromotedSince(expectedRevision: string): boolean {
    const seen = phaseAt(this.events, Number(expectedRevision.split("-").at(-1)));
    return this.state.phase === "promoted" && seen !== "promoted";
  }

  /**
   * Errors: `conflict` for another revision, `not_durable`, and why the action makes no sense now. The way back asks for no
   * revision: whatever came since, it leads to the same stable version, as long as the release is not promoted. `isExact`:
   * it does.
   */
  take(act: Act, expectedRevision: string, isExact = false): Promise<Result<Accepted, TakeRefusal>> {
    return this.locked(async () => {
      const before = this.state.acts.get(act.intentId);
      if (before !== undefined) return ok({ atMs: before.atMs, repeated: true });
      const isBound = isExact || !isBack(act) || this.isPromotedSince(expectedRevision);
      if (isBound && expectedRevision !== this.revision) return err({ code: "conflict" });
      const refusal = refusalOf(this.state, act.action);
      if (refusal !== undefined) return err({ code: refusal });
      const atMs = this.world.clock.nowMs();
      try {
        for (const event of eventsOf({ type: "acted", atMs, act })) {
          await this.append(event);
          this.runner.took(event);
        }
      } catch (error) {
        return err({ code: "not_durable", message: String(error) });
      }
      this.wake(0);
      return ok({ atMs, repeated: false });
    });
  }

  /** Goes on by itself until it is stopped or over. */
  start(): void {
    this.wake(0);
  }

  /** One of its routes was changed, by whomever: it is looked at soon. */
  nudge(): void {
    if (this.isNudged) return;
    this.isNudged = true;
    this.wake(NUDGED_MS);
  }

  private wake(restMs: number): void {
    if (this.isStopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.go(), Math.min(restMs, this.isNudged ? NUDGED_MS : MAX_REST_MS));
    this.timer.unref();
  }

  private step(): Promise<number | null> {
    this.isNudged = false;
    return this.runner.step();
  }

  private async go(): Promise<void> {
    const restMs = await this.locked(() => this.step()).catch((error: unknown) => {
      this.world.log.error("rollout_step_failed", { rollout: this.state.definition.id, error: String(error) });
      return RECOVER_MS;
    });
    if (restMs !== null || this.isNudged) this.wake(restMs ?? 0);
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.lock;
    await this.journal.close();
  }
}
