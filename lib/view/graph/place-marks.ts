/**
 * Where the marks on edges stand at a zoom: arrow, lock and badges, each at the first of a few spots along its edge that
 * meets no node, label, title or other mark. An arrow without such a spot keeps its own (direction is told wherever a line is long
 * enough to have one), but for far out, where it is left out; so is a lock or badge without one. Important edges choose first.
 * Positions in world px, sizes in screen px.
 */
import { angleAt, pointAt, shareToT } from "./curve.ts";
import { MOST, MOST_ON_CARDS } from "./draw-budget.ts";
import {
  type ArrowDraw,
  type BadgeDraw,
  type Drawing,
  type DrawParameters,
  isDrawn,
  type LockDraw,
  type Tone,
  toneOf,
} from "./draw-marks.ts";
import { faintOf } from "./faint.ts";
import type { EdgeMark } from "./graph-view.ts";
import type { Occupied, Rect } from "./occupied.ts";
import { segmentsOf } from "./scene.ts";

export const DIM_EDGE = 0.16;
/** Below, lines are so many or so short that arrows on top of each other would tell nothing. */
const ARROWS_ANYWAY_FROM = 0.3;
const LEAST_WITH_ARROW = 18;
const LOCKS_FROM = 0.45;
/** A lock that is not closed is news: it is shown from here on, unless the edges are a crowd. */
const OPEN_LOCKS_FROM = 0.3;
/** Badges have their figures beside them from here on. */
const FIGURES_FROM = 0.85;
const CROWD_EDGES = 150;
/** Times their size, of arrows between cards: of few lines and of a crowd. */
const ON_CARDS = 0.8;
const IN_CROWD = 0.6;
/** Arrows of faint lines are small besides: they step back less. */
const FAINTEST_ARROW = 0.5;
const ARROW_SHARES = [0.56, 0.68, 0.5, 0.74, 0.44, 0.8];
const LOCK_SHARES = [0.3, 0.42, 0.24, 0.48, 0.7, 0.18, 0.78, 0.86];
const BADGE_SHARES = [0.49, 0.4, 0.26, 0.74, 0.6, 0.16, 0.84];
/** How far off the line badges are tried, in their own heights. */
const BADGE_LIFTS = [0, -1, 1, -1.6, 1.6];

export const ARROW_FILL: Readonly<Record<Tone, ArrowDraw["fill"]>> = {
  healthy: "filled",
  failing: "filled",
  idle: "hollow",
  degraded: "half",
  unknown: "hollow",
};

export interface EdgeMarks {
  readonly arrows: readonly ArrowDraw[];
  readonly locks: readonly LockDraw[];
  readonly badges: readonly BadgeDraw[];
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}

interface Spot {
  readonly x: number;
  readonly y: number;
  readonly angle: number;
}

function spotAt({ scene }: DrawParameters, e: number, share: number): Spot {
  const segments = segmentsOf(scene, e);
  const start = scene.curveStart[e] ?? 0;
  const t = shareToT(scene.curves, start, segments, share);
  return { ...pointAt(scene.curves, start, t), angle: angleAt(scene.curves, start, segments, t) };
}

interface Size {
  readonly w: number;
  readonly h: number;
}

const about = (spot: Spot, { w, h }: Size, zoom: number): Rect => ({
  x: spot.x * zoom - w / 2,
  y: spot.y * zoom - h / 2,
  w,
  h,
});

/** The first free spot, which is then taken; null where there is none. */
function freeSpot(
  parameters: DrawParameters,
  e: number,
  tries: { readonly first: Spot; readonly shares: readonly number[] },
  size: Size,
  taken: Occupied,
): Spot | null {
  let spot = tries.first;
  for (let i = -1; i < tries.shares.length; i++) {
    if (i >= 0) spot = spotAt(parameters, e, tries.shares[i] ?? 0.5);
    const rect = about(spot, size, parameters.zoom);
    if (taken.meets(rect)) continue;
    taken.add(rect);
    return spot;
  }
  return null;
}

function ownSpots({ scene }: DrawParameters, e: number): { readonly arrow: Spot; readonly lock: Spot } {
  const [x = 0, y = 0, angle = 0] = scene.arrows.subarray(3 * e, 3 * e + 3);
  const [lx = 0, ly = 0] = scene.locks.subarray(2 * e, 2 * e + 2);
  return { arrow: { x, y, angle }, lock: { x: lx, y: ly, angle: 0 } };
}

/** `faint`: how bright that of a healthy line is. */
function arrowOf(parameters: Drawing, e: number, taken: Occupied, faint: number): ArrowDraw | null {
  const edge = parameters.scene.view.edges[e];
  if (edge === undefined) return null;
  const tone = toneOf(edge.state);
  const zoom = parameters.reads(e);
  const onCards = edgesOf(parameters.scene) > CROWD_EDGES ? IN_CROWD : ON_CARDS;
  const scale = zoom > parameters.zoom ? onCards : clamp(zoom, 0.5, 1.6);
  const size = Math.round((5 + edge.width * 0.9 + (tone === "failing" ? 1 : 0)) * scale * 2) / 2;
  const own = ownSpots(parameters, e).arrow;
  const tries = { first: own, shares: ARROW_SHARES };
  const spot = freeSpot(parameters, e, tries, { w: size + 2, h: size + 2 }, taken);
  if (spot === null && parameters.zoom < ARROWS_ANYWAY_FROM) return null;
  const { x, y, angle } = spot ?? own;
  const level = parameters.emphasis.edge[e] ?? 1;
  const isPlain = level === 1 && (tone === "healthy" || tone === "idle");
  const alpha = level === 0 ? DIM_EDGE : isPlain ? faint : 1;
  return { edge: e, x, y, angle, size, fill: ARROW_FILL[tone], tone, alpha };
}

