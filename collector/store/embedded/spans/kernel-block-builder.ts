/**
 * A block that is being filled: spans in, columns out (block-encode.ts writes them). In: OTLP columns, whose attributes are
 * taken as bytes and never made into objects where they are plain, or canonical spans; both give the same. A span that
 * `decodeSpans` would leave out is left out. Times are Unix ns in two words. Not handled here: what is durable, ids of
 * batches, duplicates (reads drop them).
 */
import type { Attributes, Span } from "../../../../lib/model/span.ts";
import { SPAN_KINDS } from "../../../../lib/model/span.ts";
import { textOf } from "../../../../lib/wire/otlp/wire-text.ts";
import { ByteSink, textOfUtf8, utf8 } from "./bytes.ts";
import { grown, Heap, isAscii, KeyColumn, ShapeNode } from "./kernel-heap.ts";
import { EXTRAS, INT, TEXT, TRUE, writeAttributes, writeExtra, writeValue } from "./value-code.ts";

/** Words of a row. */
export const ROW_WORDS = 10;
export const ROW_TRACE = 0;
export const ROW_SPAN_ID = 1;
export const ROW_PARENT = 3;
/** Low word, then high. */
export const ROW_START = 5;
export const ROW_DURATION = 7;
export const ROW_COMBO = 9;

/** What many spans of a block share, each once. */
export const COMBO_WORDS = 7;
export const COMBO_FIELDS = ["resource", "scope", "service", "operation", "kind", "status", "shape"] as const;

const SHARED_EXTRA = EXTRAS.indexOf("shared");
const STATUSES: readonly Span["status"][] = ["unset", "ok", "error"];
/** Values of a column that has no more of them are worth predicting. */
const FEW = 64;

/** Room that a block leaves to the next. */
const SPARE_BYTES = 8 * 1024 ** 2;

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

function traceHash(a: number, b: number, c: number, d: number): number {
  let hash = Math.imul(a ^ (b >>> 3), 0xc2b2ae35) ^ c;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) ^ d;
  hash = Math.imul(hash ^ (hash >>> 13), 0x9e3779b1);
  return hash ^ (hash >>> 15);
}

export class BlockBuilder {
  rows = 0;
  words = new Uint32Array(ROW_WORDS * 1024);
  traces = 0;
  /** Four words each, big-endian order. */
  traceWords = new Uint32Array(4 * 256);
  combos = 0;
  comboWords = new Uint32Array(COMBO_WORDS * 64);
  readonly heap = new Heap(1 << 16);
  keys: KeyColumn[] = [];
  shapes: (readonly KeyColumn[])[] = [];
  strings: string[] = [];
  /** Encoded; an index is an id. */
  resources: Uint8Array[] = [];
  scopes: (Span["scope"] | null)[] = [];
  private traceSlots = new Int32Array(1024).fill(-1);
  private readonly comboAtHand = new Uint32Array(COMBO_WORDS);
  private comboSlots = new Int32Array(256).fill(-1);
  private readonly keyIds = new Map<string, KeyColumn>();
  private extraColumns: (KeyColumn | undefined)[] = [];
  /** Columns of blocks before, with their room. */
  private readonly spare: KeyColumn[] = [];
  private readonly stringIds = new Map<string, number>();
  /** By the bytes in which a body had it. */
  readonly resourceByBytes = new Map<string, number>();
  private readonly resourceIds = new Map<string, number>();
  private resourceOf = new WeakMap<Attributes, number>();
  private readonly scopeIds = new Map<string, number>();
  private root = new ShapeNode(null, null);
  private readonly scratch = new ByteSink();
  private scratchView = new DataView(this.scratch.bytes.buffer);
  private nodes = 0;
  /** The span at hand: where it stands, and the entries of its keys. */
  private node = this.root;
  private entries = new Uint32Array(64);
  private taken = 0;

