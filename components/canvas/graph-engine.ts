/**
 * The live picture, free of React: takes answers, selection, matches and theme; keeps layout, viewport, hover and the
 * animation; paints on one canvas, at most once a frame and only when something changed. Screen px are CSS px.
 * The view drawn and the layout drawn always belong together: a new answer is shown once its layout has arrived.
 */
import type { Graph } from "../../lib/query/schema/graph.ts";
import { buildDrawList } from "../../lib/view/graph/draw-list.ts";
import type { DrawList } from "../../lib/view/graph/draw-marks.ts";
import { type Emphasis, emphasisOf } from "../../lib/view/graph/emphasis.ts";
import { type FoldTarget, foldTargetOf } from "../../lib/view/graph/fold-target.ts";
import type { EdgeLabel, Framing, GraphTarget, GraphView } from "../../lib/view/graph/graph-view.ts";
import { type HitIndex, hitIndex, hitTest } from "../../lib/view/graph/hit.ts";
import { layoutBounds } from "../../lib/view/graph/layout-graph.ts";
import { type LayoutInput, layoutInput } from "../../lib/view/graph/layout-input.ts";
import type { LayoutResult } from "../../lib/view/graph/layout-types.ts";
import { type Direction, navigate } from "../../lib/view/graph/navigate.ts";
import { presentGraph } from "../../lib/view/graph/present-graph.ts";
import { buildScene, type Scene } from "../../lib/view/graph/scene.ts";
import { measureWith, metricsOf } from "./fonts.ts";
import { glyphData } from "./glyphs.ts";
import { LayoutService } from "./layout-service.ts";
import { between, MOVE_MS, type Mover, moverBetween } from "./motion.ts";
import { Painter, paint } from "./paint.ts";
import { Scheduler } from "./scheduler.ts";
import { SvgPen } from "./svg-pen.ts";
import { readTheme, type Theme } from "./theme.ts";
import { type ScreenPoint, ZoomControl } from "./zoom-control.ts";

export interface Counters {
  readonly layouts: number;
  readonly frames: number;
  readonly drawLists: number;
  /** Strokes, fills and texts of all frames. */
  readonly drawCalls: number;
}

export interface EngineEvents {
  readonly onHover: (target: GraphTarget | null, at: ScreenPoint) => void;
  readonly onShown: (view: GraphView) => void;
}

const SEED = 1;
/** Width over height below which the picture is laid out for a window that is higher than wide. */
const TALL = 0.95;
/** Beyond this many nodes a moved picture is simply redrawn. */
const ANIMATED_NODES = 1500;

export class GraphEngine {
  readonly #canvas: HTMLCanvasElement;
  readonly #ctx: CanvasRenderingContext2D;
  readonly #events: EngineEvents;
  readonly #scheduler = new Scheduler((nowMs) => this.#frame(nowMs));
  readonly #service = new LayoutService(SEED, (layout) => this.#arrived(layout));
  readonly #zoom: ZoomControl;
  #theme: Theme;
  #ratio = 1;
  #graph: Graph | null = null;
  #framing: Framing = "flat";
  #tall = false;
  #pending: { readonly view: GraphView; readonly input: LayoutInput } | null = null;
  #shown: { readonly view: GraphView; readonly input: LayoutInput; readonly layout: LayoutResult } | null = null;
  #mover: Mover | null = null;
  #moveStartMs: number | null = null;
  #scene: Scene | null = null;
  #hits: HitIndex | null = null;
  #emphasis: Emphasis | null = null;
  #list: DrawList | null = null;
  #measure: ReturnType<typeof measureWith>;
  #hover: GraphTarget | null = null;
  #selection: GraphTarget | null = null;
  #matches: ReadonlySet<string> | undefined;
  #edgeLabels: ReadonlySet<EdgeLabel> = new Set();
  #frames = 0;
  #drawLists = 0;
  #drawCalls = 0;

