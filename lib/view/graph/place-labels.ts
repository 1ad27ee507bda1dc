/**
 * Which labels and pills are shown at a zoom, and where: one at a time in order of importance, each only where it meets
 * no node, no label and no pill shown before it; else it is skipped. What is selected or under the pointer comes first,
 * then the failing. Screen px without pan (world × zoom), so the outcome is the same wherever the picture is panned to.
 */
import { pointAt, shareToT } from "./curve.ts";
import {
  type ArrowDraw,
  type DrawParameters,
  type LabelDraw,
  type LockDraw,
  type NodeDraw,
  type PillDraw,
  type TitleDraw,
  toneOf,
} from "./draw-marks.ts";
import type { EdgeLabel } from "./graph-view.ts";
import { shortLabel } from "./layout-input.ts";
import { Occupied, type Rect } from "./occupied.ts";
import { edgeLabelText } from "./present-edge.ts";
import { segmentsOf } from "./scene.ts";

/** From these zooms on: second line of every label; a label for every node; a pill for every edge. */
const SUBTITLES_FROM = 0.6;
const ALL_LABELS_FROM = 0.4;
const ALL_PILLS_FROM = 0.85;
const NOTABLE_PILLS_FROM = 0.45;
const TITLE_LINE = 15;
const QUIET_LINE = 14;
const PILL_HEIGHT = 19;
const DIM_TEXT = 0.3;

export interface Marks {
  readonly nodes: readonly NodeDraw[];
  readonly arrows: readonly ArrowDraw[];
  readonly locks: readonly LockDraw[];
}

export function textScale(zoom: number): number {
  return Math.max(0.86, Math.min(1.2, zoom));
}

function nodeRects({ scene, zoom }: DrawParameters, marks: Marks): Rect[] {
  return marks.nodes.map(({ node, radius }) => {
    const r = radius + 2;
    return {
      x: (scene.layout.x[node] ?? 0) * zoom - r,
      y: (scene.layout.y[node] ?? 0) * zoom - r,
      w: 2 * r,
      h: 2 * r,
    };
  });
}

function byImportance(count: number, importance: (i: number) => number): number[] {
  return Array.from({ length: count }, (_, i) => i).sort((a, b) => importance(b) - importance(a) || a - b);
}

function placeNodeLabels(
  parameters: DrawParameters,
  marks: Marks,
  taken: Occupied,
  rects: readonly Rect[],
): LabelDraw[] {
  const { scene, emphasis, zoom, measure } = parameters;
  const scale = textScale(zoom);
  const out: LabelDraw[] = [];
  const special = (i: number): boolean => (emphasis.node[i] ?? 0) === 2 || emphasis.matchedNode[i] === 1;
  const weight = (i: number): number => (scene.view.nodes[i]?.importance ?? 0) + (special(i) ? 10_000 : 0);
  for (const i of byImportance(scene.view.nodes.length, weight)) {
    const node = scene.view.nodes[i];
    const own = rects[i];
    if (node === undefined || own === undefined) continue;
    const grave = node.state === "failure" || node.state === "degraded";
    if (zoom < ALL_LABELS_FROM && !special(i) && !grave && node.step < 4) continue;
    const title = shortLabel(node.title);
    const subtitle = zoom >= SUBTITLES_FROM || special(i) ? node.subtitle : "";
    const w = Math.max(measure(title, "title"), subtitle === "" ? 0 : measure(subtitle, "quiet")) * scale;
    const h = (TITLE_LINE + (subtitle === "" ? 0 : QUIET_LINE)) * scale;
    const dy = (marks.nodes[i]?.radius ?? 0) + 4;
    const rect = { x: own.x + own.w / 2 - w / 2, y: own.y + own.h / 2 + dy, w, h };
    if (taken.meets(rect) && emphasis.selectedNode !== i) continue;
    taken.add(rect);
    out.push({ node: i, title, subtitle, dy, scale, alpha: emphasis.node[i] === 0 ? DIM_TEXT : 1 });
  }
  return out;
}

/** Shares of the edge at which a pill is tried, and the side: above, below, on the line. */
const PILL_SHARES = [0.49, 0.74, 0.22, 0.86];
const PILL_SIDES = [-1, 1, 0];

function placePill(parameters: DrawParameters, e: number, text: string, taken: Occupied): PillDraw | null {
  const { scene, emphasis, zoom, measure } = parameters;
  const edge = scene.view.edges[e];
  const segments = segmentsOf(scene, e);
  if (edge === undefined || segments === 0) return null;
  const scale = textScale(zoom);
  const w = Math.ceil(measure(text, "pill") * scale + 16);
  const h = PILL_HEIGHT * scale;
  const start = scene.curveStart[e] ?? 0;
  const curve = scene.curves.subarray(2 * start, 2 * (start + 3 * segments + 1));
  const flatness = Math.abs(Math.cos(scene.arrows[3 * e + 2] ?? 0));
  for (const share of PILL_SHARES) {
    const at = pointAt(curve, 0, shareToT(curve, 0, segments, share));
    for (const side of PILL_SIDES) {
      const off = edge.width / 2 + 4;
      const dy = side * (h / 2 + off) * Math.max(0.25, flatness);
      const dx = side * (w / 2 + off) * (flatness < 0.5 ? 1 : 0);
      const rect = { x: at.x * zoom + dx - w / 2, y: at.y * zoom + dy - h / 2, w, h };
      if (taken.meets(rect)) continue;
      taken.add(rect);
      const alpha = emphasis.edge[e] === 0 ? DIM_TEXT : 1;
      const selected = emphasis.selectedEdge === e;
      return { edge: e, x: at.x, y: at.y, dx, dy, w, h, text, notable: edge.notable, selected, scale, alpha };
    }
  }
  return null;
}

