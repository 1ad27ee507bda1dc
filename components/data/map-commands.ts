"use client";
/**
 * What only the map on screen can do, for whoever asks from elsewhere on the page: it lends its commands while it is shown. A
 * command that is asked for before that runs once it is lent.
 */
import { useEffect, useRef } from "react";

export type MapCommand = "fit" | "arrange" | "legend" | "mark" | "png" | "svg" | "edges" | "nodes" | "json" | "link";

export type Commands = Readonly<Partial<Record<MapCommand, () => void>>>;

type Lent = { readonly current: Commands };

const lenders = new Set<Lent>();
let wanted: MapCommand | null = null;

function commandOf(id: MapCommand): (() => void) | undefined {
  for (const { current } of lenders) if (current[id] !== undefined) return current[id];
  return undefined;
}

/** Lends what `lent` holds at the time it is asked; returns what takes it back. */
export function lendCommands(lent: Lent): () => void {
  lenders.add(lent);
  if (wanted !== null && lent.current[wanted] !== undefined) askMap(wanted);
  return () => void lenders.delete(lent);
}

/** Runs it; false where no map can yet: it runs as soon as one lends it. What was asked for before is given up. */
export function askMap(id: MapCommand): boolean {
  const run = commandOf(id);
  wanted = run === undefined ? id : null;
  run?.();
  return run !== undefined;
}

/** While the component is shown and `isReady`. */
export function useLentCommands(commands: Commands, isReady: boolean): void {
  const latest = useRef(commands);
  useEffect(() => {
    latest.current = commands;
  });
  useEffect(() => (isReady ? lendCommands(latest) : undefined), [isReady]);
}
