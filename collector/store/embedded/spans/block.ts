/**
 * A block as reads see it. In: a source of its bytes, a file's or memory's. Out: its head, and each column when somebody
 * asks for it; what was read is kept in caches that all blocks share. A checksum that does not hold throws BlockDamaged:
 * whoever reads many blocks leaves that one out and counts it.
 */
import { crc32 } from "node:zlib";
import type { Attributes } from "../../../../lib/model/span.ts";
import { type BlockHead, type ColumnName, FRAME_BYTES, type Place, parseHead, readFrame } from "./block-head.ts";
import {
  type BlockCaches,
  BlockDamaged,
  type BlockSource,
  type Combos,
  type KeyValues,
  type OpenHead,
  type Ranks,
} from "./block-parts.ts";
import { ByteSource } from "./bytes.ts";
import { COMBO_FIELDS } from "./kernel-block-builder.ts";
import { PackedInts } from "./kernel-packed.ts";
import { readDeflated, readValues } from "./kernel-value-list.ts";
import { TraceRows } from "./trace-rows.ts";
import { readAttributes } from "./value-code.ts";
import { LINE_BYTES, lineHas, lineOf } from "./value-filter.ts";

/** Rows between two places at which the spans of each shape so far are written down. */
const RANK_ROWS = 256;
/** Asked for more of its traces, a block finds the rows of all of them once. */
const FEW_TRACES = 12;

export class Block {
  readonly source: BlockSource;
  private readonly caches: BlockCaches;
  private opened: OpenHead | undefined;
  private readonly own = new Map<string, unknown>();

  constructor(source: BlockSource, caches: BlockCaches) {
    this.source = source;
    this.caches = caches;
  }

  /** What this object has used so far is found without asking the caches, until it is released. */
  release(): void {
    this.opened = undefined;
    this.own.clear();
  }

  open(): OpenHead {
    this.opened ??= this.load();
    return this.opened;
  }

  private load(): OpenHead {
    const known = this.caches.heads.get(this.source.key);
    if (known !== undefined) return known;
    const frame = readFrame(this.source.read(0, FRAME_BYTES));
    if (frame === undefined) throw new BlockDamaged("frame");
    const bytes = this.source.read(FRAME_BYTES, frame.headLength);
    const head = crc32(bytes) === frame.headSum ? parseHead(bytes) : undefined;
    if (head === undefined) throw new BlockDamaged("head");
    const bodyAt = FRAME_BYTES + frame.headLength;
    const { strings, ...rest } = head;
    const source = this.bytes(bodyAt, head.columns["combos"]);
    const combos = combosOf(source, head);
    const table = this.caches.table();
    const opened: OpenHead = {
      ...{ head: rest, strings: table.intern(strings), table, bodyAt, combos },
      startNs: BigInt(head.startNs),
      lastStartNs: BigInt(head.lastStartNs),
      endNs: BigInt(head.endNs),
      keyOf: new Map(head.keys.flatMap(([name, extra], i) => (extra < 0 ? [[name, i] as const] : []))),
    };
    const weight =
      4096 + source.bytes.length + 4 * strings.length + 300 * head.keys.length + 16 * head.shapes.flat().length;
    this.caches.heads.set(this.source.key, opened, weight);
    return opened;
  }

  /** Of a service or an operation by its number in the block. */
  string(i: number): string {
    const { table, strings } = this.open();
    return table.text(strings[i]);
  }

  /** By number in the block, 1 where it is one of these. */
  stringsAmong(list: readonly string[]): Uint8Array {
    const { table, strings } = this.open();
    const wanted = new Set(list.flatMap((text) => table.idOf(text) ?? []));
    return Uint8Array.from(strings, (id) => (wanted.has(id) ? 1 : 0));
  }

  private bytes(bodyAt: number, place: Place | undefined): ByteSource {
    if (place === undefined) throw new BlockDamaged("column");
    const [offset, length, sum] = place;
    const bytes = this.source.read(bodyAt + offset, length);
    if (bytes.length !== length || crc32(bytes) !== sum) throw new BlockDamaged("column");
    return new ByteSource(bytes);
  }

  /** Kept by `isKept`, which tells what the cache holds under a name from anything else. */
  private cached<T>(name: string, isKept: (value: unknown) => value is T, load: () => [T, number]): T {
    const own = this.own.get(name);
    if (own !== undefined && isKept(own)) return own;
    const key = `${this.source.key}/${name}`;
    const known = this.caches.columns.get(key);
    if (known !== undefined && isKept(known)) {
      this.own.set(name, known);
      return known;
    }
    const [value, weight] = load();
    this.own.set(name, value);
    this.caches.columns.set(key, value, weight);
    return value;
  }

  private packed(name: ColumnName, parts: number): readonly PackedInts[] {
    return this.cached(name, isPacked, () => {
      const { head, bodyAt } = this.open();
      const source = this.bytes(bodyAt, head.columns[name]);
      return [Array.from({ length: parts }, () => new PackedInts(source)), source.bytes.length + 256];
    });
  }

  /** One column; all that it holds is of this block's rows. */
  one(name: "trace" | "combo"): PackedInts {
    const [found] = this.packed(name, 1);
    if (found === undefined) throw new BlockDamaged(name);
    return found;
  }

