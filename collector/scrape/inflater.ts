/**
 * Inflates gzip bodies one after the other into one buffer that stays: a fresh one for each body costs more in page faults
 * and in collections of garbage (memory outside the heap brings them on) than inflating does. In: a whole body. Out: its
 * bytes, lent until `release`, or undefined where this way does not take it: more members than one, a length other than
 * gzip's last four bytes tell, anything broken. Then zlib's own way decides.
 *
 * Node's gunzip goes on with a next member on the same stream, and writes behind what it wrote before in its buffer while
 * there is room. That it starts over is asked of it by setting `_outOffset`, which is no part of its interface: where that
 * does nothing it takes another buffer when this one is full, as always, and only the saving is lost.
 */
import { createGunzip, type Gunzip } from "node:zlib";

export interface Inflated {
  readonly bytes: Uint8Array;
  /** The bytes are no longer looked at. */
  release(): void;
}

const MIN_BUFFER = 1024 * 1024;
const MIN_GZIP = 18;
/** What deflate can make of one byte at most (zlib's technical notes). */
const MAX_RATIO = 1_032;

export class Inflater {
  private stream: Gunzip | undefined;
  private size = 0;
  private chunks: Buffer[] = [];
  private last: Promise<void> = Promise.resolve();

  /** Waits until the body before was released. */
  async inflate(bytes: Buffer, limit: number): Promise<Inflated | undefined> {
    const told = bytes.length < MIN_GZIP ? 0 : bytes.readUInt32LE(bytes.length - 4);
    if (told === 0 || told > limit || told > bytes.length * MAX_RATIO) return undefined;
    const before = this.last;
    let release = (): void => {};
    this.last = new Promise<void>((resolve) => {
      release = resolve;
    });
    await before;
    const body = await this.write(bytes, told);
    if (body !== undefined) return { bytes: body, release };
    this.close();
    release();
    return undefined;
  }

  private async write(bytes: Buffer, told: number): Promise<Buffer | undefined> {
    const stream = this.open(told);
    this.chunks = [];
    Reflect.set(stream, "_outOffset", 0);
    const written = await new Promise<boolean>((resolve) => {
      const fail = (): void => resolve(false);
      stream.once("error", fail).once("end", fail);
      stream.write(bytes, (error) => {
        stream.off("error", fail).off("end", fail);
        // What was written out is told before this, or right after where the reader was not asked at once.
        setImmediate(() => resolve(error === null || error === undefined));
      });
    });
    const [body, ...more] = this.chunks;
    return written && more.length === 0 && body?.length === told ? body : undefined;
  }

  /** A stream whose buffer has room for so many bytes and one more: a full buffer is given away. */
  private open(told: number): Gunzip {
    if (this.stream !== undefined && told < this.size) return this.stream;
    this.close();
    this.size = Math.max(MIN_BUFFER, 2 ** Math.ceil(Math.log2(told + 1)));
    const stream = createGunzip({ chunkSize: this.size });
    stream.on("data", (chunk: Buffer) => this.chunks.push(chunk));
    stream.on("error", () => {}); // Told to who waits for it.
    this.stream = stream;
    return stream;
  }

  close(): void {
    this.stream?.destroy();
    this.stream = undefined;
    this.size = 0;
  }
}
