/**
 * Sides of calls ↔ bytes, for a process that reads spans to hand them to the one that pairs them. In: sides; out: a header,
 * the names that occur in them once each (JSON), and 72 bytes a side. Bytes that are not whole are refused as a whole.
 *
 * Header: version u32, length of the names u32, number of sides u32. A row: trace id 16, span id 8, parent 8 (zero: none),
 * end f64 and duration f64 (ms), own, peer, source and target of `through`, outcome: u32 each, index into the names
 * (ends: plus one, zero is none), role and shared (bit 7) u32. Integers are little endian.
 */
import { type Endpoint, MESHES, type Mesh, NODE_KINDS, PROTOCOLS } from "../../lib/model/identity.ts";
import type { SpanOutcome } from "../../lib/model/span-side.ts";
import {
  ID_WORDS,
  PARENT_WORD,
  SIDE_TIMES,
  type SideBatch,
  SideWriter,
  SPAN_WORD,
} from "../../lib/rollup/side-batch.ts";
import { type KnownEnd, type Reading, ROLES, sideBook } from "../../lib/rollup/side-book.ts";

const VERSION = 1;
const HEADER_BYTES = 12;
const ROW_BYTES = 72;
const SHARED = 128;
/** Names remembered between bodies; a flood of different ones is parsed anew. */
const MAX_KNOWN = 20_000;

type Told = Pick<SpanOutcome, "protocol" | "code" | "grpcStatus" | "flags" | "sampled">;

class Names {
  readonly list: string[] = [];
  private readonly known = new Map<string, number>();

  indexOf(text: string): number {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    this.known.set(text, this.list.length);
    return this.list.push(text) - 1;
  }
}

function outcomeText({ facts }: Reading): string {
  const { protocol, code, grpcStatus, flags, sampled } = facts;
  return JSON.stringify([protocol, code, grpcStatus, flags, sampled]);
}

/** The last 24 bytes of the rows of one reading. */
function tailOf(reading: Reading, ends: Names, outcomes: Names): Buffer {
  const tail = Buffer.allocUnsafe(24);
  const end = (known: KnownEnd | null): number => (known === null ? 0 : ends.indexOf(known.text) + 1);
  tail.writeUInt32LE(end(reading.own), 0);
  tail.writeUInt32LE(end(reading.peer), 4);
  tail.writeUInt32LE(end(reading.source), 8);
  tail.writeUInt32LE(end(reading.target), 12);
  tail.writeUInt32LE(outcomes.indexOf(outcomeText(reading)), 16);
  tail.writeUInt32LE(reading.role + (reading.shared ? SHARED : 0), 20);
  return tail;
}

/** All sides of some batches, one after another. */
export function encodeSides(batches: readonly SideBatch[]): Buffer {
  const [ends, outcomes] = [new Names(), new Names()];
  const tails = new Map<Reading, Buffer>();
  const count = batches.reduce((sum, { size }) => sum + size, 0);
  const rows = Buffer.alloc(count * ROW_BYTES);
  let at = 0;
  for (const { slab, from, size } of batches) {
    for (let place = from; place < from + size; place++) {
      const reading = slab.readings[place];
      if (reading === undefined) throw new Error("a side without a reading");
      for (let word = 0; word < ID_WORDS; word++)
        rows.writeUInt32BE(slab.ids[place * ID_WORDS + word] ?? 0, at + 4 * word);
      rows.writeDoubleLE(slab.times[place * SIDE_TIMES] ?? 0, at + 32);
      rows.writeDoubleLE(slab.times[place * SIDE_TIMES + 1] ?? 0, at + 40);
      const tail = tails.get(reading) ?? tailOf(reading, ends, outcomes);
      tails.set(reading, tail);
      tail.copy(rows, at + 48);
      at += ROW_BYTES;
    }
  }
  const names = Buffer.from(JSON.stringify([ends.list, outcomes.list]));
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(VERSION, 0);
  header.writeUInt32LE(names.length, 4);
  header.writeUInt32LE(count, 8);
  return Buffer.concat([header, names, rows]);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isText = (value: unknown): value is string => typeof value === "string";
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);
const meshOf = (value: unknown): Mesh | undefined => MESHES.find((mesh) => mesh === value);
/** JSON has no undefined: what was left out comes as null. */
const isTextOrNone = (value: unknown): value is string | null => value === null || isText(value);

function parseEndpoint(text: string): KnownEnd | undefined {
  const values = parsed(text);
  if (!Array.isArray(values) || values.length !== 10) return undefined;
  const [cluster, namespace, kindName, name, meshName, version, meshNames, service, app, reason]: unknown[] = values;
  const kind = NODE_KINDS.find((known) => known === kindName);
  const mesh = meshName === null ? null : meshOf(meshName);
  const meshes = Array.isArray(meshNames) ? meshNames.flatMap((value) => meshOf(value) ?? []) : null;
  if (!isText(cluster) || !isText(namespace) || !isText(name) || kind === undefined || mesh === undefined)
    return undefined;
  if (!isTextOrNone(version) || !isTextOrNone(service) || !isTextOrNone(app) || !isTextOrNone(reason)) return undefined;
  const end: Endpoint = {
    ...{ cluster, namespace, kind, name, mesh },
    ...(version === null ? {} : { version }),
    ...(meshes === null ? {} : { meshes }),
    ...(service === null ? {} : { service }),
    ...(app === null ? {} : { app }),
    ...(reason === null ? {} : { reason }),
  };
  return sideBook.end(end);
}

