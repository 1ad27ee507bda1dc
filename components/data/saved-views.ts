"use client";
/** Views kept in this browser under a name; every tab of it sees a change at once. */
import {
  addView,
  type Changed,
  formatViews,
  parseViews,
  removeView,
  renameView,
  type SavedView,
} from "../../lib/view/saved-views.ts";
import { storedValue, useStored } from "./stored-value.ts";

const NONE: readonly SavedView[] = [];

/** What was not stored is not there: it would be gone at the next visit. */
const stored = storedValue<readonly SavedView[]>("meshscope.views", {
  parse: parseViews,
  format: formatViews,
  holds: false,
});

export type Kept = Changed | { readonly ok: false; readonly fault: "not_stored" };

function change(changed: Changed): Kept {
  if (!changed.ok) return changed;
  return stored.change(() => changed.views) ? changed : { ok: false, fault: "not_stored" };
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
  const views = useStored(stored, NONE);
  return {
    views,
    save: (name, path) => change(addView(stored.read(), { id: newId(), name, path, savedMs: Date.now() })),
    rename: (id, name) => change(renameView(stored.read(), id, name)),
    remove: (id) => stored.change((now) => removeView(now, id)),
  };
}
