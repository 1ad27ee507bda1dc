/**
 * The logs that receiving processes write, seen from main. In: news of what stands in them, and a log whose writer died. Out:
 * every body handed to the pairing once, in the order of its log; the store told how far each log is durable. A body that
 * cannot be read goes to the quarantine and is counted.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { LOG_START, type LoggedBatch, type LogPosition } from "../../lib/query/store-engine.ts";
import { type BodyClaims, bodyKey } from "../pipeline/body-claims.ts";
import { decodeSides } from "../pipeline/decode-sides.ts";
import type { FoldQueue, Unplaced } from "../pipeline/fold-queue.ts";
import { SideReader } from "../pipeline/side-codec.ts";
import { countTaken } from "../receivers/exchange.ts";
import type { HttpKind } from "../receivers/start.ts";
import type { Log } from "../telemetry/log.ts";
import type { SourceTally } from "../telemetry/source-board.ts";
import { LogReader } from "../wal/log-reader.ts";
import type { Logs } from "../wal/logs.ts";
import { RECORD_BYTES } from "../wal/record.ts";
import type { ShardSink } from "./fleet.ts";
import type { ShardNews, ShardSettings, ShardStats } from "./messages.ts";
import { kindOf } from "./shard-intake.ts";

export interface ShardLogsOptions {
  readonly logs: Pick<Logs, "folder" | "quarantine" | "recover" | "recoveredLog">;
  readonly queue: Pick<FoldQueue, "push">;
  readonly claims: BodyClaims;
  /** A log is durable up to here. */
  readonly appended: (log: string, through: LogPosition) => void;
  /** Segments up to this number were ever begun, as the store knows it. */
  readonly begun: (log: string) => number;
  readonly source: (kind: HttpKind) => SourceTally;
  readonly log: Log;
  readonly maxLogBytes: number;
  readonly maxBytesInFlight: number;
}

const READ_BYTES = 4 * 1024 * 1024;
const NONE_UNPLACED: Unplaced = new Map();

export class ShardLogs implements ShardSink {
  /** Bodies that were read from the log of a process that died. */
  recovered = 0;
  quarantined = 0;
  private readonly options: ShardLogsOptions;
  private readonly reader = new SideReader();
  /** Up to where each log was handed over. */
  private readonly through = new Map<string, LogPosition>();
  private readonly said = new Map<string, ShardStats>();

  constructor(options: ShardLogsOptions) {
    this.options = options;
  }

  /** What each process said of itself last. */
  get all(): ReadonlyMap<string, ShardStats> {
    return this.said;
  }

  stats(log: string, stats: ShardStats): void {
    this.said.set(log, stats);
  }

  async fold(log: string, { batches, sides: bytes }: ShardNews): Promise<void> {
    const { queue, source, appended } = this.options;
    const sides = this.reader.read(bytes);
    if (sides === undefined) throw new Error("the sides of a message are malformed");
    let at = 0;
    const folding = batches.map(({ kind, position, bytes, spans, sides: count }) => {
      const own = sides.slice(at, at + count);
      at += count;
      const from = position.offset - RECORD_BYTES - bytes;
      return this.countUnplaced(source(kind), queue.push({ log, from, position, spans, sides: own }));
    });
    const last = batches[batches.length - 1];
    if (last !== undefined) {
      this.through.set(log, last.position);
      appended(log, last.position);
    }
    await Promise.all(folding);
  }

  private async countUnplaced(source: SourceTally, folded: Promise<Unplaced>): Promise<void> {
    for (const [code, count] of await folded) source.dropped(code, count);
  }

  /** The first time everything in it was replayed already, with the other logs. */
  async prepare(log: string): Promise<ShardSettings> {
    const { logs, begun, appended, maxLogBytes, maxBytesInFlight } = this.options;
    const through = this.through.get(log);
    const found = through === undefined ? logs.recoveredLog(log) : undefined;
    const segments = found?.segments ?? (await this.recover(log));
    const last = segments[segments.length - 1];
    const end = last === undefined ? (through ?? LOG_START) : { segment: last.number, offset: last.bytes };
    if (through !== undefined) await this.readOn(log, through, end);
    this.through.set(log, end);
    if (last !== undefined) appended(log, end);
    const beyond = Math.max(begun(log), end.segment);
    return { log, folder: logs.folder, segments: [...segments], beyond, maxLogBytes, maxBytesInFlight };
  }

  private async recover(log: string) {
    const recovered = await this.options.logs.recover(log);
    if (!recovered.ok) throw new Error(`${recovered.error.code}: ${recovered.error.message}`);
    return recovered.value.segments;
  }

  private async readOn(log: string, after: LogPosition, end: LogPosition): Promise<void> {
    const reader = new LogReader(this.options.logs.folder, log, after);
    try {
      for (;;) {
        const batches = await reader.read(end, READ_BYTES);
        if (batches.length === 0) return;
        for (const batch of batches) await this.takeRead(batch);
      }
    } finally {
      await reader.close();
    }
  }

  /** What its process would have told, counts and all. */
  private async takeRead(batch: LoggedBatch): Promise<void> {
    const { claims, queue, source } = this.options;
    const { log, position, receivedMs, format, body } = batch;
    claims.keep(bodyKey(format, body, crc32(body)), receivedMs);
    this.recovered++;
    const decoded = decodeSides(format, body, receivedMs);
    if (!decoded.ok) {
      await this.setAside(batch, decoded.error.code);
      return;
    }
    const { spans, sides, rejects } = decoded.value;
    const from = position.offset - RECORD_BYTES - body.length;
    const later = queue.push({ log, from, position, spans, sides });
    countTaken(source(kindOf(format)), { spans, rejects, unplaced: NONE_UNPLACED, later });
  }

  private async setAside({ log, id, format, body }: LoggedBatch, error: string): Promise<void> {
    const { quarantine } = this.options.logs;
    this.quarantined++;
    this.options.log.error("replay_body_failed", { log, id, error });
    await mkdir(quarantine, { recursive: true });
    await writeFile(join(quarantine, `replay-${log}-${id}.${format}`), body);
  }
}
