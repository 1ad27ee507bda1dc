/**
 * Which titles of boxes and labels of nodes are shown at a zoom: one at a time in order of importance, each only where it
 * meets no node and no label shown before it; else it is skipped. What is selected or under the pointer comes first, then
 * the failing. Screen px without pan (world × zoom), so the outcome is the same wherever the picture is panned to.
 */
import { type DrawParameters, type LabelDraw, type NodeDraw, type TitleDraw, toneOf } from "./draw-marks.ts";
import { shortLabel } from "./layout-input.ts";
import { Occupied, type Rect } from "./occupied.ts";

/** From these zooms on: second line of every label; a label for every node. */
const SUBTITLES_FROM = 0.6;
const ALL_LABELS_FROM = 0.4;
const TITLE_LINE = 15;
const QUIET_LINE = 14;
export const DIM_TEXT = 0.3;

export function textScale(zoom: number): number {
  return Math.max(0.86, Math.min(1.2, zoom));
}

function nodeRects({ scene, zoom }: DrawParameters, nodes: readonly NodeDraw[]): Rect[] {
  return nodes.map(({ node, radius }) => {
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
  nodes: readonly NodeDraw[],
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
    const dy = (nodes[i]?.radius ?? 0) + 4;
    const rect = { x: own.x + own.w / 2 - w / 2, y: own.y + own.h / 2 + dy, w, h };
    if (taken.meets(rect) && emphasis.selectedNode !== i) continue;
    taken.add(rect);
    out.push({ node: i, title, subtitle, dy, scale, alpha: emphasis.node[i] === 0 ? DIM_TEXT : 1 });
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
    const meshes = scene.view.meshes.length > 1 ? box.meshes : [];
    const markWidth =
      (mark === "" ? 0 : (measure(mark, "box") + 10) * scale) +
      (meshes.length === 0 ? 0 : 6 + meshes.length * 13) * scale;
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
      meshes,
      detail,
      tone: toneOf(box.state),
      dx: TITLE_INSET * scale,
      dy: top - y * zoom,
      scale,
    });
  });
  return out;
}

/** Everything written but the labels on edges; fills `taken` with nodes, title bars and labels. */
export function placeLabels(parameters: DrawParameters, nodes: readonly NodeDraw[], taken: Occupied) {
  const rects = nodeRects(parameters, nodes);
  for (const rect of rects) taken.add(rect);
  const titles = placeTitles(parameters, taken);
  return { titles, labels: placeNodeLabels(parameters, nodes, taken, rects) };
}