function lockOf(parameters: DrawParameters, e: number, edge: EdgeMark, taken: Occupied): LockDraw | null {
  if (edge.lock === null) return null;
  const size = 10 * clamp(parameters.zoom, 0.8, 1.4);
  const tries = { first: ownSpots(parameters, e).lock, shares: LOCK_SHARES };
  const spot = freeSpot(parameters, e, tries, { w: size * 1.3, h: size * 1.4 }, taken);
  if (spot === null) return null;
  return {
    edge: e,
    lock: edge.lock,
    x: spot.x,
    y: spot.y,
    size,
    alpha: parameters.emphasis.edge[e] === 0 ? DIM_EDGE : 1,
  };
}

function badgesOf(parameters: DrawParameters, e: number, edge: EdgeMark, taken: Occupied): BadgeDraw | null {
  if (edge.badges.length === 0) return null;
  const { zoom, measure } = parameters;
  const size = 11 * clamp(zoom, 0.85, 1.4);
  const figures = edge.badges.map((_, i) => (zoom >= FIGURES_FROM ? (edge.badgeFigures[i] ?? "") : ""));
  const widths = figures.map((text) => (text === "" ? 0 : measure(text, "pill") + 5));
  const box = { w: edge.badges.length * (size + 2) + 4 + widths.reduce((a, b) => a + b, 0), h: size + 4 };
  for (const lift of BADGE_LIFTS) {
    for (const share of BADGE_SHARES) {
      const on = spotAt(parameters, e, share);
      const away = (lift * box.h) / parameters.zoom;
      const spot = { ...on, x: on.x - Math.sin(on.angle) * away, y: on.y + Math.cos(on.angle) * away };
      const rect = about(spot, box, parameters.zoom);
      if (taken.meets(rect)) continue;
      taken.add(rect);
      const alpha = parameters.emphasis.edge[e] === 0 ? DIM_EDGE : 1;
      return { edge: e, badges: edge.badges, figures, widths, x: spot.x, y: spot.y, size, ...box, alpha };
    }
  }
  return null;
}

const edgesOf = (scene: Drawing["scene"]): number => scene.view.edges.length;

/** Fills `taken` with what it places, at most `rest` marks; arrows of all edges before the locks of any. */
export function placeEdgeMarks(parameters: Drawing, taken: Occupied, rest: number): EdgeMarks {
  const { scene, zoom, edgeLabels, chosen, reads } = parameters;
  const most = chosen === null ? { locks: edgesOf(scene), badges: edgesOf(scene) } : MOST;
  const { edges } = scene.view;
  const order = edges
    .map((_, e) => e)
    .filter((e) => isDrawn(parameters.chosen?.edge, e))
    .sort((a, b) => (edges[b]?.importance ?? 0) - (edges[a]?.importance ?? 0) || a - b);
  const longEnough = (e: number, px: number): boolean => {
    const edge = edges[e];
    if (edge === undefined || segmentsOf(scene, e) === 0) return false;
    return (scene.edgeLength[e] ?? 0) * zoom >= px || edge.source === edge.target;
  };
  const faint = Math.max(FAINTEST_ARROW, faintOf(scene, zoom));
  const arrows: ArrowDraw[] = [];
  const locks: LockDraw[] = [];
  const badges: BadgeDraw[] = [];
  for (const e of order) {
    if (arrows.length >= rest) break;
    const arrow = longEnough(e, LEAST_WITH_ARROW) ? arrowOf(parameters, e, taken, faint) : null;
    if (arrow !== null) arrows.push(arrow);
  }
  // Labels are worth as much as these: half of what is left is theirs.
  const room = Math.floor((rest - arrows.length) / 2);
  let onCards = 0;
  for (const e of order) {
    const edge = edges[e];
    if (edge === undefined) continue;
    const isNews = edge.lock !== null && edge.lock !== "closed" && edges.length <= CROWD_EDGES;
    if (reads(e) < (isNews ? OPEN_LOCKS_FROM : LOCKS_FROM) || !longEnough(e, isNews ? 30 : 40)) continue;
    const isOfCards = reads(e) > zoom;
    if (locks.length + badges.length + 2 > room || (isOfCards && onCards >= MOST_ON_CARDS)) continue;
    const lock = edgeLabels.has("lock") && locks.length < most.locks ? lockOf(parameters, e, edge, taken) : null;
    if (lock !== null) locks.push(lock);
    if (isOfCards && lock !== null) onCards++;
    const badge = badges.length < most.badges ? badgesOf(parameters, e, edge, taken) : null;
    if (badge !== null) badges.push(badge);
  }
  return { arrows, locks, badges };
}
