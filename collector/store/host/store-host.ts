/**
 * The store's process, but for the process: an engine behind messages. In: calls, and how far each log is durable; out:
 * answers in pieces, how far each log is stored, and once a second what the store says of itself. Reads go before the next
 * group of ingest, for up to a fifth of a second. It ends when told to: takes no more, finishes what is in hand, closes.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Result } from "../../../lib/base/result.ts";
import type { SpanNames } from "../../../lib/query/directory.ts";
import type { StoreError, StoreFacts } from "../../../lib/query/schema/store.ts";
import type { StoreEngine } from "../../../lib/query/store-engine.ts";
import type { Clock } from "../../telemetry/clock.ts";
import type { Log } from "../../telemetry/log.ts";
import { type FolderLock, type LockError, lockFolder } from "../../wal/folder-lock.ts";
import { CallServer } from "./call-server.ts";
import { bytesBelow, engineFacts } from "./engine-facts.ts";
import { codeOf, LogFollower } from "./log-follower.ts";
import type { FromHost, HostSettings, ToHost } from "./messages.ts";
import type { Port } from "./port.ts";

export interface EngineSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  /** How spans of every mesh name services. */
  readonly names?: SpanNames;
}

export type OpenEngine = (
  settings: HostSettings,
  surroundings: EngineSurroundings,
) => Promise<Result<StoreEngine, { readonly code: string; readonly message: string }>>;

interface Opened {
  readonly engine: StoreEngine;
  readonly calls: CallServer;
  readonly follower: LogFollower;
  readonly settings: HostSettings;
  readonly timer: NodeJS.Timeout;
}

const TICK_MS = 1_000;
const LOCK_WAIT_MS = 30_000;
const LOCK_STEP_MS = 50;
/** Reads that never end do not keep ingest from its turn for longer. */
const MAX_YIELD_MS = 200;
const YIELD_STEP_MS = 5;

export class StoreHost {
  private readonly port: Port<FromHost, ToHost>;
  private readonly openEngine: OpenEngine;
  private readonly surroundings: EngineSurroundings;
  private opened: Opened | undefined;
  private opening: Promise<void> | undefined;
  private locked: FolderLock | undefined;
  private lastError: StoreError | null = null;
  private ticking: Promise<void> | undefined;
  private ended: Promise<void> | undefined;
  private resolveDone: () => void = () => {};
  /** Everything is closed. */
  readonly done = new Promise<void>((resolve) => {
    this.resolveDone = resolve;
  });

  constructor(port: Port<FromHost, ToHost>, openEngine: OpenEngine, surroundings: EngineSurroundings) {
    this.port = port;
    this.openEngine = openEngine;
    this.surroundings = surroundings;
    port.onMessage((message) => void this.receive(message));
    // Without the collector there is nobody to store for.
    port.onClose(() => void this.stop());
  }

  /** Once only. */
  stop(): Promise<void> {
    this.ended ??= this.end();
    return this.ended;
  }

  private async receive(message: ToHost): Promise<void> {
    if (message.type === "open") {
      this.opening = this.open(message.settings);
      return this.opening;
    }
    if (message.type === "stop") return this.stop();
    if (this.opened === undefined || this.ended !== undefined) return;
    const { calls, follower } = this.opened;
    if (message.type === "appended") follower.appended(message.log, message.through);
    else if (message.type === "part") calls.part(message.id, message.part);
    else if (message.type === "cancel") calls.cancel(message.id);
    else calls.call(message.id, message.call);
  }

  private async open(settings: HostSettings): Promise<void> {
    try {
      const lock = await this.lock(settings.dataFolder);
      if (!lock.ok) {
        await this.port.send({ type: "refused", ...lock.error });
        void this.stop();
        return;
      }
      this.locked = lock.value;
      const engine = await this.openEngine(settings, this.surroundings);
      if (!engine.ok) {
        await this.port.send({ type: "refused", ...engine.error });
        void this.stop();
        return;
      }
      await this.serve(engine.value, settings);
    } catch (error) {
      await this.port.send({
        type: "refused",
        code: "store_open_failed",
        message: `the store in ${settings.dataFolder} cannot be opened: ${String(error)}`,
      });
      void this.stop();
    }
  }

  /** The process of a collector that was killed may still be finishing what it had in hand. */
  private async lock(dataFolder: string): Promise<Result<FolderLock, LockError>> {
    await mkdir(dataFolder, { recursive: true });
    for (let waited = 0; ; waited += LOCK_STEP_MS) {
      const lock = await lockFolder(dataFolder, "store.lock");
      if (lock.ok || waited >= LOCK_WAIT_MS || this.ended !== undefined) return lock;
      await sleep(LOCK_STEP_MS);
    }
  }

  private async serve(engine: StoreEngine, settings: HostSettings): Promise<void> {
    const ingested = await engine.ingestedThrough();
    const calls = new CallServer(engine, this.port, this.surroundings.names);
    const follower = new LogFollower({
      dataFolder: settings.dataFolder,
      clock: this.surroundings.clock,
      ingested,
      ingest: (batches) => engine.ingest(batches),
      turn: () => this.turn(calls),
      onIngested: (log, through) => void this.port.send({ type: "ingested", log, through }),
      onError: (error) => this.failed(error),
      wait: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
    });
    const timer = setInterval(() => this.tick(), TICK_MS);
    this.opened = { engine, calls, follower, settings, timer };
    const facts = await this.facts(this.opened);
    await this.port.send({ type: "opened", ingested: [...ingested], tiers: engine.rollups.tiers, facts });
  }

  private failed(error: StoreError): void {
    if (this.lastError?.message !== error.message)
      this.surroundings.log.error("store_failed", { code: error.code, error: error.message });
    this.lastError = error;
  }

  private async turn(calls: CallServer): Promise<void> {
    for (let waited = 0; calls.isReading && waited < MAX_YIELD_MS; waited += YIELD_STEP_MS) await sleep(YIELD_STEP_MS);
  }

  private tick(): void {
    const { opened } = this;
    if (opened === undefined || this.ended !== undefined || this.ticking !== undefined) return;
    this.ticking = this.tickOnce(opened).finally(() => {
      this.ticking = undefined;
    });
  }

  private async tickOnce(opened: Opened): Promise<void> {
    const { nowMs } = this.surroundings.clock;
    try {
      await opened.engine.tick(nowMs());
    } catch (error) {
      this.failed({ code: codeOf(error), message: String(error), atMs: nowMs() });
    }
    await this.port.send({ type: "facts", facts: await this.facts(opened) });
  }

  private async facts({ engine, follower, settings }: Opened): Promise<StoreFacts> {
    const { bytes, ms } = follower.lag();
    const { quarantined } = follower;
    const log = { bytes: await bytesBelow(join(settings.dataFolder, "wal")), lagBytes: bytes, lagMs: ms, quarantined };
    return engineFacts(engine, { kind: settings.store.kind, log, lastError: this.lastError });
  }

  private async end(): Promise<void> {
    // What is being opened is closed as well: whoever asked for it may be gone already.
    await this.opening;
    const { opened } = this;
    if (opened !== undefined) {
      clearInterval(opened.timer);
      await Promise.all([opened.follower.stop(), opened.calls.drain(), this.ticking]);
      await opened.engine.close();
    }
    await this.locked?.release();
    this.port.close();
    this.resolveDone();
  }
}
