/**
 * A list of values (tag and payload each) as bytes, in the form that is short for it: decimal numbers as numbers, texts of
 * one length that differ in a few characters (ids in hex, with or without dashes) as half bytes, anything else as lengths
 * and payloads, deflated where that helps. In: places in a heap. Out: bytes, and a reader that gets any one of them.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { ByteSink, type ByteSource, utf8 } from "./bytes.ts";
import { PackedInts, writePacked } from "./kernel-packed.ts";
import { TEXT } from "./value-code.ts";

const RAW = 0;
const DECIMAL = 1;
const HALVES = 2;
const MIXED_TAGS = 255;
/** Fewer, or less, are not worth another form. */
const FEW = 32;
const SMALL = 512;
const DEFLATED_SHARE = 0.85;
const MAX_ALPHABET = 16;
const MAX_TRIES = 8;
/** The least that zlib takes. */
const MIN_CHUNK = 64;
/** More than this many times its input deflate never gives: a length that says so is wrong. */
const MAX_INFLATION = 1_032;

export interface Values {
  readonly bytes: Uint8Array;
  /** By value, where it begins and ends in `bytes`. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly count: number;
}

/** The numbers that all of these are in decimal; undefined where one is not, or not below 2^32. */
function decimals({ bytes, starts, ends, count }: Values): Uint32Array | undefined {
  const out = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const start = starts[i] ?? 0;
    const end = ends[i] ?? 0;
    const digits = end - start - 1;
    if (bytes[start] !== TEXT || digits < 1 || digits > 10 || (digits > 1 && bytes[start + 1] === 0x30))
      return undefined;
    let value = 0;
    for (let p = start + 1; p < end; p++) {
      const digit = (bytes[p] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) return undefined;
      value = value * 10 + digit;
    }
    if (value > 0xffffffff) return undefined;
    out[i] = value;
  }
  return out;
}

interface Halves {
  readonly template: Uint8Array;
  /** Places at which texts differ from the first. */
  readonly places: readonly number[];
  /** What stands there. */
  readonly alphabet: Uint8Array;
  readonly packed: Uint8Array;
}

/** Places at which these texts differ; undefined where one is no text, or of another length. */
function differing({ bytes, starts, ends }: Values, length: number, list: Iterable<number>): Set<number> | undefined {
  const first = (starts[0] ?? 0) + 1;
  const places = new Set<number>();
  for (const i of list) {
    const at = (starts[i] ?? 0) + 1;
    if (bytes[at - 1] !== TEXT || (ends[i] ?? 0) - at !== length) return undefined;
    for (let p = 0; p < length; p++) if (bytes[at + p] !== bytes[first + p]) places.add(p);
  }
  return places;
}

/** What a few texts have in common is taken for all; a text that has it not is looked at with them, and all begins anew. */
function halvesOf(values: Values): Halves | undefined {
  const { bytes, starts, ends, count } = values;
  const length = (ends[0] ?? 0) - (starts[0] ?? 0) - 1;
  if (length < 8 || length > 256) return undefined;
  const sample = new Set(Array.from({ length: FEW }, (_, i) => Math.floor((i * count) / FEW)));
  for (let tries = 0; tries <= MAX_TRIES; tries++) {
    const found = differing(values, length, sample);
    if (found === undefined) return undefined;
    const places = [...found].sort((a, b) => a - b);
    const template = bytes.slice((starts[0] ?? 0) + 1, ends[0] ?? 0);
    const packed = pack(values, template, places);
    if (packed === undefined) return undefined;
    if (typeof packed !== "number") return { template, places, ...packed };
    sample.add(packed);
  }
  return undefined;
}

type Packed = Pick<Halves, "alphabet" | "packed">;

