/** The records of a draw list: positions in world pixels unless said otherwise, sizes in screen pixels. */
import type { HealthState } from "../../query/schema/common.ts";
import type { Card } from "./card.ts";
import type { Chosen, WorldWindow } from "./draw-budget.ts";
import type { Emphasis } from "./emphasis.ts";
import type { EdgeLabel, LockState, Mark, Shape } from "./graph-view.ts";
import type { Occupied } from "./occupied.ts";
import type { Pins } from "./pins.ts";
import type { Scene } from "./scene.ts";

/** How an edge, node or text is coloured; the painter maps tones to theme tokens. */
export type Tone = "healthy" | "degraded" | "failing" | "idle" | "unknown";
/** Of a node's rim, times the usual: what says it to who cannot tell the colours apart, beside the mark. */
export const RIM_WEIGHT: Readonly<Record<Tone, number>> = {
  healthy: 1,
  degraded: 1,
  failing: 1.2,
  idle: 0.55,
  unknown: 1,
};
export type FontName = "title" | "quiet" | "box" | "pill";
/** Width in px of a text at the font's size for zoom 1. */
export type Measure = (text: string, font: FontName) => number;

export interface BoxDraw {
  readonly box: number;
  readonly strong: boolean;
  readonly selected: boolean;
}

/** A box's title bar: name, worst state and glyphs of its meshes left, counts right; `dx, dy` of its top left from the box's corner, screen px. */
export interface TitleDraw {
  readonly box: number;
  readonly title: string;
  readonly mark: string;
  readonly meshes: readonly string[];
  readonly tone: Tone;
  /** Empty where there is no room. */
  readonly detail: string;
  readonly dx: number;
  readonly dy: number;
  readonly scale: number;
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
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  readonly size: number;
  readonly fill: "filled" | "half" | "hollow";
  readonly tone: Tone;
  readonly alpha: number;
}

export interface LockDraw {
  readonly edge: number;
  readonly lock: Exclude<LockState, null>;
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly alpha: number;
}

/** What resilience was seen on an edge: a row of glyphs about (x, y) on a plate of w × h screen px. */
export interface BadgeDraw {
  readonly edge: number;
  readonly badges: readonly string[];
  /** Beside each glyph, where it is near enough; empty where it is not counted. */
  readonly figures: readonly string[];
  /** Width of each figure, screen px. */
  readonly widths: readonly number[];
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly w: number;
  readonly h: number;
  readonly alpha: number;
}

export interface NodeDraw {
  readonly node: number;
  readonly shape: Shape;
  readonly radius: number;
  /** Drawn as a card of this size instead of its shape. */
  readonly card: Card | null;
  readonly tone: Tone;
  readonly mark: Mark;
  /** Whose glyphs it bears; none where the estate has one mesh only. */
  readonly meshes: readonly string[];
  readonly errorShare: number;
  readonly alpha: number;
  readonly selected: boolean;
  readonly matched: boolean;
  readonly pinned: boolean;
  /** Bears the sign of a missing proxy. */
  readonly noProxy: boolean;
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
  readonly badges: readonly BadgeDraw[];
  readonly nodes: readonly NodeDraw[];
  readonly titles: readonly TitleDraw[];
  readonly labels: readonly LabelDraw[];
  readonly pills: readonly PillDraw[];
  /** What nodes, cards, title bars, texts and marks take, screen px without pan. */
  readonly covered: Pick<Occupied, "meets">;
  /** Where it holds, world px; null for everywhere. */
  readonly window: WorldWindow | null;
  /** In sight, but not drawn. */
  readonly leftOut: { readonly nodes: number; readonly edges: number };
}

export interface DrawParameters {
  readonly scene: Scene;
  readonly emphasis: Emphasis;
  readonly zoom: number;
  readonly edgeLabels: ReadonlySet<EdgeLabel>;
  readonly measure: Measure;
  /** Nodes that are held in place. */
  readonly pins?: Pins | undefined;
  /** What a viewport shows, world px; all of a small picture is drawn wherever it is. */
  readonly window?: WorldWindow | undefined;
}

/** Parameters with what is drawn settled; null for all. */
export interface Drawing extends DrawParameters {
  readonly chosen: Chosen | null;
  /** The zoom at which an edge is read: cards, and what runs between them, are as large far out as near. */
  readonly reads: (edge: number) => number;
}

export const isDrawn = (chosen: Uint8Array | undefined, i: number): boolean => chosen === undefined || chosen[i] === 1;

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
