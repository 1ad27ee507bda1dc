/**
 * Which spans are paired where. In: everything that this member receives, and frames of other members. Out: spans of traces
 * that are at home here stay; the others leave by streams; frames are in this member's log before they are acknowledged, and
 * each body of a sender is taken once: a position in each of its streams tells what came before.
 *
 * Traces belong to a member by rendezvous over all configured members. While it is away its spans wait in the logs of whoever
 * received them; when it is down (see members.ts) they go to the next member by rendezvous, from the first that it had not
 * taken. A request whose answer was lost with it may then be counted by both: no more than that one.
 */
import { crc32 } from "node:zlib";
import { LOG_START, type LogPosition } from "../../lib/query/store-engine.ts";
import { batchOf, type SideBatch } from "../../lib/rollup/side-batch.ts";
import type { SavedSharing } from "../pipeline/checkpoint-file.ts";
import { decodeSides } from "../pipeline/decode-sides.ts";
import type { FoldQueue, LoggedSides, Sharing } from "../pipeline/fold-queue.ts";
import { SideReader } from "../pipeline/side-codec.ts";
import {
  decodeFrame,
  encodeFrame,
  type FramedBatch,
  frameAfter,
  type SideFrame,
  streamKey,
} from "../pipeline/side-frame.ts";
import type { Clock } from "../telemetry/clock.ts";
import type { Log } from "../telemetry/log.ts";
import { LogReader } from "../wal/log-reader.ts";
import type { LogWriter } from "../wal/log-writer.ts";
import { RECORD_BYTES } from "../wal/record.ts";
import type { Members } from "./members.ts";
import { SideStream } from "./side-stream.ts";

export interface ExchangeParts {
  readonly members: Members;
  /** Of this member's data folder. */
  readonly epoch: string;
  readonly queue: Pick<FoldQueue, "push">;
  /** This member's own log; what others hand over goes there too. */
  readonly own: Pick<LogWriter, "append" | "name">;
  readonly appended: (through: LogPosition) => void;
  /** Folder of all logs. */
  readonly folder: string;
  /** Brings a frame to a member; false: it was not taken. */
  readonly post: (member: string, frame: Uint8Array) => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Log;
}

export type Received = "taken" | "malformed" | "stranger" | "full";

const READ_BYTES = 2 * 1024 * 1024;

export class SideExchange implements Sharing {
  /** Sides since start: handed over to other members, and taken over from them. */
  readonly counts = { handedOver: 0, takenOver: 0 };
  private readonly parts: ExchangeParts;
  private readonly reader = new SideReader();
  private readonly streams = new Map<string, SideStream>();
  private readonly delivered = new Map<string, LogPosition>();
  private readonly taken = new Map<string, LogPosition>();
  /** Requests of one stream are handled one after another. */
  private readonly turns = new Map<string, Promise<unknown>>();
  /** Before the replay is over, and once this ends, nothing is taken. */
  private isOpen = false;

  constructor(parts: ExchangeParts) {
    this.parts = parts;
  }

  readonly wants = (sides: SideBatch, nth: number): boolean => {
    const { members } = this.parts;
    return members.homeOf(sides.traceId(nth)) === members.self;
  };

  received({ log, position, sides }: LoggedSides): void {
    const all = sides.all();
    for (const { name } of this.parts.members.others) this.stream(log, name, LOG_START).received(position, all);
  }

  private stream(log: string, home: string, end: LogPosition): SideStream {
    const key = JSON.stringify([log, home]);
    const known = this.streams.get(key);
    if (known !== undefined) return known;
    const { members } = this.parts;
    const made = new SideStream(
      {
        ...{ log, home },
        belongs: (side) => members.homeOf(side.traceId) === home,
        deliver: (batches) => this.deliver(log, home, batches),
        read: (after, through) => this.read(log, after, through),
        nowMs: () => this.parts.clock.nowMs(),
        failed: (error) => this.parts.log.warn("sides_not_delivered", { home, error: String(error) }),
      },
      this.delivered.get(key) ?? LOG_START,
      end,
    );
    this.streams.set(key, made);
    return made;
  }

  private async read(log: string, after: LogPosition, through: LogPosition) {
    const reader = new LogReader(this.parts.folder, log, after);
    try {
      const batches = await reader.read(through, READ_BYTES);
      return batches.map(({ position, format, body, receivedMs }) => {
        const decoded = format === "sides" ? undefined : decodeSides(format, body, receivedMs);
        return { position, sides: decoded?.ok === true ? decoded.value.sides.all() : [] };
      });
    } finally {
      await reader.close();
    }
  }

