/**
 * The write path in front of a store that keeps: lock, logs, intake, replay, checkpoints. In: the configuration and, once
 * it is open, the store. Out: an intake for the receivers, and the state of readiness. Order at the start: lock and logs
 * before the store is opened, replay before the receivers are; at the end: receivers, then the last checkpoint, then the
 * logs, then the store, then the lock.
 */
import { mkdir } from "node:fs/promises";
import type { Registry } from "prom-client";
import { err, ok, type Result } from "../lib/base/result.ts";
import { comparePositions, LOG_START, type LogPosition } from "../lib/query/store-engine.ts";
import { SlotJournal } from "../lib/rollup/slot-journal.ts";
import type { SlotTable } from "../lib/rollup/slot-table.ts";
import type { Config } from "./config/config.ts";
import { BodyClaims } from "./pipeline/body-claims.ts";
import { CheckpointFiles } from "./pipeline/checkpoint-file.ts";
import { DurableIntake } from "./pipeline/durable-intake.ts";
import { FoldQueue } from "./pipeline/fold-queue.ts";
import { resume, type SharedPairing } from "./pipeline/resume.ts";
import { CHECKPOINT_MS, RollupKeeper } from "./pipeline/rollup-keeper.ts";
import type { SpanEdges } from "./pipeline/span-edges.ts";
import { prepareDataFolder } from "./store/embedded/data-format.ts";
import type { DurableStore, OpenedStore } from "./store/opened-store.ts";
import type { Clock } from "./telemetry/clock.ts";
import { gaugeByCode, gaugeOn } from "./telemetry/gauge.ts";
import type { Log } from "./telemetry/log.ts";
import { type FolderLock, lockFolder } from "./wal/folder-lock.ts";
import { Logs, OWN_LOG, shardLogNames } from "./wal/logs.ts";

interface Surroundings {
  readonly clock: Clock;
  readonly log: Log;
}

interface Failure {
  readonly code: string;
  readonly message: string;
}

export interface DataFolder {
  readonly lock: FolderLock;
  readonly logs: Logs;
}

/** Errors: `data_in_use`, `data_unwritable`, `data_too_new`, `data_foreign`, `data_unreadable`, `log_newer`. */
export async function openDataFolder(
  { dataFolder, log: { maxBytes, commitWithinMs }, ingest: { shards } }: Config,
  { clock, log }: Surroundings,
): Promise<Result<DataFolder, Failure>> {
  try {
    await mkdir(dataFolder, { recursive: true });
    const lock = await lockFolder(dataFolder);
    if (!lock.ok) return lock;
    const prepared = await prepareDataFolder(dataFolder);
    if (!prepared.ok) {
      await lock.value.release();
      return prepared;
    }
    const elsewhere = shardLogNames(shards);
    const share = Math.floor(maxBytes / shards);
    const logs = await Logs.open({ dataFolder, maxBytes: share, commitWithinMs, elsewhere, clock, log });
    if (logs.ok) return ok({ lock: lock.value, logs: logs.value });
    await lock.value.release();
    return logs;
  } catch (error) {
    return err({ code: "data_unwritable", message: `${dataFolder} cannot be used (data): ${String(error)}` });
  }
}

export interface DurableParts {
  readonly config: { readonly dataFolder: string; readonly log?: { readonly checkpointMs: number } };
  readonly folder: DataFolder;
  readonly store: OpenedStore;
  readonly durable: DurableStore;
  readonly slots: SlotTable;
  readonly edges: SpanEdges;
  readonly registry: Registry;
}

/** Intakes of other processes. */
export interface OtherIntakes {
  bytesInFlight(): number;
  events(): readonly Readonly<Record<string, number>>[];
}

export class DurableIngest {
  readonly queue: FoldQueue;
  readonly claims: BodyClaims;
  readonly intake: DurableIntake;
  /** Where several collectors share the pairing; set before the replay. */
  sharing: SharedPairing | undefined;
  /** Added up with this process's own. */
  also: OtherIntakes = { bytesInFlight: () => 0, events: () => [] };
  private readonly parts: DurableParts;
  private readonly surroundings: Surroundings;
  private readonly files: CheckpointFiles;
  private readonly journal = new SlotJournal();
  private readonly ends: ReadonlyMap<string, LogPosition>;
  private readonly stored: Map<string, LogPosition>;
  private needed: ReadonlyMap<string, LogPosition> = new Map();
  private keeper: RollupKeeper | undefined;
  private quarantined = 0;

  constructor(parts: DurableParts, surroundings: Surroundings) {
    const { folder, durable, edges, config } = parts;
    const { clock } = surroundings;
    this.parts = parts;
    this.surroundings = surroundings;
    this.queue = new FoldQueue(edges, clock);
    this.claims = new BodyClaims(clock);
    this.files = new CheckpointFiles(config.dataFolder);
    this.ends = folder.logs.ends();
    this.stored = new Map(durable.ingestedThrough);
    this.intake = new DurableIntake({
      log: folder.logs.writer(OWN_LOG, this.segmentsBegun(OWN_LOG)),
      claims: this.claims,
      queue: this.queue,
      clock,
      appended: (through) => durable.appended(OWN_LOG, through),
    });
    durable.onIngested((log, through) => {
      this.stored.set(log, through);
      this.release(log);
    });
    this.register();
  }

