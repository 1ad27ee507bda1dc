/** What the engine tells: counts of its work, and what happens on the canvas. */
import type { DrawList } from "../../lib/view/graph/draw-marks.ts";
import type { GraphTarget, GraphView } from "../../lib/view/graph/graph-view.ts";
import type { KeptViewport } from "../../lib/view/graph/kept-viewport.ts";
import type { Pin } from "../../lib/view/graph/pins.ts";
import type { Scene } from "../../lib/view/graph/scene.ts";
import type { ScreenView } from "../../lib/view/graph/semantic-zoom.ts";
import type { ScreenPoint } from "./zoom-control.ts";

export interface Counters {
  readonly layouts: number;
  readonly frames: number;
  readonly drawLists: number;
  /** Strokes, fills and texts of all frames. */
  readonly drawCalls: number;
  /** Lines, marks and texts of the last draw list, and the most of any. */
  readonly elements: number;
  readonly mostElements: number;
  /** Marks of edges made, as against those kept from the answer before. */
  readonly edgesBuilt: number;
  readonly zoom: number;
  /** Left and top of the world on the canvas, in whole px. */
  readonly pan: string;
  /** Places of pinned nodes, by id, in whole world px. */
  readonly pinned: Readonly<Record<string, string>>;
  /** Left, top, width and height of each box, by its id, in whole world px. */
  readonly boxes: Readonly<Record<string, string>>;
}

export interface EngineEvents {
  readonly onHover: (target: GraphTarget | null, at: ScreenPoint) => void;
  readonly onShown: (view: GraphView) => void;
  /** What came to rest in sight, and whether the user has moved it. */
  readonly onSeen: (scene: Scene, view: ScreenView, moved: boolean) => void;
  /** A node was let go elsewhere. */
  readonly onPin: (id: string, pin: Pin) => void;
  /** Where the last visit looked; null where all of the picture is to be shown. */
  readonly onRecall: () => KeptViewport | null;
  /** The viewport has come to rest, or goes; null where it shows all of the picture. */
  readonly onKeep: (viewport: KeptViewport | null) => void;
  readonly onLeftOut: (leftOut: DrawList["leftOut"]) => void;
}