/** What a label is cut down to where the whole has no room: failures and what is not mutual. */
function newsOf(labels: ReadonlySet<EdgeLabel>): ReadonlySet<EdgeLabel> {
  return new Set([...labels].filter((label) => label === "errors" || label === "lock"));
}

function placePills(parameters: DrawParameters, taken: Occupied): PillDraw[] {
  const { scene, emphasis, zoom, edgeLabels } = parameters;
  const out: PillDraw[] = [];
  const special = (e: number): boolean => emphasis.edge[e] === 2 || emphasis.matchedEdge[e] === 1;
  const weight = (e: number): number => (scene.view.edges[e]?.importance ?? 0) + (special(e) ? 10_000 : 0);
  for (const e of byImportance(scene.view.edges.length, weight)) {
    const edge = scene.view.edges[e];
    if (edge === undefined) continue;
    const from = special(e) ? 0 : edge.notable ? NOTABLE_PILLS_FROM : ALL_PILLS_FROM;
    if (zoom < from) continue;
    const text = edgeLabelText(edge, edgeLabels);
    if (text === "") continue;
    const news = edge.notable ? edgeLabelText(edge, newsOf(edgeLabels)) : "";
    const pill =
      placePill(parameters, e, text, taken) ??
      (news === "" || news === text ? null : placePill(parameters, e, news, taken));
    if (pill !== null) out.push(pill);
  }
  return out;
}

const TITLE_INSET = 12;
const DETAILS_FROM = 0.33;

/** Titles of boxes, outer ones first; where two would meet (far out) the inner one gives way. Details only where they fit. */
function placeTitles({ scene, zoom, measure }: DrawParameters, taken: Occupied): TitleDraw[] {
  const scale = Math.min(1, textScale(zoom));
  const titles = new Occupied();
  const out: TitleDraw[] = [];
  scene.view.boxes.forEach((box, b) => {
    const [x = 0, y = 0, width = 0] = scene.layout.rects.subarray(4 * b, 4 * b + 4);
    const room = width * zoom - 2 * TITLE_INSET * scale;
    const mark = box.worstCount > 0 ? `${box.mark} ${box.worstCount}` : "";
    const markWidth = mark === "" ? 0 : (measure(mark, "box") + 10) * scale;
    const full = measure(box.title, "box") * scale;
    if (room < 24) return;
    const keep =
      full + markWidth <= room ? box.title.length : Math.floor((box.title.length * (room - markWidth)) / full) - 1;
    if (keep < 3 && keep < box.title.length) return;
    const title = keep >= box.title.length ? box.title : `${box.title.slice(0, keep)}…`;
    const left = x * zoom + TITLE_INSET * scale;
    const top = y * zoom + Math.min(8, 9 * zoom);
    const rect = { x: left, y: top, w: measure(title, "box") * scale + markWidth, h: 15 * scale };
    if (titles.meets(rect)) return;
    titles.add(rect);
    const spare = room - rect.w - 12 * scale;
    const details = [box.detail, box.detail.split(" · ").at(-1) ?? ""];
    const right = (x + width) * zoom - TITLE_INSET * scale;
    const detailRect = (text: string): Rect => {
      const w = measure(text, "quiet") * scale;
      return { x: right - w, y: top, w, h: rect.h };
    };
    const fits = (text: string): boolean => measure(text, "quiet") * scale <= spare && !titles.meets(detailRect(text));
    const detail = zoom < DETAILS_FROM ? "" : (details.find(fits) ?? "");
    if (detail !== "") titles.add(detailRect(detail));
    taken.add({ x: x * zoom, y: y * zoom, w: width * zoom, h: Math.min(26, 30 * zoom) });
    out.push({
      box: b,
      title,
      mark,
      detail,
      tone: toneOf(box.state),
      dx: TITLE_INSET * scale,
      dy: top - y * zoom,
      scale,
    });
  });
  return out;
}

/** Title bars of boxes are taken from the start; arrows and locks only against pills. */
export function placeLabels(parameters: DrawParameters, marks: Marks) {
  const { scene, zoom } = parameters;
  const taken = new Occupied();
  const rects = nodeRects(parameters, marks);
  for (const rect of rects) taken.add(rect);
  const titles = placeTitles(parameters, taken);
  const labels = placeNodeLabels(parameters, marks, taken, rects);
  for (const { edge, size } of marks.locks) {
    const x = (scene.locks[2 * edge] ?? 0) * zoom;
    const y = (scene.locks[2 * edge + 1] ?? 0) * zoom;
    taken.add({ x: x - size * 0.7, y: y - size * 0.7, w: size * 1.4, h: size * 1.4 });
  }
  for (const { edge, size } of marks.arrows) {
    const x = (scene.arrows[3 * edge] ?? 0) * zoom;
    const y = (scene.arrows[3 * edge + 1] ?? 0) * zoom;
    taken.add({ x: x - size * 0.5, y: y - size * 0.5, w: size, h: size });
  }
  return { titles, labels, pills: placePills(parameters, taken) };
}
