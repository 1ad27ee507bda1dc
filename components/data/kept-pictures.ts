"use client";
/** Pictures of the map between visits: this browser's own, in its storage, bounded; where storage is refused there are none. */
import { afterKeeping, entriesOf, entriesText, type KeptEntry } from "../../lib/view/graph/kept-index.ts";
import { pictureOf, pictureText } from "../../lib/view/graph/kept-picture.ts";
import type { LayoutResult } from "../../lib/view/graph/layout-types.ts";
import { storedValue } from "./stored-value.ts";

const index = storedValue<readonly KeptEntry[]>("meshscope.pictures", {
  parse: entriesOf,
  format: entriesText,
  holds: false,
});
const ITEM = "meshscope.picture.";
const itemOf = (key: string): string => `${ITEM}${key}`;

/** The picture under a key, which is then the one looked at last; null where there is none that can be read. */
export function recallPicture(key: string): LayoutResult | null {
  try {
    const text = localStorage.getItem(itemOf(key));
    return text === null ? null : pictureOf(text);
  } catch {
    return null;
  }
}

/** Pictures that no index lists: of one that was damaged, cleared, or written by two tabs at once. They would never go by themselves. */
function sweep(): void {
  const listed = new Set(index.read().map(({ key }) => itemOf(key)));
  const items = Array.from({ length: localStorage.length }, (_, i) => localStorage.key(i) ?? "");
  for (const item of items) if (item.startsWith(ITEM) && !listed.has(item)) localStorage.removeItem(item);
}

export function keepPicture(key: string, layout: LayoutResult): void {
  const text = pictureText(layout);
  if (text === null) return;
  try {
    const isListed = index.change((entries) => afterKeeping(entries, { key, characters: text.length }).kept);
    // What is dropped makes room for what comes.
    sweep();
    if (isListed) localStorage.setItem(itemOf(key), text);
  } catch {
    // Storage is full or refused: the picture holds for this visit.
  }
}
