"use client";
/** A table's order and filters, kept in the URL. */
import { parseAsString, useQueryStates } from "nuqs";
import { useCallback, useMemo } from "react";
import { formatTableState, parseTableState, type TableState } from "../../lib/view/table-state.ts";

const PARSERS = { sort: parseAsString, where: parseAsString };

/** `of`: which table, where a page has several; a constant. */
export function useTableState(
  initial: TableState["sort"],
  of = "",
): readonly [TableState, (state: TableState) => void] {
  const urlKeys = useMemo(() => ({ sort: `${of}sort`, where: `${of}where` }), [of]);
  const [{ sort, where }, set] = useQueryStates(PARSERS, { history: "replace", urlKeys });
  const state = useMemo(() => {
    const parsed = parseTableState(sort, where);
    return parsed.sort === null ? { ...parsed, sort: initial } : parsed;
  }, [sort, where, initial]);
  return [state, useCallback((next: TableState) => void set(formatTableState(next)), [set])];
}
