/**
 * Receiving processes in the test's own process: main's side and theirs joined by pairs of objects, with real logs in a
 * folder and real connections. A killed one is cut off from main and from the world; its log stays as it is.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { BodyClaims } from "../pipeline/body-claims.ts";
import type { LoggedSides, Unplaced } from "../pipeline/fold-queue.ts";
import { describeReceiver, HTTP_KINDS, type HttpKind } from "../receivers/start.ts";
import { systemClock } from "../telemetry/clock.ts";
import { silentLog } from "../telemetry/log.ts";
import { SourceBoard } from "../telemetry/source-board.ts";
import { Logs } from "../wal/logs.ts";
import { Fleet } from "./fleet.ts";
import type { FromShard, ToShard } from "./messages.ts";
import type { ShardChild, ShardParent } from "./port.ts";
import { ShardLogs } from "./shard-logs.ts";
import { ShardProcess } from "./shard-process.ts";

/** Both ends of a channel; messages take a turn of the loop, as between processes. */
export class JoinedShard implements ShardChild {
  connected = true;
  /** Messages of these types do not reach main: the process dies before they leave. */
  readonly swallow = new Set<FromShard["type"]>();
  readonly sockets = new Set<Socket>();
  private toMain: (message: unknown) => void = () => {};
  private toChild: (message: unknown, socket: Socket | undefined) => void = () => {};
  private mainGone: () => void = () => {};
  private childGone: (how: string) => void = () => {};

  constructor() {
    const parent: ShardParent = {
      send: (message) => {
        if (this.connected && !this.swallow.has(message.type)) setImmediate(() => this.toMain(message));
      },
      onMessage: (hear) => {
        this.toChild = hear;
      },
      onGone: (hear) => {
        this.mainGone = hear;
      },
      hangUp: () => setImmediate(() => this.end("code 0")),
    };
    new ShardProcess({ parent, clock: systemClock, log: silentLog });
  }

  send(message: ToShard, socket?: Socket, failed?: () => void): void {
    if (socket !== undefined) this.sockets.add(socket);
    setImmediate(() => {
      if (this.connected) this.toChild(message, socket);
      else failed?.();
    });
  }

  onMessage(hear: (message: unknown) => void): void {
    this.toMain = hear;
  }

  onGone(hear: (how: string) => void): void {
    this.childGone = hear;
  }

  kill(): void {
    this.connected = false;
    for (const socket of this.sockets) socket.destroy();
    setImmediate(() => this.childGone("SIGKILL"));
  }

  private end(how: string): void {
    if (!this.connected) return;
    this.connected = false;
    this.mainGone();
    setImmediate(() => this.childGone(how));
  }
}

/** In place of main's pairing: ids of spans, exactly as often as they come. */
class ListQueue {
  readonly spanIds: string[] = [];
  /** When set, folding waits for it. */
  gate: Promise<void> | undefined;

  async push({ sides }: LoggedSides): Promise<Unplaced> {
    await this.gate;
    for (const { spanId } of sides.all()) this.spanIds.push(spanId);
    return new Map();
  }
}

async function portTo(kind: HttpKind, fleet: Fleet): Promise<{ url: string; close: () => void }> {
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    socket.on("error", () => {});
    fleet.handOver(kind, socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

export async function startFleet(count: number) {
  const folder = mkdtempSync(join(tmpdir(), "meshscope-shards-"));
  /** By log, the last that was started. */
  const shards = new Map<string, JoinedShard>();
  const registry = new Registry();
  const board = new SourceBoard(registry, systemClock);
  const queue = new ListQueue();
  const claims = new BodyClaims(systemClock);
  const logs = await Logs.open({
    dataFolder: folder,
    maxBytes: 1e9,
    elsewhere: ["1", "2", "3", "4"],
    clock: systemClock,
    log: silentLog,
  });
  if (!logs.ok) throw new Error(logs.error.message);
  const sources = new Map(HTTP_KINDS.map((kind) => [kind, board.open(describeReceiver(kind, "test"))] as const));
  const source = (kind: HttpKind) => {
    const found = sources.get(kind);
    if (found === undefined) throw new Error(kind);
    return found;
  };
  const sink = new ShardLogs({
    ...{ logs: logs.value, queue, claims, source, log: silentLog, appended: () => {}, begun: () => 0 },
    ...{ maxLogBytes: 1e9, maxBytesInFlight: 64 * 1024 * 1024 },
  });
  const fleet = new Fleet({
    logs: Array.from({ length: count }, (_, i) => String(i + 1)),
    spawn: (log) => {
      const shard = new JoinedShard();
      shards.set(log, shard);
      return shard;
    },
    sink,
    source,
    claims,
    ...{ log: silentLog, clock: systemClock },
  });
  await fleet.start();
  const [otlp, zipkin] = [await portTo("otlpHttp", fleet), await portTo("zipkin", fleet)];
  const stop = async (): Promise<void> => {
    for (const { close } of [otlp, zipkin]) close();
    await fleet.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { fleet, queue, claims, shards, registry, board, otlp: otlp.url, zipkin: zipkin.url, stop };
}
