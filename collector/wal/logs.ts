/**
 * All logs of a data folder. In: the folder; out: each log that is there, read through and made whole, and writers. A log
 * whose writer is no more (a receiving process of an earlier configuration) is read and given back like the others.
 */
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Registry } from "prom-client";
import { ok, type Result } from "../../lib/base/result.ts";
import { comparePositions, LOG_START, type LogPosition } from "../../lib/query/store-engine.ts";
import type { Clock } from "../telemetry/clock.ts";
import { gaugeByCode, gaugeOn } from "../telemetry/gauge.ts";
import type { Log } from "../telemetry/log.ts";
import { LogWriter } from "./log-writer.ts";
import { type RecoverError, type Recovered, recoverLog } from "./recover.ts";

export const OWN_LOG = "0";

export interface LogsOptions {
  readonly dataFolder: string;
  /** Of one log. */
  readonly maxBytes: number;
  readonly commitWithinMs?: number;
  /** Names of those that other processes write; absent: none. */
  readonly elsewhere?: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
}

/** What a writer says of itself, in whatever process it is. */
export type LogStats = Pick<LogWriter, "bytes" | "segmentCount" | "bytesWaiting" | "counts"> & {
  readonly failing?: string | undefined;
};

/** Main's own log is "0"; receiving processes, where there are several, write "1" and up. */
export function shardLogNames(shards: number): string[] {
  return shards === 1 ? [] : Array.from({ length: shards }, (_, i) => String(i + 1));
}

/** A writer in another process. */
export interface RemoteWriter {
  release(through: LogPosition): void;
  /** Undefined until it has said something. */
  stats(): (LogStats & { readonly newest: number }) | undefined;
}

export class Logs {
  /** What recovery did not keep, all logs. */
  readonly damage = { segments: 0, bytes: 0, records: 0 };
  private readonly options: LogsOptions;
  private readonly recovered = new Map<string, Recovered>();
  private readonly writers = new Map<string, LogWriter>();
  private readonly remote = new Map<string, RemoteWriter>();

  private constructor(options: LogsOptions) {
    this.options = options;
  }

