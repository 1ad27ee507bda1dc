/**
 * What a shared link restores. In: query parameters by name; out: a typed state, and back. Scope, find, view and time
 * travel with every link; selection and table state belong to a page. A malformed value reads as its default, so that
 * an old link still opens. Times are Unix ms.
 */
import { FOLD_LEVELS, type FoldLevel } from "../query/folds.ts";
import { DIRECTIONS, type FocusDirection, VIEWS, type View } from "../query/schema/graph.ts";
import { formatReplay, parseReplay, type Replay } from "./timeline/replay.ts";

export const LIVE_MINUTES = [1, 5, 15, 30, 60] as const;
export type LiveMinutes = (typeof LIVE_MINUTES)[number];

export type TimeChoice =
  | { readonly kind: "live"; readonly minutes: LiveMinutes }
  /** Paused or chosen: [startMs, endMs). */
  | { readonly kind: "range"; readonly startMs: number; readonly endMs: number };

/** What becomes of what find does not match: it is dimmed, it is left out, or what matches is. */
export const FIND_MODES = ["mark", "only", "hide"] as const;
export type FindMode = (typeof FIND_MODES)[number];

/** `auto`: by the size of the estate. */
export const FOLD_CHOICES = ["auto", "none", ...FOLD_LEVELS] as const;
export type FoldChoice = "auto" | "none" | FoldLevel;

/** What frames the picture has: clusters and namespaces, or meshes around these. */
export const BOX_CHOICES = ["place", "mesh"] as const;
export type BoxChoice = (typeof BOX_CHOICES)[number];

export const MOST_HOPS = 10;

export interface ViewState {
  readonly meshes: readonly string[];
  readonly clusters: readonly string[];
  readonly namespaces: readonly string[];
  readonly find: string;
  readonly findMode: FindMode;
  /** Which match is stepped to, from 0. */
  readonly match: number;
  readonly view: View;
  /** Boxes that are one node: ids of the API. They win over `fold` and `expand`. */
  readonly collapse: readonly string[];
  readonly fold: FoldChoice;
  /** Boxes that are open though `fold` would have them closed. */
  readonly expand: readonly string[];
  readonly boxes: BoxChoice;
  /** The node about which the graph is drawn; empty for all of it. */
  readonly focus: string;
  readonly hops: number;
  readonly direction: FocusDirection;
  /** Whether the node in focus is drawn by its operations. */
  readonly operations: boolean;
  /** Whether nodes and edges without traffic are shown too. */
  readonly idle: boolean;
  readonly time: TimeChoice;
  /** The window steps on by itself, or is held while it does; null: it stands or is live. */
  readonly replay: Replay | null;
}

export const VIEW_STATE_KEYS = [
  "mesh",
  "cluster",
  "ns",
  "find",
  "findMode",
  "match",
  "view",
  "collapse",
  "fold",
  "expand",
  "boxes",
  "focus",
  "hops",
  "way",
  "ops",
  "idle",
  "last",
  "start",
  "end",
  "replay",
] as const;
export type ViewStateKey = (typeof VIEW_STATE_KEYS)[number];
export type QueryReader = (name: string) => string | null | undefined;

export const DEFAULT_VIEW_STATE: ViewState = {
  meshes: [],
  clusters: [],
  namespaces: [],
  find: "",
  findMode: "mark",
  match: 0,
  view: "workload",
  collapse: [],
  fold: "auto",
  expand: [],
  boxes: "place",
  focus: "",
  hops: 1,
  direction: "both",
  operations: false,
  idle: false,
  time: { kind: "live", minutes: 5 },
  replay: null,
};

/** Names joined by commas; a comma or a percent sign inside a name is percent-encoded. */
export function formatList(items: readonly string[]): string | null {
  if (items.length === 0) return null;
  return items.map((item) => item.replaceAll("%", "%25").replaceAll(",", "%2C")).join(",");
}

export function parseList(text: string | null | undefined): readonly string[] {
  if (text === null || text === undefined || text === "") return [];
  return text.split(",").flatMap((part) => {
    const name = part.replaceAll("%2C", ",").replaceAll("%25", "%");
    return name === "" ? [] : [name];
  });
}

