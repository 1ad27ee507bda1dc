/**
 * What is done of itself beside the rollouts' own steps: every few seconds the windows of those that run are kept, events
 * are noticed, what is to be sent is sent, and what no disk has is tried again. In: the rollouts; out: evidence and notices. One round at a time; a round
 * that fails is logged and the next one tries again.
 */
import type { RolloutState } from "../../lib/control/rollout/state.ts";
import type { RolloutSummary } from "../../lib/query/schema/rollouts.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { Log } from "../telemetry/log.ts";
import type { RouteCounters } from "./counters.ts";
import type { Evidence } from "./evidence.ts";
import type { Notifications } from "./notifications.ts";

const ROUND_MS = 5_000;
/** How long after its end the last windows of a rollout still come in. */
const LINGER_MS = 120_000;

export interface WatchOptions {
  readonly states: () => readonly RolloutState[];
  readonly summaries: () => Promise<readonly RolloutSummary[]>;
  readonly counters: RouteCounters;
  readonly evidence: Evidence;
  readonly notifications: Notifications;
  /** Writes what could not be written. */
  readonly retry: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

const isOver = ({ phase }: RolloutState): boolean => phase === "promoted" || phase === "rolledBack";

export class ControlWatch {
  private readonly options: WatchOptions;
  /** When each was first seen to be over; those that are let go. */
  private readonly over = new Map<string, number>();
  private readonly released = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private isStopped = false;

  constructor(options: WatchOptions) {
    this.options = options;
  }

  start(): void {
    this.timer = setTimeout(() => {
      this.running = this.round().finally(() => {
        if (!this.isStopped) this.start();
      });
    }, ROUND_MS);
    this.timer.unref();
  }

  async round(): Promise<void> {
    const { summaries, notifications, retry, log } = this.options;
    try {
      await retry();
      await this.record();
      await notifications.look(await summaries());
      await notifications.send();
    } catch (error) {
      log.error("control_watch_failed", { error: String(error) });
    }
  }

  private async record(): Promise<void> {
    const { states, counters, evidence, clock } = this.options;
    for (const state of states()) {
      const { id, routes } = state.definition;
      if (this.released.has(id)) continue;
      const nowMs = clock.nowMs();
      if (isOver(state)) this.over.set(id, this.over.get(id) ?? nowMs);
      const isPast = isOver(state) && nowMs - (this.over.get(id) ?? nowMs) > LINGER_MS;
      const [first] = routes;
      if (first !== undefined && !isPast) await evidence.record(id, counters.histories(first, state.startedMs));
      if (!isPast) continue;
      await evidence.release(id);
      this.released.add(id);
    }
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.running;
  }
}
