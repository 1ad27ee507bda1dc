/**
 * Gzip bodies that are short enough to be had whole before they are inflated, which is most of what proxies and SDKs
 * send. In: the compressed bytes. Out: what they inflate to, or "other" where only inflating piece by piece can tell.
 * The last four bytes say how long the result is (RFC 1952, ISIZE), so that it is made in one piece of just that size: a
 * stream of its own with a buffer of 1 MiB costs many times what 5 spans take to inflate. The size is a claim: nothing
 * longer is made, and a body of several members, whose last one speaks only for itself, is "other".
 */
import { gunzip, gunzipSync } from "node:zlib";

/** Of a compressed body that is waited for whole. */
export const WHOLE_LIMIT = 128 * 1024;
/** Inflating so much takes the event loop less time than handing it to another thread. */
const SYNC_LIMIT = 32 * 1024;
/** Header, an empty block and trailer. */
const SHORTEST = 20;
const SMALLEST_CHUNK = 64;
/** Deflate makes at most so many bytes of one. */
const MAX_RATIO = 1032;

/** What the body says it inflates to, bytes; undefined where that cannot be. */
export function claimedSize(packed: Uint8Array): number | undefined {
  if (packed.length < SHORTEST) return undefined;
  const size = new DataView(packed.buffer, packed.byteOffset + packed.length - 4, 4).getUint32(0, true);
  return size <= MAX_RATIO * packed.length ? size : undefined;
}

export function inflateWhole(packed: Uint8Array, size: number): Promise<Uint8Array | "other"> {
  // One byte of room, else zlib asks for another piece to see that there is no more.
  const room = Math.max(SMALLEST_CHUNK, size + 1);
  const options = { chunkSize: room, maxOutputLength: room };
  if (size <= SYNC_LIMIT) {
    try {
      const bytes = gunzipSync(packed, options);
      return Promise.resolve(bytes.length === size ? bytes : "other");
    } catch {
      return Promise.resolve("other");
    }
  }
  return new Promise((resolve) => {
    gunzip(packed, options, (error, bytes) => resolve(error === null && bytes.length === size ? bytes : "other"));
  });
}
