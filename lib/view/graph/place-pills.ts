/**
 * Labels on edges: one at a time, what is selected first, then the failing, then by traffic; each at the first of several
 * spots along its curve (above, below, further off, on the line) that meets no node, text or mark and, where it can,
 * covers no other edge. Where the whole text has no room a shorter one is tried; else the label is left out.
 */
import { pointAt, shareToT } from "./curve.ts";
import { MOST, MOST_ON_CARDS } from "./draw-budget.ts";
import { type Drawing, type DrawParameters, isDrawn, type PillDraw } from "./draw-marks.ts";
import type { EdgeLabel, EdgeMark, NodeMark } from "./graph-view.ts";
import { Lines, type Occupied } from "./occupied.ts";
import { DIM_TEXT, textScale } from "./place-labels.ts";
import { edgeLabelText } from "./present-edge.ts";
import { segmentsOf } from "./scene.ts";

/** From these zooms on: a label for every edge, for those with news. */
const ALL_FROM = 0.5;
const NOTABLE_FROM = 0.4;
/** The same where the edges are no crowd. */
const FEW_NOTABLE_FROM = 0.3;
const CROWD_EDGES = 150;
const HEIGHT = 19;
const SHARES = [0.49, 0.4, 0.58, 0.3, 0.68, 0.2, 0.78, 0.87, 0.12];
/** Side of the line (above, below, on it) and further distance from it, px. */
const LIFTS = [
  [-1, 0],
  [1, 0],
  [-1, 9],
  [1, 9],
  [0, 0],
] as const;
/** Above this many edges labels do not look out for other edges: lines are everywhere. */
const CAREFUL_EDGES = 600;

interface Room {
  readonly taken: Occupied;
  readonly lines: Lines | null;
}

interface Try {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
}

function triesOf({ scene }: DrawParameters, e: number, edge: EdgeMark, w: number, h: number): readonly Try[] {
  const segments = segmentsOf(scene, e);
  const start = scene.curveStart[e] ?? 0;
  const flatness = Math.abs(Math.cos(scene.arrows[3 * e + 2] ?? 0));
  return SHARES.flatMap((share) => {
    const { x, y } = pointAt(scene.curves, start, shareToT(scene.curves, start, segments, share));
    return LIFTS.map(([side, more]): Try => {
      const off = edge.width / 2 + 4 + more;
      const dy = side * (h / 2 + off) * Math.max(0.25, flatness);
      const dx = side * (w / 2 + off) * (flatness < 0.5 ? 1 : 0);
      return { x, y, dx, dy };
    });
  });
}

function placePill(parameters: DrawParameters, e: number, text: string, room: Room): PillDraw | null {
  const { scene, emphasis, zoom, measure } = parameters;
  const edge = scene.view.edges[e];
  if (edge === undefined || segmentsOf(scene, e) === 0) return null;
  const scale = textScale(zoom);
  const selected = emphasis.selectedEdge === e;
  const w = Math.ceil(measure(text, "pill") * scale + (edge.notable || selected ? 16 : 10));
  const h = (edge.notable || selected ? HEIGHT : HEIGHT - 3) * scale;
  const tries = triesOf(parameters, e, edge, w, h);
  for (const careful of room.lines === null ? [false] : [true, false]) {
    for (const { x, y, dx, dy } of tries) {
      const rect = { x: x * zoom + dx - w / 2, y: y * zoom + dy - h / 2, w, h };
      if (room.taken.meets(rect) || (careful && room.lines?.crosses(rect, e) === true)) continue;
      room.taken.add(rect);
      const alpha = emphasis.edge[e] === 0 ? DIM_TEXT : 1;
      return { edge: e, x, y, dx, dy, w, h, text, notable: edge.notable, selected, scale, alpha };
    }
  }
  return null;
}

/** The whole text, then shorter ones: of news what is news, else the first part (the rate, where it is asked for). */
function textsOf(edge: EdgeMark, labels: ReadonlySet<EdgeLabel>, source: NodeMark | undefined): readonly string[] {
  const whole = edgeLabelText(edge, labels, source);
  const news = new Set([...labels].filter((label) => label === "errors" || label === "lock"));
  const short = edge.notable ? edgeLabelText(edge, news) : (whole.split(" · ")[0] ?? "");
  return [...new Set([whole, short])].filter((text) => text !== "");
}

function linesOf({ scene, zoom }: DrawParameters): Lines | null {
  const { edges } = scene.view;
  if (edges.length > CAREFUL_EDGES) return null;
  const lines = new Lines();
  edges.forEach((_, e) => {
    const start = scene.curveStart[e] ?? 0;
    const segments = segmentsOf(scene, e);
    const steps = 24 * segments;
    for (let i = 1; i < steps; i++) {
      const { x, y } = pointAt(scene.curves, start, (segments * i) / steps);
      lines.add(e, x * zoom, y * zoom);
    }
  });
  return lines;
}

/** At most `rest` of them. */
export function placePills(parameters: Drawing, taken: Occupied, rest: number): PillDraw[] {
  const { scene, emphasis, zoom, edgeLabels, reads } = parameters;
  const { edges } = scene.view;
  const special = (e: number): boolean => emphasis.edge[e] === 2 || emphasis.matchedEdge[e] === 1;
  const weight = (e: number): number => (edges[e]?.importance ?? 0) + (special(e) ? 10_000 : 0);
  const order = edges
    .map((_, e) => e)
    .filter((e) => isDrawn(parameters.chosen?.edge, e))
    .sort((a, b) => weight(b) - weight(a) || a - b);
  const room: Room = { taken, lines: order.some((e) => reads(e) >= ALL_FROM) ? linesOf(parameters) : null };
  const notableFrom = edges.length > CROWD_EDGES ? NOTABLE_FROM : FEW_NOTABLE_FROM;
  const out: PillDraw[] = [];
  const most = Math.min(rest, parameters.chosen === null ? order.length : MOST.pills);
  let onCards = 0;
  for (const e of order) {
    if (out.length >= most) break;
    const edge = edges[e];
    if (edge === undefined) continue;
    const from = special(e) ? 0 : edge.notable ? notableFrom : ALL_FROM;
    const isOfCards = reads(e) > zoom;
    if (reads(e) < from || (isOfCards && onCards >= MOST_ON_CARDS && !special(e))) continue;
    for (const text of textsOf(edge, edgeLabels, scene.view.nodes[edge.source])) {
      const pill = placePill(parameters, e, text, room);
      if (pill === null) continue;
      out.push(pill);
      if (isOfCards) onCards++;
      break;
    }
  }
  return out;
}
