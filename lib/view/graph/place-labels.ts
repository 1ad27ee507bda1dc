/**
 * Which titles of boxes and labels of nodes are shown at a zoom: one at a time in order of importance, each only where it
 * meets no node and no label shown before it; else it is skipped. What is selected or under the pointer comes first, then
 * the failing. Screen px without pan (world × zoom), so the outcome is the same wherever the picture is panned to.
 */
import { cutText } from "../label-text.ts";
import type { Card } from "./card.ts";
import { MOST } from "./draw-budget.ts";
import {
  type Drawing,
  type DrawParameters,
  isDrawn,
  type LabelDraw,
  type NodeDraw,
  type TitleDraw,
  toneOf,
} from "./draw-marks.ts";
import { countText } from "./figures.ts";
import type { BoxMark } from "./graph-view.ts";
import { shortLabel } from "./layout-input.ts";
import { Occupied, type Rect } from "./occupied.ts";
import { signRects } from "./signs.ts";

/** From these zooms on: second line of every label; in a crowd, a label for every node. Of few nodes each has one that has room. */
const SUBTITLES_FROM = 0.6;
const CROWD_LABELS_FROM = 0.4;
const CROWD_NODES = 150;
const TITLE_LINE = 15;
const QUIET_LINE = 14;
export const DIM_TEXT = 0.3;

export function textScale(zoom: number): number {
  return Math.max(0.86, Math.min(1.2, zoom));
}

function nodeRects({ scene, zoom }: DrawParameters, nodes: readonly NodeDraw[]): Rect[] {
  return nodes.map(({ node, radius, card }) => {
    const w = card?.w ?? 2 * radius + 4;
    const h = card?.h ?? w;
    return { x: (scene.layout.x[node] ?? 0) * zoom - w / 2, y: (scene.layout.y[node] ?? 0) * zoom - h / 2, w, h };
  });
}

function byImportance(count: number, importance: (i: number) => number): number[] {
  return Array.from({ length: count }, (_, i) => i).sort((a, b) => importance(b) - importance(a) || a - b);
}

