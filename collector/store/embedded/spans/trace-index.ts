/**
 * Which blocks of a file may hold a trace: pairs of (hash of the id's low half, block) in order of the hash, in pages with a
 * checksum each, so that one trace costs a page or two of reading and no memory. A page that is damaged says nothing: every
 * block may then hold the trace. Both halves of an id are found by its low one, which 64-bit ids share.
 */
import { crc32 } from "node:zlib";

const PAGE_ENTRIES = 512;
export const PAGE_BYTES = PAGE_ENTRIES * 6 + 4;

/** Of the last two words of an id. */
export function traceHash(c: number, d: number): number {
  let hash = Math.imul(c ^ (d >>> 16), 0x85ebca6b) ^ d;
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16), 0x9e3779b1);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** Sorted hashes of the traces of one block. */
export function sortedHashes(words: Uint32Array, traces: number): Uint32Array {
  const hashes = new Uint32Array(traces);
  for (let i = 0; i < traces; i++) hashes[i] = traceHash(words[i * 4 + 2] ?? 0, words[i * 4 + 3] ?? 0);
  return hashes.sort();
}

export function hasHash(hashes: Uint32Array, hash: number): boolean {
  let lo = 0;
  let hi = hashes.length;
  while (lo < hi) {
    const mid = (lo + hi) >>> 1;
    if ((hashes[mid] ?? 0) < hash) lo = mid + 1;
    else hi = mid;
  }
  return hashes[lo] === hash;
}

/** Pages of all blocks. Yields where a turn may be due: a file has half a million traces. */
export function* makePages(blocks: readonly Uint32Array[]): Generator<void, Uint8Array> {
  const total = blocks.reduce((sum, hashes) => sum + hashes.length, 0);
  // Sorted as doubles: hash × 2^16 + block is below 2^53.
  const keys = new Float64Array(total);
  let at = 0;
  for (const [block, hashes] of blocks.entries()) {
    for (let i = 0; i < hashes.length; i++, at++) keys[at] = (hashes[i] ?? 0) * 0x10000 + block;
    yield;
  }
  keys.sort();
  yield;
  const pages = Math.ceil(total / PAGE_ENTRIES);
  const bytes = new Uint8Array(pages * PAGE_BYTES);
  const view = new DataView(bytes.buffer);
  for (let page = 0; page < pages; page++) {
    const base = page * PAGE_BYTES;
    for (let i = 0; i < PAGE_ENTRIES; i++) {
      // The last page is filled up with its last entry.
      const key = keys[Math.min(page * PAGE_ENTRIES + i, total - 1)] ?? 0;
      view.setUint32(base + i * 4, Math.floor(key / 0x10000), true);
      view.setUint16(base + PAGE_ENTRIES * 4 + i * 2, key % 0x10000, true);
    }
    view.setUint32(base + PAGE_ENTRIES * 6, crc32(bytes.subarray(base, base + PAGE_ENTRIES * 6)), true);
    if (page % 64 === 63) yield;
  }
  return bytes;
}

interface Page {
  readonly first: number;
  readonly last: number;
  /** Blocks that have the hash. */
  readonly blocks: readonly number[];
}

function readPage(bytes: Uint8Array, hash: number): Page | undefined {
  if (bytes.length !== PAGE_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(PAGE_ENTRIES * 6, true) !== crc32(bytes.subarray(0, PAGE_ENTRIES * 6))) return undefined;
  const at = (i: number): number => view.getUint32(i * 4, true);
  let lo = 0;
  let hi = PAGE_ENTRIES;
  while (lo < hi) {
    const mid = (lo + hi) >>> 1;
    if (at(mid) < hash) lo = mid + 1;
    else hi = mid;
  }
  const blocks: number[] = [];
  for (let i = lo; i < PAGE_ENTRIES && at(i) === hash; i++) blocks.push(view.getUint16(PAGE_ENTRIES * 4 + i * 2, true));
  return { first: at(0), last: at(PAGE_ENTRIES - 1), blocks };
}

/** Blocks that may hold a trace with this hash; undefined: a page that would tell is damaged. */
export function findBlocks(
  pages: number,
  read: (page: number) => Uint8Array,
  hash: number,
): ReadonlySet<number> | undefined {
  let lo = 0;
  let hi = pages;
  let guess = Math.floor((hash / 0x100000000) * pages);
  while (lo < hi) {
    const page = readPage(read(guess), hash);
    if (page === undefined) return undefined;
    // Equal hashes may go on over the page's ends.
    if (hash === page.first || hash === page.last) return around(pages, read, hash, guess);
    if (hash > page.first && hash < page.last) return new Set(page.blocks);
    if (hash < page.first) hi = guess;
    else lo = guess + 1;
    guess = (lo + hi) >>> 1;
  }
  return new Set();
}

function around(
  pages: number,
  read: (page: number) => Uint8Array,
  hash: number,
  middle: number,
): ReadonlySet<number> | undefined {
  const found = new Set<number>();
  for (const step of [-1, 1]) {
    for (let at = step < 0 ? middle : middle + 1; at >= 0 && at < pages; at += step) {
      const page = readPage(read(at), hash);
      if (page === undefined) return undefined;
      for (const block of page.blocks) found.add(block);
      if (step < 0 ? page.first < hash : page.last > hash) break;
      if (page.blocks.length === 0) break;
    }
  }
  return found;
}