  constructor(canvas: HTMLCanvasElement, ctx: CanvasRenderingContext2D, events: EngineEvents) {
    this.#canvas = canvas;
    this.#ctx = ctx;
    this.#events = events;
    this.#theme = readTheme(canvas);
    this.#measure = measureWith(ctx, this.#theme.font);
    this.#zoom = new ZoomControl(
      canvas,
      () => this.#viewportChanged(),
      (at) => this.foldAt(at) !== null,
    );
  }

  stop(): void {
    this.#scheduler.stop();
    this.#service.stop();
    this.#zoom.stop();
  }

  counters(): Counters {
    const { layouts } = this.#service;
    return { layouts, frames: this.#frames, drawLists: this.#drawLists, drawCalls: this.#drawCalls };
  }

  setGraph(graph: Graph, framing: Framing): void {
    if (graph === this.#graph && framing === this.#framing) return;
    this.#graph = graph;
    this.#framing = framing;
    this.#arrange(presentGraph(graph, framing));
  }

  #arrange(view: GraphView): void {
    const input = layoutInput(view, this.#tall);
    this.#pending = { view, input };
    this.#service.request(input);
  }

  setSelection(selection: GraphTarget | null): void {
    if (selection?.id === this.#selection?.id && selection?.kind === this.#selection?.kind) return;
    this.#selection = selection;
    this.#relight();
  }

  setMatches(matches: ReadonlySet<string> | undefined): void {
    if (matches === this.#matches) return;
    this.#matches = matches;
    this.#relight();
  }

  setEdgeLabels(labels: ReadonlySet<EdgeLabel>): void {
    if (labels === this.#edgeLabels) return;
    this.#edgeLabels = labels;
    this.#list = null;
    this.#scheduler.request();
  }

  /** Reads tokens and font anew: after a change of theme, or once fonts have come. */
  refreshTheme(): void {
    this.#theme = readTheme(this.#canvas);
    this.#measure = measureWith(this.#ctx, this.#theme.font);
    this.#list = null;
    this.#scheduler.request();
  }

  setSize(width: number, height: number, ratio: number): void {
    this.#ratio = ratio;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    this.#zoom.setSize(width, height);
    this.#turn(width < TALL * height);
    this.#scheduler.request();
  }

  /** A window turned on its side is laid out anew: other boxes stand beside each other. */
  #turn(tall: boolean): void {
    if (tall === this.#tall) return;
    this.#tall = tall;
    const view = (this.#pending ?? this.#shown)?.view;
    if (view === undefined) return;
    this.#service.forget();
    this.#arrange(view);
  }

  fit(): void {
    this.#zoom.fit(true);
  }

  zoomBy(factor: number): void {
    this.#zoom.by(factor);
  }

  /** Discards all positions and lays the graph out from scratch. */
  rearrange(): void {
    if (this.#pending === null && this.#shown === null) return;
    this.#service.forget();
    this.#pending ??= this.#shown;
    if (this.#pending !== null) this.#service.request(this.#pending.input);
    this.#zoom.fit(true);
  }

  /** Where an arrow key would take the selection. */
  next(direction: Direction): GraphTarget | null {
    return this.#shown === null ? null : navigate(this.#shown.view, this.#shown.layout, this.#selection, direction);
  }

  /** Pans so that the target can be seen; nothing if it can already. */
  reveal(target: GraphTarget): void {
    const at = this.positionOf(target);
    if (at !== null) this.#zoom.reveal(at);
  }

  /** Where a target is on the canvas: the middle of a node, the arrow of an edge, the title of a box. */
  positionOf(target: GraphTarget): ScreenPoint | null {
    const scene = this.#sceneNow();
    if (scene === null) return null;
    const { view, layout } = scene;
    const node = target.kind === "node" ? view.nodeIndex.get(target.id) : undefined;
    if (node !== undefined) return this.#zoom.toScreen(layout.x[node] ?? 0, layout.y[node] ?? 0);
    const edge = target.kind === "edge" ? view.edgeIndex.get(target.id) : undefined;
    if (edge !== undefined) return this.#zoom.toScreen(scene.arrows[3 * edge] ?? 0, scene.arrows[3 * edge + 1] ?? 0);
    const box = target.kind === "box" ? view.boxIndex.get(target.id) : undefined;
    if (box === undefined) return null;
    return this.#zoom.toScreen((layout.rects[4 * box] ?? 0) + 20, (layout.rects[4 * box + 1] ?? 0) + 14);
  }

  /** The picture as it stands, as vectors, over its ground and with `caption` in the lower left corner. */
  svg(caption: string): string {
    const scene = this.#sceneNow();
    const pen = new SvgPen(glyphData, (text, font) => metricsOf(this.#ctx, text, font));
    const { width, height } = this.#zoom.size;
    if (scene !== null && this.#list !== null) {
      const view = { ...this.#zoom.transform, width, height, ratio: 1 };
      paint(new Painter(pen, scene, this.#theme, view), this.#list);
    }
    return pen.svg(width, height, caption, this.#theme);
  }

  targetAt(at: ScreenPoint): GraphTarget | null {
    const scene = this.#sceneNow();
    if (scene === null) return null;
    if (this.#hits?.scene !== scene) this.#hits = hitIndex(scene);
    return hitTest(this.#hits, this.#zoom.toWorld(at), this.#zoom.transform.k);
  }

  /** The box that would be folded or unfolded at a point: one whose title bar or folded frame it is. */
  foldAt(at: ScreenPoint): FoldTarget | null {
    const view = this.#shown?.view;
    return view === undefined ? null : foldTargetOf(view, this.targetAt(at), "itself");
  }

  pointerAt(at: ScreenPoint | null): void {
    const target = at === null ? null : this.targetAt(at);
    if (target?.id === this.#hover?.id && target?.kind === this.#hover?.kind) return;
    this.#hover = target;
    this.#canvas.style.cursor = target === null ? "grab" : "pointer";
    this.#relight();
    this.#events.onHover(target, at ?? { x: 0, y: 0 });
  }

  #arrived(layout: LayoutResult): void {
    const pending = this.#pending;
    if (pending === null || pending.input.hash !== layout.hash) return;
    this.#pending = null;
    const before = this.#shown?.layout ?? null;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (before !== layout) {
      const small = layout.ids.length <= ANIMATED_NODES;
      this.#mover = before === null || still || !small ? null : moverBetween(before, layout);
      this.#moveStartMs = null;
      this.#zoom.setWorld(layoutBounds(pending.input, layout));
    }
    this.#shown = { ...pending, layout };
    this.#scene = null;
    this.#relight();
    this.#events.onShown(pending.view);
  }

  #relight(): void {
    this.#emphasis = null;
    this.#list = null;
    this.#scheduler.request();
  }

  #viewportChanged(): void {
    if (this.#list !== null && this.#list.zoom !== this.#zoom.transform.k) this.#list = null;
    this.#scheduler.request();
  }

  #sceneNow(): Scene | null {
    if (this.#shown === null) return null;
    this.#scene ??= buildScene(this.#shown.view, this.#shown.layout);
    return this.#scene;
  }

  /** Scene at this moment of a move; true while it goes on. */
  #move(nowMs: number): boolean {
    if (this.#mover === null || this.#shown === null) return false;
    this.#moveStartMs ??= nowMs;
    const share = (nowMs - this.#moveStartMs) / MOVE_MS;
    if (share >= 1) this.#mover = null;
    const layout = this.#mover === null ? this.#shown.layout : between(this.#mover, share);
    this.#scene = buildScene(this.#shown.view, layout);
    this.#list = null;
    return this.#mover !== null;
  }

  #frame(nowMs: number): boolean {
    const moving = this.#move(nowMs);
    const scene = this.#sceneNow();
    if (scene === null) return false;
    this.#emphasis ??= emphasisOf(scene.view, {
      hover: this.#hover,
      selection: this.#selection,
      matches: this.#matches,
    });
    const { x, y, k } = this.#zoom.transform;
    if (this.#list === null) {
      this.#drawLists++;
      this.#list = buildDrawList({
        scene,
        emphasis: this.#emphasis,
        zoom: k,
        edgeLabels: this.#edgeLabels,
        measure: this.#measure,
      });
    }
    const view = { x, y, k, ...this.#zoom.size, ratio: this.#ratio };
    this.#drawCalls += paint(new Painter(this.#ctx, scene, this.#theme, view), this.#list);
    this.#frames++;
    return moving;
  }
}
