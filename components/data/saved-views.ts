"use client";
/** Views kept in this browser under a name; every tab of it sees a change at once. */
import { useSyncExternalStore } from "react";
import {
  addView,
  type Changed,
  formatViews,
  parseViews,
  removeView,
  renameView,
  type SavedView,
} from "../../lib/view/saved-views.ts";

const KEY = "meshscope.views";
const NONE: readonly SavedView[] = [];

const listeners = new Set<() => void>();
/** What was stored when it was last read, so that equal texts are one list. */
let read: { readonly text: string | null; readonly views: readonly SavedView[] } = { text: null, views: NONE };

/** A browser may refuse storage altogether. */
function stored(): string | null {
  try {
    return window.localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function current(): readonly SavedView[] {
  const text = stored();
  if (text !== read.text) read = { text, views: parseViews(text) };
  return read.views;
}

function keep(views: readonly SavedView[]): boolean {
  try {
    window.localStorage.setItem(KEY, formatViews(views));
  } catch {
    return false;
  }
  for (const listener of listeners) listener();
  return true;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", listener);
  };
}

export type Kept = Changed | { readonly ok: false; readonly fault: "not_stored" };

function change(changed: Changed): Kept {
  if (!changed.ok) return changed;
  return keep(changed.views) ? changed : { ok: false, fault: "not_stored" };
}

export interface SavedViewsApi {
  readonly views: readonly SavedView[];
  /** `path`: of this console, with its parameters. */
  readonly save: (name: string, path: string) => Kept;
  readonly rename: (id: string, name: string) => Kept;
  readonly remove: (id: string) => boolean;
}

/** Not `crypto.randomUUID`: a browser has it only where the console is served over TLS or from this machine. */
const newId = (): string => `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`;

export function useSavedViews(): SavedViewsApi {
  const views = useSyncExternalStore(subscribe, current, () => NONE);
  return {
    views,
    save: (name, path) => change(addView(current(), { id: newId(), name, path, savedMs: Date.now() })),
    rename: (id, name) => change(renameView(current(), id, name)),
    remove: (id) => keep(removeView(current(), id)),
  };
}