  /** Bytes held, roughly; keys and orders of keys cost more than they hold. */
  weight(): number {
    return this.heap.length + this.rows * ROW_WORDS * 4 + this.nodes * 400 + this.keys.length * 1024;
  }

  /** Empty again; what it has room for stays, as far as the next block is likely to need it. */
  reset(): void {
    let room = 0;
    for (const column of this.keys) {
      room += column.room();
      if (room < SPARE_BYTES) this.spare.push(column);
    }
    if (this.words.byteLength > SPARE_BYTES) this.words = new Uint32Array(ROW_WORDS * 1024);
    if (this.heap.bytes.length > SPARE_BYTES) this.heap.shrink(1 << 16);
    this.heap.length = 0;
    [this.rows, this.traces, this.combos, this.nodes] = [0, 0, 0, 0];
    [this.keys, this.shapes, this.strings, this.resources, this.scopes, this.extraColumns] = [[], [], [], [], [], []];
    for (const map of [this.keyIds, this.stringIds, this.resourceByBytes, this.resourceIds, this.scopeIds]) map.clear();
    this.resourceOf = new WeakMap();
    this.traceSlots.fill(-1);
    this.comboSlots.fill(-1);
    this.root = new ShapeNode(null, null);
  }

  /** Service and operation of every combination. */
  *names(): Generator<readonly [string, string]> {
    for (let at = 0; at < this.combos * COMBO_WORDS; at += COMBO_WORDS) {
      yield [this.strings[this.comboWords[at + 2] ?? 0] ?? "", this.strings[this.comboWords[at + 3] ?? 0] ?? ""];
    }
  }

  string(text: string): number {
    const known = this.stringIds.get(text);
    if (known !== undefined) return known;
    this.stringIds.set(text, this.strings.length);
    return this.strings.push(text) - 1;
  }

  scope(scope: Span["scope"] | null): number {
    const key = scope === undefined || scope === null ? "" : `${scope.name.length} ${scope.name}${scope.version}`;
    const known = this.scopeIds.get(key);
    if (known !== undefined) return known;
    this.scopeIds.set(key, this.scopes.length);
    return this.scopes.push(scope ?? null) - 1;
  }

  resource(attributes: Attributes): number {
    const seen = this.resourceOf.get(attributes);
    if (seen !== undefined) return seen;
    this.scratch.reset();
    writeAttributes(this.scratch, attributes);
    const key = latin1(this.scratch.written());
    let id = this.resourceIds.get(key);
    if (id === undefined) {
      id = this.resources.push(this.scratch.copy()) - 1;
      this.resourceIds.set(key, id);
    }
    this.resourceOf.set(attributes, id);
    return id;
  }

  private column(name: string): KeyColumn {
    const known = this.keyIds.get(name);
    if (known !== undefined) return known;
    const made = this.newColumn(name, -1);
    this.keyIds.set(name, made);
    return made;
  }

  private newColumn(name: string, extra: number): KeyColumn {
    const made = this.spare.pop() ?? new KeyColumn();
    made.reset(this.keys.length, name, extra);
    this.keys.push(made);
    return made;
  }

  private extraColumn(extra: number): KeyColumn {
    const known = this.extraColumns[extra];
    if (known !== undefined) return known;
    const made = this.newColumn(EXTRAS[extra] ?? "", extra);
    this.extraColumns[extra] = made;
    return made;
  }

  begin(): void {
    this.node = this.root;
    this.taken = 0;
  }

  private step(column: KeyColumn, entry: number): ShapeNode {
    let next = this.node.child(column);
    if (next === undefined) {
      next = this.node.grow(column);
      this.nodes += 1;
    }
    this.node.hint = next;
    this.node = next;
    this.take(entry);
    return next;
  }

  private take(entry: number): void {
    this.entries = grown(this.entries, this.taken + 1);
    this.entries[this.taken] = entry;
    this.taken += 1;
  }

