/**
 * Which rows of a trace are on screen. In: the tree, a fold state, a filter. Out: visible rows, ascending. The state is a
 * base ("all open" or "all closed") and the rows that differ from it, so that a toggle costs the same at any size, and
 * listing costs the rows shown: a closed row jumps over its descendants by `next`.
 * The link text is `id.id` (closed ones), or `all` / `all.id` (all closed but these).
 */
import { hasChildren, hasMark, type TraceTree } from "./build-trace.ts";

export interface Fold {
  readonly base: "open" | "closed";
  readonly except: ReadonlySet<number>;
}
export const ALL_OPEN: Fold = { base: "open", except: new Set() };
export const ALL_CLOSED: Fold = { base: "closed", except: new Set() };

export type RowFilter = "all" | "errors";

/** Ids kept in a link: 200 of 17 characters fit every browser's and proxy's URL limit. */
export const LINK_LIMIT = 200;

export function isClosed(tree: TraceTree, fold: Fold, row: number): boolean {
  return hasChildren(tree, row) && (fold.base === "closed") !== fold.except.has(row);
}

export function setClosed(tree: TraceTree, fold: Fold, row: number, closed: boolean): Fold {
  if (!hasChildren(tree, row) || isClosed(tree, fold, row) === closed) return fold;
  const except = new Set(fold.except);
  if (!except.delete(row)) except.add(row);
  return { base: fold.base, except };
}

/** Opens every ancestor of the row, so that it is visible. */
export function reveal(tree: TraceTree, fold: Fold, row: number): Fold {
  let except: Set<number> | undefined;
  for (let up = tree.parent[row] ?? -1; up !== -1; up = tree.parent[up] ?? -1) {
    if (!isClosed(tree, fold, up)) continue;
    except ??= new Set(fold.except);
    if (!except.delete(up)) except.add(up);
  }
  return except === undefined ? fold : { base: fold.base, except };
}

/** Visible rows. With the filter `errors`: error spans and the way to them. */
export function visibleRows(tree: TraceTree, fold: Fold, filter: RowFilter): Int32Array {
  const rows = new Int32Array(tree.count);
  let length = 0;
  let row = 0;
  while (row < tree.count) {
    const after = tree.next[row] ?? row + 1;
    if (filter === "errors" && !hasMark(tree, row, "error") && tree.errorsBelow[row] === 0) {
      row = after;
      continue;
    }
    rows[length++] = row;
    row = isClosed(tree, fold, row) ? after : row + 1;
  }
  return rows.subarray(0, length);
}

/** Position of `row` among ascending `rows`, or of the last one before it; -1 when there is none. */
export function positionOf(rows: Int32Array, row: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle] ?? 0) <= row) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The member of ascending `rows` after (or before) `row`, going round at the end; undefined when there is none. */
export function stepAmong(rows: Int32Array, row: number, direction: 1 | -1): number | undefined {
  if (rows.length === 0) return undefined;
  const at = positionOf(rows, row);
  const isMember = at >= 0 && rows[at] === row;
  const to = direction === 1 ? at + 1 : isMember ? at - 1 : at;
  return rows[(to + rows.length) % rows.length];
}

/** The name of a row in a link: its span id, and `~n` for the nth span (from 2) that has the same id. */
export function rowKey(tree: TraceTree, row: number): string {
  const id = tree.spans[row]?.spanId ?? "";
  const ordinal = (rowsById(tree).get(id) ?? []).indexOf(row) + 1;
  return ordinal > 1 ? `${id}~${ordinal}` : id;
}

export function rowOfKey(tree: TraceTree, key: string): number | undefined {
  const [id = "", ordinal = "1"] = key.split("~");
  return rowsById(tree).get(id)?.[Number(ordinal) - 1];
}

/** Text for a link, and how many exceptions it could not hold. */
export function foldToText(tree: TraceTree, fold: Fold): { readonly text: string; readonly leftOut: number } {
  const rows = [...fold.except].sort((a, b) => a - b);
  const keys = rows.slice(0, LINK_LIMIT).map((row) => rowKey(tree, row));
  const text = (fold.base === "closed" ? ["all", ...keys] : keys).join(".");
  return { text, leftOut: rows.length - keys.length };
}

/** Ids that the trace does not have are passed over: a link outlives its spans. */
export function foldFromText(tree: TraceTree, text: string): Fold {
  const parts = text.split(".").filter((part) => part !== "");
  const base = parts[0] === "all" ? "closed" : "open";
  const except = new Set<number>();
  for (const part of parts) {
    const row = rowOfKey(tree, part);
    if (row !== undefined && hasChildren(tree, row)) except.add(row);
  }
  return { base, except };
}

const indexes = new WeakMap<TraceTree, ReadonlyMap<string, readonly number[]>>();

/** Built at the first use: a trace that is only looked at never pays for it. */
function rowsById(tree: TraceTree): ReadonlyMap<string, readonly number[]> {
  const known = indexes.get(tree);
  if (known !== undefined) return known;
  const index = new Map<string, number[]>();
  for (const [row, span] of tree.spans.entries()) {
    const rows = index.get(span.spanId);
    if (rows === undefined) index.set(span.spanId, [row]);
    else rows.push(row);
  }
  indexes.set(tree, index);
  return index;
}