function parseOutcome(text: string): Told | undefined {
  const values = parsed(text);
  if (!Array.isArray(values) || values.length !== 5) return undefined;
  const [protocolName, code, grpcStatus, flags, sampled]: unknown[] = values;
  const protocol = PROTOCOLS.find((known) => known === protocolName);
  if (protocol === undefined || !isText(code) || !isText(grpcStatus) || !isTexts(flags)) return undefined;
  return sampled === null || typeof sampled === "number" ? { protocol, code, grpcStatus, flags, sampled } : undefined;
}

class Known<T> {
  private readonly byText = new Map<string, T>();
  private readonly parse: (text: string) => T | undefined;

  constructor(parse: (text: string) => T | undefined) {
    this.parse = parse;
  }

  all(texts: readonly string[]): readonly T[] | undefined {
    if (this.byText.size > MAX_KNOWN) this.byText.clear();
    const values: T[] = [];
    for (const text of texts) {
      const value = this.byText.get(text) ?? this.parse(text);
      if (value === undefined) return undefined;
      this.byText.set(text, value);
      values.push(value);
    }
    return values;
  }
}

interface Tables {
  readonly ends: readonly KnownEnd[];
  readonly outcomes: readonly Told[];
}

/** What the last 24 bytes of a row say. */
function readTail(rows: Buffer, at: number, { ends, outcomes }: Tables): Reading | undefined {
  const own = ends[rows.readUInt32LE(at) - 1];
  const peer = ends[rows.readUInt32LE(at + 4) - 1] ?? null;
  const [source, target] = [ends[rows.readUInt32LE(at + 8) - 1], ends[rows.readUInt32LE(at + 12) - 1]];
  const outcome = outcomes[rows.readUInt32LE(at + 16)];
  const roleAndShared = rows.readUInt32LE(at + 20);
  const role = ROLES[roleAndShared & (SHARED - 1)];
  if (own === undefined || outcome === undefined || role === undefined) return undefined;
  const through = source === undefined || target === undefined ? { source: null, target: null } : { source, target };
  return sideBook.readingOf({ ...outcome, role, shared: roleAndShared >= SHARED }, { own, peer, ...through });
}

const TAIL_WORDS = 6;

/** Readings of one message by the numbers that stand in its rows; those of rows side by side are few. */
class Tails {
  private readonly rows: Buffer;
  private readonly tables: Tables;
  private readonly known = new Map<number, { readonly at: number; readonly reading: Reading }[]>();

  constructor(rows: Buffer, tables: Tables) {
    this.rows = rows;
    this.tables = tables;
  }

  at(at: number): Reading | undefined {
    const { rows } = this;
    let hash = 0;
    for (let word = 0; word < TAIL_WORDS; word++) {
      hash = Math.imul(hash ^ rows.readInt32LE(at + 4 * word), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    const some = this.known.get(hash) ?? [];
    for (const one of some) {
      let word = 0;
      while (word < TAIL_WORDS && rows.readInt32LE(at + 4 * word) === rows.readInt32LE(one.at + 4 * word)) word++;
      if (word === TAIL_WORDS) return one.reading;
    }
    const reading = readTail(rows, at, this.tables);
    if (reading === undefined) return undefined;
    some.push({ at, reading });
    this.known.set(hash, some);
    return reading;
  }
}

/** Reads what `encodeSides` wrote; ends that it has met before are the same objects again. */
export class SideReader {
  private readonly ends = new Known(parseEndpoint);
  private readonly outcomes = new Known(parseOutcome);
  private readonly writer = new SideWriter();

  /** Undefined: the bytes are not a whole of this version. */
  read(bytes: Uint8Array): SideBatch | undefined {
    const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (all.length < HEADER_BYTES || all.readUInt32LE(0) !== VERSION) return undefined;
    const rowsAt = HEADER_BYTES + all.readUInt32LE(4);
    const count = all.readUInt32LE(8);
    if (rowsAt + count * ROW_BYTES !== all.length) return undefined;
    const names = parsed(all.toString("utf8", HEADER_BYTES, rowsAt));
    if (!Array.isArray(names) || !isTexts(names[0]) || !isTexts(names[1])) return undefined;
    const [ends, outcomes] = [this.ends.all(names[0]), this.outcomes.all(names[1])];
    if (ends === undefined || outcomes === undefined) return undefined;
    this.writer.begin();
    if (this.readRows(all, rowsAt, new Tails(all, { ends, outcomes }))) return this.writer.batch();
    this.writer.drop();
    return undefined;
  }

  private readRows(all: Buffer, rowsAt: number, tails: Tails): boolean {
    const { writer } = this;
    for (let at = rowsAt; at < all.length; at += ROW_BYTES) {
      const reading = tails.at(at + 48);
      if (reading === undefined) return false;
      writer.room();
      const { ids, times, readings } = writer.slab;
      const place = writer.end++;
      const first = place * ID_WORDS;
      for (let word = 0; word < ID_WORDS; word++) ids[first + word] = all.readUInt32BE(at + 4 * word);
      if (isZero(ids, first, SPAN_WORD) || isZero(ids, first + SPAN_WORD, PARENT_WORD - SPAN_WORD)) return false;
      times[place * SIDE_TIMES] = all.readDoubleLE(at + 32);
      times[place * SIDE_TIMES + 1] = all.readDoubleLE(at + 40);
      readings[place] = reading;
    }
    return true;
  }
}

function isZero(words: Uint32Array, from: number, count: number): boolean {
  for (let i = from; i < from + count; i++) if (words[i] !== 0) return false;
  return true;
}
