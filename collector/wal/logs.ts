/**
 * All logs of a data folder. In: the folder; out: each log that is there, read through and made whole, and writers. A log
 * whose writer is no more (a receiving process of an earlier configuration) is read and given back like the others.
 */
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Registry } from "prom-client";
import { ok, type Result } from "../../lib/base/result.ts";
import { LOG_START, type LogPosition } from "../../lib/query/store-engine.ts";
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
  readonly clock: Clock;
  readonly log: Log;
}

export class Logs {
  /** What recovery did not keep, all logs. */
  readonly damage = { segments: 0, bytes: 0, records: 0 };
  private readonly options: LogsOptions;
  private readonly recovered = new Map<string, Recovered>();
  private readonly writers = new Map<string, LogWriter>();

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
    const { maxBytes, clock } = this.options;
    const segments = this.recovered.get(name)?.segments ?? [];
    const made = new LogWriter({ folder: this.folder, log: name, segments, beyond, maxBytes, clock });
    this.writers.set(name, made);
    return made;
  }

  /** The segments of this log are not needed any more up to here. */
  async release(name: string, through: LogPosition): Promise<void> {
    try {
      await this.writers.get(name)?.release(through);
    } catch (error) {
      // The files stay; the next release names them again.
      this.options.log.warn("log_release_failed", { log: name, error: String(error) });
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.writers.values()].map((writer) => writer.close()));
  }

  register(registry: Registry): void {
    const all = (read: (writer: LogWriter) => number): (() => number) => {
      return () => [...this.writers.values()].reduce((sum, writer) => sum + read(writer), 0);
    };
    const gauge = (name: string, help: string, read: (writer: LogWriter) => number): void => {
      gaugeOn(registry, `meshscope_log_${name}`, help, all(read));
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
