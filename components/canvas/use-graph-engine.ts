"use client";
/** The engine's life in React: one per canvas, sized with it, fed from props, stopped with it. No state of its own. */
import { type RefObject, useEffect, useRef } from "react";
import type { Graph } from "../../lib/query/schema/graph.ts";
import type { EdgeLabel, Framing, GraphTarget, GraphView } from "../../lib/view/graph/graph-view.ts";
import { viewportText } from "../../lib/view/graph/kept-viewport.ts";
import { NO_PINS, type Pin, type Pins } from "../../lib/view/graph/pins.ts";
import { NO_MEMORY, type PictureMemory } from "./arranger.ts";
import type { Counters, EngineEvents } from "./engine-events.ts";
import { GraphEngine } from "./graph-engine.ts";
import type { Picture } from "./paint.ts";
import { pngOf } from "./png.ts";
import type { ScreenPoint } from "./zoom-control.ts";

export interface GraphCanvasApi {
  readonly fit: () => void;
  readonly zoomIn: () => void;
  readonly zoomOut: () => void;
  /** Lays the graph out from scratch. */
  readonly rearrange: () => void;
  /** Pans until the target can be seen. */
  readonly reveal: (target: GraphTarget) => void;
  readonly focus: () => void;
  /** The pin that holds a node where it stands, or so far from there; null where it is not drawn. */
  readonly pinOf: (id: string, by?: ScreenPoint) => Pin | null;
  /** Middle of a target in px from the canvas's corner; null where it is not drawn. */
  readonly positionOf: (target: GraphTarget) => ScreenPoint | null;
  readonly counters: () => Counters;
  /** Tells a layer over the picture of each frame of it; returns what ends that. */
  readonly attach: (layer: (picture: Picture) => void) => () => void;
  /** Brings a place of the world into the middle. */
  readonly centre: (world: ScreenPoint) => void;
  /** Where the viewport is, for a link; null while it shows all of the picture. */
  readonly look: () => string | null;
  /** Moves the viewport by shares of its width and height. */
  readonly pan: (across: number, down: number) => void;
  /** The picture as it stands, with a line of words in its corner; null where the browser makes none. */
  readonly png: (caption: string) => Promise<Blob | null>;
  readonly svg: (caption: string) => string;
}

export interface EngineProps {
  readonly graph: Graph;
  /** How its boxes stand. */
  readonly framing: Framing;
  readonly selection: GraphTarget | null;
  readonly matches?: ReadonlySet<string> | undefined;
  readonly edgeLabels: ReadonlySet<EdgeLabel>;
  readonly themeKey: string;
  /** Read from afar: marks and type are as large as lets names stay. */
  readonly isLarge?: boolean;
  /** What came to rest in sight: for what opens and closes by zoom. */
  readonly onSeen?: EngineEvents["onSeen"] | undefined;
  /** Pictures of visits before, with the key of this graph's. */
  readonly memory?: PictureMemory | undefined;
  readonly pins?: Pins | undefined;
  /** A node was let go elsewhere. */
  readonly onPin?: EngineEvents["onPin"] | undefined;
  readonly onLeftOut?: EngineEvents["onLeftOut"] | undefined;
  readonly onRecall?: EngineEvents["onRecall"] | undefined;
  readonly onKeep?: EngineEvents["onKeep"] | undefined;
  readonly onHover?: ((target: GraphTarget | null, at: ScreenPoint) => void) | undefined;
  readonly apiRef?: RefObject<GraphCanvasApi | null> | undefined;
}

const ZOOM_STEP = 1.35;

function apiOf(engine: GraphEngine, canvas: HTMLCanvasElement): GraphCanvasApi {
  return {
    fit: () => engine.zoom.fit(true),
    zoomIn: () => engine.zoom.by(ZOOM_STEP),
    zoomOut: () => engine.zoom.by(1 / ZOOM_STEP),
    rearrange: () => engine.rearrange(),
    reveal: (target) => engine.reveal(target),
    focus: () => canvas.focus(),
    pinOf: (id, by) => engine.pinOf(id, by),
    positionOf: (target) => engine.positionOf(target),
    counters: () => engine.counters(),
    attach: (layer) => engine.attach(layer),
    centre: (world) => engine.zoom.centre(world),
    look: () => {
      const viewport = engine.viewport.now();
      return viewport === null ? null : viewportText(viewport);
    },
    pan: (across, down) => engine.zoom.pan(across, down),
    png: (caption) => {
      engine.scheduler.flush();
      return pngOf(canvas, caption, window.devicePixelRatio || 1);
    },
    svg: (caption) => engine.svg(caption),
  };
}

