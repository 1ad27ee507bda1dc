/** A table's order and filters in the URL: `sort=rate.desc`, `where=namespace:shop,protocol:http`. Malformed parts are left out. */
import { formatList, parseList } from "./url-state.ts";

export interface TableState {
  readonly sort: { readonly column: string; readonly descending: boolean } | null;
  /** Column id → the value its cells must have, as text. */
  readonly where: Readonly<Record<string, string>>;
}

export function parseTableState(sort: string | null, where: string | null): TableState {
  const match = /^(.+)\.(asc|desc)$/.exec(sort ?? "");
  const pairs = parseList(where).flatMap((part) => {
    const at = part.indexOf(":");
    return at <= 0 ? [] : [[part.slice(0, at), part.slice(at + 1)] as const];
  });
  return {
    sort: match === null ? null : { column: match[1] ?? "", descending: match[2] === "desc" },
    where: Object.fromEntries(pairs),
  };
}

export function formatTableState({ sort, where }: TableState): { sort: string | null; where: string | null } {
  return {
    sort: sort === null ? null : `${sort.column}.${sort.descending ? "desc" : "asc"}`,
    where: formatList(Object.entries(where).map(([column, value]) => `${column}:${value}`)),
  };
}

/** Numbers by size, text by the alphabet, null last in both directions. */
export function compareCells(a: string | number | null, b: string | number | null, descending: boolean): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en");
  return descending ? -order : order;
}
