/**
 * The rows that calls from spans add to, found without making a text: ends are numbered, and an open-addressing table has a
 * row for two numbers and a protocol. In: an edge. Out: its row, and the columns of what was counted in it before.
 */
import type { EdgeRef, Endpoint } from "../model/identity.ts";
import type { MutableRow } from "./mutable-row.ts";

const NONE = -1;
const MAX_ROWS = 100_000;
const MAX_ENDS = 200_000;
const PROTOCOLS = { http: 0, grpc: 1, tcp: 2 } as const;

/** Parts end in a character that no name has but by malice, and then the same sender's edges meet in one. */
const nameOf = ({ cluster, namespace, kind, name, reason }: Endpoint): string =>
  `${cluster}\u0000${namespace}\u0000${kind}\u0000${name}\u0000${reason ?? ""}`;

/** One row as calls see it. */
export class SpanRow {
  readonly row: MutableRow;
  /** The first column of its latency, -1 where there is no room for it. */
  readonly firstBucket: number;
  /** Whose time it counts in; and the second in which that, and that the row was seen, was last said. */
  speaker = "";
  second = -1;
  private lastCode = "";
  private lastStatus = "";
  private lastColumn = -1;
  private readonly codes: string[] = [];
  private readonly statuses: string[] = [];
  private readonly columns: number[] = [];

  constructor(row: MutableRow, firstBucket: number) {
    this.row = row;
    this.firstBucket = firstBucket;
  }

  classColumn(code: string, grpcStatus: string): number {
    if (this.lastCode === code && this.lastStatus === grpcStatus && this.lastColumn >= 0) return this.lastColumn;
    this.lastCode = code;
    this.lastStatus = grpcStatus;
    this.lastColumn = this.findColumn(code, grpcStatus);
    return this.lastColumn;
  }

  private findColumn(code: string, grpcStatus: string): number {
    const { codes, statuses, columns } = this;
    for (let i = 0; i < codes.length; i++) if (codes[i] === code && statuses[i] === grpcStatus) return columns[i] ?? 0;
    const column = this.row.class(code, grpcStatus);
    if (codes.length < 32) {
      codes.push(code);
      statuses.push(grpcStatus);
      columns.push(column);
    }
    return column;
  }
}

export class SpanRows {
  private byEnd = new WeakMap<Endpoint, number>();
  private readonly numbers = new Map<string, number>();
  private sources = new Int32Array(256);
  private targets = new Int32Array(256);
  private slots = new Int32Array(512).fill(NONE);
  private readonly rows: SpanRow[] = [];
  private readonly make: (edge: EdgeRef, nowMs: number) => SpanRow;

  constructor(make: (edge: EdgeRef, nowMs: number) => SpanRow) {
    this.make = make;
  }

  of(edge: EdgeRef, nowMs: number): SpanRow {
    if (this.numbers.size + 2 > MAX_ENDS || this.rows.length >= MAX_ROWS) this.clear();
    const source = this.numberOf(edge.source) * 4 + PROTOCOLS[edge.protocol];
    const target = this.numberOf(edge.target);
    const at = this.find(source, target);
    const known = this.slots[at] ?? NONE;
    const row = known === NONE ? undefined : this.rows[known];
    if (row !== undefined && !row.row.dead) return row;
    const made = this.make(edge, nowMs);
    if (row !== undefined) this.rows[known] = made;
    else this.add(source, target, made);
    return made;
  }

  private numberOf(end: Endpoint): number {
    const known = this.byEnd.get(end);
    if (known !== undefined) return known;
    const name = nameOf(end);
    const number = this.numbers.get(name) ?? this.numbers.size;
    this.numbers.set(name, number);
    this.byEnd.set(end, number);
    return number;
  }

  private find(source: number, target: number): number {
    const mask = this.slots.length - 1;
    const hash = Math.imul(source, 0x9e3779b1) ^ Math.imul(target, 0x85ebca6b);
    let at = (hash ^ (hash >>> 15)) & mask;
    for (; ; at = (at + 1) & mask) {
      const row = this.slots[at] ?? NONE;
      if (row === NONE || (this.sources[row] === source && this.targets[row] === target)) return at;
    }
  }

  private add(source: number, target: number, made: SpanRow): void {
    if ((this.rows.length + 1) * 2 > this.slots.length) this.grow();
    const row = this.rows.push(made) - 1;
    this.sources[row] = source;
    this.targets[row] = target;
    this.slots[this.find(source, target)] = row;
  }

  private grow(): void {
    const { sources, targets } = this;
    const size = this.slots.length;
    this.sources = new Int32Array(size);
    this.targets = new Int32Array(size);
    this.sources.set(sources);
    this.targets.set(targets);
    this.slots = new Int32Array(size * 2).fill(NONE);
    for (let row = 0; row < this.rows.length; row++) {
      this.slots[this.find(this.sources[row] ?? 0, this.targets[row] ?? 0)] = row;
    }
  }

  /** Too many: they are found again as they come. */
  private clear(): void {
    this.byEnd = new WeakMap();
    this.numbers.clear();
    this.rows.length = 0;
    this.slots.fill(NONE);
  }
}
