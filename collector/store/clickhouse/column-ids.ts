/**
 * What a number of the rollup counts, under an id that is the same in every process and every collector: rows have their
 * columns in the order in which their first traffic came, so that a place in a row says nothing to anybody else. In: rows;
 * out: ids (64 bits of SHA-1, as decimal text) with their meanings, and columns again.
 */
import { createHash } from "node:crypto";
import type { Column, LatencyScheme, RollupRow } from "../../../lib/model/rollup-row.ts";

/** A column on its own: where it counts latency, with the scheme that it belongs to. */
export interface Meaning {
  readonly column: Column;
  readonly scheme?: LatencyScheme;
}

export function id64(text: string): string {
  return String(createHash("sha1").update(text).digest().readBigUInt64BE());
}

function meaningOf(column: Column, schemes: readonly LatencyScheme[]): Meaning {
  if (column.kind !== "bucket" && column.kind !== "latencySum") return { column };
  const scheme = schemes[column.scheme];
  return scheme === undefined
    ? { column }
    : { column: { ...column, scheme: 0 }, scheme: { of: scheme.of, bounds: scheme.bounds } };
}

/** One spelling, whatever order its members were made in. */
function print({ column, scheme }: Meaning): string {
  const members = Object.entries(column).sort(([a], [b]) => (a < b ? -1 : 1));
  const spelled = Object.fromEntries(members);
  return JSON.stringify(scheme === undefined ? { column: spelled } : { column: spelled, scheme });
}

export interface Shape {
  /** Of this run of columns. */
  readonly id: string;
  readonly columns: readonly string[];
}

const MOST_IDS = 200_000;

/** Remembers what it has named, and what of it nobody has been told yet. */
export class ColumnIds {
  private readonly meanings = new Map<string, string>();
  private readonly told = new Set<string>();
  private readonly fresh = new Map<string, string>();
  private readonly columns = new WeakMap<RollupRow, string[]>();
  private readonly shapes = new WeakMap<RollupRow, Map<number, Shape>>();

  private name(text: string): string {
    const known = this.meanings.get(text);
    if (known !== undefined) return known;
    if (this.meanings.size > MOST_IDS) this.meanings.clear();
    const id = id64(text);
    this.meanings.set(text, id);
    if (!this.told.has(id)) this.fresh.set(id, text);
    return id;
  }

  private idsOf(row: RollupRow, size: number): readonly string[] {
    const ids = this.columns.get(row) ?? [];
    for (let i = ids.length; i < size; i++) {
      const column = row.columns[i];
      if (column !== undefined) ids.push(this.name(print(meaningOf(column, row.schemes))));
    }
    this.columns.set(row, ids);
    return ids;
  }

  /** The first `size` columns of a row. */
  shape(row: RollupRow, size: number): Shape {
    const known = this.shapes.get(row) ?? new Map<number, Shape>();
    this.shapes.set(row, known);
    const made = known.get(size);
    if (made !== undefined) return made;
    const columns = this.idsOf(row, size).slice(0, size);
    const shape = { id: this.name(JSON.stringify({ shape: columns })), columns };
    known.set(size, shape);
    return shape;
  }

  /** Ids with their meanings that were not told yet; `tell` them once they are kept. */
  untold(): ReadonlyMap<string, string> {
    return new Map(this.fresh);
  }

  tell(ids: Iterable<string>): void {
    for (const id of ids) {
      this.told.add(id);
      this.fresh.delete(id);
    }
  }
}

const parse = (text: string): { readonly shape: readonly string[] } | Meaning => JSON.parse(text);

/** A shape's columns, or one column's meaning. */
export function readMeaning(text: string): readonly string[] | Meaning {
  const parsed = parse(text);
  return "shape" in parsed ? parsed.shape : parsed;
}