  /** An attribute as a KeyValue's bytes. False: it is not a plain one, or not the first of its key, and nothing is known of it. */
  attribute(bytes: Uint8Array, view: DataView, from: number, to: number): boolean {
    const guess = this.node.hint;
    const length = to - from;
    if (guess !== null && guess.rawLength > 0) {
      const mayBeSame = length === guess.rawLength && guess.column?.plain === false;
      if (mayBeSame && this.heap.equal(guess.rawAt, view, from, length)) {
        this.node = guess;
        this.take(guess.entry);
        return !guess.repeats;
      }
      const common = length < guess.keyLength ? 0 : this.heap.common(guess.rawAt, view, from, guess.keyLength);
      // The key is the same, with its length and what precedes it.
      if (common >= guess.keyLength && guess.column !== null) {
        const entry = this.valueEntry(guess.column, bytes, view, from, to);
        if (entry < 0) return false;
        this.node = guess;
        this.take(entry);
        this.remember(guess, entry, view, from, to);
        return !guess.repeats;
      }
    }
    const keyLength = bytes[from + 1] ?? 0x80;
    if (length < 4 || bytes[from] !== 0x0a || keyLength > 0x7f || keyLength + 2 > length) return false;
    const column = this.column(textOf(bytes, from + 2, from + 2 + keyLength));
    const entry = this.valueEntry(column, bytes, view, from, to);
    if (entry < 0) return false;
    const node = this.step(column, entry);
    this.remember(node, entry, view, from, to);
    return !node.repeats;
  }

  /** What has few values is predicted from the last one; of the rest it is enough to know the key. */
  private remember(node: ShapeNode, entry: number, view: DataView, from: number, to: number): void {
    if (node.rawLength > 0 && (node.column?.entries ?? 0) > FEW) return;
    node.remember(this.heap, view, from, to, view.getUint8(from + 1) + 2);
    node.entry = entry;
  }

  /** KeyValue with a key of under 128 bytes: the entry of its value, `12 n 0a n-2 text` or `12 n 18 varint`; −1: it is neither. */
  private valueEntry(column: KeyColumn, bytes: Uint8Array, view: DataView, from: number, to: number): number {
    const value = from + (bytes[from + 1] ?? 0) + 2;
    if (to - value < 4 || bytes[value] !== 0x12) return -1;
    let at = value + 2;
    let length = bytes[value + 1] ?? 0;
    if (length > 0x7f) {
      if ((bytes[at] ?? 0x80) > 0x7f) return -1;
      length = (length & 0x7f) | ((bytes[at] ?? 0) << 7);
      at += 1;
    }
    if (at + length !== to) return -1;
    if (bytes[at] === 0x0a) return this.textEntry(column, bytes, view, at + 1, to);
    return bytes[at] === 0x18 ? this.intEntry(column, bytes, at + 1, to) : -1;
  }

  /** Length, then text to the end. */
  private textEntry(column: KeyColumn, bytes: Uint8Array, view: DataView, at: number, to: number): number {
    let start = at + 1;
    let length = bytes[at] ?? 0;
    if (length > 0x7f) {
      if (start >= to || (bytes[start] ?? 0x80) > 0x7f) return -1;
      length = (length & 0x7f) | ((bytes[start] ?? 0) << 7);
      start += 1;
    }
    if (start + length !== to) return -1;
    const found = column.find(this.heap, TEXT, view, start, to);
    if (found >= 0) return found;
    if (isAscii(view, start, to)) return column.add(this.heap, TEXT, view, start, to);
    // Bytes that are not UTF-8 are kept as the text that reads make of them.
    return this.entry(column, TEXT, utf8(textOfUtf8(bytes.subarray(start, to))));
  }

  /** A varint of at most four bytes: from 0 to 2^28. */
  private intEntry(column: KeyColumn, bytes: Uint8Array, from: number, to: number): number {
    let value = 0;
    for (let i = from; i < to; i++) {
      const byte = bytes[i] ?? 0;
      if (i - from > 3 || byte < 0x80 !== (i === to - 1)) return -1;
      value |= (byte & 0x7f) << (7 * (i - from));
    }
    this.scratch.reset();
    this.scratch.varint(value);
    return this.scratchEntry(column, INT, 0);
  }

