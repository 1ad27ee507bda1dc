"use client";
/** Pictures of the map between visits: this browser's own, in its storage, bounded; where storage is refused there are none. */
import { afterKeeping, entriesOf, entriesText } from "../../lib/view/graph/kept-index.ts";
import { pictureOf, pictureText } from "../../lib/view/graph/kept-picture.ts";
import type { LayoutResult } from "../../lib/view/graph/layout-types.ts";

const INDEX = "meshscope.pictures";
const itemOf = (key: string): string => `meshscope.picture.${key}`;

/** The picture under a key, which is then the one looked at last; null where there is none that can be read. */
export function recallPicture(key: string): LayoutResult | null {
  try {
    const text = localStorage.getItem(itemOf(key));
    return text === null ? null : pictureOf(text);
  } catch {
    return null;
  }
}

export function keepPicture(key: string, layout: LayoutResult): void {
  const text = pictureText(layout);
  try {
    if (text === null) return;
    const { kept, dropped } = afterKeeping(entriesOf(localStorage.getItem(INDEX)), { key, characters: text.length });
    for (const old of dropped) localStorage.removeItem(itemOf(old));
    localStorage.setItem(INDEX, entriesText(kept));
    localStorage.setItem(itemOf(key), text);
  } catch {
    // Storage is full or refused: the picture holds for this visit.
  }
}
