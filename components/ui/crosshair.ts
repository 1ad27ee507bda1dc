"use client";
/** The instant under the pointer, shared by every chart of the page. Pointer state only: it is in no link and no cache. */
import { useSyncExternalStore } from "react";

let hoverMs: number | null = null;
const listeners = new Set<() => void>();

export function setCrosshair(atMs: number | null): void {
  if (hoverMs === atMs) return;
  hoverMs = atMs;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useCrosshair(): number | null {
  return useSyncExternalStore(
    subscribe,
    () => hoverMs,
    () => null,
  );
}
