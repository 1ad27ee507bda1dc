/** Columns of a heatmap's table: one row a cell. Sorting and CSV see exact values. */
import { count, durationMs, percent } from "../../lib/view/format.ts";
import type { HeatCell } from "../../lib/view/heatmap/heat-rows.ts";
import { latencyRange, timeRange } from "../../lib/view/heatmap/heatmap-words.ts";
import { WHOLE } from "../../lib/view/heatmap/present-heatmap.ts";
import { instant } from "../../lib/view/time.ts";
import { Num } from "../ui/Num.tsx";
import type { Column } from "../ui/table-column.ts";

export const HEAT_TABLE: readonly Column<HeatCell>[] = [
  {
    id: "time",
    header: "Time",
    width: 150,
    value: ({ area }) => area.startMs,
    cell: ({ area }) => <span title={`from ${instant(area.startMs)}`}>{timeRange(area)}</span>,
  },
  {
    id: "latency",
    header: "Latency",
    align: "right",
    width: 120,
    value: ({ area }) => area.loMs,
    cell: ({ area, count: counted }) => (counted === null ? "–" : latencyRange(area)),
  },
  {
    id: "atMost",
    header: "At most",
    align: "right",
    width: 90,
    value: ({ area }) => area.hiMs,
    cell: ({ area }) => (area.hiMs === null ? "no bound" : <Num figure={durationMs(area.hiMs)} />),
  },
  {
    id: "count",
    header: "Requests",
    align: "right",
    width: 100,
    value: (cell) => cell.count,
    cell: (cell) => (cell.count === null ? "not observed" : <Num figure={count(cell.count)} />),
  },
  {
    id: "share",
    header: "Of its time",
    align: "right",
    width: 100,
    value: ({ share }) => share,
    cell: ({ share }) => <Num dash figure={percent(share, "notApplicable")} />,
  },
  {
    id: "observed",
    header: "Observed",
    align: "right",
    width: 100,
    value: ({ observed }) => observed,
    cell: ({ observed }) => <Num figure={percent(observed)} className={observed < WHOLE ? "text-degraded-text" : ""} />,
  },
  { id: "traces", header: "Traces here", align: "right", width: 100, value: ({ traces }) => traces },
];
