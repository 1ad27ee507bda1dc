"use client";
/** The heatmap engine's life in React: one per pair of canvases, sized with them, fed from props, stopped with them. */
import { type RefObject, useEffect, useRef } from "react";
import type { CellAt, Geometry } from "../../lib/view/heatmap/geometry.ts";
import type { HeatmapView } from "../../lib/view/heatmap/present-heatmap.ts";
import { useCrosshair } from "../ui/crosshair.ts";
import { type Chosen, type HeatColours, HeatEngine } from "./heat-engine.ts";
import { Scheduler } from "./scheduler.ts";
import { readTheme } from "./theme.ts";

interface EngineProps {
  readonly view: HeatmapView;
  readonly geometry: Geometry;
  readonly themeKey: string;
  readonly cursor: CellAt | null;
  readonly chosen: Chosen | null;
}

function channels(hex: string): readonly [number, number, number] {
  const at = (from: number): number => Number.parseInt(hex.slice(from, from + 2), 16) || 0;
  return [at(1), at(3), at(5)];
}

function coloursOf(element: Element, themeKey: string): HeatColours {
  const { text, panel, accent, idle } = readTheme(element);
  return { name: themeKey === "dark" ? "dark" : "light", text, panel, accent, hatch: channels(idle) };
}

function start(base: HTMLCanvasElement, overlay: HTMLCanvasElement) {
  const contexts = [base.getContext("2d"), overlay.getContext("2d")] as const;
  const [under, over] = contexts;
  if (under === null || over === null) return null;
  const engine: HeatEngine = new HeatEngine(under, over, () => scheduler.request());
  const scheduler = new Scheduler(() => {
    engine.frame();
    return false;
  });
  const resize = (): void => {
    const { clientWidth: width, clientHeight: height } = base;
    const ratio = window.devicePixelRatio || 1;
    for (const canvas of [base, overlay]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    engine.setSize(width, height, ratio);
  };
  const observer = new ResizeObserver(resize);
  observer.observe(base);
  resize();
  const stop = (): void => {
    observer.disconnect();
    scheduler.stop();
  };
  return { engine, stop };
}

export function useHeatEngine({ view, geometry, themeKey, cursor, chosen }: EngineProps): {
  readonly baseRef: RefObject<HTMLCanvasElement | null>;
  readonly overlayRef: RefObject<HTMLCanvasElement | null>;
} {
  const baseRef = useRef<HTMLCanvasElement>(null);
  const overlayRef = useRef<HTMLCanvasElement>(null);
  const engineRef = useRef<HeatEngine | null>(null);
  const crosshairMs = useCrosshair();
  useEffect(() => {
    if (baseRef.current === null || overlayRef.current === null) return;
    const started = start(baseRef.current, overlayRef.current);
    engineRef.current = started?.engine ?? null;
    return () => {
      started?.stop();
      engineRef.current = null;
    };
  }, []);
  useEffect(() => {
    if (baseRef.current !== null) engineRef.current?.setColours(coloursOf(baseRef.current, themeKey));
  }, [themeKey]);
  useEffect(() => engineRef.current?.setView(view, geometry), [view, geometry]);
  useEffect(() => engineRef.current?.setCursor(cursor), [cursor]);
  useEffect(() => engineRef.current?.setChosen(chosen), [chosen]);
  useEffect(() => engineRef.current?.setCrosshair(crosshairMs), [crosshairMs]);
  return { baseRef, overlayRef };
}