  /** The entry of what stands in scratch from `from` on. */
  private scratchEntry(column: KeyColumn, tag: number, from: number): number {
    if (this.scratchView.buffer !== this.scratch.bytes.buffer)
      this.scratchView = new DataView(this.scratch.bytes.buffer);
    const { heap, scratchView: view } = this;
    const found = column.find(heap, tag, view, from, this.scratch.length);
    return found >= 0 ? found : column.add(heap, tag, view, from, this.scratch.length);
  }

  private entry(column: KeyColumn, tag: number, bytes: Uint8Array): number {
    this.scratch.reset();
    this.scratch.raw(bytes);
    return this.scratchEntry(column, tag, 0);
  }

  private attributes(attributes: Attributes): void {
    for (const [key, value] of attributes) {
      const column = this.column(key);
      this.scratch.reset();
      writeValue(this.scratch, value);
      this.step(column, this.scratchEntry(column, this.scratch.bytes[0] ?? 0, 1));
    }
  }

  private extras(span: Span): void {
    EXTRAS.forEach((extra, i) => {
      this.scratch.reset();
      if (!writeExtra(this.scratch, extra, span)) return;
      const column = this.extraColumn(i);
      this.step(column, this.scratchEntry(column, this.scratch.bytes[0] ?? 0, 1));
    });
  }

  /** The span at hand is the server's half of its id. */
  shared(): void {
    this.scratch.reset();
    this.scratch.u8(TRUE);
    const column = this.extraColumn(SHARED_EXTRA);
    this.step(column, this.scratchEntry(column, TRUE, 1));
  }

  add(span: Span): void {
    this.begin();
    this.attributes(span.attributes);
    this.extras(span);
    const resource = this.resource(span.resource);
    const service = this.string(span.service);
    const operation = this.string(span.operation);
    const status = STATUSES.indexOf(span.status);
    const kind = SPAN_KINDS.indexOf(span.kind);
    const combo = this.combo(resource, this.scope(span.scope), service, operation, kind * 4 + status);
    const at = this.row(combo);
    const word = (text: string, i: number): number => Number.parseInt(text.slice(i * 8, i * 8 + 8), 16);
    const { traceId, spanId, parentSpanId, startNs, durationNs } = span;
    this.words[at + ROW_TRACE] = this.trace(word(traceId, 0), word(traceId, 1), word(traceId, 2), word(traceId, 3));
    for (const [i, id] of [spanId, parentSpanId ?? "0000000000000000"].entries()) {
      this.words[at + ROW_SPAN_ID + 2 * i] = word(id, 0);
      this.words[at + ROW_SPAN_ID + 2 * i + 1] = word(id, 1);
    }
    for (const [i, ns] of [startNs, durationNs].entries()) {
      const whole = BigInt.asUintN(64, ns);
      this.words[at + ROW_START + 2 * i] = Number(whole & 0xffffffffn);
      this.words[at + ROW_START + 2 * i + 1] = Number(whole >> 32n);
    }
  }

  /** What the span at hand shares with others; `kindStatus` is kind × 4 + status. */
  combo(resource: number, scope: number, service: number, operation: number, kindStatus: number): number {
    const { node } = this;
    if (node.shape < 0) node.shape = this.newShape(node);
    const fields = this.comboAtHand;
    fields[0] = resource;
    fields[1] = scope;
    fields[2] = service;
    fields[3] = operation;
    fields[4] = kindStatus >>> 2;
    fields[5] = kindStatus & 3;
    fields[6] = node.shape;
    if (this.isCombo(node.combo)) return node.combo;
    let hash = 0;
    for (let i = 0; i < COMBO_WORDS; i++) hash = Math.imul((hash ^ (fields[i] ?? 0)) + i, 0x9e3779b1) ^ (hash >>> 13);
    const mask = this.comboSlots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (let probe = 0; probe < 32; probe++, slot = (slot + 1) & mask) {
      const known = this.comboSlots[slot] ?? -1;
      if (known < 0) break;
      if (!this.isCombo(known)) continue;
      node.combo = known;
      return known;
    }
    node.combo = this.newCombo(slot);
    return node.combo;
  }

