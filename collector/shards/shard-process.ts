/**
 * A receiving process: connections → acknowledged bodies in its own log → news for main. In: the channel to main. Out: answers to senders. It lives as long as main's channel is open, and ends when main says so or is gone:
 * takes no more, finishes what is in flight, closes its log.
 */
import type { Socket } from "node:net";
import type { LogPosition } from "../../lib/query/store-engine.ts";
import { feedReceivers } from "../receivers/start.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { Log } from "../telemetry/log.ts";
import { LogWriter } from "../wal/log-writer.ts";
import { type ShardSettings, type ShardStats, type ToShard, toShardSchema } from "./messages.ts";
import { Outbox } from "./outbox.ts";
import type { ShardParent } from "./port.ts";
import { remoteBoard } from "./remote-board.ts";
import { ShardIntake } from "./shard-intake.ts";

export interface ShardDeps {
  readonly parent: ShardParent;
  readonly log: Log;
  readonly clock: Clock;
}

function serve(settings: ShardSettings, outbox: Outbox, { log, clock }: ShardDeps) {
  const { maxBytesInFlight, maxLogBytes, ...where } = settings;
  const own = new LogWriter({ ...where, maxBytes: maxLogBytes, clock });
  const intake = new ShardIntake({ log: own, outbox, clock, maxBytesInFlight });
  const board = remoteBoard((call) => outbox.tell(call));
  const receivers = feedReceivers({ intake, board, log, clock });
  return { own, receivers, intake };
}

type Serving = ReturnType<typeof serve>;

const STATS_MS = 1_000;

function statsOf({ own, intake }: Serving): ShardStats {
  const { bytes, segmentCount, bytesWaiting, failing, counts } = own;
  const failure = failing === undefined ? {} : { failing };
  return {
    ...{ bytes, segmentCount, newest: own.end.segment, bytesWaiting, ...failure, counts: { ...counts } },
    ...{ bytesInFlight: intake.bytesInFlight(), events: { ...intake.counts } },
  };
}

export class ShardProcess {
  private readonly deps: ShardDeps;
  private readonly outbox: Outbox;
  private serving: Serving | undefined;
  private timer: NodeJS.Timeout | undefined;
  private ending = false;

  constructor(deps: ShardDeps) {
    this.deps = deps;
    const { parent } = deps;
    this.outbox = new Outbox((message) => parent.send(message));
    parent.onMessage((message, socket) => this.hear(toShardSchema.parse(message), socket));
    parent.onGone(() => void this.end());
  }

  private hear(message: ToShard, socket: Socket | undefined): void {
    switch (message.type) {
      case "open":
        this.serving = serve(message.settings, this.outbox, this.deps);
        this.deps.parent.send({ type: "opened" });
        this.timer = setInterval(() => this.tellStats(), STATS_MS);
        break;
      case "connection":
        if (socket === undefined) break;
        if (this.serving === undefined || this.ending) socket.destroy();
        else this.serving.receivers.adopt(message.kind, socket);
        break;
      case "claimed":
        this.outbox.claimed(message.verdicts);
        break;
      case "applied":
        this.outbox.applied(message.bytes);
        break;
      case "release":
        void this.release(message.through);
        break;
      case "stop":
        void this.end();
    }
  }

  private tellStats(): void {
    if (this.serving !== undefined) this.deps.parent.send({ type: "stats", stats: statsOf(this.serving) });
  }

  private async release(through: LogPosition): Promise<void> {
    try {
      await this.serving?.own.release(through);
    } catch (error) {
      // The files stay; the next release names them again.
      this.deps.log.warn("log_release_failed", { error: String(error) });
    }
  }

  private async end(): Promise<void> {
    if (this.ending) return;
    this.ending = true;
    await this.serving?.receivers.stop();
    await this.serving?.own.close();
    clearInterval(this.timer);
    this.tellStats();
    this.outbox.flush();
    this.deps.parent.hangUp();
  }
}
