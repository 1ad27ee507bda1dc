/**
 * View model → what the layout needs, in arrays that cross to a worker without copying objects: footprints, boxes, the
 * pairs of ends. Traffic is not in it (footprints are those of the largest node), so that only a change of *topology*
 * (who exists, who calls whom, what is written under a node) changes the hash and causes a layout. Lengths: px at zoom 1.
 */
import { cutText } from "../label-text.ts";
import type { GraphView } from "./graph-view.ts";
import { NO_PINS, type Pins } from "./pins.ts";

export interface LayoutInput {
  readonly hash: string;
  /** The picture is for a window that is higher than wide. */
  readonly tall: boolean;
  readonly ids: readonly string[];
  readonly boxIds: readonly string[];
  /** Space a node needs around its centre: the same to both sides, and above and below (label). */
  readonly halfWidth: Float32Array;
  readonly above: Float32Array;
  readonly below: Float32Array;
  /** Innermost box of a node, parent of a box; -1 outside all. A parent's index is smaller than its child's. */
  readonly boxOf: Int32Array;
  readonly boxParent: Int32Array;
  /** Room a box's title bar needs. */
  readonly boxMinWidth: Float32Array;
  /** Height a box has at least, for what is to be unfolded in it. */
  readonly boxMinHeight: Float32Array;
  /** 1 for a node that stands in its box for all that is in it. */
  readonly folded: Uint8Array;
  /** -1 where traffic enters, 1 where it ends outside, 0 else: breaks ties of direction. */
  readonly rank: Int8Array;
  readonly edgeIds: readonly string[];
  readonly source: Int32Array;
  readonly target: Int32Array;
  readonly lane: Float32Array;
  /** Nodes that the user holds in place; also of nodes that are not here now. */
  readonly pins?: Pins | undefined;
}

export const NODE_ABOVE = 28;
export const NODE_BELOW = 60;
/** Height of the arc of a loop over its node. */
const LOOP_ABOVE = 58;
const CHARACTER = 7;
const MAX_LABEL_CHARACTERS = 24;
/** A frame is not made wider than for so much of its name. */
const MAX_TITLE_CHARACTERS = 60;

/** Longer labels are cut with an ellipsis where they are drawn; the whole name is in the tooltip and the panel. */
export function shortLabel(text: string): string {
  return cutText(text, MAX_LABEL_CHARACTERS);
}

/** FNV-1a over two lanes, base 36: 64 bits are enough to tell a topology from the one before it. */
export function hashText(parts: readonly string[]): string {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (const part of parts) {
    for (let i = 0; i < part.length; i++) {
      const code = part.charCodeAt(i);
      a = Math.imul(a ^ code, 0x01000193);
      b = Math.imul(b ^ code, 0x5bd1e995);
    }
    a = Math.imul(a ^ 0x1f, 0x01000193);
    b = Math.imul(b ^ 0x1f, 0x5bd1e995);
  }
  return (a >>> 0).toString(36) + (b >>> 0).toString(36);
}

const RANKS: Readonly<Record<string, number>> = { ingress: -1, gateway: -1, external: 1, passthrough: 1, blackhole: 1 };

/** World px² that a node takes where many stand together, with what is kept free about it. */
const ROOM_PER_NODE = 26_000;
const ROOM_OUTLINE = 1.4;

/** Height of a frame for so many nodes. */
const roomFor = (nodes: number): number => (nodes === 0 ? 0 : Math.sqrt((nodes * ROOM_PER_NODE) / ROOM_OUTLINE) + 60);

export function layoutInput(view: GraphView, tall = false, pins: Pins = NO_PINS): LayoutInput {
  const { nodes, edges, boxes } = view;
  const loops = new Set(edges.filter((edge) => edge.source === edge.target).map((edge) => edge.source));
  // A box that shows what is in it is as large as that.
  const outer = new Set(boxes.map(({ parent }) => parent));
  const rooms = boxes.map(({ room }, b) => roomFor(outer.has(b) ? 0 : room));
  const width = (text: string): number => shortLabel(text).length * CHARACTER;
  const input = {
    tall,
    ids: nodes.map((node) => node.id),
    boxIds: boxes.map((box) => box.id),
    halfWidth: Float32Array.from(nodes, (node) => Math.max(32, width(node.title) / 2 + 4)),
    above: Float32Array.from(nodes, (_, i) => (loops.has(i) ? LOOP_ABOVE : NODE_ABOVE)),
    below: Float32Array.from(nodes, () => NODE_BELOW),
    boxOf: Int32Array.from(nodes, (node) => node.box),
    boxParent: Int32Array.from(boxes, (box) => box.parent),
    boxMinWidth: Float32Array.from(boxes, (box, b) =>
      Math.max(
        44 + (Math.min(box.title.length, MAX_TITLE_CHARACTERS) + box.detail.length) * 6.6,
        ROOM_OUTLINE * (rooms[b] ?? 0),
      ),
    ),
    boxMinHeight: Float32Array.from(rooms),
    folded: Uint8Array.from(nodes, (node) => (node.folded ? 1 : 0)),
    rank: Int8Array.from(nodes, (node) => RANKS[node.kind] ?? 0),
    edgeIds: edges.map((edge) => edge.id),
    source: Int32Array.from(edges, (edge) => edge.source),
    target: Int32Array.from(edges, (edge) => edge.target),
    lane: Float32Array.from(edges, (edge) => edge.lane),
    pins,
  };
  return { ...input, hash: topologyHash(input) };
}

/** The same for equal topologies; box titles count only by whose they are, so that a count may change in place. */
export function topologyHash(input: Omit<LayoutInput, "hash">): string {
  const parts: string[] = input.tall ? ["tall"] : [];
  input.ids.forEach((id, i) => {
    parts.push(id, input.boxIds[input.boxOf[i] ?? -1] ?? "", String(input.halfWidth[i]), String(input.above[i]));
    const pin = input.pins?.get(id);
    if (pin !== undefined) parts.push(`pin ${pin.home} ${pin.dx} ${pin.dy}`);
  });
  input.boxIds.forEach((id, i) => {
    parts.push(id, input.boxIds[input.boxParent[i] ?? -1] ?? "");
  });
  input.edgeIds.forEach((id, i) => {
    parts.push(id, input.ids[input.source[i] ?? -1] ?? "", input.ids[input.target[i] ?? -1] ?? "");
  });
  return hashText(parts);
}
