"use client";
/** Width of a side panel, px: this browser's own, kept across reloads, so in its storage and not in a link. */
import { useCallback, useSyncExternalStore } from "react";

const listeners = new Set<() => void>();
/** For browsers that refuse storage: until the page is left. */
const held = new Map<string, number>();

function stored(key: string): number | undefined {
  try {
    const width = Number(localStorage.getItem(key));
    return width > 0 ? width : undefined;
  } catch {
    return undefined;
  }
}

function keep(key: string, width: number): void {
  held.set(key, width);
  try {
    localStorage.setItem(key, String(width));
  } catch {
    // Storage is refused: the width holds for this visit.
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export interface PanelLimits {
  readonly usual: number;
  readonly least: number;
  readonly most: number;
}

export function usePanelWidth(name: string, { usual, least, most }: PanelLimits) {
  const key = `meshscope.width.${name}`;
  const width = useSyncExternalStore(
    subscribe,
    () => Math.min(most, Math.max(least, held.get(key) ?? stored(key) ?? usual)),
    () => usual,
  );
  const setWidth = useCallback(
    (next: number) => {
      keep(key, Math.min(most, Math.max(least, Math.round(next))));
      for (const listener of listeners) listener();
    },
    [key, least, most],
  );
  return [width, setWidth] as const;
}