function whole(text: string | null | undefined): number | undefined {
  return text !== null && text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function parseTime(get: QueryReader): TimeChoice {
  const startMs = whole(get("start"));
  const endMs = whole(get("end"));
  if (startMs !== undefined && endMs !== undefined && startMs < endMs) return { kind: "range", startMs, endMs };
  const minutes = LIVE_MINUTES.find((m) => `${m}m` === get("last"));
  return { kind: "live", minutes: minutes ?? 5 };
}

export function parseViewState(get: QueryReader): ViewState {
  const time = parseTime(get);
  return {
    meshes: parseList(get("mesh")),
    clusters: parseList(get("cluster")),
    namespaces: parseList(get("ns")),
    find: get("find") ?? "",
    findMode: FIND_MODES.find((mode) => mode === get("findMode")) ?? "mark",
    match: whole(get("match")) ?? 0,
    view: VIEWS.find((v) => v === get("view")) ?? "workload",
    collapse: parseList(get("collapse")),
    fold: FOLD_CHOICES.find((choice) => choice === get("fold")) ?? "auto",
    expand: parseList(get("expand")),
    boxes: BOX_CHOICES.find((choice) => choice === get("boxes")) ?? "place",
    focus: get("focus") ?? "",
    hops: Math.max(1, Math.min(MOST_HOPS, whole(get("hops")) ?? 1)),
    direction: DIRECTIONS.find((way) => way === get("way")) ?? "both",
    operations: get("ops") === "1",
    idle: get("idle") === "1",
    time,
    replay: time.kind === "range" ? parseReplay(get("replay")) : null,
  };
}

/** Null for a member at its default: links stay short. */
export function formatViewState(state: ViewState): Readonly<Record<ViewStateKey, string | null>> {
  const { time } = state;
  const live = time.kind === "live";
  return {
    mesh: formatList(state.meshes),
    cluster: formatList(state.clusters),
    ns: formatList(state.namespaces),
    find: state.find === "" ? null : state.find,
    findMode: state.findMode === "mark" ? null : state.findMode,
    match: state.match === 0 ? null : String(state.match),
    view: state.view === "workload" ? null : state.view,
    collapse: formatList(state.collapse),
    fold: state.fold === "auto" ? null : state.fold,
    expand: formatList(state.expand),
    boxes: state.boxes === "place" ? null : state.boxes,
    focus: state.focus === "" ? null : state.focus,
    hops: state.hops === 1 ? null : String(state.hops),
    way: state.direction === "both" ? null : state.direction,
    ops: state.operations ? "1" : null,
    idle: state.idle ? "1" : null,
    last: live && time.minutes !== 5 ? `${time.minutes}m` : null,
    start: live ? null : String(time.startMs),
    end: live ? null : String(time.endMs),
    replay: live ? null : formatReplay(state.replay),
  };
}

export type QueryValue = string | number | null | undefined;

function pair(name: string, value: QueryValue): string {
  return value === null || value === undefined || value === "" ? "" : `${name}=${encodeURIComponent(String(value))}`;
}

/** `?a=b&c=d`, or nothing. Null, undefined and empty values are left out; arrays repeat the name. */
export function queryText(values: Readonly<Record<string, QueryValue | readonly string[]>>): string {
  const parts = Object.entries(values).flatMap(([name, value]) =>
    typeof value === "object" && value !== null ? value.map((item) => pair(name, item)) : [pair(name, value)],
  );
  const text = parts.filter((part) => part !== "").join("&");
  return text === "" ? "" : `?${text}`;
}

/** A link to a page that carries scope, find, view and time, standing; `own` are that page's parameters and win. */
export function linkTo(path: string, state: ViewState, own: Readonly<Record<string, QueryValue>> = {}): string {
  return `${path}${queryText({ ...formatViewState(state), match: null, replay: null, ...own })}`;
}

/** The API's scope parameters. */
export function scopeParameters(state: ViewState): Readonly<Record<string, readonly string[]>> {
  return { mesh: state.meshes, cluster: state.clusters, namespace: state.namespaces };
}

/** The API's window for a request made at `nowMs`; a live one of 5 minutes is the API's default and left out. */
export function windowParameters(time: TimeChoice, nowMs: number): Readonly<Record<string, number>> {
  if (time.kind === "range") return { start: time.startMs, end: time.endMs };
  return time.minutes === 5 ? {} : { start: nowMs - time.minutes * 60_000, end: nowMs };
}

/** The window moved by its own length: `by` −1 is back, +1 forward. Forward past `nowMs` is live again. */
export function stepWindow(time: TimeChoice, by: -1 | 1, nowMs: number): TimeChoice {
  const length = time.kind === "live" ? time.minutes * 60_000 : time.endMs - time.startMs;
  const endMs = (time.kind === "live" ? nowMs : time.endMs) + by * length;
  if (endMs >= nowMs) return { kind: "live", minutes: LIVE_MINUTES.find((m) => m * 60_000 >= length) ?? 60 };
  return { kind: "range", startMs: endMs - length, endMs };
}

/** Stops a live window where it stands; a stopped one goes live again. */
export function toggleLive(time: TimeChoice, nowMs: number): TimeChoice {
  if (time.kind === "live") return { kind: "range", startMs: nowMs - time.minutes * 60_000, endMs: nowMs };
  return stepWindow(time, 1, time.startMs);
}
