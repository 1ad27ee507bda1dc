/**
 * A body made once for many: its pieces, and the same compressed when the first asks for it that way. Compressing runs
 * beside the loop, and whoever waits is given each chunk as it is made. In: pieces; out: bytes, whole or in chunks.
 */
import { createHash } from "node:crypto";
import { constants, createGzip } from "node:zlib";
import type { Sliced } from "../../lib/base/sliced.ts";

const GZIP_LEVEL = 5;
/** Input after which the first compressed bytes go out. */
const FIRST_BYTES = 64 * 1024;

export class SharedBody {
  readonly etag: string;
  readonly length: number;
  readonly pieces: readonly Uint8Array[];
  private zip: SharedGzip | null = null;

  constructor(pieces: readonly Uint8Array[], etag: string) {
    this.pieces = pieces;
    this.etag = etag;
    this.length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  }

  /** The body compressed, in chunks: those that are there at once, the others as they are made. */
  gzipped(): AsyncIterable<Uint8Array> {
    this.zip ??= new SharedGzip(this.pieces);
    return this.zip.chunks();
  }
}

class SharedGzip {
  private readonly made: Uint8Array[] = [];
  private ended = false;
  private failure: Error | null = null;
  private news: Promise<void>;
  private tell: () => void = () => undefined;

  constructor(pieces: readonly Uint8Array[]) {
    this.news = this.next();
    const stream = createGzip({ level: GZIP_LEVEL, chunkSize: 64 * 1024 });
    stream.on("data", (chunk: Uint8Array) => this.add(() => this.made.push(chunk)));
    stream.on("end", () => this.add(() => (this.ended = true)));
    stream.on("error", (error) => this.add(() => (this.failure = error)));
    let written = 0;
    for (const piece of pieces) {
      stream.write(piece);
      if (written < FIRST_BYTES && written + piece.length >= FIRST_BYTES) stream.flush(constants.Z_SYNC_FLUSH);
      written += piece.length;
    }
    stream.end();
  }

  private next(): Promise<void> {
    return new Promise((resolve) => (this.tell = resolve));
  }

  private add(change: () => unknown): void {
    change();
    const { tell } = this;
    this.news = this.next();
    tell();
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; ; ) {
      const { news } = this;
      for (; at < this.made.length; at++) yield this.made[at] ?? new Uint8Array(0);
      if (this.failure !== null) throw this.failure;
      if (this.ended && at === this.made.length) return;
      if (at === this.made.length) await news;
    }
  }
}

/** Tag of a body, fed piece by piece. */
export class Tag {
  private readonly hash = createHash("sha256");

  add(piece: Uint8Array): void {
    this.hash.update(piece);
  }

  get value(): string {
    return `"${this.hash.digest("base64url").slice(0, 22)}"`;
  }
}

/**
 * A body whose text comes in pieces, in one buffer: while the engine looks through the heap it does a part of that for each
 * buffer that is made, some 10 ms of it.
 */
export function* bodySteps(texts: Iterable<string>): Sliced<SharedBody> {
  const kept: string[] = [];
  let length = 0;
  for (const text of texts) {
    kept.push(text);
    length += Buffer.byteLength(text);
    yield;
  }
  const whole = Buffer.allocUnsafeSlow(length);
  const tag = new Tag();
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const text of kept) {
    const end = at + whole.write(text, at);
    const piece = whole.subarray(at, end);
    tag.add(piece);
    pieces.push(piece);
    at = end;
    yield;
  }
  return new SharedBody(pieces, tag.value);
}
