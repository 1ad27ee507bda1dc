"use client";
/** Which table of the mTLS page is shown, by which place, in which order: all in the URL. */
import { parseAsString, useQueryStates } from "nuqs";
import { useCallback, useMemo } from "react";
import { COVERAGE_BY, type CoverageBy } from "../../lib/view/coverage.ts";
import { formatTableState, parseTableState, type TableState } from "../../lib/view/table-state.ts";

export const TABS = ["coverage", "plaintext", "certificates"] as const;
export type Tab = (typeof TABS)[number];

const PARSERS = { tab: parseAsString, by: parseAsString, sort: parseAsString, where: parseAsString };

export interface MtlsTab {
  readonly tab: Tab;
  readonly by: CoverageBy;
  readonly table: TableState;
  readonly setTab: (tab: Tab) => void;
  readonly setBy: (by: CoverageBy) => void;
  readonly setTable: (table: TableState) => void;
}

/** Order and filters are one table's: another one begins without. */
export function useMtlsTab(): MtlsTab {
  const [{ tab, by, sort, where }, set] = useQueryStates(PARSERS, { history: "replace" });
  const table = useMemo(() => parseTableState(sort, where), [sort, where]);
  return {
    tab: TABS.find((one) => one === tab) ?? "coverage",
    by: COVERAGE_BY.find((one) => one === by) ?? "namespace",
    table,
    setTab: useCallback((next) => void set({ tab: next === "coverage" ? null : next, sort: null, where: null }), [set]),
    setBy: useCallback((next) => void set({ by: next === "namespace" ? null : next, sort: null, where: null }), [set]),
    setTable: useCallback((next) => void set(formatTableState(next)), [set]),
  };
}