/** The number of a text that does not fit the template; undefined: more than 16 characters stand at the places. */
function pack(
  { bytes, starts, ends, count }: Values,
  template: Uint8Array,
  places: readonly number[],
): Packed | number | undefined {
  const fixed = [...template.keys()].filter((place) => !places.includes(place));
  const half = new Uint8Array(256).fill(MIXED_TAGS);
  const alphabet: number[] = [];
  const packed = new Uint8Array(Math.ceil((count * places.length) / 2));
  let n = 0;
  for (let i = 0; i < count; i++) {
    const at = (starts[i] ?? 0) + 1;
    if (bytes[at - 1] !== TEXT || (ends[i] ?? 0) - at !== template.length) return undefined;
    for (const place of fixed) if (bytes[at + place] !== template[place]) return i;
    for (const place of places) {
      const byte = bytes[at + place] ?? 0;
      let code = half[byte] ?? 0;
      if (code === MIXED_TAGS) {
        if (alphabet.length === MAX_ALPHABET) return undefined;
        code = alphabet.push(byte) - 1;
        half[byte] = code;
      }
      packed[n >>> 1] = (packed[n >>> 1] ?? 0) | (code << ((n & 1) * 4));
      n += 1;
    }
  }
  return { alphabet: Uint8Array.from(alphabet), packed };
}

function writeHalves(sink: ByteSink, { template, places, alphabet, packed }: Halves): void {
  sink.block(template);
  sink.varint(places.length);
  for (const place of places) sink.varint(place);
  sink.block(alphabet);
  sink.block(packed);
}

function writeRaw(sink: ByteSink, { bytes, starts, ends, count }: Values): void {
  const lengths = new Uint32Array(count);
  const tags = new Uint8Array(count);
  let total = 0;
  let same = true;
  for (let i = 0; i < count; i++) {
    const at = starts[i] ?? 0;
    const length = (ends[i] ?? 0) - at - 1;
    lengths[i] = length;
    tags[i] = bytes[at] ?? 0;
    total += length;
    if (tags[i] !== tags[0]) same = false;
  }
  sink.u8(same ? (tags[0] ?? 0) : MIXED_TAGS);
  if (!same) sink.raw(tags);
  writePacked(sink, lengths, count);
  const payload = new Uint8Array(total);
  let to = 0;
  for (let i = 0; i < count; i++) {
    const end = ends[i] ?? 0;
    for (let p = (starts[i] ?? 0) + 1; p < end; p++, to++) payload[to] = bytes[p] ?? 0;
  }
  writeDeflated(sink, payload);
}

export function writeDeflated(sink: ByteSink, payload: Uint8Array): void {
  const small = payload.length < SMALL ? undefined : deflateRawSync(payload, { level: 1 });
  const deflated = small !== undefined && small.length < DEFLATED_SHARE * payload.length;
  sink.varint(deflated ? payload.length : 0);
  sink.block(deflated && small !== undefined ? small : payload);
}

export function readDeflated(source: ByteSource): Uint8Array {
  const length = source.varint();
  const bytes = source.block();
  if (length === 0) return bytes;
  // In one piece of a byte more, or another piece is made once it is full.
  const room = Math.min(length, MAX_INFLATION * bytes.length) + 1;
  return inflateRawSync(bytes, { maxOutputLength: length, chunkSize: Math.max(MIN_CHUNK, room) });
}

export function writeValues(sink: ByteSink, values: Values): void {
  const { count } = values;
  sink.varint(count);
  const numbers = count < 2 ? undefined : decimals(values);
  const halves = count < FEW || numbers !== undefined ? undefined : halvesOf(values);
  sink.u8(numbers !== undefined ? DECIMAL : halves !== undefined ? HALVES : RAW);
  if (numbers !== undefined) writePacked(sink, numbers, count);
  else if (halves !== undefined) writeHalves(sink, halves);
  else writeRaw(sink, values);
}

/** Gives each value as tag and payload. */
export interface ValueList {
  readonly count: number;
  at(i: number): Uint8Array;
  /** Where all of them are decimal texts: the number. */
  readonly number?: (i: number) => number;
  /** Of texts: by value, 1 where it begins and ends so; undefined where none does. */
  readonly withEnds?: (begin: Uint8Array, end: Uint8Array) => Uint8Array | undefined;
  weight(): number;
}

