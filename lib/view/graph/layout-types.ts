/**
 * Result of a layout, in world pixels (1 at zoom 1), and the sub-problem it is made of: one *level* is the inside of one
 * box (or the whole picture), whose items are nodes and the boxes directly in it.
 */

import type { Pins } from "./pins.ts";

/** A place in a box: from its corner to a node's centre, or to a box's corner, with that box's size. */
export interface PastPlace {
  readonly home: string;
  readonly dx: number;
  readonly dy: number;
  readonly width: number;
  readonly height: number;
}

export interface LayoutResult {
  /** Hash of the topology and the seed that gave this. */
  readonly hash: string;
  readonly seed: number;
  readonly ids: readonly string[];
  readonly boxIds: readonly string[];
  readonly edgeIds: readonly string[];
  /** Id of each node's box, empty outside all. */
  readonly homes: readonly string[];
  /** As in the input. */
  readonly folded: Uint8Array;
  /** Where nodes and boxes stood that are folded away: they come back to it. */
  readonly past: ReadonlyMap<string, PastPlace>;
  /** As in the input. */
  readonly pins?: Pins | undefined;
  /** Centres of nodes. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** Left, top, width, height per box. */
  readonly rects: Float32Array;
  /** Cubic Béziers per edge from centre to centre: points x, y; 3 k + 1 points for k segments, at curveStart[e] points. */
  readonly curves: Float32Array;
  readonly curveStart: Uint32Array;
  /** Lane of each edge, as routed. */
  readonly lane: Float32Array;
  /** True where all nodes known before stayed in place or moved together to make room. */
  readonly kept: boolean;
  /** True where the largest level was arranged by force. */
  readonly byForce: boolean;
}

export interface LevelItem {
  readonly width: number;
  readonly height: number;
  /** Height below the top where edges join a node. */
  readonly anchor: number;
  readonly rank: number;
  readonly isBox: boolean;
}

/** An edge between two items; ports are heights below the items' tops. */
export interface LevelLink {
  readonly from: number;
  readonly to: number;
  readonly fromPort: number;
  readonly toPort: number;
}

/** An edge that leaves the level through a side; `pull` is the height it would like to leave at, where known. */
export interface LevelExit {
  readonly item: number;
  readonly port: number;
  readonly side: "left" | "right";
  readonly pull: number | null;
}

export interface LevelProblem {
  readonly items: readonly LevelItem[];
  readonly links: readonly LevelLink[];
  readonly exits: readonly LevelExit[];
  /** For a window that is higher than wide: boxes below each other rather than beside. */
  readonly tall: boolean;
  /** Whether long links reserve lanes through the layers between. */
  readonly lanes: boolean;
}

export interface LevelResult {
  readonly width: number;
  readonly height: number;
  /** Left and top of each item. */
  readonly left: Float64Array;
  readonly top: Float64Array;
  /** Flat x, y way points of each link, from → to, without its ends; of each exit, item → border, border included. */
  readonly linkWay: readonly (readonly number[])[];
  readonly exitWay: readonly (readonly number[])[];
  /** Greater is further right: which side an edge between two items leaves by. */
  readonly column: Float64Array;
}

/** Levels of up to this many items are layered, larger ones arranged by force. */
export const LAYERED_LIMIT = 150;
/** Above this many joined pairs edges get no lanes through layers and boxes: they run direct. */
export const LANES_LIMIT = 1500;
export const GAP_X = 108;
export const GAP_Y = 12;
export const BOX_GAP = 36;
