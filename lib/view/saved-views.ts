/**
 * Views that a person keeps under a name: a page's path with all its parameters. In: what the browser has stored, or a
 * change; out: the list, newest first. Nothing that is stored is trusted: an entry that is no view of this console is left
 * out, and a path never leads to another origin.
 */
export interface SavedView {
  readonly id: string;
  readonly name: string;
  /** `/?namespace=shop`: a path of this console. */
  readonly path: string;
  readonly savedMs: number;
}

export const MOST_VIEWS = 200;
export const MOST_NAME = 80;
const MOST_PATH = 8_000;

/** One slash, and then no second one or a backslash, which a browser reads as one: that would be another host. */
const isOwnPath = (path: string): boolean => /^\/(?![/\\])/.test(path) && path.length <= MOST_PATH;

/** Spaces at the ends and line breaks are no part of a name. */
export function cleanName(name: string): string {
  return name.replace(/\s+/g, " ").trim().slice(0, MOST_NAME);
}

function viewOf(value: unknown): SavedView[] {
  if (typeof value !== "object" || value === null) return [];
  const { id, name, path, savedMs } = { id: null, name: null, path: null, savedMs: null, ...value };
  if (typeof id !== "string" || typeof name !== "string" || typeof path !== "string") return [];
  if (typeof savedMs !== "number" || !Number.isFinite(savedMs)) return [];
  const clean = cleanName(name);
  return id === "" || clean === "" || !isOwnPath(path) ? [] : [{ id, name: clean, path, savedMs }];
}

/** What the browser stored; nothing where it is not a list. */
export function parseViews(text: string | null): readonly SavedView[] {
  let stored: unknown = null;
  try {
    stored = JSON.parse(text ?? "[]");
  } catch {
    return [];
  }
  if (!Array.isArray(stored)) return [];
  const ids = new Set<string>();
  const views = stored.flatMap(viewOf).filter(({ id }) => !ids.has(id) && ids.add(id));
  return views.slice(0, MOST_VIEWS);
}

export const formatViews = (views: readonly SavedView[]): string => JSON.stringify(views);

export type SaveFault = "no_name" | "name_taken" | "too_many" | "too_long";

export const SAVE_FAULT_WORDS: Readonly<Record<SaveFault, string>> = {
  no_name: "A view needs a name.",
  name_taken: "Another view has this name.",
  too_many: `At most ${MOST_VIEWS} views are kept: delete one first.`,
  too_long: "This view's link is too long to keep.",
};

function nameFault(views: readonly SavedView[], name: string, own?: string): SaveFault | null {
  if (name === "") return "no_name";
  const taken = views.some((view) => view.id !== own && view.name.toLowerCase() === name.toLowerCase());
  return taken ? "name_taken" : null;
}

export type Changed =
  | { readonly ok: true; readonly views: readonly SavedView[] }
  | { readonly ok: false; readonly fault: SaveFault };

/** Names are told apart without regard to case. */
export function addView(views: readonly SavedView[], view: SavedView): Changed {
  const name = cleanName(view.name);
  const fault = nameFault(views, name);
  if (fault !== null) return { ok: false, fault };
  if (!isOwnPath(view.path)) return { ok: false, fault: "too_long" };
  if (views.length >= MOST_VIEWS) return { ok: false, fault: "too_many" };
  return { ok: true, views: [{ ...view, name }, ...views] };
}

export function renameView(views: readonly SavedView[], id: string, to: string): Changed {
  const name = cleanName(to);
  const fault = nameFault(views, name, id);
  if (fault !== null) return { ok: false, fault };
  return { ok: true, views: views.map((view) => (view.id === id ? { ...view, name } : view)) };
}

export function removeView(views: readonly SavedView[], id: string): readonly SavedView[] {
  return views.filter((view) => view.id !== id);
}

/** Those whose name has all the words of `text`, for a palette. */
export function viewsNamed(views: readonly SavedView[], text: string): readonly SavedView[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return views.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
}

const PAGE_NAMES: Readonly<Record<string, string>> = {
  "": "map",
  mtls: "mTLS",
};

function parameter(text: string): readonly [string, string] {
  const [name = "", value = ""] = text.split("=", 2);
  try {
    return [name, decodeURIComponent(value.replaceAll("+", " "))];
  } catch {
    return [name, value];
  }
}

/** What a link shows in a few words: "map · shop · error > 1% · live". */
export function viewWords(path: string): string {
  const [page = "", query = ""] = path.split("?", 2);
  const name = page.split("/")[1] ?? "";
  const given = new Map(query.split("&").map(parameter));
  const scope = ["mesh", "cluster", "ns", "find"].map((key) => given.get(key) ?? "");
  const view = given.get("view") ?? "";
  const time = given.has("start") ? "fixed window" : "live";
  return [PAGE_NAMES[name] ?? name, view, ...scope, time].filter((part) => part !== "").join(" · ");
}
