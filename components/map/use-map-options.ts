"use client";
/** How the map is shown, in the URL: picture or table, which table, which labels on edges. */
import { parseAsString, useQueryStates } from "nuqs";
import type { EdgeLabel } from "../../lib/view/graph/graph-view.ts";
import { formatList, parseList } from "../../lib/view/url-state.ts";
import { useParam } from "../data/use-view-state.ts";

export const EDGE_LABELS: readonly { readonly value: EdgeLabel; readonly label: string; readonly wide?: boolean }[] = [
  { value: "rate", label: "Rate" },
  { value: "share", label: "Share", wide: true },
  { value: "errors", label: "Errors" },
  { value: "p50", label: "p50", wide: true },
  { value: "p95", label: "p95" },
  { value: "p99", label: "p99", wide: true },
  { value: "lock", label: "Lock" },
];

const TABLE = { tab: parseAsString, sort: parseAsString, where: parseAsString };

const DEFAULT_LABELS: readonly EdgeLabel[] = ["rate", "errors", "lock"];

export type MapShow = "graph" | "table";
export type MapTab = "edges" | "nodes";

export function useMapOptions() {
  const [show, setShow] = useParam("show");
  const [{ tab }, setTable] = useQueryStates(TABLE, { history: "replace" });
  const [labels, setLabels] = useParam("labels");
  const wanted = parseList(labels);
  const chosen = EDGE_LABELS.map((l) => l.value).filter((value) => wanted.includes(value));
  return {
    show: (show === "table" ? "table" : "graph") satisfies MapShow,
    setShow: (next: MapShow) => setShow(next === "table" ? "table" : null),
    tab: (tab === "nodes" ? "nodes" : "edges") satisfies MapTab,
    /** Order and filters are of the table before: its columns may not be in the next one. */
    setTab: (next: MapTab) => void setTable({ tab: next === "nodes" ? "nodes" : null, sort: null, where: null }),
    labels: labels === null ? DEFAULT_LABELS : chosen,
    /** "none" keeps an empty choice apart from no choice. */
    setLabels: (next: readonly EdgeLabel[]) => setLabels(formatList(next) ?? "none"),
  } as const;
}
