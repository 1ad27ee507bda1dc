"use client";
/** Width of a side panel, px: this browser's own, kept across reloads, so in its storage and not in a link. */
import { useCallback } from "react";
import { storedValues, useStored } from "./stored-value.ts";

/** Null: none was chosen. */
const widthUnder = storedValues<number | null>({
  parse: (text) => (Number(text) > 0 ? Number(text) : null),
  format: (width) => (width === null ? null : String(width)),
  holds: true,
});

export interface PanelLimits {
  readonly usual: number;
  readonly least: number;
  readonly most: number;
}

export function usePanelWidth(name: string, { usual, least, most }: PanelLimits) {
  const stored = widthUnder(`meshscope.width.${name}`);
  const width = Math.min(most, Math.max(least, useStored(stored, null) ?? usual));
  const setWidth = useCallback(
    (next: number) => void stored.change(() => Math.min(most, Math.max(least, Math.round(next)))),
    [stored, least, most],
  );
  return [width, setWidth] as const;
}
