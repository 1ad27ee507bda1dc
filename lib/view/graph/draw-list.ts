/**
 * Scene + emphasis + zoom → what to paint, in paint order, with every decision of semantic zoom made: which labels and
 * pills are shown, how bright each mark is. Positions are world pixels, sizes screen pixels; the painter adds pan, so a
 * pan makes no new list. Text widths come from `measure`. Deterministic; `drawListText` prints a list for tests.
 */
import type { HealthState } from "../../query/schema/common.ts";
import type { Emphasis } from "./emphasis.ts";
import type { EdgeLabel, LockState, Mark, Shape } from "./graph-view.ts";
import { placeLabels } from "./place-labels.ts";
import type { Scene } from "./scene.ts";

/** How an edge, node or text is coloured; the painter maps tones to theme tokens. */
export type Tone = "healthy" | "degraded" | "failing" | "idle" | "unknown";
export type FontName = "title" | "quiet" | "box" | "pill";
/** Width in px of a text at the font's size for zoom 1. */
export type Measure = (text: string, font: FontName) => number;

export interface BoxDraw {
  readonly box: number;
  readonly title: string;
  readonly mark: string;
  readonly tone: Tone;
  readonly detail: string;
  readonly strong: boolean;
  readonly selected: boolean;
}

/** Edges that share a pen: one stroke. */
export interface EdgeGroup {
  readonly tone: Tone;
  /** Screen px. */
  readonly width: number;
  readonly dash: "solid" | "tcp" | "stale";
  readonly alpha: number;
  readonly edges: readonly number[];
}

export interface ArrowDraw {
  readonly edge: number;
  readonly size: number;
  readonly fill: "filled" | "half" | "hollow";
  readonly tone: Tone;
  readonly alpha: number;
}

export interface LockDraw {
  readonly edge: number;
  readonly lock: Exclude<LockState, null>;
  readonly size: number;
  readonly alpha: number;
}

export interface NodeDraw {
  readonly node: number;
  readonly shape: Shape;
  readonly radius: number;
  readonly tone: Tone;
  readonly mark: Mark;
  readonly errorShare: number;
  readonly alpha: number;
  readonly selected: boolean;
  readonly matched: boolean;
}

/** Text under a node; `dx, dy` of the baseline's middle from the node's centre, screen px. */
export interface LabelDraw {
  readonly node: number;
  readonly title: string;
  readonly subtitle: string;
  readonly dy: number;
  readonly scale: number;
  readonly alpha: number;
}

/** A label on an edge: its middle at (x, y) in world px plus (dx, dy) in screen px. */
export interface PillDraw {
  readonly edge: number;
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
  readonly w: number;
  readonly h: number;
  readonly text: string;
  readonly notable: boolean;
  readonly selected: boolean;
  readonly scale: number;
  readonly alpha: number;
}

export interface DrawList {
  readonly zoom: number;
  readonly boxes: readonly BoxDraw[];
  readonly edges: readonly EdgeGroup[];
  readonly haloEdges: readonly number[];
  readonly arrows: readonly ArrowDraw[];
  readonly locks: readonly LockDraw[];
  readonly nodes: readonly NodeDraw[];
  readonly labels: readonly LabelDraw[];
  readonly pills: readonly PillDraw[];
}

export interface DrawParameters {
  readonly scene: Scene;
  readonly emphasis: Emphasis;
  readonly zoom: number;
  readonly edgeLabels: ReadonlySet<EdgeLabel>;
  readonly measure: Measure;
}

const DIM_EDGE = 0.16;
const DIM_NODE = 0.28;
const ARROWS_FROM = 0.3;
const LOCKS_FROM = 0.45;

export function toneOf(state: HealthState): Tone {
  switch (state) {
    case "failure":
      return "failing";
    case "degraded":
    case "notReady":
      return "degraded";
    case "healthy":
      return "healthy";
    case "noTraffic":
      return "idle";
    default:
      return "unknown";
  }
}

const TONE_ORDER: Readonly<Record<Tone, number>> = { idle: 0, healthy: 1, unknown: 2, degraded: 3, failing: 4 };

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}

function boxesOf({ scene, emphasis }: DrawParameters): BoxDraw[] {
  return scene.view.boxes.map((box, i) => ({
    box: i,
    title: box.title,
    mark: box.worstCount > 0 ? `${box.mark} ${box.worstCount}` : "",
    tone: toneOf(box.state),
    detail: box.detail,
    strong: emphasis.box[i] === 2,
    selected: emphasis.selectedBox === i,
  }));
}

