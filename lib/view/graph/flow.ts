/**
 * Dots that run along edges, as many a second as requests run, sampled: one dot is so many requests for all edges, so that busy
 * edges look busier by as much as they are. In: a scene, the edges that are drawn, zoom; out: where each dot is at a time.
 * A function of its arguments: nothing is remembered from frame to frame. Lengths in screen px, speeds in px/s.
 */
import { coordinateAt } from "./curve.ts";
import { type Scene, segmentsOf } from "./scene.ts";

export const DOT_SPEED = 70;
/** Dots under way at once, of requests and of bytes. */
export const MOST_DOTS = 300;
/** An edge with more would be a line. */
const MOST_PER_SECOND = 9;
const CHORDS = 10;

export interface FlowLane {
  readonly edge: number;
  readonly isTcp: boolean;
  /** Between dots. */
  readonly spacing: number;
  readonly length: number;
  /** Share of the dots that are failed requests. */
  readonly failed: number;
  /** x, y in world px at the end of each chord, and how far that is from the start. */
  readonly points: Float32Array;
  readonly reached: Float32Array;
}

export interface FlowPlan {
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
    isTcp,
    spacing: (DOT_SPEED * perDot) / way.perSec,
    length: way.length,
    failed: isTcp ? 0 : (view.edges[way.edge]?.errorShare ?? 0),
    points: way.points,
    reached: way.reached,
  });
  return {
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

export type DotSink = (x: number, y: number, failed: boolean, isTcp: boolean) => void;

/** Hands each dot of a lane at a time to `take`, world px; returns how many. */
export function eachDot(lane: FlowLane, seconds: number, take: DotSink): number {
  const { spacing, length, points, reached } = lane;
  // Lanes of one pace do not march in step.
  const run = seconds * DOT_SPEED + ((lane.edge * 0.618034) % 1) * spacing;
  const newest = Math.floor(run / spacing);
  let at = run - newest * spacing;
  let chord = 1;
  let count = 0;
  for (; at < length; at += spacing) {
    while (chord < reached.length - 1 && (reached[chord] ?? 0) < at) chord++;
    const [from = 0, to = 0] = [reached[chord - 1], reached[chord]];
    const share = to > from ? (at - from) / (to - from) : 0;
    const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = points.subarray(2 * chord - 2, 2 * chord + 2);
    take(x0 + (x1 - x0) * share, y0 + (y1 - y0) * share, isFailed(lane.failed, newest - count), lane.isTcp);
    count++;
  }
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
