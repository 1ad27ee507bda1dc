/**
 * Sums of the rollup out of ClickHouse. In: a tier and a window; out: rows with their numbers, added up over all that was
 * appended by all collectors, and covered time: of one group, the collector that covered most of a slot counts, since two
 * that saw the same seconds saw no more of them.
 */
import type { RollupRow, RowValues, SlotSum } from "../../../lib/model/rollup-row.ts";
import { decodeRow, type KeptRow } from "../row-codec.ts";
import { type Meaning, readMeaning } from "./column-ids.ts";
import type { Database, JsonRow } from "./database.ts";
import { type TableNames, TIER_MS, TIERS, type TierName } from "./names.ts";
import { growRow } from "./row-union.ts";
import { SqlValues } from "./sql.ts";

/** Facts of a row are asked for again after this. */
const FACTS_MS = 60_000;
const MOST_ROWS = 200_000;
const IDS_A_TIME = 2_000;
/** Fewer wanted rows than this are asked for by name. */
const FEW_ROWS = 5_000;

interface Cached {
  readonly row: KeptRow;
  /** Place of each column by its id. */
  readonly places: Map<string, number>;
  checkedMs: number;
}

export class RollupReader {
  private readonly database: Database;
  private readonly names: TableNames;
  private readonly nowMs: () => number;
  private readonly meanings = new Map<string, Meaning | readonly string[]>();
  private readonly rows = new Map<string, Cached>();
  private made = 0;

  constructor(database: Database, names: TableNames, nowMs: () => number) {
    this.database = database;
    this.names = names;
    this.nowMs = nowMs;
  }

  async read(tierMs: number, fromMs: number, toMs: number, wanted?: (row: RollupRow) => boolean): Promise<SlotSum> {
    const tier = TIERS.find((name) => TIER_MS[name] === tierMs);
    if (tier === undefined) return { rows: [], coveredMs: new Map() };
    const window = (values: SqlValues): string => {
      const from = Math.floor(fromMs / tierMs) * (tierMs / 1000);
      const to = Math.ceil(toMs / tierMs) * (tierMs / 1000);
      return `Start >= ${values.timeSec(from)} AND Start < ${values.timeSec(to)}`;
    };
    const only = wanted === undefined ? undefined : await this.chosen(tier, window, wanted);
    const rows = only?.length === 0 ? [] : await this.sums(tier, window, only);
    const coveredMs = await this.coverage(tier, window);
    return { rows: wanted === undefined ? rows : rows.filter(({ row }) => wanted(row)), coveredMs };
  }

  /** Ids of the rows that are wanted; undefined where they are too many to name. */
  private async chosen(
    tier: TierName,
    window: (values: SqlValues) => string,
    wanted: (row: RollupRow) => boolean,
  ): Promise<readonly string[] | undefined> {
    const values = new SqlValues();
    const text = `SELECT DISTINCT RowId FROM ${this.names.rollups(tier)} WHERE ${window(values)}`;
    const ids = (await this.database.rows(values.sql(text))).map(([id]) => String(id));
    await this.learnRows(ids);
    const chosen = ids.filter((id) => {
      const known = this.rows.get(id);
      return known !== undefined && wanted(known.row);
    });
    return chosen.length > FEW_ROWS ? undefined : chosen;
  }

  private async sums(
    tier: TierName,
    window: (values: SqlValues) => string,
    only: readonly string[] | undefined,
  ): Promise<RowValues[]> {
    const values = new SqlValues();
    const named = only === undefined ? "" : ` AND RowId IN ${values.ids(only)}`;
    const text = `SELECT RowId, groupArray(Column), groupArray(Sum), toUnixTimestamp(max(Last)) FROM (
  SELECT RowId, Column, sum(Value) AS Sum, max(Start) AS Last FROM ${this.names.rollups(tier)}
  WHERE ${window(values)}${named} GROUP BY RowId, Column
) GROUP BY RowId`;
    const found = await this.database.rows(values.sql(text));
    await this.learnRows(found.map(([id]) => String(id)));
    await this.learnColumns(
      new Set(found.flatMap(([, columns]) => (Array.isArray(columns) ? columns.map(String) : []))),
    );
    return found.flatMap((row) => this.rowOf(row, TIER_MS[tier]) ?? []);
  }

  private rowOf([id, columns, sums, lastSec]: JsonRow, tierMs: number): RowValues | undefined {
    const known = this.rows.get(String(id));
    if (known === undefined || !Array.isArray(columns) || !Array.isArray(sums)) return undefined;
    const { row } = known;
    row.lastSeenMs = Math.max(row.lastSeenMs, Number(lastSec) * 1000 + tierMs);
    const shapes: (readonly string[])[] = [];
    const numbers = new Map<string, number>();
    columns.forEach((column, i) => {
      const meaning = this.meanings.get(String(column));
      if (Array.isArray(meaning)) shapes.push(meaning);
      else if (meaning !== undefined) numbers.set(String(column), Number(sums[i]));
    });
    // The longest first: then a row that one collector alone has counted keeps that one's order.
    shapes.sort((a, b) => b.length - a.length);
    const had = new Set(shapes.flat());
    const own = [...had].map((column) => [this.place(known, column), numbers.get(column) ?? 0] as const);
    const values = new Float64Array(Math.max(0, ...own.map(([place]) => place + 1)));
    for (const [place, number] of own) values[place] = number;
    return { row, values };
  }

