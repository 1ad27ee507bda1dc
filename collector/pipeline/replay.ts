/**
 * Logs → the edges that a process which is gone had not kept. In: the logs, up to where each was folded by the last
 * checkpoint, and which spans the pairing held then. Out: the pairing holds them again, nothing of them is folded twice,
 * and every body behind the marks is folded as when it came, in order of time over all logs. A body that cannot be read
 * goes to the quarantine and is counted; the replay goes on.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { comparePositions, LOG_START, type LoggedBatch, type LogPosition } from "../../lib/query/store-engine.ts";
import type { HeldBatch } from "../../lib/rollup/kernel-held.ts";
import type { SideBatch } from "../../lib/rollup/side-batch.ts";
import { failpoint } from "../telemetry/failpoint.ts";
import type { Log } from "../telemetry/log.ts";
import { LogReader } from "../wal/log-reader.ts";
import { RECORD_BYTES } from "../wal/record.ts";
import { type BodyClaims, bodyKey } from "./body-claims.ts";
import { decodeSides } from "./decode-sides.ts";
import type { FoldQueue } from "./fold-queue.ts";
import type { SavedEdges, SpanEdges } from "./span-edges.ts";

export interface ReplayParts {
  /** `<data>/wal`. */
  readonly folder: string;
  readonly quarantine: string;
  readonly edges: SpanEdges;
  readonly queue: FoldQueue;
  readonly claims: BodyClaims;
  readonly log: Log;
  /** Called with each body that another collector handed over. */
  readonly handedOver?: ((body: Uint8Array) => void) | undefined;
}

export interface Replayed {
  readonly bodies: number;
  readonly spans: number;
  readonly quarantined: number;
}

const READ_BYTES = 4 * 1024 * 1024;
const BODIES_PER_TURN = 16;

const keyOf = ({ log, segment, to }: HeldBatch): string => `${log}/${segment}/${to}`;

function startOf({ position, body }: LoggedBatch): number {
  // The log keeps bodies as they are: a record is its head and the body.
  return position.offset - RECORD_BYTES - body.length;
}

/** Bodies of one log between two positions, one at a time. */
async function* bodiesOf(folder: string, log: string, after: LogPosition, through: LogPosition) {
  const reader = new LogReader(folder, log, after);
  try {
    for (;;) {
      const batches = await reader.read(through, READ_BYTES);
      if (batches.length === 0) return;
      yield* batches;
    }
  } finally {
    await reader.close();
  }
}

async function setAside({ quarantine, log }: ReplayParts, batch: LoggedBatch, error: string): Promise<void> {
  const path = join(quarantine, `replay-${batch.log}-${batch.id}.${batch.format}`);
  log.error("replay_body_failed", { log: batch.log, id: batch.id, path, error });
  await mkdir(quarantine, { recursive: true });
  await writeFile(path, batch.body);
}

function decode(batch: LoggedBatch) {
  try {
    const decoded = decodeSides(batch.format, batch.body, batch.receivedMs);
    return decoded.ok ? decoded.value : decoded.error.code;
  } catch (error) {
    return String(error);
  }
}

/** Takes up what the pairing held: only the bodies that hold some of it are decoded. */
export async function restoreHeldSpans(parts: ReplayParts, saved: SavedEdges): Promise<void> {
  const first = new Map<string, LogPosition>();
  const last = new Map<string, LogPosition>();
  const wanted = new Set(saved.held.map(({ batch }) => keyOf(batch)));
  for (const { batch } of saved.held) {
    const from = { segment: batch.segment, offset: batch.from };
    const to = { segment: batch.segment, offset: batch.to };
    const [knownFrom, knownTo] = [first.get(batch.log), last.get(batch.log)];
    if (knownFrom === undefined || comparePositions(from, knownFrom) < 0) first.set(batch.log, from);
    if (knownTo === undefined || comparePositions(to, knownTo) > 0) last.set(batch.log, to);
  }
  const sides = new Map<string, SideBatch>();
  for (const [log, from] of first) {
    for await (const batch of bodiesOf(parts.folder, log, from, last.get(log) ?? from)) {
      const { segment, offset } = batch.position;
      const key = keyOf({ log, segment, from: 0, to: offset });
      const decoded = wanted.has(key) ? decode(batch) : undefined;
      if (typeof decoded === "object") sides.set(key, decoded.sides);
    }
  }
  parts.edges.restore(saved, (batch) => sides.get(keyOf(batch)));
}

/** The next body of each log, and what follows it. */
interface Stream {
  readonly bodies: AsyncGenerator<LoggedBatch, void, undefined>;
  next: LoggedBatch | undefined;
}

async function advance(stream: Stream): Promise<void> {
  const { value, done } = await stream.bodies.next();
  stream.next = done === true || value === undefined ? undefined : value;
}

/** Folds what stands in the logs behind `marks`, up to `ends`. */
export async function replayLogs(
  parts: ReplayParts,
  marks: ReadonlyMap<string, LogPosition>,
  ends: ReadonlyMap<string, LogPosition>,
): Promise<Replayed> {
  const streams: Stream[] = [];
  for (const [log, end] of ends) {
    const stream: Stream = { bodies: bodiesOf(parts.folder, log, marks.get(log) ?? LOG_START, end), next: undefined };
    await advance(stream);
    streams.push(stream);
  }
  const done = { bodies: 0, spans: 0, quarantined: 0 };
  for (;;) {
    const live = streams.filter(({ next }) => next !== undefined);
    const stream = live.reduce<Stream | undefined>((a, b) => {
      return a === undefined || (b.next?.receivedMs ?? 0) < (a.next?.receivedMs ?? 0) ? b : a;
    }, undefined);
    if (stream?.next === undefined) break;
    const isKept = await replayBody(parts, stream.next);
    done.bodies++;
    done.spans += isKept ?? 0;
    if (isKept === undefined) done.quarantined++;
    failpoint("mid-replay");
    if (done.bodies % BODIES_PER_TURN === 0) await setImmediate();
    await advance(stream);
  }
  for (const [log, end] of ends) parts.queue.marks.set(log, end);
  return done;
}

/** The spans of the body; undefined when it went to the quarantine. */
async function replayBody(parts: ReplayParts, batch: LoggedBatch): Promise<number | undefined> {
  const { edges, queue, claims } = parts;
  const { log, position, receivedMs, format, body } = batch;
  claims.keep(bodyKey(format, body, crc32(body)), receivedMs);
  const decoded = decode(batch);
  if (typeof decoded === "string") {
    await setAside(parts, batch, decoded);
    return undefined;
  }
  const held = { log, segment: position.segment, from: startOf(batch), to: position.offset };
  edges.count(decoded.spans);
  edges.fold(decoded.sides, receivedMs, held, 0, format === "sides" ? undefined : queue.sharing?.wants);
  if (format === "sides") parts.handedOver?.(body);
  queue.marks.set(log, position);
  return decoded.spans;
}