/** Grouped by pen, dim ones first, the worst last; widths in half pixels so that groups stay few. */
function edgeGroupsOf({ scene, emphasis, zoom }: DrawParameters): EdgeGroup[] {
  const scale = clamp(zoom, 0.45, 1.6);
  const groups = new Map<string, { pen: Omit<EdgeGroup, "edges">; edges: number[] }>();
  scene.view.edges.forEach((edge, e) => {
    const level = emphasis.edge[e] ?? 1;
    const tone = toneOf(edge.state);
    const least = tone === "failing" ? 2 : 1;
    const width = Math.max(1, Math.round(Math.max(least, edge.width) * scale * 2) / 2) + (level === 2 ? 0.5 : 0);
    const dash = edge.stale ? "stale" : edge.dashed ? "tcp" : "solid";
    const alpha = level === 0 ? DIM_EDGE : 1;
    const key = `${tone} ${width} ${dash} ${alpha}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { pen: { tone, width, dash, alpha }, edges: [e] });
    else group.edges.push(e);
  });
  return [...groups.values()]
    .map(({ pen, edges }) => ({ ...pen, edges }))
    .sort((a, b) => a.alpha - b.alpha || TONE_ORDER[a.tone] - TONE_ORDER[b.tone] || b.width - a.width);
}

const ARROW_FILL: Readonly<Record<Tone, ArrowDraw["fill"]>> = {
  healthy: "filled",
  failing: "filled",
  idle: "hollow",
  degraded: "half",
  unknown: "hollow",
};

function arrowsOf({ scene, emphasis, zoom }: DrawParameters): ArrowDraw[] {
  if (zoom < ARROWS_FROM) return [];
  const out: ArrowDraw[] = [];
  const scale = clamp(zoom, 0.5, 1.6);
  scene.view.edges.forEach((edge, e) => {
    if ((scene.edgeLength[e] ?? 0) * zoom < 18 && edge.source !== edge.target) return;
    const tone = toneOf(edge.state);
    const size = (5 + edge.width * 0.9 + (tone === "failing" ? 1 : 0)) * scale;
    const alpha = emphasis.edge[e] === 0 ? DIM_EDGE : 1;
    out.push({ edge: e, size: Math.round(size * 2) / 2, fill: ARROW_FILL[tone], tone, alpha });
  });
  return out;
}

function locksOf({ scene, emphasis, zoom, edgeLabels }: DrawParameters): LockDraw[] {
  if (!edgeLabels.has("lock") || zoom < LOCKS_FROM) return [];
  const out: LockDraw[] = [];
  const size = 10 * clamp(zoom, 0.8, 1.4);
  scene.view.edges.forEach((edge, e) => {
    if (edge.lock === null) return;
    if ((scene.edgeLength[e] ?? 0) * zoom < 40 && edge.source !== edge.target) return;
    out.push({ edge: e, lock: edge.lock, size, alpha: emphasis.edge[e] === 0 ? DIM_EDGE : 1 });
  });
  return out;
}

function nodesOf({ scene, emphasis, zoom }: DrawParameters): NodeDraw[] {
  return scene.view.nodes.map((node, i) => ({
    node: i,
    shape: node.shape,
    radius: Math.max(3, node.radius * zoom),
    tone: toneOf(node.state),
    mark: node.radius * zoom >= 7 ? node.mark : "",
    errorShare: node.errorShare,
    alpha: emphasis.node[i] === 0 ? DIM_NODE : 1,
    selected: emphasis.selectedNode === i,
    matched: emphasis.matchedNode[i] === 1,
  }));
}

export function buildDrawList(parameters: DrawParameters): DrawList {
  const { emphasis, zoom, scene } = parameters;
  const arrows = arrowsOf(parameters);
  const locks = locksOf(parameters);
  const nodes = nodesOf(parameters);
  const { labels, pills } = placeLabels(parameters, { nodes, arrows, locks });
  const halo = [emphasis.selectedEdge, ...matchedEdges(emphasis)].filter((e) => e >= 0);
  const boxes = scene.view.boxes.length === 0 ? [] : boxesOf(parameters);
  return { zoom, boxes, edges: edgeGroupsOf(parameters), haloEdges: halo, arrows, locks, nodes, labels, pills };
}

function matchedEdges(emphasis: Emphasis): number[] {
  const out: number[] = [];
  emphasis.matchedEdge.forEach((matched, e) => {
    if (matched === 1) out.push(e);
  });
  return out;
}
