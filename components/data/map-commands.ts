"use client";
/**
 * What only the map on screen can do, for whoever asks from elsewhere on the page: it lends its commands while it is shown. A
 * command that is asked for before that runs once it is lent, soon or never: later it would come as a surprise.
 */
import { useEffect, useRef } from "react";

export type MapCommand = "fit" | "arrange" | "legend" | "mark" | "png" | "svg" | "edges" | "nodes" | "json" | "link";

export type Commands = Readonly<Partial<Record<MapCommand, () => void>>>;

type Lent = { readonly current: Commands };

/** Of the picture: in a table there is nothing that could do them. */
export const OF_PICTURE: ReadonlySet<MapCommand> = new Set(["fit", "arrange", "legend", "png", "svg"]);
/** On a wall there is no room for what they open. */
const OFF_WALL: ReadonlySet<MapCommand> = new Set(["legend", "mark"]);

/** How long the way to a map may take, ms: its page, its graph and their layout. */
export const ASKED_MS = 30_000;

const lenders = new Set<Lent>();
let wanted: { readonly id: MapCommand; readonly untilMs: number } | null = null;

function commandOf(id: MapCommand): (() => void) | undefined {
  for (const { current } of lenders) if (current[id] !== undefined) return current[id];
  return undefined;
}

/** Lends what `lent` holds at the time it is asked; returns what takes it back. `nowMs` is on the clock of `askMap`. */
export function lendCommands(lent: Lent, nowMs: number): () => void {
  lenders.add(lent);
  if (wanted !== null && nowMs > wanted.untilMs) wanted = null;
  if (wanted !== null && lent.current[wanted.id] !== undefined) askMap(wanted.id, nowMs);
  return () => void lenders.delete(lent);
}

/** Runs it; false where no map can yet: it runs once one lends it within `ASKED_MS`. What was asked for before is given up. */
export function askMap(id: MapCommand, nowMs: number): boolean {
  const run = commandOf(id);
  wanted = run === undefined ? { id, untilMs: nowMs + ASKED_MS } : null;
  run?.();
  return run !== undefined;
}

/** Gives up what was asked for and not done yet: the way to its map was left. */
export function forgetAsked(): void {
  wanted = null;
}

export interface MapPlace {
  readonly isTable: boolean;
  /** A wall shows the picture, also where a table is chosen. */
  readonly isWall: boolean;
}

/** What of the map has to be left so that it can be done. */
export function toLeave(
  id: MapCommand,
  { isTable, isWall }: MapPlace,
): { readonly table: boolean; readonly wall: boolean } {
  const wall = isWall && OFF_WALL.has(id);
  return { table: isTable && (wall || !isWall) && OF_PICTURE.has(id), wall };
}

/** While the component is shown and `isReady`. */
export function useLentCommands(commands: Commands, isReady: boolean): void {
  const latest = useRef(commands);
  useEffect(() => {
    latest.current = commands;
  });
  useEffect(() => (isReady ? lendCommands(latest, Date.now()) : undefined), [isReady]);
}
