/**
 * Scene + emphasis + zoom → what to paint, in paint order, with every decision of semantic zoom made: which labels and
 * pills are shown, how bright each mark is. Positions are world pixels, sizes screen pixels; the painter adds pan, so a
 * pan makes no new list. Text widths come from `measure`. Deterministic; `drawListText` prints a list for tests.
 */
import {
  type ArrowDraw,
  type BoxDraw,
  type DrawList,
  type DrawParameters,
  type EdgeGroup,
  type LockDraw,
  type NodeDraw,
  type Tone,
  toneOf,
} from "./draw-marks.ts";
import type { Emphasis } from "./emphasis.ts";
import { placeLabels } from "./place-labels.ts";

const DIM_EDGE = 0.16;
const DIM_NODE = 0.28;
/** Wide healthy lines are lighter (their width shows them), and far out a crowd of healthy ones steps back. */
const WIDE_EDGE = 0.78;
const CROWDED_EDGE = 0.8;
const CROWD_EDGES = 250;
const CROWD_ZOOM = 0.5;
const ARROWS_FROM = 0.3;
const LOCKS_FROM = 0.45;

const TONE_ORDER: Readonly<Record<Tone, number>> = { idle: 0, healthy: 1, unknown: 2, degraded: 3, failing: 4 };

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}

function boxesOf({ scene, emphasis }: DrawParameters): BoxDraw[] {
  return scene.view.boxes.map((_, i) => ({
    box: i,
    strong: emphasis.box[i] === 2,
    selected: emphasis.selectedBox === i,
  }));
}

/** Grouped by pen, dim ones first, the worst last; widths in half pixels so that groups stay few. */
function edgeGroupsOf({ scene, emphasis, zoom }: DrawParameters): EdgeGroup[] {
  const scale = clamp(zoom, 0.3, 1.6);
  const crowded =
    zoom < CROWD_ZOOM && scene.view.edges.length > CROWD_EDGES
      ? Math.sqrt(CROWD_EDGES / scene.view.edges.length) * CROWDED_EDGE
      : 1;
  const groups = new Map<string, { pen: Omit<EdgeGroup, "edges">; edges: number[] }>();
  scene.view.edges.forEach((edge, e) => {
    const level = emphasis.edge[e] ?? 1;
    const tone = toneOf(edge.state);
    const least = tone === "failing" ? 2 : 1;
    const width = Math.max(1, Math.round(Math.max(least, edge.width) * scale * 2) / 2) + (level === 2 ? 0.5 : 0);
    const dash = edge.stale ? "stale" : edge.dashed ? "tcp" : "solid";
    const plain = tone === "healthy" || tone === "idle";
    const alpha = level === 0 ? DIM_EDGE : plain && level === 1 ? (width >= 3 ? WIDE_EDGE : 1) * crowded : 1;
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
  const { titles, labels, pills } = placeLabels(parameters, { nodes, arrows, locks });
  const halo = [emphasis.selectedEdge, ...matchedEdges(emphasis)].filter((e) => e >= 0);
  const boxes = scene.view.boxes.length === 0 ? [] : boxesOf(parameters);
  return { zoom, boxes, edges: edgeGroupsOf(parameters), haloEdges: halo, arrows, locks, nodes, titles, labels, pills };
}

function matchedEdges(emphasis: Emphasis): number[] {
  const out: number[] = [];
  emphasis.matchedEdge.forEach((matched, e) => {
    if (matched === 1) out.push(e);
  });
  return out;
}
