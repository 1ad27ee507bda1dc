/**
 * Follows the logs by reading their files, and feeds the engine. In: up to where each log is durable; out: how far each is
 * stored. What the engine does not take (a full disk) is offered again with growing pauses: the log keeps it meanwhile.
 * A body that the engine refuses by itself, again and again, is put aside in `quarantine` and counted.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { StoreError } from "../../../lib/query/schema/store.ts";
import { comparePositions, LOG_START, type LoggedBatch, type LogPosition } from "../../../lib/query/store-engine.ts";
import type { Clock } from "../../telemetry/clock.ts";
import { failpoint } from "../../telemetry/failpoint.ts";
import { LogReader } from "../../wal/log-reader.ts";

export interface FollowerParts {
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly ingested: ReadonlyMap<string, LogPosition>;
  /** When it resolves the engine holds nothing of the bodies. */
  readonly ingest: (batches: readonly LoggedBatch[]) => Promise<void>;
  /** Resolves when it is ingest's turn: reads go first, for a while. */
  readonly turn: () => Promise<void>;
  readonly onIngested: (log: string, through: LogPosition) => void;
  readonly onError: (error: StoreError) => void;
  /** Ends early when the signal aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

interface Followed {
  readonly log: string;
  readonly reader: LogReader;
  stored: LogPosition;
  through: LogPosition;
  /** Read and not stored yet. */
  pending: readonly LoggedBatch[];
  /** Since when something waits, Unix ms; null while nothing does. */
  waitingSinceMs: number | null;
}

/** Inflated; a body alone may be more. */
const GROUP_BYTES = 8 * 1024 * 1024;
/** Small groups cost the engine as much as large ones: what comes slowly is gathered for so long. */
const GATHER_MS = 200;
const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 5_000;
/** Times that a group is offered whole before its bodies are tried one by one. */
const WHOLE_TRIES = 3;

const MISSING = { code: "log_missing" };

export function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "internal";
}

/** No body's own fault: it is offered until it is taken. */
function isDiskFault(error: unknown): boolean {
  const code = codeOf(error);
  return (
    /^E[A-Z]+$/.test(code) ||
    code === "disk_full" ||
    code === "store_unavailable" ||
    /No space left|IO Error|could not write/i.test(String(error))
  );
}

export class LogFollower {
  quarantined = 0;
  private readonly parts: FollowerParts;
  private readonly logs = new Map<string, Followed>();
  private running: Promise<void> | null = null;
  private readonly stopped = new AbortController();

  constructor(parts: FollowerParts) {
    this.parts = parts;
  }

  /** Bytes and ms that the logs are ahead of the store; bytes of earlier segments than the last are not counted. */
  lag(): { readonly bytes: number; readonly ms: number } {
    let bytes = 0;
    let ms = 0;
    for (const { stored, through, waitingSinceMs } of this.logs.values()) {
      bytes += Math.max(0, through.offset - (stored.segment === through.segment ? stored.offset : 0));
      if (waitingSinceMs !== null) ms = Math.max(ms, this.parts.clock.nowMs() - waitingSinceMs);
    }
    return { bytes, ms };
  }

  appended(log: string, through: LogPosition): void {
    const followed = this.logs.get(log) ?? this.open(log);
    if (comparePositions(through, followed.through) > 0) followed.through = through;
    if (!this.isBehind(followed)) return;
    followed.waitingSinceMs ??= this.parts.clock.nowMs();
    if (this.stopping) return;
    this.running ??= this.run().finally(() => {
      this.running = null;
    });
  }

  /** The group in hand is stored first. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.running;
    for (const { reader } of this.logs.values()) await reader.close();
  }

  private get stopping(): boolean {
    return this.stopped.signal.aborted;
  }

  private pause(ms: number): Promise<void> {
    return this.parts.wait(ms, this.stopped.signal);
  }

  private open(log: string): Followed {
    const stored = this.parts.ingested.get(log) ?? LOG_START;
    const reader = new LogReader(join(this.parts.dataFolder, "wal"), log, stored);
    const made: Followed = { log, reader, stored, through: stored, pending: [], waitingSinceMs: null };
    this.logs.set(log, made);
    return made;
  }

  private isBehind({ stored, through }: Followed): boolean {
    return comparePositions(stored, through) < 0;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      const behind = [...this.logs.values()].filter((followed) => this.isBehind(followed));
      if (behind.length === 0) break;
      for (const followed of behind) await this.step(followed);
      if (this.lag().bytes < GROUP_BYTES && !this.stopping) await this.pause(GATHER_MS);
    }
  }

  /** One group of one log. */
  private async step(followed: Followed): Promise<void> {
    try {
      if (followed.pending.length === 0) followed.pending = await followed.reader.read(followed.through, GROUP_BYTES);
    } catch (error) {
      this.report(error);
      await this.pause(FIRST_PAUSE_MS);
      return;
    }
    const batches = followed.pending;
    if (batches.length === 0) return this.passOver(followed);
    const taken = await this.offer(batches);
    if (taken === "not") return;
    // Of bodies that were refused one by one the engine may keep some.
    if (taken === "whole") followed.reader.giveBack();
    followed.pending = [];
    this.settle(followed, batches[batches.length - 1]?.position ?? followed.through);
  }

  /**
   * Nothing up to there can be read: where the reader went over it, it is damaged, and the log's own counts say how much.
   * Otherwise a file is missing, and nobody may be told that it was stored.
   */
  private async passOver(followed: Followed): Promise<void> {
    const { reader, through, log } = followed;
    if (comparePositions(reader.position, through) >= 0) return this.settle(followed, through);
    this.report(
      Object.assign(new Error(`what log ${log} holds up to segment ${through.segment} is not there`), MISSING),
    );
    await this.pause(MAX_PAUSE_MS);
  }

  private settle(followed: Followed, through: LogPosition): void {
    followed.stored = through;
    followed.waitingSinceMs = this.isBehind(followed) ? this.parts.clock.nowMs() : null;
    this.parts.onIngested(followed.log, through);
  }

  /** Until the engine has taken them; `not`: it has not, and this stops or tries them again later. */
  private async offer(batches: readonly LoggedBatch[]): Promise<"whole" | "singly" | "not"> {
    let pause = FIRST_PAUSE_MS;
    for (let tries = 1; !this.stopping; tries++) {
      await this.parts.turn();
      try {
        failpoint("before-commit");
        await this.parts.ingest(batches);
        failpoint("after-commit");
        return "whole";
      } catch (error) {
        this.report(error);
        if (!isDiskFault(error) && tries >= WHOLE_TRIES) return (await this.oneByOne(batches)) ? "singly" : "not";
      }
      if (!this.stopping) await this.pause(pause);
      pause = Math.min(MAX_PAUSE_MS, pause * 2);
    }
    return "not";
  }

  /** All that can be stored is: a body that fails alone is put aside. */
  private async oneByOne(batches: readonly LoggedBatch[]): Promise<boolean> {
    for (const batch of batches) {
      try {
        await this.parts.ingest([batch]);
      } catch (error) {
        this.report(error);
        if (isDiskFault(error)) return false;
        await this.quarantine(batch);
      }
    }
    return true;
  }

  private async quarantine({ log, id, format, body }: LoggedBatch): Promise<void> {
    const folder = join(this.parts.dataFolder, "quarantine");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${log}-${id.replace(/[^A-Za-z0-9_.-]/g, "_")}.${format}`), body);
    this.quarantined++;
  }

  private report(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.parts.onError({ code: codeOf(error), message, atMs: this.parts.clock.nowMs() });
  }
}
