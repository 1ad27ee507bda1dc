"use client";
/**
 * The service graph on a canvas: draws an answer, reports what the pointer or the keyboard points at. Fills its parent.
 * Keys while focused: arrows walk along edges, Enter opens, c folds and unfolds, Escape clears, + and − zoom, 0 fits. What is selected is
 * spoken in a live region; the same data as a table is the map page's business.
 */
import { type KeyboardEvent, type PointerEvent, useCallback, useId, useRef, useState } from "react";
import { type FoldTarget, foldTargetOf } from "../../lib/view/graph/fold-target.ts";
import type { GraphTarget, GraphView } from "../../lib/view/graph/graph-view.ts";
import { type Direction, describeTarget } from "../../lib/view/graph/navigate.ts";
import type { Pins } from "../../lib/view/graph/pins.ts";
import { type EngineProps, useGraphEngine } from "./use-graph-engine.ts";
import type { ScreenPoint } from "./zoom-control.ts";

export interface GraphCanvasProps extends EngineProps {
  /** Null for the background. */
  readonly onSelect: (target: GraphTarget | null) => void;
  /** Enter on the selection. */
  readonly onOpen?: (target: GraphTarget) => void;
  /** `c` on what is selected, or a double click on a box. */
  readonly onFold?: (target: FoldTarget) => void;
  /** `f` on a node. */
  readonly onFocusNode?: (id: string) => void;
  /** `<` and `>`: fewer or more hops about what is in focus. */
  readonly onHops?: ((by: -1 | 1) => void) | undefined;
  /** `p` on a node: holds it in place, or lets go of it. */
  readonly onTogglePin?: ((id: string) => void) | undefined;
  /** What is drawn, each time that it is another. */
  readonly onView?: (view: GraphView) => void;
  /** Old data while new is on its way. */
  readonly dimmed?: boolean;
}

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};
const ZOOM_STEP = 1.35;
/** How far a node is moved by a key, world px. */
const STEPS: Readonly<Record<Direction, ScreenPoint>> = {
  left: { x: -24, y: 0 },
  right: { x: 24, y: 0 },
  up: { x: 0, y: -24 },
  down: { x: 0, y: 24 },
};

const HINT =
  "Arrow keys: right to a callee, left to a caller, up and down among siblings. Enter opens the panel, c folds and unfolds a box, f draws what lies about a node and f again all, p pins a node and lets go of it, Shift with an arrow moves it, Escape clears, plus and minus zoom, 0 fits.";

function place(event: { readonly nativeEvent: MouseEvent }) {
  return { x: event.nativeEvent.offsetX, y: event.nativeEvent.offsetY };
}

function spokenOf(view: GraphView, target: GraphTarget, pins: Pins | undefined): string {
  const pinned = target.kind === "node" && pins?.has(target.id) === true ? ", pinned" : "";
  return `${describeTarget(view, target)}${pinned}`;
}

/** Says what was selected once: figures that change under a selection are not read out again and again. */
function Announcement({ text }: { readonly text: string }) {
  const [spoken] = useState(text);
  return <>{spoken}</>;
}

/** Says that a node that stays selected is held in place, or not any more: by a key, a button, the pointer or in another tab. */
function PinAnnouncement({ title, isPinned }: { readonly title: string; readonly isPinned: boolean }) {
  const [told, setTold] = useState({ isPinned, text: "" });
  if (told.isPinned !== isPinned)
    setTold({ isPinned, text: `${title} ${isPinned ? "is pinned" : "is not pinned any more"}` });
  return <>{told.text}</>;
}

