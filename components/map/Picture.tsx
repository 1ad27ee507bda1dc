"use client";
/** The canvas with what stands on it: legend, zoom, and the words for what the pointer is on. */
import { type RefObject, useEffect, useMemo, useRef, useState } from "react";
import type { GraphTarget, GraphView } from "../../lib/view/graph/graph-view.ts";
import { describeTarget } from "../../lib/view/graph/navigate.ts";
import type { Pictured } from "../../lib/view/live-query.ts";
import { FlowCanvas } from "../canvas/FlowCanvas.tsx";
import type { FlowSample } from "../canvas/flow-layer.ts";
import { GraphCanvas } from "../canvas/GraphCanvas.tsx";
import { Minimap } from "../canvas/Minimap.tsx";
import type { GraphCanvasApi } from "../canvas/use-graph-engine.ts";
import { useFlow } from "../data/use-flow.ts";
import { usePictured } from "../data/use-pictured.ts";
import { lendPlaces, usePins } from "../data/use-pins.ts";
import { useSelection } from "../data/use-selection.ts";
import { useWall } from "../data/use-wall.ts";
import { PANEL_ID } from "../shell/SidePanel.tsx";
import { useThemeKey } from "../shell/ThemeToggle.tsx";
import { cx } from "../ui/cx.ts";
import { PictureControls } from "./PictureControls.tsx";
import { AllNote, FoldNote, LeftOutNote } from "./PictureNotes.tsx";
import { LentTakings } from "./TakeAway.tsx";
import { useFocus } from "./use-focus.ts";
import { framingOf, useFold, useSemanticZoom } from "./use-folding.ts";
import { useMapOptions } from "./use-map-options.ts";
import { useMemory } from "./use-memory.ts";
import { useReveal } from "./use-reveal.ts";
import type { TakeableGraph } from "./use-take-away.ts";
import { useViewport } from "./use-viewport.ts";

interface Hover {
  readonly target: GraphTarget;
  readonly x: number;
  readonly y: number;
}

/** From a wall the keyboard comes back to the picture: what had it there is gone. */
function useReturn(api: RefObject<GraphCanvasApi | null>, isWall: boolean): void {
  const wasWall = useRef(isWall);
  useEffect(() => {
    if (wasWall.current && !isWall) api.current?.focus();
    wasWall.current = isWall;
  }, [api, isWall]);
}

interface PictureProps {
  readonly taken: TakeableGraph;
  /** What that graph was asked for; null where that is not known. */
  readonly pictured: Pictured | null;
  /** It is all that was asked for, nothing else in it: its picture is kept. */
  readonly isKept: boolean;
  /** Ids of nodes and edges that find matches; undefined where nothing is sought, or nothing but matches is shown. */
  readonly matches: ReadonlySet<string> | undefined;
}

export function Picture({ taken, pictured, isKept, matches }: PictureProps) {
  const { graph } = taken;
  const [selection, select] = useSelection();
  const { labels } = useMapOptions();
  const themeKey = useThemeKey();
  const [hover, setHover] = useState<Hover | null>(null);
  const [view, setView] = useState<GraphView | null>(null);
  const api = useRef<GraphCanvasApi | null>(null);
  const edgeLabels = useMemo(() => new Set(labels), [labels]);
  const { state } = usePictured();
  const { isWall } = useWall();
  const framing = framingOf(pictured ?? state);
  const viewport = useViewport(pictured ?? state, isWall);
  const fold = useFold();
  const zoomed = useSemanticZoom();
  const focus = useFocus();
  const [isRunning] = useFlow(graph.edges.length);
  const [sample, setSample] = useState<FlowSample | null>(null);
  const [leftOut, setLeftOut] = useState({ nodes: 0, edges: 0 });
  const { pins, set: setPin, toggle: togglePin } = usePins();
  const memory = useMemory(isKept ? pictured : null);
  const said = hover === null || view === null ? "" : describeTarget(view, hover.target);
  useReveal(api, selection);
  useReturn(api, isWall);
  useEffect(() => {
    lendPlaces((id) => api.current?.pinOf(id) ?? null);
    return () => lendPlaces(null);
  }, []);
  return (
    <div className={cx("relative h-full", isWall && "pointer-events-none")}>
      <GraphCanvas
        graph={graph}
        framing={framing}
        onView={setView}
        onFold={fold}
        onFocusNode={focus.toggle}
        onHops={focus.focus === "" ? undefined : (by) => focus.setHops(focus.hops + by)}
        memory={memory}
        pins={pins}
        onPin={setPin}
        onTogglePin={togglePin}
        onSeen={zoomed}
        onLeftOut={setLeftOut}
        {...viewport}
        selection={selection}
        onSelect={select}
        onOpen={() => document.getElementById(PANEL_ID)?.focus()}
        matches={matches}
        edgeLabels={edgeLabels}
        themeKey={themeKey}
        apiRef={api}
        isLarge={isWall}
        onHover={(target, at) => setHover(target === null ? null : { target, x: at.x, y: at.y })}
      />
      {isRunning ? <FlowCanvas api={api} onSample={setSample} /> : null}
      {isWall ? null : <Minimap api={api} />}
      {hover === null || said === "" || isWall ? null : (
        <div
          className="pointer-events-none absolute z-10 max-w-72 rounded-md border border-line bg-panel px-2 py-1 text-xs shadow-overlay"
          style={{ left: hover.x + 14, top: hover.y + 14 }}
        >
          {said}
        </div>
      )}
      <div
        className={cx(
          "absolute bottom-3 left-1/2 z-10 flex -translate-x-1/2 flex-col items-center gap-1",
          isWall && "[&_button]:hidden",
        )}
      >
        <LeftOutNote leftOut={leftOut} />
        <FoldNote nodes={graph.nodes} />
        <AllNote nodes={graph.nodes.length} />
      </div>
      {isWall ? (
        <LentTakings taken={taken} picture={{ api, isDrawn: view !== null }} />
      ) : (
        <PictureControls {...{ api, view, taken, sample }} locks={edgeLabels.has("lock")} />
      )}
    </div>
  );
}
