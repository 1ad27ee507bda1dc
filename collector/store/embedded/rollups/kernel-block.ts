/**
 * One block of rollup numbers as bytes: rows by ascending id with their numbers, then covered times by group id. Numbers
 * are multiples of 1/1024 (the caller sees to that): sums of blocks are exact in any order. A row is
 * `varint id delta · varint (length · 2 + raw) · bitmap of non-zero columns · numbers`; a number is a varint of 2x for a
 * whole number, of 2048x + 1 for another; a row with a number that does not fit is raw doubles. Zeros cost a bit.
 */
export const QUANTUM = 1 / 1024;
const PER_ONE = 1024;
/** Whole numbers below this are exact as varints; others below a 2048th of it are. */
const MAX_CODE = Number.MAX_SAFE_INTEGER;

export interface BlockSink {
  /** Where the numbers of a row are added; null: they are passed over. At least `size` long. */
  row(id: number, size: number): Float64Array | null;
  covered(group: number, ms: number): void;
}

class Writer {
  bytes: Uint8Array;
  at = 0;
  private view: DataView;

  constructor(size = 64 * 1024) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }

  room(more: number): void {
    if (this.at + more <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.at + more));
    grown.set(this.bytes.subarray(0, this.at));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80000000) {
      this.bytes[this.at++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    let low = rest >>> 0;
    while (low >= 128) {
      this.bytes[this.at++] = (low & 127) | 128;
      low >>>= 7;
    }
    this.bytes[this.at++] = low;
  }

  double(value: number): void {
    this.view.setFloat64(this.at, value, true);
    this.at += 8;
  }

  done(): Uint8Array {
    return this.bytes.subarray(0, this.at);
  }
}

/** The varint of a number, or -1 where it has none. Scaling by a power of two is exact. */
function codeOf(value: number): number {
  const scaled = value * (2 * PER_ONE);
  const small = scaled | 0;
  if (small === scaled && small >= 0) {
    if ((small & 1) === 1) return -1;
    return (small & (2 * PER_ONE - 1)) === 0 ? small >> 10 : small + 1;
  }
  if (Number.isInteger(value)) return value >= 0 && value * 2 <= MAX_CODE ? value * 2 : -1;
  return scaled >= 0 && scaled < MAX_CODE && Number.isInteger(scaled / 2) ? scaled + 1 : -1;
}

function numberOf(code: number): number {
  if (code < 0x40000000) return (code & 1) === 0 ? code >> 1 : (code - 1) / (2 * PER_ONE);
  return code % 2 === 0 ? code / 2 : (code - 1) / (2 * PER_ONE);
}

/** Writes blocks row by row; made once and used for one block after the other. */
export class BlockEncoder {
  /** Numbers in the block so far. */
  values = 0;
  rows = 0;
  private readonly body = new Writer();
  private codes = new Float64Array(64);
  private last = 0;

  /** Ids ascend within a block. Of `values` the first `length` are the row's. */
  add(id: number, values: Float64Array, length = values.length): void {
    const { body } = this;
    let size = length;
    while (size > 0 && values[size - 1] === 0) size--;
    const raw = this.encode(values, size);
    body.room(24 + size * 9);
    body.varint(id - this.last);
    body.varint(size * 2 + (raw ? 1 : 0));
    for (let from = 0; from < size; from += 8) {
      let bits = 0;
      for (let i = from; i < size && i < from + 8; i++) if (values[i] !== 0) bits |= 1 << (i - from);
      body.bytes[body.at++] = bits;
    }
    for (let i = 0; i < size; i++) {
      const value = values[i] ?? 0;
      if (value === 0) continue;
      if (raw) body.double(value);
      else body.varint(this.codes[i] ?? 0);
    }
    this.last = id;
    this.rows++;
    this.values += size;
  }

  /** True: a number has no varint. */
  private encode(values: Float64Array, size: number): boolean {
    if (this.codes.length < size) this.codes = new Float64Array(size * 2);
    const { codes } = this;
    for (let i = 0; i < size; i++) {
      const code = codeOf(values[i] ?? 0);
      if (code < 0) return true;
      codes[i] = code;
    }
    return false;
  }

  /** The block, and the next begins. Covered ms are rounded to the quantum. */
  take(covered: readonly (readonly [number, number])[]): Uint8Array {
    const head = new Writer(16);
    head.varint(this.rows);
    const { body } = this;
    body.room(16 + covered.length * 20);
    body.varint(covered.length);
    for (const [group, ms] of covered) {
      body.varint(group);
      body.varint(Math.max(0, codeOf(Math.round(ms * PER_ONE) / PER_ONE)));
    }
    const bytes = new Uint8Array(head.at + body.at);
    bytes.set(head.done());
    bytes.set(body.done(), head.at);
    Object.assign(this, { values: 0, rows: 0, last: 0 });
    body.at = 0;
    return bytes;
  }
}

class Reader {
  at = 0;
  readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  varint(): number {
    const { bytes } = this;
    let byte = bytes[this.at++] ?? 0;
    let value = byte & 127;
    let shift = 7;
    while (byte >= 128 && shift < 28) {
      byte = bytes[this.at++] ?? 0;
      value |= (byte & 127) << shift;
      shift += 7;
    }
    let scale = 2 ** 28;
    while (byte >= 128) {
      byte = bytes[this.at++] ?? 0;
      value += (byte & 127) * scale;
      scale *= 128;
    }
    return value;
  }

  double(): number {
    const value = this.view.getFloat64(this.at, true);
    this.at += 8;
    return value;
  }

  skip(numbers: number, raw: boolean): void {
    if (raw) this.at += numbers * 8;
    else for (let left = numbers; left > 0; ) if ((this.bytes[this.at++] ?? 0) < 128) left--;
  }
}

function popCount(byte: number): number {
  let bits = byte;
  let count = 0;
  for (; bits !== 0; bits &= bits - 1) count++;
  return count;
}

function readRow(reader: Reader, id: number, sink: BlockSink): void {
  const head = reader.varint();
  const size = Math.floor(head / 2);
  const raw = head % 2 === 1;
  const map = reader.at;
  const mapBytes = (size + 7) >> 3;
  reader.at += mapBytes;
  const total = sink.row(id, size);
  if (total === null) {
    let numbers = 0;
    for (let i = 0; i < mapBytes; i++) numbers += popCount(reader.bytes[map + i] ?? 0);
    reader.skip(numbers, raw);
    return;
  }
  for (let i = 0; i < mapBytes; i++) {
    let bits = reader.bytes[map + i] ?? 0;
    for (let at = i * 8; bits !== 0; at++, bits >>= 1) {
      if ((bits & 1) === 0) continue;
      const value = raw ? reader.double() : numberOf(reader.varint());
      total[at] = (total[at] ?? 0) + value;
    }
  }
}

/** Adds a block into a sink. The bytes were checked against their checksum before. */
export function addBlock(bytes: Uint8Array, sink: BlockSink): void {
  const reader = new Reader(bytes);
  const rows = reader.varint();
  let id = 0;
  for (let i = 0; i < rows && reader.at < bytes.length; i++) {
    id += reader.varint();
    readRow(reader, id, sink);
  }
  const groups = reader.at < bytes.length ? reader.varint() : 0;
  for (let i = 0; i < groups && reader.at < bytes.length; i++) {
    const group = reader.varint();
    sink.covered(group, numberOf(reader.varint()));
  }
}
