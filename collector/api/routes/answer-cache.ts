/**
 * One computation per query and state of the data, whatever the number of readers. In: a key (the query), a stamp (what the
 * answer depends on), a way to compute. Out: bytes serialised once, gzip beside them, an ETag. While data keeps changing an
 * answer is computed about once a second at most, and only when something asks: what was folded is seen within 2 s.
 */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { ok, type Result } from "../../../lib/base/result.ts";
import type { ApiError } from "../../../lib/query/schema/common.ts";
import type { RouteAnswer } from "../route.ts";

const gzipAsync = promisify(gzip);
/** With the 0.9 s that a snapshot may be old, an answer is never 2 s behind what was folded. */
const FRESH_MS = 900;
const MAX_ENTRIES = 128;
const GZIP_FROM_BYTES = 1024;

export interface CachedBody {
  readonly etag: string;
  readonly body: Uint8Array;
  readonly gzip?: Uint8Array;
}

interface Entry {
  /** What the answer was made from; known once it is made. */
  stamp: string;
  readonly madeMs: number;
  readonly answer: Promise<Result<CachedBody, ApiError>>;
}

export class AnswerCache {
  computations = 0;
  private readonly entries = new Map<string, Entry>();

  async get(
    key: string,
    stamp: string,
    nowMs: number,
    compute: (madeFrom: (stamp: string) => void) => Promise<Result<unknown, ApiError>>,
  ): Promise<Result<CachedBody, ApiError>> {
    const known = this.entries.get(key);
    // An answer from after now was made before the wall clock stepped back: nobody can say how old it is.
    const ageMs = nowMs - (known?.madeMs ?? 0);
    if (known !== undefined && (known.stamp === stamp || (ageMs >= 0 && ageMs < FRESH_MS))) return known.answer;
    let madeFrom = stamp;
    const entry: Entry = {
      stamp,
      madeMs: nowMs,
      answer: this.make(() => compute((from) => (madeFrom = from))).then((answer) => {
        // A shared snapshot may be a little older than the data was when this was asked: then it is asked again.
        entry.stamp = madeFrom;
        return answer;
      }),
    };
    // Re-inserting keeps the map in order of last computation.
    this.entries.delete(key);
    this.entries.set(key, entry);
    for (const old of [...this.entries.keys()].slice(0, Math.max(0, this.entries.size - MAX_ENTRIES))) {
      this.entries.delete(old);
    }
    // A bug that throws fails those who asked, and is tried again by the next.
    entry.answer.catch(() => {
      if (this.entries.get(key) === entry) this.entries.delete(key);
    });
    return entry.answer;
  }

  private async make(compute: () => Promise<Result<unknown, ApiError>>): Promise<Result<CachedBody, ApiError>> {
    this.computations++;
    const answer = await compute();
    if (!answer.ok) return answer;
    const body = Buffer.from(JSON.stringify(answer.value));
    const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
    if (body.length < GZIP_FROM_BYTES) return ok({ etag, body });
    return ok({ etag, body, gzip: await gzipAsync(body, { level: 5 }) });
  }
}

const STATUS: Readonly<Record<string, number>> = {
  edge_not_found: 404,
  node_not_found: 404,
  service_not_found: 404,
  workload_not_found: 404,
};

export function answerOf(result: Result<CachedBody, ApiError>): RouteAnswer {
  if (result.ok) return { kind: "cached", ...result.value };
  return { kind: "error", status: STATUS[result.error.code] ?? 400, error: result.error };
}
