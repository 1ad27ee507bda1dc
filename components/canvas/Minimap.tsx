"use client";
/**
 * The whole picture, small, while a part of it is out of sight: a click or a drag moves the viewport there, arrow keys move it by a
 * quarter, Enter fits all.
 */
import { type KeyboardEvent, type PointerEvent, type RefObject, useEffect, useRef, useState } from "react";
import { isPartHidden, pictureBounds, worldAt } from "../../lib/view/graph/minimap.ts";
import { MINI_SIZE, MiniLayer } from "./mini-layer.ts";
import type { GraphCanvasApi } from "./use-graph-engine.ts";

const MOVES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-0.25, 0],
  ArrowRight: [0.25, 0],
  ArrowUp: [0, -0.25],
  ArrowDown: [0, 0.25],
};

export function Minimap({ api }: { readonly api: RefObject<GraphCanvasApi | null> }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const layer = useRef<MiniLayer | null>(null);
  const [isHidden, setHidden] = useState(true);
  useEffect(() => {
    const ctx = ref.current?.getContext("2d");
    if (ctx === null || ctx === undefined) return;
    const mini = new MiniLayer(ctx);
    layer.current = mini;
    return api.current?.attach((picture) => {
      const bounds = pictureBounds(picture.scene.layout);
      const hidden = bounds === null || !isPartHidden(bounds, picture.view);
      // What has the keyboard hands it to the picture before it goes.
      if (hidden && document.activeElement === button.current) api.current?.focus();
      setHidden(hidden);
      if (!hidden) mini.show(picture);
    });
  }, [api]);
  const go = (event: PointerEvent): void => {
    const frame = layer.current?.frame;
    const box = ref.current?.getBoundingClientRect();
    if (frame === null || frame === undefined || box === undefined) return;
    api.current?.centre(worldAt(frame, { x: event.clientX - box.left, y: event.clientY - box.top }));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const move = MOVES[event.key];
    if (move !== undefined) api.current?.pan(move[0], move[1]);
    else if (event.key === "Enter" || event.key === " ") api.current?.fit();
    else return;
    event.preventDefault();
  };
  return (
    <button
      ref={button}
      type="button"
      aria-label="Overview: arrow keys move the picture, Enter fits all"
      data-minimap={isHidden ? "hidden" : "shown"}
      className={`absolute bottom-14 right-3 z-10 cursor-crosshair touch-none rounded-md border border-line bg-panel p-0 max-sm:hidden ${isHidden ? "invisible" : ""}`}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        go(event);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) go(event);
      }}
      onKeyDown={onKeyDown}
    >
      <canvas ref={ref} className="block" style={MINI_SIZE} />
    </button>
  );
}