  /** Errors: `log_newer`. Rejects when the disk does. */
  static async open(options: LogsOptions): Promise<Result<Logs, RecoverError>> {
    const logs = new Logs(options);
    await mkdir(logs.folder, { recursive: true });
    const entries = await readdir(logs.folder, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    for (const name of new Set([...names, OWN_LOG])) {
      const recovered = await logs.recover(name);
      if (!recovered.ok) return recovered;
    }
    return ok(logs);
  }

  get folder(): string {
    return join(this.options.dataFolder, "wal");
  }

  get quarantine(): string {
    return join(this.options.dataFolder, "quarantine");
  }

  /** Reads a log to its end and cuts off what is damaged: before its first writer, and after each that died. */
  async recover(name: string): Promise<Result<Recovered, RecoverError>> {
    const found = await recoverLog(this.folder, name, this.quarantine);
    if (!found.ok) return found;
    const { damage } = found.value;
    if (damage.segments > 0) {
      this.damage.segments += damage.segments;
      this.damage.bytes += damage.bytes;
      this.damage.records += damage.records;
      this.options.log.error("log_damaged", { log: name, ...damage, quarantine: this.quarantine });
    }
    this.recovered.set(name, found.value);
    return found;
  }

  /** What a log held when it was last read through; undefined for one that is not there. */
  recoveredLog(name: string): Recovered | undefined {
    return this.recovered.get(name);
  }

  /** Names of the logs, and where each ended when it was recovered. */
  ends(): ReadonlyMap<string, LogPosition> {
    return new Map(
      [...this.recovered].map(([name, { segments }]) => {
        const last = segments[segments.length - 1];
        return [name, last === undefined ? LOG_START : { segment: last.number, offset: last.bytes }] as const;
      }),
    );
  }

  /** What is written to a log in this process. `beyond`: segments up to this number were given before. */
  writer(name: string, beyond: number): LogWriter {
    const known = this.writers.get(name);
    if (known !== undefined) return known;
    const { maxBytes, commitWithinMs = 50, clock } = this.options;
    const segments = this.recovered.get(name)?.segments ?? [];
    const made = new LogWriter({ folder: this.folder, log: name, segments, beyond, maxBytes, commitWithinMs, clock });
    this.writers.set(name, made);
    return made;
  }

  /** Logs that are more than half full, and the segment that each is writing. */
  *crowded(): Generator<{ readonly log: string; readonly newest: number }> {
    for (const [log, writer] of this.writers) {
      if (writer.bytes * 2 > this.options.maxBytes) yield { log, newest: writer.end.segment };
    }
    for (const [log, writer] of this.remote) {
      const said = writer.stats();
      if (said !== undefined && said.bytes * 2 > this.options.maxBytes) yield { log, newest: said.newest };
    }
  }

  /** This log is written by another process. */
  delegate(name: string, writer: RemoteWriter): void {
    this.remote.set(name, writer);
  }

  /** Whether nobody writes to it any more: it goes once all of it was taken. */
  isAbandoned(name: string): boolean {
    return !this.writers.has(name) && this.options.elsewhere?.includes(name) !== true;
  }

  /** The segments of this log are not needed any more up to here. */
  async release(name: string, through: LogPosition): Promise<void> {
    try {
      if (this.isAbandoned(name)) await this.removeIfTaken(name, through);
      this.remote.get(name)?.release(through);
      await this.writers.get(name)?.release(through);
    } catch (error) {
      // The files stay; the next release names them again.
      this.options.log.warn("log_release_failed", { log: name, error: String(error) });
    }
  }

  /** Its numbers live on in what the store remembers of it. */
  private async removeIfTaken(name: string, through: LogPosition): Promise<void> {
    const end = this.ends().get(name);
    if (end === undefined || comparePositions(through, end) < 0) return;
    await rm(join(this.folder, name), { recursive: true, force: true });
    this.recovered.delete(name);
    this.options.log.info("log_removed", { log: name });
  }

  async close(): Promise<void> {
    await Promise.all([...this.writers.values()].map((writer) => writer.close()));
  }

  register(registry: Registry): void {
    const all = (): LogStats[] => {
      const others = [...this.remote.values()].flatMap((writer) => writer.stats() ?? []);
      return [...this.writers.values(), ...others];
    };
    const gauge = (name: string, help: string, read: (writer: LogStats) => number): void => {
      gaugeOn(registry, `meshscope_log_${name}`, help, () => all().reduce((sum, writer) => sum + read(writer), 0));
    };
    gauge("bytes", "Size of the log's segments", (writer) => writer.bytes);
    gauge("segments", "Segments of the log", (writer) => writer.segmentCount);
    gauge("waiting_bytes", "Bytes of bodies that wait for the disk", (writer) => writer.bytesWaiting);
    gauge("failing", "1 while the log takes nothing because the disk does not", (writer) =>
      writer.failing === undefined ? 0 : 1,
    );
    gauge("bodies_total", "Bodies made durable since start", (writer) => writer.counts.appended);
    gauge("written_bytes_total", "Bytes made durable since start", (writer) => writer.counts.bytes);
    gauge("commits_total", "Groups made durable since start, an fdatasync each", (writer) => writer.counts.commits);
    gauge("commit_seconds_total", "Time that these took", (writer) => writer.counts.commitMs / 1000);
    gauge("commit_slowest_seconds", "The slowest of them", (writer) => writer.counts.slowestCommitMs / 1000);
    gauge("failures_total", "Groups that the disk did not take", (writer) => writer.counts.failures);
    const help = "What recovery found damaged at start and put in quarantine, by unit";
    gaugeByCode(registry, "meshscope_log_damaged", help, () => Object.entries(this.damage));
  }
}