  private place({ row, places }: Cached, column: string): number {
    const known = places.get(column);
    if (known !== undefined) return known;
    const meaning = this.meanings.get(column);
    if (meaning === undefined || !("column" in meaning)) return -1;
    const place = growRow(row, meaning);
    places.set(column, place);
    return place;
  }

  private async learnRows(ids: readonly string[]): Promise<void> {
    const now = this.nowMs();
    if (this.rows.size > MOST_ROWS) this.rows.clear();
    const unknown = ids.filter((id) => now - (this.rows.get(id)?.checkedMs ?? Number.NEGATIVE_INFINITY) > FACTS_MS);
    for (let at = 0; at < unknown.length; at += IDS_A_TIME) {
      const values = new SqlValues();
      const text = `SELECT RowId, groupArray(Facts) FROM (
  SELECT RowId, Member, argMax(Facts, Written) AS Facts FROM ${this.names.rows}
  WHERE RowId IN ${values.ids(unknown.slice(at, at + IDS_A_TIME))} GROUP BY RowId, Member
) GROUP BY RowId`;
      for (const [id, facts] of await this.database.rows(values.sql(text))) {
        this.learnRow(String(id), Array.isArray(facts) ? facts.map(String) : [], now);
      }
    }
  }

  private learnRow(id: string, facts: readonly string[], nowMs: number): void {
    const told = facts.map((text) => decodeRow(text, this.made));
    const known = this.rows.get(id);
    const [first] = told;
    if (first === undefined) return;
    const old = known?.row;
    const all = old === undefined ? told : [...told, old];
    const row: KeptRow = {
      ...mergeFacts(first, all),
      index: old?.index ?? this.made++,
      columns: old?.columns ?? [],
      schemes: old?.schemes ?? [],
    };
    if (known !== undefined && factsSize(known.row) === factsSize(row)) known.checkedMs = nowMs;
    else this.rows.set(id, { row, places: known?.places ?? new Map(), checkedMs: nowMs });
  }

  private async learnColumns(ids: ReadonlySet<string>): Promise<void> {
    let unknown = [...ids].filter((id) => !this.meanings.has(id));
    while (unknown.length > 0) {
      const asked = unknown.slice(0, IDS_A_TIME);
      const values = new SqlValues();
      const text = `SELECT Column, any(Meaning) FROM ${this.names.columns} WHERE Column IN ${values.ids(asked)} GROUP BY Column`;
      const within: string[] = [];
      for (const [id, meaning] of await this.database.rows(values.sql(text))) {
        const read = readMeaning(String(meaning));
        this.meanings.set(String(id), read);
        if (!("column" in read)) within.push(...read);
      }
      // A shape names columns that may all have been zero.
      const next = new Set([...unknown.slice(asked.length), ...within]);
      unknown = [...next].filter((id) => !this.meanings.has(id));
    }
  }

  private async coverage(tier: TierName, window: (values: SqlValues) => string): Promise<Map<string, number>> {
    const values = new SqlValues();
    const text = `SELECT Group, sum(Most) FROM (
  SELECT Start, Group, max(Own) AS Most FROM (
    SELECT Start, Group, Member, sum(CoveredMs) AS Own FROM ${this.names.coverage(tier)}
    WHERE ${window(values)} GROUP BY Start, Group, Member
  ) GROUP BY Start, Group
) GROUP BY Group`;
    const rows = await this.database.rows(values.sql(text));
    return new Map(rows.map(([group, ms]) => [String(group), Number(ms)]));
  }
}

function union<T>(sets: readonly (ReadonlySet<T> | undefined)[]): Set<T> {
  return new Set(sets.flatMap((set) => [...(set ?? [])]));
}

/** What all collectors say of one row. */
function mergeFacts(first: KeptRow, all: readonly KeptRow[]): KeptRow {
  return {
    ...first,
    hasRequests: all.some(({ hasRequests }) => hasRequests),
    everActive: all.some(({ everActive }) => everActive),
    families: union(all.map(({ families }) => families)),
    principals: {
      source: union(all.map(({ principals }) => principals.source)),
      destination: union(all.map(({ principals }) => principals.destination)),
    },
    addresses: union(all.map(({ addresses }) => addresses)),
    via: union(all.map(({ via }) => via)),
    tls: new Map(all.toReversed().flatMap(({ tls }) => [...tls])),
    firstSeenMs: Math.min(...all.map(({ firstSeenMs }) => firstSeenMs)),
    lastSeenMs: Math.max(...all.map(({ lastSeenMs }) => lastSeenMs)),
  };
}

/** Facts only grow. */
function factsSize({ families, principals, addresses, via, tls, hasRequests, everActive }: KeptRow): number {
  const sets = [families, principals.source, principals.destination, addresses, via];
  const flags = (hasRequests ? 1 : 0) + (everActive ? 1 : 0);
  return sets.reduce((sum, set) => sum + (set?.size ?? 0), 0) + tls.size + flags;
}