  private async deliver(log: string, home: string, batches: readonly FramedBatch[]): Promise<boolean> {
    const { members, epoch, post } = this.parts;
    const owners = new Set(batches.flatMap(({ sides }) => sides.map(({ traceId }) => members.ownerOf(traceId))));
    for (const owner of owners) {
      const own = batches.flatMap(({ position, sides }) => {
        const some = sides.filter(({ traceId }) => members.ownerOf(traceId) === owner);
        return some.length === 0 ? [] : [{ position, sides: some }];
      });
      const frame = encodeFrame({ from: members.self, epoch, log, home, batches: own });
      const isTaken = owner === members.self ? (await this.take(frame)) === "taken" : await post(owner, frame);
      if (!isTaken) return false;
      this.counts.handedOver += own.reduce((sum, { sides }) => sum + sides.length, 0);
    }
    return true;
  }

  /** A frame of another member. Resolves once what of it is new is in the log. */
  async take(bytes: Uint8Array): Promise<Received> {
    const { members } = this.parts;
    const frame = decodeFrame(bytes, this.reader);
    if (!this.isOpen) return "full";
    if (frame === undefined) return "malformed";
    if (frame.from !== members.self && !members.isOther(frame.from)) return "stranger";
    const key = streamKey(frame);
    const turn = (this.turns.get(key) ?? Promise.resolve()).then(() => this.takeNew(frame));
    this.turns.set(
      key,
      turn.catch(() => {}),
    );
    return turn;
  }

  private async takeNew(frame: SideFrame): Promise<Received> {
    const { own, queue, clock, appended } = this.parts;
    const fresh = frameAfter(frame, this.taken.get(streamKey(frame)));
    const last = fresh.batches[fresh.batches.length - 1];
    if (last === undefined) return "taken";
    const body = encodeFrame(fresh);
    const logged = await own.append({ receivedMs: clock.nowMs(), format: "sides", body, crc: crc32(body) });
    if (!logged.ok) return "full";
    const { position } = logged.value;
    this.taken.set(streamKey(frame), last.position);
    const sides = fresh.batches.flatMap((batch) => batch.sides);
    this.counts.takenOver += sides.length;
    appended(position);
    const from = position.offset - RECORD_BYTES - body.length;
    void queue.push({ log: own.name, from, position, spans: 0, sides: batchOf(sides), handedOver: true });
    return "taken";
  }

  /** What an earlier process logged of another member's, as it is replayed. */
  readonly replayed = (body: Uint8Array): void => {
    const frame = decodeFrame(body, this.reader);
    const last = frame?.batches[frame.batches.length - 1];
    if (frame !== undefined && last !== undefined) this.taken.set(streamKey(frame), last.position);
  };

  /** Age of the oldest that waits for this member, ms; 0: nothing does. Before the logs were looked at, it may be any. */
  lagOf(member: string): number {
    const { members, clock } = this.parts;
    if (!this.isOpen) return clock.nowMs();
    const since = [...this.streams.values()].flatMap((stream) => {
      const isFor = stream.parts.home === member || members.stateOf(stream.parts.home) === "down";
      return isFor ? (stream.lagsSinceMs ?? []) : [];
    });
    return since.length === 0 ? 0 : Math.max(0, clock.nowMs() - Math.min(...since));
  }

  save(): SavedSharing {
    for (const [key, stream] of this.streams) this.delivered.set(key, stream.deliveredThrough);
    return { delivered: [...this.delivered], taken: [...this.taken] };
  }

  /** Before the replay. Undefined: no member has shared this folder's spans before, and what it holds was paired here. */
  restore(saved: SavedSharing | undefined, ends: ReadonlyMap<string, LogPosition>): void {
    for (const [key, position] of saved?.taken ?? []) this.taken.set(key, position);
    for (const [key, position] of saved?.delivered ?? []) this.delivered.set(key, position);
    if (saved !== undefined) return;
    for (const [log, end] of ends) {
      for (const { name } of this.parts.members.others) this.delivered.set(JSON.stringify([log, name]), end);
    }
  }

  /** After the replay: what the logs hold and nobody was given yet leaves. */
  start(ends: ReadonlyMap<string, LogPosition>): void {
    this.isOpen = true;
    for (const [log, end] of ends) {
      for (const { name } of this.parts.members.others) this.stream(log, name, end).start();
    }
  }

  async stop(): Promise<void> {
    this.isOpen = false;
    await Promise.all([...this.streams.values()].map((stream) => stream.stop()));
  }
}
