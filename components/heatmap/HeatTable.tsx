"use client";
/** The heatmap as a table: every cell with a count or a trace; a row opens its traces in the panel. */
import { useMemo } from "react";
import type { Area } from "../../lib/view/heatmap/area.ts";
import { type HeatCell, heatCells } from "../../lib/view/heatmap/heat-rows.ts";
import type { HeatmapView } from "../../lib/view/heatmap/present-heatmap.ts";
import { useTableState } from "../data/use-table-state.ts";
import { SameAsButton } from "../shell/SameAs.tsx";
import { DataTable } from "../ui/DataTable.tsx";
import { HEAT_TABLE } from "./heat-columns.tsx";

interface HeatTableProps {
  readonly view: HeatmapView;
  readonly path: string;
  readonly area: Area | null;
  readonly onArea: (area: Area) => void;
}

const NEWEST = { column: "time", descending: true };

function isChosen({ area }: HeatCell, chosen: Area): boolean {
  return area.startMs === chosen.startMs && area.loMs === chosen.loMs && area.hiMs === chosen.hiMs;
}

export function HeatTable({ view, path, area, onArea }: HeatTableProps) {
  const [state, setState] = useTableState(NEWEST);
  const rows = useMemo(() => heatCells(view), [view]);
  const selected = area === null ? undefined : rows.find((row) => isChosen(row, area));
  return (
    <DataTable
      label="Latency over time"
      rows={rows}
      columns={HEAT_TABLE}
      rowId={({ id }) => id}
      state={state}
      onState={setState}
      onOpen={(row) => onArea(row.area)}
      selectedId={selected?.id ?? null}
      aside={<SameAsButton path={path} />}
    />
  );
}
