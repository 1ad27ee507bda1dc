"use client";
/** Whether the page fills the screen, and the way in and out; a browser that refuses leaves it as it is. */
import { useCallback, useSyncExternalStore } from "react";

function subscribe(listener: () => void): () => void {
  document.addEventListener("fullscreenchange", listener);
  return () => document.removeEventListener("fullscreenchange", listener);
}

export function useFullScreen() {
  const isFull = useSyncExternalStore(
    subscribe,
    () => document.fullscreenElement !== null,
    () => false,
  );
  const set = useCallback((full: boolean) => {
    if (full) void document.documentElement.requestFullscreen().catch(() => undefined);
    else if (document.fullscreenElement !== null) void document.exitFullscreen().catch(() => undefined);
  }, []);
  return [isFull, set] as const;
}