export function GraphCanvas(props: GraphCanvasProps) {
  const { selection, onSelect, onOpen, onFold, onFocusNode, onHops, onPin, onTogglePin, pins, dimmed = false } = props;
  const [view, setView] = useState<GraphView | null>(null);
  const { canvasRef, engineRef } = useGraphEngine(props, (shown) => {
    setView(shown);
    props.onView?.(shown);
  });
  const hintId = useId();
  const dragging = useRef(false);
  const node = selection?.kind === "node" ? view?.nodes[view.nodeIndex.get(selection.id) ?? -1] : undefined;

  const onKeyDown = useCallback(
    (event: KeyboardEvent<HTMLCanvasElement>) => {
      const engine = engineRef.current;
      if (engine === null || event.ctrlKey || event.metaKey || event.altKey) return;
      const direction = ARROWS[event.key];
      if (direction !== undefined && event.shiftKey && selection?.kind === "node") {
        const pin = engine.pinOf(selection.id, STEPS[direction]);
        if (pin !== null) onPin?.(selection.id, pin);
      } else if (direction !== undefined) {
        const next = engine.next(direction);
        if (next !== null) {
          engine.reveal(next);
          onSelect(next);
        }
      } else if (event.key === "+" || event.key === "=") engine.zoom.by(ZOOM_STEP);
      else if (event.key === "-" || event.key === "_") engine.zoom.by(1 / ZOOM_STEP);
      else if (event.key === "0") engine.zoom.fit(true);
      else if (event.key === "Enter" && selection !== null) onOpen?.(selection);
      else if (event.key === "c") {
        const target = view === null ? null : foldTargetOf(view, selection, "around");
        if (target !== null) onFold?.(target);
      } else if (event.key === "p" && selection?.kind === "node") onTogglePin?.(selection.id);
      else if (event.key === "f" && selection?.kind === "node") onFocusNode?.(selection.id);
      else if ((event.key === "<" || event.key === ">") && onHops !== undefined) onHops(event.key === "<" ? -1 : 1);
      else if (event.key === "Escape" && selection !== null) onSelect(null);
      else return;
      event.preventDefault();
    },
    [engineRef, onFocusNode, onFold, onHops, onOpen, onPin, onSelect, onTogglePin, selection, view],
  );

  const onPointerMove = (event: PointerEvent<HTMLCanvasElement>): void => {
    if (event.pointerType !== "touch") engineRef.current?.pointerAt(place(event), dragging.current);
  };

  return (
    <div className="relative h-full w-full overflow-hidden" data-graph={view === null ? "laying-out" : "drawn"}>
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: arrow keys have a meaning of their own here, which is what the application role says */}
      <canvas
        ref={canvasRef}
        role="application"
        aria-roledescription="graph"
        aria-label={view?.summary ?? "Service graph"}
        aria-describedby={hintId}
        tabIndex={0}
        className="block h-full w-full touch-none outline-none transition-opacity focus-visible:outline-2 focus-visible:-outline-offset-2 focus-visible:outline-accent motion-reduce:transition-none"
        style={{ opacity: dimmed ? 0.55 : 1 }}
        onKeyDown={onKeyDown}
        onClick={(event) => onSelect(engineRef.current?.clickedAt(place(event)) ?? null)}
        onDoubleClick={(event) => {
          const target = engineRef.current?.foldAt(place(event)) ?? null;
          if (target !== null) onFold?.(target);
        }}
        onPointerDown={() => {
          dragging.current = true;
        }}
        onPointerUp={(event) => {
          dragging.current = false;
          onPointerMove(event);
        }}
        onPointerMove={onPointerMove}
        onPointerLeave={() => {
          dragging.current = false;
          engineRef.current?.pointerAt(null);
        }}
      />
      <p id={hintId} className="sr-only">
        {HINT}
      </p>
      <p aria-live="polite" className="sr-only">
        {view === null || selection === null ? null : (
          <Announcement key={`${selection.kind} ${selection.id}`} text={spokenOf(view, selection, pins)} />
        )}
      </p>
      <p aria-live="polite" className="sr-only">
        {node === undefined ? null : (
          <PinAnnouncement key={node.id} title={node.title} isPinned={pins?.has(node.id) === true} />
        )}
      </p>
    </div>
  );
}