function decimalList(source: ByteSource, count: number): ValueList {
  const numbers = new PackedInts(source);
  return { count, at: (i) => utf8(`\0${numbers.at(i)}`), number: (i) => numbers.at(i), weight: () => numbers.weight() };
}

function halvesList(source: ByteSource, count: number): ValueList {
  const template = source.block();
  const places = Array.from({ length: source.varint() }, () => source.varint());
  const alphabet = source.block();
  const halves = source.block();
  const at = (i: number): Uint8Array => {
    const value = new Uint8Array(template.length + 1);
    value.set(template, 1);
    places.forEach((place, k) => {
      const n = i * places.length + k;
      value[place + 1] = alphabet[((halves[n >>> 1] ?? 0) >>> ((n & 1) * 4)) & 15] ?? 0;
    });
    return value;
  };
  return { count, at, weight: () => halves.length + 1024 };
}

function rawList(source: ByteSource, count: number): ValueList {
  const tag = source.u8();
  const tags = tag === MIXED_TAGS ? source.raw(count) : undefined;
  const lengths = new PackedInts(source).all();
  const payload = readDeflated(source);
  let starts: Uint32Array | undefined;
  const at = (i: number): Uint8Array => {
    starts ??= startsOf(lengths, count);
    const from = starts[i] ?? 0;
    const to = starts[i + 1] ?? from;
    const value = new Uint8Array(to - from + 1);
    value[0] = tags === undefined ? tag : (tags[i] ?? 0);
    value.set(payload.subarray(from, to), 1);
    return value;
  };
  const weight = (): number => payload.length + 8 * count + 256;
  if (tag !== TEXT) return { count, at, weight };
  return { count, at, weight, withEnds: (begin, end) => textsWithEnds(payload, lengths, count, { begin, end }) };
}

function startsOf(lengths: Uint32Array, count: number): Uint32Array {
  const starts = new Uint32Array(count + 1);
  for (let i = 0; i < count; i++) starts[i + 1] = (starts[i] ?? 0) + (lengths[i] ?? 0);
  return starts;
}

function stands(what: Uint8Array, payload: Uint8Array, at: number): boolean {
  for (let p = 0; p < what.length; p++) if (payload[at + p] !== what[p]) return false;
  return true;
}

function textsWithEnds(
  payload: Uint8Array,
  lengths: Uint32Array,
  count: number,
  { begin, end }: { readonly begin: Uint8Array; readonly end: Uint8Array },
): Uint8Array | undefined {
  const least = Math.max(begin.length, end.length);
  // The last byte tells most: texts of one column begin alike.
  const last = end.at(-1);
  let found: Uint8Array | undefined;
  for (let i = 0, to = 0; i < count; i++) {
    const length = lengths[i] ?? 0;
    const from = to;
    to += length;
    if (length < least || (last !== undefined && payload[to - 1] !== last)) continue;
    if (!stands(end, payload, to - end.length) || !stands(begin, payload, from)) continue;
    found ??= new Uint8Array(count);
    found[i] = 1;
  }
  return found;
}

export function readValues(source: ByteSource): ValueList {
  const count = source.varint();
  switch (source.u8()) {
    case DECIMAL:
      return decimalList(source, count);
    case HALVES:
      return halvesList(source, count);
    default:
      return rawList(source, count);
  }
}

/** For what is written by hand: a sink of its own. */
export function valuesOf(list: readonly Uint8Array[]): Values {
  const sink = new ByteSink();
  const starts = new Uint32Array(list.length);
  const ends = new Uint32Array(list.length);
  for (const [i, value] of list.entries()) {
    starts[i] = sink.length;
    sink.raw(value);
    ends[i] = sink.length;
  }
  return { bytes: sink.bytes, starts, ends, count: list.length };
}
