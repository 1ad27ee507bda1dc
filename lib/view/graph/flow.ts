/**
 * Dots that run along edges, as many a second as requests run, sampled: one dot is so many requests for all edges, so that busy
 * edges look busier by as much as they are. In: a scene, the edges that are drawn, zoom; out: where each dot is at a time.
 * A function of its arguments: from frame to frame nothing is remembered, and from plan to plan what the next one is told, so that a dot
 * that is under way goes on where it is. Lengths in screen px, speeds in px/s.
 */
import { coordinateAt } from "./curve.ts";
import type { EdgeGroup } from "./draw-marks.ts";
import { type Scene, segmentsOf } from "./scene.ts";

export const DOT_SPEED = 70;
/** Dots under way at once, of requests and of bytes. */
export const MOST_DOTS = 300;
/** An edge with more would be a line. */
const MOST_PER_SECOND = 9;
const CHORDS = 10;
/** Dimmed lines have no dots. */
const LEAST_ALPHA = 0.25;

/** What was under way on a lane when it was planned. */
interface Underway {
  readonly seconds: number;
  /** How far ago the last dot was sent, and which one of all that the lane has had that was. */
  readonly since: number;
  readonly number: number;
  /** How far from the start each dot was, and whether it is a failed request. */
  readonly dots: readonly { readonly at: number; readonly failed: boolean }[];
}

export interface FlowLane {
  readonly edge: number;
  readonly id: string;
  readonly isTcp: boolean;
  /** Between dots. */
  readonly spacing: number;
  readonly length: number;
  /** Share of the dots that are failed requests. */
  readonly failed: number;
  /** x, y in world px at the end of each chord, and how far that is from the start. */
  readonly points: Float32Array;
  readonly reached: Float32Array;
  /** Null on a lane that was not there before: it has been running for ever. */
  readonly underway: Underway | null;
}

export interface FlowPlan {
  readonly zoom: number;
  readonly lanes: readonly FlowLane[];
  /** What one dot stands for; 0 where there are none of the kind. */
  readonly requestsPerDot: number;
  readonly bytesPerDot: number;
}

/** 1, 2 or 5 times a power of ten, at least `value`. */
export function niceAtLeast(value: number): number {
  if (value <= 0) return 0;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= value * (1 - 1e-9)) ?? 10;
  return step * power;
}

interface Way {
  readonly edge: number;
  readonly perSec: number;
  readonly length: number;
  readonly points: Float32Array;
  readonly reached: Float32Array;
}

function wayOf(scene: Scene, edge: number, zoom: number, perSec: number): Way {
  const segments = segmentsOf(scene, edge);
  const start = scene.curveStart[edge] ?? 0;
  const steps = CHORDS * segments;
  const points = new Float32Array(2 * (steps + 1));
  const reached = new Float32Array(steps + 1);
  for (let i = 0; i <= steps; i++) {
    const t = i / CHORDS;
    const [x, y] = [coordinateAt(scene.curves, start, t, 0), coordinateAt(scene.curves, start, t, 1)];
    points.set([x, y], 2 * i);
    if (i === 0) continue;
    const step = Math.hypot(x - (points[2 * i - 2] ?? 0), y - (points[2 * i - 1] ?? 0)) * zoom;
    reached[i] = (reached[i - 1] ?? 0) + step;
  }
  return { edge, perSec, length: reached[steps] ?? 0, points, reached };
}

/** How much one dot must stand for, so that neither an edge nor the picture has too many. */
function sampleOf(ways: readonly Way[], most: number): number {
  const underWay = ways.reduce((sum, { perSec, length }) => sum + (perSec * length) / DOT_SPEED, 0);
  const busiest = ways.reduce((top, { perSec }) => Math.max(top, perSec), 0);
  return niceAtLeast(Math.max(underWay / most, busiest / MOST_PER_SECOND));
}

/** `edges`: those that are drawn. Edges on which nothing is known to run, and stale ones, have no dots. */
export function flowPlan(scene: Scene, edges: readonly number[], zoom: number): FlowPlan {
  const { view } = scene;
  const running = edges.filter((e) => {
    const edge = view.edges[e];
    return edge !== undefined && edge.perSec > 0 && !edge.stale && segmentsOf(scene, e) > 0;
  });
  const waysOf = (isTcp: boolean): Way[] =>
    running
      .filter((e) => view.edges[e]?.dashed === isTcp)
      .map((e) => wayOf(scene, e, zoom, view.edges[e]?.perSec ?? 0))
      .filter(({ length }) => length > 0);
  const [requests, bytes] = [waysOf(false), waysOf(true)];
  const requestsPerDot = Math.max(requests.length === 0 ? 0 : 1, sampleOf(requests, MOST_DOTS));
  const bytesPerDot = Math.max(bytes.length === 0 ? 0 : 1, sampleOf(bytes, MOST_DOTS / 3));
  const laneOf = (way: Way, perDot: number, isTcp: boolean): FlowLane => ({
    edge: way.edge,
    id: view.edges[way.edge]?.id ?? "",
    isTcp,
    spacing: (DOT_SPEED * perDot) / way.perSec,
    length: way.length,
    failed: isTcp ? 0 : (view.edges[way.edge]?.errorShare ?? 0),
    points: way.points,
    reached: way.reached,
    underway: null,
  });
  return {
    zoom,
    lanes: [
      ...requests.map((way) => laneOf(way, requestsPerDot, false)),
      ...bytes.map((way) => laneOf(way, bytesPerDot, true)),
    ],
    requestsPerDot,
    bytesPerDot,
  };
}

