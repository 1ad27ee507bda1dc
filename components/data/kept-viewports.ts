"use client";
/** Where this tab looked at each picture, until it is closed; where storage is refused, until the page is left. */
import { type KeptViewport, parseViewport, viewportText } from "../../lib/view/graph/kept-viewport.ts";

const ITEM = "meshscope.viewports";
/** Of so many pictures, the last ones. */
const MOST = 20;

let held: readonly (readonly [string, string])[] | null = null;

/** A line for each: the picture's key and the viewport, neither of which has a space in it. */
function entries(): readonly (readonly [string, string])[] {
  if (held !== null) return held;
  try {
    const lines = (sessionStorage.getItem(ITEM) ?? "").split("\n");
    held = lines.flatMap((line) => {
      const [key, text] = line.split(" ");
      return key === undefined || text === undefined ? [] : [[key, text] as const];
    });
  } catch {
    held = [];
  }
  return held;
}

export function recallViewport(key: string): KeptViewport | null {
  return parseViewport(entries().find(([of]) => of === key)?.[1] ?? null);
}

/** Null: all of the picture is shown, as it is without a word. */
export function keepViewport(key: string, viewport: KeptViewport | null): void {
  const text = viewport === null ? null : viewportText(viewport);
  const known = entries();
  if ((known.find(([of]) => of === key)?.[1] ?? null) === text) return;
  const others = known.filter(([of]) => of !== key);
  held = [...others, ...(text === null ? [] : [[key, text] as const])].slice(-MOST);
  try {
    sessionStorage.setItem(ITEM, held.map((entry) => entry.join(" ")).join("\n"));
  } catch {
    // It holds while the page is open.
  }
}
