/**
 * Receiving processes in the test's own process: main's side and theirs joined by pairs of objects, with real logs in a
 * folder and real connections. A killed one is cut off from main and from the world; its log stays as it is.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { LOG_START, type LogPosition } from "../../lib/query/store-engine.ts";
import { decodeSpans } from "../../lib/wire/decode-spans.ts";
import { SideReader } from "../pipeline/side-codec.ts";
import { describeReceiver, HTTP_KINDS, type HttpKind } from "../receivers/start.ts";
import { systemClock } from "../telemetry/clock.ts";
import { silentLog } from "../telemetry/log.ts";
import { SourceBoard } from "../telemetry/source-board.ts";
import { Fleet, type ShardSink } from "./fleet.ts";
import type { FromShard, ShardNews, ToShard } from "./messages.ts";
import type { ShardChild, ShardParent } from "./port.ts";
import { prepareLog } from "./prepare-log.ts";
import { bodyHash } from "./shard-intake.ts";
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

/** Keeps what it is told, as main's pairing would: ids of spans by log, exactly as often as they come. */
export class ListSink implements ShardSink {
  readonly spanIds: string[] = [];
  readonly foldedThrough = new Map<string, LogPosition>();
  private readonly reader = new SideReader();
  private readonly folder: string;
  /** When set, folding waits for it. */
  gate: Promise<void> | undefined;

  constructor(folder: string) {
    this.folder = folder;
  }

  async fold(log: string, news: ShardNews): Promise<void> {
    await this.gate;
    const sides = this.reader.read(news.sides);
    if (sides === undefined) throw new Error("malformed sides");
    for (const side of sides) this.spanIds.push(side.spanId);
    for (const { position } of news.batches) this.foldedThrough.set(log, position);
  }

  async prepare(log: string, kept: (hash: string) => void) {
    const foldedThrough = this.foldedThrough.get(log) ?? LOG_START;
    const place = { folder: join(this.folder, "wal"), quarantine: join(this.folder, "quarantine"), log, foldedThrough };
    const ready = await prepareLog(place, async ({ format, body, receivedMs, position }) => {
      const decoded = decodeSpans(format, body, receivedMs);
      if (decoded.ok) for (const { spanId } of decoded.value.spans) this.spanIds.push(spanId);
      kept(bodyHash(format, body));
      this.foldedThrough.set(log, position);
    });
    return { ...ready, maxLogBytes: 1e9, maxBytesInFlight: 64 * 1024 * 1024 };
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
  const sink = new ListSink(folder);
  const sources = new Map(HTTP_KINDS.map((kind) => [kind, board.open(describeReceiver(kind, "test"))] as const));
  const fleet = new Fleet({
    logs: Array.from({ length: count }, (_, i) => String(i + 1)),
    spawn: (log) => {
      const shard = new JoinedShard();
      shards.set(log, shard);
      return shard;
    },
    sink,
    source: (kind) => {
      const source = sources.get(kind);
      if (source === undefined) throw new Error(kind);
      return source;
    },
    ...{ log: silentLog, clock: systemClock },
  });
  await fleet.start();
  const [otlp, zipkin] = [await portTo("otlpHttp", fleet), await portTo("zipkin", fleet)];
  const stop = async (): Promise<void> => {
    for (const { close } of [otlp, zipkin]) close();
    await fleet.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { fleet, sink, shards, registry, board, otlp: otlp.url, zipkin: zipkin.url, stop };
}