  private isCombo(id: number): boolean {
    if (id < 0) return false;
    const { comboWords, comboAtHand } = this;
    const base = id * COMBO_WORDS;
    for (let i = 0; i < COMBO_WORDS; i++) if (comboWords[base + i] !== comboAtHand[i]) return false;
    return true;
  }

  private newShape(node: ShapeNode): number {
    const columns: KeyColumn[] = [];
    for (let at: ShapeNode | null = node; at !== null; at = at.parent) if (at.column !== null) columns.push(at.column);
    return this.shapes.push(columns.reverse()) - 1;
  }

  /** Past a quarter full the table is made anew, larger; a slot that is taken already loses its combo, which is then made twice. */
  private newCombo(slot: number): number {
    const id = this.combos;
    this.comboWords = grown(this.comboWords, (id + 1) * COMBO_WORDS);
    this.comboWords.set(this.comboAtHand, id * COMBO_WORDS);
    this.combos = id + 1;
    if (id * 4 > this.comboSlots.length) this.comboSlots = new Int32Array(this.comboSlots.length * 4).fill(-1);
    else this.comboSlots[slot] = id;
    return id;
  }

  /** A new row for the span at hand, whose values are taken over: where its words begin. */
  row(combo: number): number {
    let at = this.taken;
    for (let node: ShapeNode | null = this.node; node !== null && at > 0; node = node.parent) {
      at -= 1;
      node.column?.push(this.entries[at] ?? 0);
    }
    const base = this.rows * ROW_WORDS;
    this.words = grown(this.words, base + ROW_WORDS);
    this.words[base + ROW_COMBO] = combo;
    this.rows += 1;
    return base;
  }

  /** The number of this trace in the block. */
  trace(a: number, b: number, c: number, d: number): number {
    const words = this.traceWords;
    if (this.rows > 1) {
      const last = this.words[(this.rows - 2) * ROW_WORDS + ROW_TRACE] ?? 0;
      const at = last * 4;
      if (words[at + 3] === d && words[at + 2] === c && words[at + 1] === b && words[at] === a) return last;
    }
    const mask = this.traceSlots.length - 1;
    const hash = traceHash(a, b, c, d);
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const known = this.traceSlots[slot] ?? -1;
      if (known < 0) return this.newTrace(slot, [a, b, c, d]);
      const at = known * 4;
      if (words[at + 3] === d && words[at + 2] === c && words[at + 1] === b && words[at] === a) return known;
    }
  }

  private newTrace(slot: number, ids: readonly number[]): number {
    const id = this.traces;
    this.traceWords = grown(this.traceWords, (id + 1) * 4);
    this.traceWords.set(ids, id * 4);
    this.traceSlots[slot] = id;
    this.traces = id + 1;
    if (this.traces * 2 > this.traceSlots.length) this.rehashTraces();
    return id;
  }

  private rehashTraces(): void {
    this.traceSlots = new Int32Array(this.traceSlots.length * 2).fill(-1);
    const mask = this.traceSlots.length - 1;
    for (let id = 0; id < this.traces; id++) {
      const [a = 0, b = 0, c = 0, d = 0] = this.traceWords.subarray(id * 4, id * 4 + 4);
      let slot = traceHash(a, b, c, d) & mask;
      while ((this.traceSlots[slot] ?? -1) >= 0) slot = (slot + 1) & mask;
      this.traceSlots[slot] = id;
    }
  }
}
