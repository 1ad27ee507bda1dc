/**
 * One computation per query and state of the data, whatever the number of readers. In: a key (the query), a stamp (what the
 * answer depends on), its pace, a way to compute. Out: bytes serialised once, gzip and an ETag beside them. While data keeps
 * changing an answer is computed as often as its pace says (lib/query/pace.ts): about once a second where that is little
 * work, once a slot where it is much. What is asked for again and again is kept warm, if the cache is told to: the next
 * answer is made beside the loop while the last one is shown, so that nobody waits for a computation. What was folded is
 * seen within 2 s where an answer and its snapshot take little. Unix ms.
 */
import { ok, type Result } from "../../../lib/base/result.ts";
import { type Pace, paceOf as paceOfWork } from "../../../lib/query/pace.ts";
import type { ApiError } from "../../../lib/query/schema/common.ts";
import type { RouteAnswer } from "../route.ts";
import { SharedBody, Tag } from "../shared-body.ts";

const WARM_TICK_MS = 100;
/**
 * Asked for again within so much: once a slot or oftener. Of what is asked for more seldom nearly all that is made in
 * between is read by nobody, and each costs a computation of the whole estate.
 */
const WARM_GAP_MS = 12_000;
/** Kept warm for as long after it was last asked for, and so many at most. */
const WARM_FOR_MS = 20_000;
const MAX_WARM = 32;
const MAX_ENTRIES = 128;
const MAX_BYTES = 96 * 1024 * 1024;

type Answer = Result<SharedBody, ApiError>;

const NO_WORK: Pace = { stateMs: Number.NEGATIVE_INFINITY, ...paceOfWork(0, 0, false) };
const paceOf = ({ pace }: Asked): Pace => pace?.() ?? NO_WORK;

/** Tells the cache what the answer is made from: its stamp, and when the data was read. Gives the one made from it before. */
export type MadeFrom = (stamp: string, atMs: number) => Answer | null;
export type Compute = (madeFrom: MadeFrom) => Promise<Answer>;

export interface Asked {
  readonly key: string;
  /** Never made before it is asked for: it costs too much, or whoever asks again does so seldom. */
  readonly isCold?: boolean;
  /** How old it may be, now. Without it, as of something that takes no time. */
  readonly pace?: () => Pace;
  /** What the answer would be made from now. */
  readonly stamp: () => string;
  readonly compute: Compute;
}

interface Made {
  readonly stamp: string;
  readonly atMs: number;
  readonly answer: Answer;
}

/** It would be made from a newer state now. */
const isDue = ({ atMs }: Made, { stateMs, dueMs }: Pace, nowMs: number): boolean =>
  atMs < stateMs || nowMs - atMs >= dueMs;

interface Entry {
  asked: Asked;
  askedMs: number;
  /** Between the last two times that it was asked for. */
  gapMs: number;
  made: Made | null;
  pending: { readonly sinceMs: number; readonly answer: Promise<Answer> } | null;
}

export class AnswerCache {
  computations = 0;
  /** Oldest first, by when they were last asked for. */
  private readonly entries = new Map<string, Entry>();
  private warming: (() => number) | null = null;

  async get(asked: Asked, nowMs: number): Promise<Answer> {
    const known = this.entries.get(asked.key);
    const entry: Entry = known ?? { asked, askedMs: nowMs, gapMs: 0, made: null, pending: null };
    const gapMs = known === undefined ? Number.POSITIVE_INFINITY : Math.max(0, nowMs - entry.askedMs);
    Object.assign(entry, { asked, askedMs: nowMs, gapMs });
    this.entries.delete(asked.key);
    this.entries.set(asked.key, entry);
    this.evict();
    if (entry.made !== null && this.isFresh(entry, entry.made, nowMs)) return entry.made.answer;
    return this.make(entry, nowMs);
  }

