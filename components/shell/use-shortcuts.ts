"use client";
/** Listens for shortcuts on the window. Keys typed into fields are left alone, but for the palette's. */
import { useEffect, useRef } from "react";
import { type Action, nextKey } from "../../lib/view/shortcuts.ts";

const PAIR_MS = 1000;

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

export function useShortcuts(run: (action: Action) => void): void {
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => {
    let pending: { key: string; atMs: number } | null = null;
    const listen = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        latest.current("palette");
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (typing(event.target)) return;
      const fresh = pending !== null && event.timeStamp - pending.atMs < PAIR_MS ? pending.key : null;
      const step = nextKey(fresh, event.key);
      pending = step.pending === null ? null : { key: step.pending, atMs: event.timeStamp };
      if (step.action === null) return;
      if (step.action !== "close") event.preventDefault();
      latest.current(step.action);
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}