function placeNodeLabels(
  parameters: Drawing,
  nodes: readonly NodeDraw[],
  taken: Occupied,
  rects: readonly Rect[],
): LabelDraw[] {
  const { scene, emphasis, zoom, measure } = parameters;
  const scale = textScale(zoom);
  const out: LabelDraw[] = [];
  const everyFrom = scene.view.nodes.length > CROWD_NODES ? CROWD_LABELS_FROM : 0;
  const special = (i: number): boolean => (emphasis.node[i] ?? 0) === 2 || emphasis.matchedNode[i] === 1;
  const weight = (i: number): number => (scene.view.nodes[i]?.importance ?? 0) + (special(i) ? 10_000 : 0);
  const most = parameters.chosen === null ? scene.view.nodes.length : MOST.labels;
  for (const i of byImportance(scene.view.nodes.length, weight)) {
    if (out.length >= most) break;
    if (!isDrawn(parameters.chosen?.node, i)) continue;
    const node = scene.view.nodes[i];
    const own = rects[i];
    if (node === undefined || own === undefined) continue;
    const card = nodes[i]?.card ?? null;
    if (card !== null) {
      out.push(cardLabel(parameters, i, card));
      continue;
    }
    const grave = node.state === "failure" || node.state === "degraded";
    if (zoom < everyFrom && !special(i) && !grave && node.step < 4 && !node.folded) continue;
    const title = shortLabel(node.title);
    const subtitle = zoom >= SUBTITLES_FROM || special(i) || hasRoom(parameters, i) ? node.subtitle : "";
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

const CARD_PAD = 8;

/** As much of the name as the card holds, and the figures where there is a line for them. */
function cardLabel({ scene, emphasis, zoom, measure }: Drawing, i: number, card: Card): LabelDraw {
  const node = scene.view.nodes[i];
  const title = shortLabel(node?.title ?? "");
  const room = card.w - CARD_PAD;
  const scale = Math.max(0.78, Math.min(textScale(zoom) * 1.15, room / Math.max(1, measure(title, "title"))));
  const fits = Math.min(1, room / (measure(title, "title") * scale));
  const shown = fits >= 1 ? title : cutText(title, Math.max(2, Math.floor(title.length * fits)));
  const figures = [node?.subtitle ?? "", node?.subtitle.split(" · ")[0] ?? ""];
  const hasLine = card.h >= (TITLE_LINE + QUIET_LINE) * scale + 2;
  const subtitle = hasLine ? (figures.find((text) => measure(text, "quiet") * scale <= room) ?? "") : "";
  const height = (TITLE_LINE + (subtitle === "" ? 0 : QUIET_LINE)) * scale;
  return { node: i, title: shown, subtitle, dy: -height / 2, scale, alpha: emphasis.node[i] === 0 ? DIM_TEXT : 1 };
}

/** A folded box has its frame to itself. */
function hasRoom({ scene, zoom }: DrawParameters, i: number): boolean {
  const node = scene.view.nodes[i];
  return node?.folded === true && (scene.layout.rects[4 * node.box + 3] ?? 0) * zoom >= ROOM_FOR_TWO;
}

/** Screen px from rim to rim of a frame: a mark with two lines under it. */
const ROOM_FOR_TWO = 90;
const TITLE_INSET = 12;
const DETAILS_FROM = 0.33;

/** A title without its details, and what they would need to know. */
interface Titled {
  readonly draw: Omit<TitleDraw, "detail">;
  readonly rect: Rect;
  /** Screen px from the end of the title to the end of the bar. */
  readonly spare: number;
  readonly right: number;
}

function titleOf({ scene, zoom, measure }: DrawParameters, b: number): Titled | undefined {
  const box = scene.view.boxes[b];
  // Its node says the same.
  if (box === undefined || box.folded) return undefined;
  const scale = Math.min(1, textScale(zoom));
  const [x = 0, y = 0, width = 0] = scene.layout.rects.subarray(4 * b, 4 * b + 4);
  const room = width * zoom - 2 * TITLE_INSET * scale;
  const mark = box.worstCount > 0 ? `${box.mark} ${box.worstCount}` : "";
  const meshes = scene.view.meshes.length > 1 ? box.meshes : [];
  const markWidth =
    (mark === "" ? 0 : (measure(mark, "box") + 10) * scale) +
    (meshes.length === 0 ? 0 : 6 + meshes.length * 13) * scale;
  const full = measure(box.title, "box") * scale;
  if (room < 24) return undefined;
  const keep =
    full + markWidth <= room ? box.title.length : Math.floor((box.title.length * (room - markWidth)) / full) - 1;
  if (keep < 3 && keep < box.title.length) return undefined;
  const title = cutText(box.title, keep >= box.title.length ? keep : keep + 1);
  const top = y * zoom + Math.min(8, 9 * zoom);
  const rect = {
    x: x * zoom + TITLE_INSET * scale,
    y: top,
    w: measure(title, "box") * scale + markWidth,
    h: 15 * scale,
  };
  const right = (x + width) * zoom - TITLE_INSET * scale;
  const tone = toneOf(box.state);
  const draw = { box: b, title, mark, meshes, tone, dx: TITLE_INSET * scale, dy: top - y * zoom, scale };
  return { draw, rect, spare: room - rect.w - 12 * scale, right };
}

/** All that a box holds by kind, and the shorter words for the whole of it: never for a part. */
function detailsOf(box: BoxMark | undefined): readonly string[] {
  if (box === undefined) return [];
  const last = box.detail.split(" · ").at(-1) ?? "";
  return [box.detail, last.startsWith(`${box.nodes} `) ? last : countText(box.nodes, "node")];
}

/**
 * Titles of boxes, outer ones first; where two would meet (far out) the inner one gives way. Then details, outer ones last:
 * an outer box's words are long, and may lie on the bars of those inside it.
 */
function placeTitles(parameters: Drawing, taken: Occupied): TitleDraw[] {
  const { scene, zoom, measure } = parameters;
  const titles = new Occupied();
  const placed: Titled[] = [];
  scene.view.boxes.forEach((_, b) => {
    const titled = titleOf(parameters, b);
    if (!isDrawn(parameters.chosen?.box, b) || titled === undefined || titles.meets(titled.rect)) return;
    titles.add(titled.rect);
    placed.push(titled);
    const [x = 0, y = 0, width = 0] = scene.layout.rects.subarray(4 * b, 4 * b + 4);
    // Far out the words are taller than the bar.
    const h = Math.max(Math.min(26, 30 * zoom), titled.rect.y + titled.rect.h - y * zoom);
    taken.add({ x: x * zoom, y: y * zoom, w: width * zoom, h });
  });
  const details = new Map<number, string>();
  for (const { draw, rect, spare, right } of [...placed].reverse()) {
    const words = detailsOf(scene.view.boxes[draw.box]);
    const rectOf = (text: string): Rect => {
      const w = measure(text, "quiet") * draw.scale;
      return { x: right - w, y: rect.y, w, h: rect.h };
    };
    const fits = (text: string): boolean => measure(text, "quiet") * draw.scale <= spare && !titles.meets(rectOf(text));
    const detail = zoom < DETAILS_FROM ? "" : (words.find(fits) ?? "");
    if (detail !== "") titles.add(rectOf(detail));
    details.set(draw.box, detail);
  }
  return placed.map(({ draw }) => ({ ...draw, detail: details.get(draw.box) ?? "" }));
}

/** Everything written but the labels on edges; fills `taken` with nodes, title bars and labels. */
export function placeLabels(parameters: Drawing, nodes: readonly NodeDraw[], taken: Occupied) {
  const rects = nodeRects(parameters, nodes);
  rects.forEach((rect, i) => {
    taken.add(rect);
    const node = nodes[i];
    const middle = { x: rect.x + rect.w / 2, y: rect.y + rect.h / 2 };
    if (node !== undefined) for (const sign of signRects(node, middle)) taken.add(sign);
  });
  const titles = placeTitles(parameters, taken);
  return { titles, labels: placeNodeLabels(parameters, nodes, taken, rects) };
}
