/**
 * The receiving processes, seen from main. In: how to start one, connections, and what to do with what they acknowledged.
 * Out: connections in their hands, their news folded in the order of their logs, answers to claims. One that dies is
 * started again after its log was read to its end, so that what it acknowledged and did not tell is folded once; meanwhile
 * the others take its connections. Stopping lets each finish what is in flight, and is done within 12 s.
 */
import type { Socket } from "node:net";
import type { LogPosition } from "../../lib/query/store-engine.ts";
import type { BodyClaims } from "../pipeline/body-claims.ts";
import type { HttpKind } from "../receivers/start.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { Log } from "../telemetry/log.ts";
import type { SourceTally } from "../telemetry/source-board.ts";
import type { ShardNews, ShardSettings, ShardStats } from "./messages.ts";
import type { ShardChild } from "./port.ts";
import { replay } from "./remote-board.ts";
import { Shard } from "./shard-handle.ts";

/** Where the acknowledged bodies of a log go on main. */
export interface ShardSink {
  /**
   * Hands what a process acknowledged to the pairing; called in the order of its log. Resolves once it is folded. What was
   * handed over stays behind what `prepare` folds.
   */
  fold(log: string, news: ShardNews): Promise<void>;
  /**
   * Makes a log whose writer is gone ready for the next one: what stands in it behind what was handed over goes to the
   * pairing. Resolves with how to receive into it.
   */
  prepare(log: string): Promise<ShardSettings>;
  /** What a process says of itself, once a second. */
  stats(log: string, stats: ShardStats): void;
}

export interface FleetOptions {
  /** Names of the logs, one for each process. */
  readonly logs: readonly string[];
  readonly spawn: (log: string) => ShardChild;
  readonly sink: ShardSink;
  readonly claims: BodyClaims;
  readonly source: (kind: HttpKind) => SourceTally;
  readonly log: Log;
  readonly clock: Clock;
}

const MAX_WAITING = 1_000;
const RESTART_MS = 100;
const MAX_RESTART_MS = 5_000;
/** A process that lived this long did not die of its start. */
const SETTLED_MS = 60_000;

interface Seat {
  readonly log: string;
  shard: Shard | undefined;
  sinceMs: number;
  restartMs: number;
}

export class Fleet {
  /** Processes that died and were started again. */
  restarts = 0;
  private readonly options: FleetOptions;
  private readonly seats: readonly Seat[];
  private next = 0;
  private waiting: { readonly kind: HttpKind; readonly socket: Socket }[] = [];
  private stopping = false;
  private readonly recoveries = new Set<Promise<void>>();

  constructor(options: FleetOptions) {
    this.options = options;
    this.seats = options.logs.map((log) => ({ log, shard: undefined, sinceMs: 0, restartMs: RESTART_MS }));
  }

  get running(): number {
    return this.seats.filter(({ shard }) => shard !== undefined).length;
  }

  /** Resolves once every process can take connections; rejects when one cannot be started, none is left running then. */
  async start(): Promise<void> {
    const started = await Promise.allSettled(this.seats.map((seat) => this.occupy(seat)));
    const failed = started.find((outcome) => outcome.status === "rejected");
    if (failed === undefined) return;
    await this.stop();
    throw failed.reason;
  }

  /** To the next process in turn; held while there is none. */
  handOver(kind: HttpKind, socket: Socket): void {
    const shard = this.nextShard();
    if (shard !== undefined) shard.adopt(kind, socket);
    else if (this.stopping || this.waiting.length >= MAX_WAITING) socket.destroy();
    else this.waiting.push({ kind, socket });
  }

  private nextShard(): Shard | undefined {
    for (let tried = 0; tried < this.seats.length; tried++) {
      const { shard } = this.seats[this.next++ % this.seats.length] ?? {};
      if (shard?.reachable === true) return shard;
    }
    return undefined;
  }

  private async occupy(seat: Seat): Promise<void> {
    const { log } = seat;
    const { sink, claims } = this.options;
    const settings = await sink.prepare(log);
    claims.ownerGone(log);
    if (this.stopping) return;
    const shard = new Shard(this.options.spawn(log), {
      news: (news) => this.take(log, shard, news),
      stats: (stats) => sink.stats(log, stats),
      claim: (number, key) => {
        claims.claim(key, log, (isNew) => shard.verdict(number, isNew));
      },
    });
    const opened = await shard.open(settings);
    if (!opened.ok) throw new Error(`receiving process ${log}: ${opened.error}`);
    if (this.stopping) {
      await shard.stop();
      return;
    }
    seat.shard = shard;
    seat.sinceMs = this.options.clock.nowMs();
    void shard.gone.then((how) => this.leave(seat, how));
    const held = this.waiting;
    this.waiting = [];
    for (const { kind, socket } of held) this.handOver(kind, socket);
  }

  private take(log: string, shard: Shard, news: ShardNews): void {
    const { claims, source } = this.options;
    for (const { key } of news.batches) claims.keep(key);
    for (const key of news.unclaimed) claims.giveUp(key, log);
    for (const call of news.tallies) replay(call, source(call.kind));
    if (news.batches.length > 0) void this.fold(log, shard, news);
  }

  private async fold(log: string, shard: Shard, news: ShardNews): Promise<void> {
    try {
      await this.options.sink.fold(log, news);
    } catch (error) {
      // A bug costs these bodies their edges, and nothing that comes after.
      this.options.log.error("shard_news_failed", { log, error: String(error) });
    }
    shard.send({ type: "applied", bytes: news.batches.reduce((sum, { bytes }) => sum + bytes, 0) });
  }

  private leave(seat: Seat, how: string): void {
    seat.shard = undefined;
    if (this.stopping) return;
    const { log, clock } = this.options;
    log.error("shard_died", { log: seat.log, how });
    if (clock.nowMs() - seat.sinceMs > SETTLED_MS) seat.restartMs = RESTART_MS;
    const recovery = this.revive(seat).finally(() => this.recoveries.delete(recovery));
    this.recoveries.add(recovery);
  }

  private async revive(seat: Seat): Promise<void> {
    const { log } = seat;
    for (;;) {
      try {
        await this.occupy(seat);
        this.restarts++;
        return;
      } catch (error) {
        this.options.log.error("shard_not_started", { log, error: String(error) });
      }
      const waitMs = seat.restartMs;
      seat.restartMs = Math.min(waitMs * 2, MAX_RESTART_MS);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      if (this.stopping) return;
    }
  }

  /** A log is no longer needed up to here. */
  release(log: string, through: LogPosition): void {
    const seat = this.seats.find((each) => each.log === log);
    seat?.shard?.send({ type: "release", through });
  }

  /** Resolves once all are gone and what they acknowledged was handed to the pairing. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const { socket } of this.waiting) socket.destroy();
    await Promise.all(this.seats.map(({ shard }) => shard?.stop()));
    await Promise.all(this.recoveries);
  }
}