/** Whether the n-th dot of a lane is a failed request: as many of them as the share says, spread evenly. */
export function isFailed(share: number, n: number): boolean {
  return Math.floor((n + 1) * share) > Math.floor(n * share);
}

type Take = (at: number, failed: boolean) => void;

/** Each dot of a lane at a time, the newest first: how far from the start it is. Returns when the last one was sent. */
function eachPlace(lane: FlowLane, seconds: number, take: Take): Pick<Underway, "since" | "number"> {
  const { edge, spacing, length, failed, underway } = lane;
  const moved = (seconds - (underway?.seconds ?? 0)) * DOT_SPEED;
  // Lanes of one pace do not march in step. A dot is sent at the start of its lane, be it late.
  const run = (underway === null ? ((edge * 0.618034) % 1) * spacing : Math.min(underway.since, spacing)) + moved;
  const sent = Math.floor(run / spacing);
  const since = run - sent * spacing;
  const number = (underway?.number ?? 0) + sent;
  for (let n = 0; n < sent && since + n * spacing < length; n++)
    take(since + n * spacing, isFailed(failed, number - n));
  for (const dot of underway?.dots ?? []) if (dot.at + moved < length) take(dot.at + moved, dot.failed);
  return { since, number };
}

function underwayOf(before: FlowLane, length: number, seconds: number): Underway {
  const dots: { at: number; failed: boolean }[] = [];
  // Along a curve that has changed a dot is as far as it was.
  const scale = length / before.length;
  const last = eachPlace(before, seconds, (at, failed) => dots.push({ at: at * scale, failed }));
  return { seconds, ...last, dots };
}

/**
 * A plan that goes on from the one before: what is under way stays where it is, and what is sent from now on is sent as the new one says.
 * Of another zoom, or where more would be under way than the picture bears, it begins anew.
 */
export function continued(plan: FlowPlan, before: FlowPlan | null, seconds: number): FlowPlan {
  if (before === null || before.zoom !== plan.zoom) return plan;
  const known = new Map(before.lanes.map((lane) => [lane.id, lane]));
  const lanes = plan.lanes.map((lane) => {
    const old = known.get(lane.id);
    return old === undefined ? lane : { ...lane, underway: underwayOf(old, lane.length, seconds) };
  });
  const carried = lanes.reduce((sum, { underway }) => sum + (underway?.dots.length ?? 0), 0);
  return carried > (MOST_DOTS * 4) / 3 + lanes.length ? plan : { ...plan, lanes };
}

/** Edges of a draw list: all of them, of which a dot's worth is reckoned, and those that are not dimmed, on which dots are drawn. */
export function flowEdges(groups: readonly Pick<EdgeGroup, "alpha" | "edges">[]) {
  const lit = groups.filter(({ alpha }) => alpha > LEAST_ALPHA).flatMap(({ edges }) => edges);
  return { all: groups.flatMap(({ edges }) => edges), lit: new Set(lit) } as const;
}

export type DotSink = (x: number, y: number, failed: boolean, isTcp: boolean) => void;

/** Hands each dot of a lane at a time to `take`, world px; returns how many. */
export function eachDot(lane: FlowLane, seconds: number, take: DotSink): number {
  const { points, reached } = lane;
  let chord = 1;
  let count = 0;
  eachPlace(lane, seconds, (at, failed) => {
    while (chord < reached.length - 1 && (reached[chord] ?? 0) < at) chord++;
    const [from = 0, to = 0] = [reached[chord - 1], reached[chord]];
    const share = to > from ? (at - from) / (to - from) : 0;
    const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = points.subarray(2 * chord - 2, 2 * chord + 2);
    take(x0 + (x1 - x0) * share, y0 + (y1 - y0) * share, failed, lane.isTcp);
    count++;
  });
  return count;
}

/** Above so many edges nothing runs unless it is asked for. */
const FEW_EDGES = 150;

export type FlowChoice = "on" | "off" | null;

/** Whether dots run: as was chosen, else on a small graph whose reader takes no offence at motion. */
export function flowRuns(choice: FlowChoice, edges: number, isStill: boolean): boolean {
  if (choice !== null) return choice === "on";
  return !isStill && edges <= FEW_EDGES;
}