/** The zoom below which names go, with room to spare; and the most that marks grow. */
const NAMES_FROM = 0.34;
const LARGEST = 1.7;

function fitSize(canvas: HTMLCanvasElement, engine: GraphEngine, isLarge: boolean): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const fit = isLarge ? Math.max(1, Math.min(LARGEST, engine.zoom.fitScale(width, height) / NAMES_FROM)) : 1;
  const scale = Math.round(fit * 20) / 20;
  engine.setSize(width / scale, height / scale, scale * (window.devicePixelRatio || 1));
}

function watchSize(canvas: HTMLCanvasElement, resize: () => void): () => void {
  const observer = new ResizeObserver(resize);
  observer.observe(canvas);
  resize();
  return () => observer.disconnect();
}

/** Returns the ref for the canvas and the one that holds the engine while mounted. */
export function useGraphEngine(props: EngineProps, onShown: (view: GraphView) => void) {
  const canvasRef = useRef<HTMLCanvasElement>(null);
  const engineRef = useRef<GraphEngine | null>(null);
  const latest = useRef({ ...props, onShown });
  const { isLarge = false } = props;
  const { memory = NO_MEMORY, pins = NO_PINS } = props;
  const { graph, framing, selection, matches, edgeLabels, themeKey, apiRef } = props;
  useEffect(() => {
    latest.current = { ...props, onShown };
  });
  useEffect(() => {
    const canvas = canvasRef.current;
    const ctx = canvas?.getContext("2d");
    if (canvas === null || ctx === null || ctx === undefined) return;
    const engine = new GraphEngine(canvas, ctx, {
      onHover: (target, at) => latest.current.onHover?.(target, at),
      onShown: (view) => {
        latest.current.onShown(view);
        if (latest.current.isLarge === true) fitSize(canvas, engine, true);
      },
      onSeen: (scene, view, moved) => latest.current.onSeen?.(scene, view, moved),
      onPin: (id, pin) => latest.current.onPin?.(id, pin),
      onLeftOut: (leftOut) => latest.current.onLeftOut?.(leftOut),
      onRecall: () => latest.current.onRecall?.() ?? null,
      onKeep: (viewport) => latest.current.onKeep?.(viewport),
    });
    engineRef.current = engine;
    if (apiRef !== undefined) apiRef.current = apiOf(engine, canvas);
    const unwatch = watchSize(canvas, () => fitSize(canvas, engine, latest.current.isLarge === true));
    // Whoever measures the page asks for the counts of its work.
    const told = (): void => canvas.setAttribute("data-counters", JSON.stringify(engine.counters()));
    canvas.addEventListener("counters", told);
    let mounted = true;
    void document.fonts.ready.then(() => mounted && engine.refreshTheme());
    return () => {
      mounted = false;
      unwatch();
      canvas.removeEventListener("counters", told);
      engine.stop();
      engineRef.current = null;
      if (apiRef !== undefined) apiRef.current = null;
    };
  }, [apiRef]);
  useEffect(() => engineRef.current?.setEdgeLabels(edgeLabels), [edgeLabels]);
  useEffect(() => engineRef.current?.setMatches(matches), [matches]);
  useEffect(() => engineRef.current?.setSelection(selection), [selection]);
  useEffect(() => engineRef.current?.arranger.setPins(pins), [pins]);
  useEffect(() => engineRef.current?.arranger.setGraph(graph, framing, memory), [graph, framing, memory]);
  useEffect(() => {
    const [canvas, engine] = [canvasRef.current, engineRef.current];
    if (canvas !== null && engine !== null) fitSize(canvas, engine, isLarge);
  }, [isLarge]);
  useEffect(() => {
    if (themeKey !== "") engineRef.current?.refreshTheme();
  }, [themeKey]);
  return { canvasRef, engineRef };
}
