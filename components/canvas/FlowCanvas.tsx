"use client";
/** Traffic as dots along the edges, over the picture and out of the pointer's way. Not for screen readers: the figures say it. */
import { type RefObject, useEffect, useRef } from "react";
import { FlowLayer, type FlowSample } from "./flow-layer.ts";
import type { GraphCanvasApi } from "./use-graph-engine.ts";

interface FlowCanvasProps {
  readonly api: RefObject<GraphCanvasApi | null>;
  /** What one dot stands for; null: none was drawn yet, or will be. */
  readonly onSample: (sample: FlowSample | null) => void;
}

export function FlowCanvas({ api, onSample }: FlowCanvasProps) {
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const canvas = ref.current;
    const ctx = canvas?.getContext("2d");
    if (canvas === null || ctx === null || ctx === undefined) return;
    let told = "";
    const layer = new FlowLayer(canvas, ctx, (sample) => {
      const text = JSON.stringify(sample);
      if (text !== told) onSample(sample);
      told = text;
    });
    const detach = api.current?.attach((picture) => layer.show(picture));
    // Whoever measures the page asks for the counts of its work.
    const counts = (): void => {
      const { dots, drawn, late } = layer;
      canvas.setAttribute("data-counters", JSON.stringify({ dots, drawn, late }));
    };
    canvas.addEventListener("counters", counts);
    return () => {
      canvas.removeEventListener("counters", counts);
      detach?.();
      layer.stop();
      onSample(null);
    };
  }, [api, onSample]);
  return (
    <div aria-hidden="true" className="pointer-events-none absolute inset-0">
      <canvas ref={ref} data-flow="" className="block h-full w-full" />
    </div>
  );
}