  /** Two words a row: ids and parents high first, starts and durations low first. */
  pair(name: "ids" | "parents" | "start" | "duration"): readonly [PackedInts, PackedInts] {
    const [first, second] = this.packed(name, 2);
    if (first === undefined || second === undefined) throw new BlockDamaged(name);
    return [first, second];
  }

  /** Four words a trace. */
  traces(): readonly PackedInts[] {
    return this.packed("traces", 4);
  }

  resources(): readonly Attributes[] {
    return this.cached("resources", isAttributes, () => {
      const { head, bodyAt } = this.open();
      const source = new ByteSource(readDeflated(this.bytes(bodyAt, head.columns["resources"])));
      const list = Array.from({ length: source.varint() }, () => readAttributes(new ByteSource(source.block())));
      return [list, source.bytes.length * 4 + 256];
    });
  }

  key(index: number): KeyValues {
    return this.cached(`k${index}`, isKeyValues, () => {
      const { head, bodyAt } = this.open();
      const source = this.bytes(bodyAt, head.keys[index]?.[4]);
      const plain = source.u8() === 1;
      const values = readValues(source);
      const ids = plain ? undefined : new PackedInts(source);
      return [{ values, ids }, source.bytes.length + values.weight()];
    });
  }

  /** Whether so many traces were asked for that knowing the rows of all of them pays. */
  isAskedOften(): boolean {
    const asked = this.caches.asked(this.source.key);
    return asked > FEW_TRACES;
  }

  traceRows(): TraceRows {
    return this.cached("rows", isTraceRows, () => {
      const rows = new TraceRows(this);
      return [rows, rows.weight()];
    });
  }

  /** Spans of each shape before every 256th row. */
  ranks(): Ranks {
    return this.cached("ranks", isRanks, () => {
      const { head, combos } = this.open();
      const shapes = head.shapes.length;
      const combo = this.one("combo");
      const counts = new Uint32Array(shapes * Math.ceil(head.rows / RANK_ROWS));
      const now = new Uint32Array(shapes);
      for (let row = 0; row < head.rows; row++) {
        if (row % RANK_ROWS === 0) counts.set(now, (row / RANK_ROWS) * shapes);
        const shape = combos.fields.shape.at(combo.at(row));
        now[shape] = (now[shape] ?? 0) + 1;
      }
      return [{ shapes, counts }, counts.byteLength + 64];
    });
  }

  /** Spans of each shape before this row. */
  shapesBefore(row: number): Uint32Array {
    const { combos } = this.open();
    const { shapes, counts } = this.ranks();
    const from = Math.floor(row / RANK_ROWS);
    const now = counts.slice(from * shapes, (from + 1) * shapes);
    const combo = this.one("combo");
    for (let i = from * RANK_ROWS; i < row; i++) {
      const shape = combos.fields.shape.at(combo.at(i));
      now[shape] = (now[shape] ?? 0) + 1;
    }
    return now;
  }

  /** False: no span of the block has a value with this hash. A line that is damaged says nothing. */
  mayHold(hash: number): boolean {
    const { head, bodyAt } = this.open();
    const [offset, length] = head.columns["filter"] ?? [0, 0];
    const lines = Math.floor(length / LINE_BYTES);
    if (lines === 0) return true;
    const line = this.source.read(bodyAt + offset + lineOf(hash, lines) * LINE_BYTES, LINE_BYTES);
    return lineHas(line, hash) ?? true;
  }

  /** Ids of the batches in it, with when they were received. */
  batches(): ReadonlyMap<string, number> {
    const { head, bodyAt } = this.open();
    const text = new TextDecoder().decode(readDeflated(this.bytes(bodyAt, head.columns["batches"])));
    const parsed: unknown = JSON.parse(text);
    const found = new Map<string, number>();
    for (const pair of Array.isArray(parsed) ? parsed : []) {
      if (Array.isArray(pair)) found.set(String(pair[0]), Number(pair[1]));
    }
    return found;
  }
}

function isPacked(value: unknown): value is readonly PackedInts[] {
  return Array.isArray(value) && value[0] instanceof PackedInts;
}

function isAttributes(value: unknown): value is readonly Attributes[] {
  return Array.isArray(value) && (value.length === 0 || value[0] instanceof Map);
}

function isKeyValues(value: unknown): value is KeyValues {
  return typeof value === "object" && value !== null && "values" in value && "ids" in value;
}

function isTraceRows(value: unknown): value is TraceRows {
  return value instanceof TraceRows;
}

function isRanks(value: unknown): value is Ranks {
  return typeof value === "object" && value !== null && "counts" in value && "shapes" in value;
}

function combosOf(source: ByteSource, head: BlockHead): Combos {
  const packed = (): PackedInts => new PackedInts(source);
  const [resource, scope, service, operation, kind, status, shape] = COMBO_FIELDS.map(packed);
  // The spans of each are not asked for.
  packed();
  const [least, most] = [packed(), packed()];
  const all = [resource, scope, service, operation, kind, status, shape];
  if (resource === undefined || scope === undefined || service === undefined || operation === undefined)
    throw new BlockDamaged("combos");
  if (kind === undefined || status === undefined || shape === undefined) throw new BlockDamaged("combos");
  const { count } = shape;
  if (all.some((field) => field?.count !== count) || (count === 0) !== (head.rows === 0))
    throw new BlockDamaged("combos");
  return { count, fields: { resource, scope, service, operation, kind, status, shape }, least, most };
}
