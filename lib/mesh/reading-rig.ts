/** One body read as a scrape would be, for tests of adapters: meanings and values side by side, and what was asked of them. */
import type { SeriesMeaning, TargetLabels } from "../model/meaning.ts";
import type { ScrapeReading } from "../model/reading.ts";
import type { MeshAdapter } from "./adapter.ts";
import { SeriesTable } from "./series-table.ts";

export const READ_AT_MS = 1_790_000_000_000;

export interface ReadRow {
  readonly meaning: SeriesMeaning;
  readonly value: number;
}

export interface ReadBody {
  readonly rows: readonly ReadRow[];
  readonly drops: Readonly<Record<string, number>>;
}

/** What the ids mean that this reading is the first to have. */
export function meaningsIn({ learned }: ScrapeReading): ReadonlyMap<number, SeriesMeaning> {
  return new Map(learned.map(({ id, meaning }) => [id, meaning]));
}

export function readBody(body: string | Uint8Array, from: TargetLabels, adapter: MeshAdapter): ReadBody {
  const table = new SeriesTable(adapter, from);
  const result = table.read(typeof body === "string" ? new TextEncoder().encode(body) : body, READ_AT_MS);
  if (!result.ok) throw new Error(result.error.message);
  const { reading, stats } = result.value;
  const meanings = meaningsIn(reading);
  const rows: ReadRow[] = [];
  for (let i = 0; i < reading.size; i++) {
    const meaning = meanings.get(reading.ids[i] ?? -1);
    if (meaning) rows.push({ meaning, value: reading.values[i] ?? 0 });
  }
  return { rows, drops: Object.fromEntries(stats.drops) };
}

/** Requests by code from `from` to `to`, single codes only, as the view `reporter` has them. */
export function codesOf({ rows }: ReadBody, reporter: string, to: string): Record<string, number> {
  const codes: Record<string, number> = {};
  for (const { meaning, value } of rows) {
    if (meaning.kind !== "counter" || meaning.measure.kind !== "requests" || meaning.reporter !== reporter) continue;
    const { code } = meaning.measure;
    if (meaning.edge.target.name === to && !code.endsWith("xx") && value > 0) codes[code] = (codes[code] ?? 0) + value;
  }
  return codes;
}

/** The sum of one state of the http edge to `to`; undefined where none was printed. */
export function stateOf({ rows }: ReadBody, to: string, kind: string): number | undefined {
  const found = rows.filter(
    ({ meaning }) =>
      meaning.kind === "state" &&
      meaning.edge.target.name === to &&
      meaning.edge.protocol === "http" &&
      meaning.measure.kind === kind,
  );
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
}

/** All that the workload's listeners say of one kind. */
export function listenerOf({ rows }: ReadBody, kind: string): readonly number[] {
  return rows.flatMap(({ meaning, value }) =>
    meaning.kind === "listener" && meaning.measure.kind === kind ? [value] : [],
  );
}