  /** Main's own log, where each log ended at the start, and that the own one is durable up to somewhere. */
  get own() {
    const writer = this.logs.writer(OWN_LOG, this.segmentsBegun(OWN_LOG));
    return { writer, ends: this.ends, appended: (through: LogPosition) => this.appended(OWN_LOG, through) };
  }

  get logs(): Logs {
    return this.parts.folder.logs;
  }

  /** A log that another process writes is durable up to here. */
  appended(log: string, through: LogPosition): void {
    this.parts.durable.appended(log, through);
  }

  /** Segments of a log up to this number were begun, whatever files are left. */
  segmentsBegun(log: string): number {
    return this.stored.get(log)?.segment ?? 0;
  }

  /** The `keeper` of the scrape pipeline: does nothing before the replay is over. */
  async tick(): Promise<void> {
    await this.keeper?.tick();
  }

  /** Takes up what the last process left. Errors: `checkpoint_newer`, `store_unreadable`. */
  async replay(): Promise<Result<void, Failure>> {
    const { folder, durable, store, slots, edges } = this.parts;
    const { clock, log } = this.surroundings;
    const { queue, claims, files, journal, ends, sharing } = this;
    const { folder: wal, quarantine } = folder.logs;
    for (const [name, end] of ends) durable.appended(name, end);
    const parts = { folder: wal, quarantine, edges, queue, claims, log, slots, rollups: store.rollups, files, journal };
    try {
      const resumed = await resume({ ...parts, sharing }, ends);
      if (!resumed.ok) return resumed;
      const { number, bodies, spans, quarantined } = resumed.value;
      this.quarantined = quarantined;
      log.info("log_replayed", { checkpoint: number, bodies, spans, quarantined });
      const kept = (needed: ReadonlyMap<string, LogPosition>): void => {
        this.needed = needed;
        for (const name of needed.keys()) this.release(name);
      };
      const { rollups } = store;
      this.keeper = new RollupKeeper({
        ...{ slots, journal, rollups, edges, queue, claims, files, number, clock, log, kept, sharing },
        makeRoom: () => this.makeRoom(),
        everyMs: this.parts.config.log?.checkpointMs ?? CHECKPOINT_MS,
      });
      if (resumed.value.isFirstShared) await this.keeper.checkpoint();
      this.keeper.register(this.parts.registry);
      return ok(undefined);
    } catch (error) {
      return err({ code: "store_unreadable", message: `what was kept cannot be taken up: ${String(error)}` });
    }
  }

  /** Whether everything that was acknowledged before the start is stored. */
  hasCaughtUp(): boolean {
    return [...this.ends].every(([log, end]) => comparePositions(this.stored.get(log) ?? LOG_START, end) >= 0);
  }

  /** A log that is half full is not kept for the sake of spans that had their time. */
  private makeRoom(): void {
    const { folder, edges } = this.parts;
    const crowded = new Map([...folder.logs.crowded()].map(({ log, newest }) => [log, newest] as const));
    if (crowded.size > 0) edges.giveUp(({ log, segment }) => segment < (crowded.get(log) ?? 0));
  }

  /** What the store has and no replay needs. */
  private release(log: string): void {
    const [stored, needed] = [this.stored.get(log), this.needed.get(log)];
    if (stored === undefined || needed === undefined) return;
    void this.parts.folder.logs.release(log, comparePositions(stored, needed) < 0 ? stored : needed);
  }

  private register(): void {
    const { registry, folder } = this.parts;
    const { intake, claims } = this;
    folder.logs.register(registry);
    gaugeOn(registry, "meshscope_intake_bytes", "Bytes of bodies in flight", () => {
      return intake.bytesInFlight() + this.also.bytesInFlight();
    });
    gaugeOn(registry, "meshscope_intake_known_bodies", "Bodies known from the last 5 minutes", () => claims.size);
    const help =
      "Since start: bodies sent again and not kept again, bodies and spans refused, bodies no replay could read";
    gaugeByCode(registry, "meshscope_intake_events", help, () => {
      const sums = new Map(Object.entries({ ...intake.counts, quarantined: this.quarantined }));
      for (const events of this.also.events()) {
        for (const [code, count] of Object.entries(events)) sums.set(code, (sums.get(code) ?? 0) + count);
      }
      return sums;
    });
  }

  /** After the receivers. The store is still open. */
  async stop(): Promise<void> {
    this.intake.flush();
    await this.queue.drained();
    await this.keeper?.stop();
    await this.parts.folder.logs.close();
  }
}
