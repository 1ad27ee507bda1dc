/**
 * Scene + emphasis + zoom → what to paint, in paint order, with every decision of semantic zoom made: which labels and
 * pills are shown, how bright each mark is. Positions are world pixels, sizes screen pixels; the painter adds pan, so a
 * pan makes no new list. Text widths come from `measure`. Deterministic; `drawListText` prints a list for tests.
 */
import { cardOf, readingOf } from "./card.ts";
import { chooseDrawn, MOST_ELEMENTS } from "./draw-budget.ts";
import {
  type BoxDraw,
  type Drawing,
  type DrawList,
  type DrawParameters,
  type EdgeGroup,
  isDrawn,
  type NodeDraw,
  type Tone,
  toneOf,
} from "./draw-marks.ts";
import type { Emphasis } from "./emphasis.ts";
import { faintOf } from "./faint.ts";
import type { NodeMark } from "./graph-view.ts";
import { Occupied } from "./occupied.ts";
import { placeLabels } from "./place-labels.ts";
import { DIM_EDGE, placeEdgeMarks } from "./place-marks.ts";
import { placePills } from "./place-pills.ts";
import { SIGNS_INSIDE_FROM, signRects } from "./signs.ts";

const DIM_NODE = 0.28;
/** A node that stands for many is seen however far out. */
const LEAST_FOLDED = 9;
/** Wide healthy lines are lighter: their width shows them. */
const WIDE_EDGE = 0.78;

const TONE_ORDER: Readonly<Record<Tone, number>> = { idle: 0, healthy: 1, unknown: 2, degraded: 3, failing: 4 };

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}

function boxesOf({ scene, emphasis, chosen }: Drawing): BoxDraw[] {
  const all = scene.view.boxes.map((_, i) => ({
    box: i,
    strong: emphasis.box[i] === 2,
    selected: emphasis.selectedBox === i,
  }));
  return all.filter(({ box }) => isDrawn(chosen?.box, box));
}

/** Grouped by pen, dim ones first, the worst last; widths in half pixels so that groups stay few. */
function edgeGroupsOf({ scene, emphasis, zoom, chosen }: Drawing): EdgeGroup[] {
  const scale = clamp(zoom, 0.3, 1.6);
  const faint = faintOf(scene, zoom);
  const groups = new Map<string, { pen: Omit<EdgeGroup, "edges">; edges: number[] }>();
  scene.view.edges.forEach((edge, e) => {
    if (!isDrawn(chosen?.edge, e)) return;
    const level = emphasis.edge[e] ?? 1;
    const tone = toneOf(edge.state);
    const least = tone === "failing" ? 2 : 1;
    const width = Math.max(1, Math.round(Math.max(least, edge.width) * scale * 2) / 2) + (level === 2 ? 0.5 : 0);
    const dash = edge.stale ? "stale" : edge.dashed ? "tcp" : "solid";
    const plain = tone === "healthy" || tone === "idle";
    const alpha = level === 0 ? DIM_EDGE : plain && level === 1 ? (width >= 3 ? WIDE_EDGE : 1) * faint : 1;
    const key = `${tone} ${width} ${dash} ${alpha}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { pen: { tone, width, dash, alpha }, edges: [e] });
    else group.edges.push(e);
  });
  return [...groups.values()]
    .map(({ pen, edges }) => ({ ...pen, edges }))
    .sort((a, b) => a.alpha - b.alpha || TONE_ORDER[a.tone] - TONE_ORDER[b.tone] || b.width - a.width);
}

function nodesOf(parameters: DrawParameters): NodeDraw[] {
  return parameters.scene.view.nodes.map((node, i) => nodeDraw(parameters, node, i));
}

function nodeDraw(
  { scene, emphasis, zoom, pins }: Pick<DrawParameters, "scene" | "emphasis" | "zoom" | "pins">,
  node: NodeMark,
  i: number,
): NodeDraw {
  const card = cardOf(scene, i, zoom);
  const isNear = card !== null || node.radius * zoom >= SIGNS_INSIDE_FROM;
  return {
    node: i,
    shape: node.shape,
    radius: Math.max(node.folded || node.crowd ? LEAST_FOLDED : 3, node.radius * zoom),
    card,
    tone: toneOf(node.state),
    mark: node.mark,
    meshes: scene.view.meshes.length > 1 && isNear ? node.meshes : [],
    errorShare: node.errorShare,
    alpha: emphasis.node[i] === 0 ? DIM_NODE : 1,
    selected: emphasis.selectedNode === i,
    matched: emphasis.matchedNode[i] === 1,
    noProxy: node.warnings.includes("no_proxy"),
    pinned: pins?.has(node.id) === true,
  };
}

/** Where signs beside nodes would lie on each other, as in a crowd of failing ones far out, the more important one stays for all. */
function withoutPiles({ scene, zoom }: DrawParameters, nodes: NodeDraw[]): NodeDraw[] {
  const signs = new Occupied();
  const importance = (i: number): number => scene.view.nodes[i]?.importance ?? 0;
  const bare = new Set<number>();
  const order = nodes.filter(({ mark }) => mark !== "").sort((a, b) => importance(b.node) - importance(a.node));
  for (const node of order) {
    const { x, y } = { x: (scene.layout.x[node.node] ?? 0) * zoom, y: (scene.layout.y[node.node] ?? 0) * zoom };
    const [sign] = signRects({ ...node, pinned: false, noProxy: false }, { x, y });
    if (sign === undefined) continue;
    if (signs.meets(sign)) bare.add(node.node);
    else signs.add(sign);
  }
  return bare.size === 0 ? nodes : nodes.map((node) => (bare.has(node.node) ? { ...node, mark: "" } : node));
}

const ALL = { nodes: 0, edges: 0 };

export function buildDrawList(given: DrawParameters): DrawList {
  const { emphasis, zoom, scene, window } = given;
  const chosen = window === undefined ? null : chooseDrawn(scene, emphasis, window);
  const nodes = withoutPiles(given, nodesOf(given));
  const parameters = { ...given, chosen, reads: readingOf(scene, zoom, (i) => nodes[i]?.card !== null) };
  const shown = nodes.filter(({ node }) => isDrawn(chosen?.node, node));
  const boxes = boxesOf(parameters);
  const edges = edgeGroupsOf(parameters);
  const taken = new Occupied();
  const texts = placeLabels(parameters, nodes, taken);
  const lines = edges.reduce((sum, group) => sum + group.edges.length, 0);
  const rest = MOST_ELEMENTS - shown.length - boxes.length - lines - texts.titles.length - texts.labels.length;
  const marks = placeEdgeMarks(parameters, taken, rest);
  const pills = placePills(parameters, taken, rest - marks.arrows.length - marks.locks.length - marks.badges.length);
  const halo = [emphasis.selectedEdge, ...matchedEdges(emphasis)].filter((e) => e >= 0 && isDrawn(chosen?.edge, e));
  return {
    zoom,
    boxes,
    edges,
    haloEdges: halo,
    nodes: shown,
    ...marks,
    ...texts,
    pills,
    covered: taken,
    window: chosen === null ? null : (window ?? null),
    leftOut: chosen?.leftOut ?? ALL,
  };
}

function matchedEdges(emphasis: Emphasis): number[] {
  const out: number[] = [];
  emphasis.matchedEdge.forEach((matched, e) => {
    if (matched === 1) out.push(e);
  });
  return out;
}