  /** Answers that are asked for again are made before they are; until the process ends. `nowMs`: the clock's time. */
  keepWarm(nowMs: () => number): void {
    if (this.warming !== null) return;
    this.warming = nowMs;
    let busy = false;
    setInterval(() => {
      if (busy) return;
      busy = true;
      this.warm(nowMs)
        .catch(() => undefined)
        .finally(() => {
          busy = false;
        });
    }, WARM_TICK_MS).unref();
  }

  private async warm(nowMs: () => number): Promise<void> {
    for (const entry of [...this.entries.values()].slice(-MAX_WARM)) {
      const now = nowMs();
      const { made, gapMs, askedMs, asked } = entry;
      if (asked.isCold === true) continue;
      if (gapMs > WARM_GAP_MS || now - askedMs > WARM_FOR_MS) continue;
      if (made === null || !isDue(made, paceOf(asked), now)) continue;
      if (made.stamp !== asked.stamp()) await this.make(entry, now);
    }
  }

  /** An answer from after now was made before the wall clock stepped back: nobody can say how old it is. */
  private isFresh({ asked, gapMs }: Entry, made: Made, nowMs: number): boolean {
    const ageMs = nowMs - made.atMs;
    if (made.stamp === asked.stamp()) return true;
    const pace = paceOf(asked);
    const isWarm = this.warming !== null && asked.isCold !== true && gapMs <= WARM_GAP_MS;
    return ageMs >= 0 && (isWarm ? ageMs < pace.shownMs : !isDue(made, pace, nowMs));
  }

  private make(entry: Entry, nowMs: number): Promise<Answer> {
    const { pending } = entry;
    const ageMs = nowMs - (pending?.sinceMs ?? 0);
    if (pending !== null && ageMs >= 0 && ageMs < paceOf(entry.asked).dueMs) return pending.answer;
    // One that began long ago may miss what was folded since: the next begins when it ends.
    const before = pending === null ? Promise.resolve() : pending.answer.catch(() => undefined);
    const made = before.then(() => this.compute(entry, nowMs));
    const own = { sinceMs: nowMs, answer: made };
    entry.pending = own;
    // A bug that throws fails those who asked, and is tried again by the next.
    const done = (): void => {
      if (entry.pending === own) entry.pending = null;
    };
    made.then(done, done);
    return made;
  }

  private async compute(entry: Entry, nowMs: number): Promise<Answer> {
    let isKnown = false;
    let stamp = entry.asked.stamp();
    let atMs = nowMs;
    // A shared snapshot may be a little older than the data was when this was asked: then it is asked again.
    const answer = await entry.asked.compute((from, madeMs) => {
      stamp = from;
      atMs = Math.min(nowMs, madeMs);
      isKnown = entry.made?.stamp === from;
      return isKnown ? (entry.made?.answer ?? null) : null;
    });
    if (!isKnown) this.computations++;
    entry.made = { stamp, atMs, answer };
    this.evict();
    return answer;
  }

  private evict(): void {
    let bytes = 0;
    const sizeOf = ({ made }: Entry): number => (made?.answer.ok === true ? made.answer.value.length : 0);
    for (const entry of this.entries.values()) bytes += sizeOf(entry);
    for (const [key, entry] of this.entries) {
      if (this.entries.size <= 1 || (this.entries.size <= MAX_ENTRIES && bytes <= MAX_BYTES)) return;
      bytes -= sizeOf(entry);
      this.entries.delete(key);
    }
  }
}

/** A body of one piece. */
export function jsonBody(value: unknown): SharedBody {
  const piece = Buffer.from(JSON.stringify(value));
  const tag = new Tag();
  tag.add(piece);
  return new SharedBody([piece], tag.value);
}

const STATUS: Readonly<Record<string, number>> = {
  edge_not_found: 404,
  node_not_found: 404,
  service_not_found: 404,
  workload_not_found: 404,
};

export function answerOf(result: Answer): RouteAnswer {
  if (result.ok) return { kind: "shared", body: result.value };
  return { kind: "error", status: STATUS[result.error.code] ?? 400, error: result.error };
}

export const jsonAnswer = (result: Result<unknown, ApiError>): Answer =>
  result.ok ? ok(jsonBody(result.value)) : result;
