/**
 * What a row's numbers count, shared by all rows that came to count the same things in the same order: most edges of a mesh
 * do, and a list of their own would cost each fifty times what it is worth. In: a layout and a column to add. Out: the
 * layout with it. Layouts are never changed once they are shared; past `SHARED` of them a row has its own, which is.
 */
import type { Column, LatencyScheme } from "../model/rollup-row.ts";

const SHARED = 20_000;
const MAX_FAMILIES = 16;

export class ColumnLayout {
  readonly columns: Column[];
  readonly schemes: LatencyScheme[];
  readonly families: ReadonlySet<string>;
  private readonly keys: string[];
  private readonly next: Map<string, ColumnLayout> | null;
  private readonly shared: { count: number };

  private constructor(
    from: Pick<ColumnLayout, "columns" | "schemes" | "families"> & { readonly keys: string[] },
    shared: { count: number },
    own: boolean,
  ) {
    this.columns = from.columns;
    this.schemes = from.schemes;
    this.families = from.families;
    this.keys = from.keys;
    this.shared = shared;
    this.next = own ? null : new Map();
  }

  static empty(): ColumnLayout {
    return new ColumnLayout({ columns: [], schemes: [], families: new Set(), keys: [] }, { count: 0 }, false);
  }

  /** The place of the column with this key, -1 for none. */
  find(key: string): number {
    return this.keys.indexOf(key);
  }

  with(key: string, column: Column): ColumnLayout {
    return this.grown(key, {
      columns: () => [column],
      keys: () => [key],
      schemes: this.schemes,
      families: this.families,
    });
  }

  /** With a further latency scheme: its buckets, one more than bounds, and its sum, in a row. */
  withScheme(scheme: LatencyScheme): ColumnLayout {
    const nth = this.schemes.length;
    const buckets = scheme.bounds.length + 1;
    return this.grown(`l/${scheme.of}/${scheme.bounds.join()}`, {
      columns: () => [
        ...Array.from({ length: buckets }, (_, index): Column => ({ kind: "bucket", scheme: nth, index })),
        { kind: "latencySum", scheme: nth },
      ],
      keys: () => [...Array.from({ length: buckets }, (_, index) => `b/${nth}/${index}`), `l/${nth}`],
      schemes: [...this.schemes, scheme],
      families: this.families,
    });
  }

  /** With a family that a row was counted from; at most 16. */
  withFamily(family: string): ColumnLayout {
    const { families, schemes } = this;
    if (families.has(family) || families.size >= MAX_FAMILIES) return this;
    const none = (): [] => [];
    return this.grown(`m/${family}`, {
      columns: none,
      keys: none,
      schemes,
      families: new Set([...families, family]),
    });
  }

  private grown(
    step: string,
    to: {
      readonly columns: () => readonly Column[];
      readonly keys: () => readonly string[];
      readonly schemes: LatencyScheme[];
      readonly families: ReadonlySet<string>;
    },
  ): ColumnLayout {
    const known = this.next?.get(step);
    if (known !== undefined) return known;
    const { shared } = this;
    const own = this.next === null || shared.count >= SHARED;
    const { schemes, families } = to;
    const columns = [...this.columns, ...to.columns()];
    const made = new ColumnLayout({ columns, keys: [...this.keys, ...to.keys()], schemes, families }, shared, own);
    if (own) return made;
    shared.count++;
    this.next?.set(step, made);
    return made;
  }
}
