"use client";
/** The view as files, and a link that restores all of it: the window is fixed in it, so that it shows the same later. */
import { type RefObject, useCallback, useState } from "react";
import { type EdgeRecords, edgeRecordsSchema } from "../../lib/query/schema/edge-records.ts";
import type { Graph } from "../../lib/query/schema/graph.ts";
import type { DrawnGraph } from "../../lib/view/drawn-graph.ts";
import { edgesCsv } from "../../lib/view/edge-file.ts";
import { filterText } from "../../lib/view/find-graph.ts";
import { caption, fileName, graphJson, nodesCsv, sheetHead } from "../../lib/view/graph-export.ts";
import { recordsPath } from "../../lib/view/live-query.ts";
import type { TakenOf } from "../../lib/view/taken-of.ts";
import type { GraphCanvasApi } from "../canvas/use-graph-engine.ts";
import { ApiFailure, apiGet } from "../data/api.ts";
import { useFind } from "../data/use-find.ts";
import { useOperations } from "../data/use-operations.ts";
import { usePictured } from "../data/use-pictured.ts";
import { useFocusName } from "./use-focus.ts";
import { LOOK_PARAM } from "./use-viewport.ts";

export interface Taking {
  readonly id: "png" | "svg" | "edges" | "nodes" | "json" | "link";
  readonly label: string;
  readonly run: () => Promise<void>;
}

function save(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The browser has begun to read it once the click is over.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const text = (content: string, type: string): Blob => new Blob([content], { type: `${type};charset=utf-8` });

/** This view's address with its window written out, and where in the picture one looks. */
function fixedLink({ window: { start, end } }: Graph, look: string | null): string {
  const url = new URL(window.location.href);
  url.searchParams.delete("last");
  url.searchParams.set("start", String(start));
  url.searchParams.set("end", String(end));
  if (look !== null) url.searchParams.set(LOOK_PARAM, look);
  return url.href;
}

/** What there is to take. */
export interface TakeableGraph extends DrawnGraph {
  /** Before find left any of it out. */
  readonly all: Graph;
}

/** Of what the files are. */
export function useTakenOf({ all, base }: TakeableGraph): TakenOf {
  const { state, size } = usePictured();
  const find = useFind(all);
  const focusName = useFocusName(all);
  return {
    state,
    focusName,
    isFaulty: (find?.fault ?? null) !== null,
    all: { nodes: all.nodes.length, edges: all.edges.length },
    matches: find?.matches?.length ?? null,
    base,
    unfolded: size?.nodes ?? null,
  };
}

export function useTakeAway(api: RefObject<GraphCanvasApi | null>, taken: TakeableGraph) {
  const { graph, all } = taken;
  const of = useTakenOf(taken);
  const { isOn: isByOperation } = useOperations();
  const [said, setSaid] = useState("");
  const hush = useCallback(() => setSaid(""), []);
  const records = async (): Promise<EdgeRecords> => {
    if (isByOperation) return new Map();
    const { find, findMode } = of.state;
    const window = { startMs: graph.window.start, endMs: graph.window.end };
    const path = recordsPath(of.state, window, filterText(find, findMode));
    return (await apiGet(path, edgeRecordsSchema)).edges;
  };
  const sheet = (what: string, rows: string): void =>
    save(fileName(graph, what, "csv"), text(sheetHead(graph, of) + rows, "text/csv"));
  const png = async (): Promise<void> => {
    const picture = await api.current?.png(caption(graph, of));
    if (picture !== null && picture !== undefined) save(fileName(graph, "map", "png"), picture);
  };
  const svg = (): void => {
    const picture = api.current?.svg(caption(graph, of)) ?? "";
    save(fileName(graph, "map", "svg"), text(picture, "image/svg+xml"));
  };
  const edges = async (): Promise<void> => {
    setSaid("Reading all that is known of each edge …");
    sheet("edges", edgesCsv(graph, await records()));
    setSaid("");
  };
  const link = (): Promise<void> => {
    const href = fixedLink(graph, api.current?.look() ?? null);
    return navigator.clipboard.writeText(href).then(
      () => setSaid("Copied."),
      () => setSaid(href),
    );
  };
  const json = (): void => save(fileName(graph, "graph", "json"), text(graphJson(graph, of), "application/json"));
  const guarded = (run: () => Promise<void> | void) => (): Promise<void> =>
    Promise.resolve()
      .then(run)
      .catch((error: unknown) => setSaid(error instanceof ApiFailure ? `Not taken: ${error.message}` : "Not taken."));
  const takings: readonly Taking[] = [
    { id: "png", label: "Picture (PNG)", run: guarded(png) },
    { id: "svg", label: "Picture (SVG)", run: guarded(svg) },
    { id: "edges", label: "Edges (CSV)", run: guarded(edges) },
    { id: "nodes", label: "Nodes (CSV)", run: guarded(() => sheet("nodes", nodesCsv(graph, all))) },
    { id: "json", label: "Everything (JSON)", run: guarded(json) },
    { id: "link", label: "Copy a link to this window", run: guarded(link) },
  ];
  return { takings, said, hush } as const;
}
