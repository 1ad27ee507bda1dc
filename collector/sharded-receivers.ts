/**
 * Receivers in processes of their own (`ingest.shards` above 1): main holds the ports, each process its log. In: the write
 * path and the board. Out: the same as of receivers in this process, and sums over all processes in /metrics. Stopping ends
 * the ports first, then the processes; what they acknowledged is then with the pairing.
 */
import type { Registry } from "prom-client";
import type { Config } from "./config/config.ts";
import type { DurableIngest } from "./durable-ingest.ts";
import { type Board, type HttpKind, ReceiverStartError, type Receivers } from "./receivers/start.ts";
import { openAcceptors } from "./shards/acceptors.ts";
import { Fleet } from "./shards/fleet.ts";
import { spawnShard } from "./shards/port.ts";
import { ShardLogs } from "./shards/shard-logs.ts";
import type { Clock } from "./telemetry/clock.ts";
import { gaugeOn } from "./telemetry/gauge.ts";
import type { Log } from "./telemetry/log.ts";
import type { SourceTally } from "./telemetry/source-board.ts";
import { shardLogNames } from "./wal/logs.ts";

export interface ShardedOptions {
  readonly config: Pick<Config, "listen" | "ingest" | "log">;
  readonly kept: DurableIngest;
  readonly board: Board;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Log;
}

/** All processes together. */
const MAX_BYTES_IN_FLIGHT = 128 * 1024 * 1024;

/** Passes sources on, and knows those of the receivers that other processes run. */
class KnownBoard implements Board {
  private readonly board: Board;
  private readonly sources = new Map<string, SourceTally>();

  constructor(board: Board) {
    this.board = board;
  }

  open(description: Parameters<Board["open"]>[0]): SourceTally {
    const source = this.board.open(description);
    this.sources.set(description.id, source);
    return source;
  }

  sourceOf(kind: HttpKind): SourceTally {
    const source = this.sources.get(kind);
    if (source === undefined) throw new Error(`the port of ${kind} is not open yet`);
    return source;
  }
}

/** Rejects with a ReceiverStartError; nothing is left open then. */
export async function startShardedReceivers(options: ShardedOptions): Promise<Receivers> {
  const { config, kept, registry, clock, log } = options;
  const { shards } = config.ingest;
  const board = new KnownBoard(options.board);
  const source = (kind: HttpKind): SourceTally => board.sourceOf(kind);
  const { queue, claims, logs } = kept;
  const shardLogs = new ShardLogs({
    ...{ logs, queue, claims, source, log },
    appended: (name, through) => kept.appended(name, through),
    begun: (name) => kept.segmentsBegun(name),
    maxLogBytes: Math.floor(config.log.maxBytes / shards),
    maxBytesInFlight: Math.floor(MAX_BYTES_IN_FLIGHT / shards),
  });
  const names = shardLogNames(shards);
  const fleet = new Fleet({ logs: names, spawn: spawnShard, sink: shardLogs, claims, source, log, clock });
  for (const name of names) {
    logs.delegate(name, {
      release: (through) => fleet.release(name, through),
      stats: () => shardLogs.all.get(name),
    });
  }
  kept.also = {
    bytesInFlight: () => [...shardLogs.all.values()].reduce((sum, { bytesInFlight }) => sum + bytesInFlight, 0),
    events: () => [...shardLogs.all.values()].map(({ events }) => events),
  };
  gaugeOn(registry, "meshscope_shards_running", "Receiving processes that take connections", () => fleet.running);
  gaugeOn(registry, "meshscope_shard_restarts_total", "Receiving processes started again", () => fleet.restarts);
  const acceptors = await openAcceptors({
    ...{ listen: config.listen, board },
    handOver: (kind, socket) => fleet.handOver(kind, socket),
  });
  try {
    await fleet.start();
  } catch (error) {
    await acceptors.stop();
    throw new ReceiverStartError("listen_failed", "ingest.shards", `receiving processes: ${String(error)}`);
  }
  const stop = async (): Promise<void> => {
    await acceptors.stop();
    await fleet.stop();
  };
  return { ports: acceptors.ports, stop };
}
