/**
 * The live picture, free of React: takes answers, selection, matches and theme; keeps layout, viewport, hover and the
 * animation; paints on one canvas, at most once a frame and only when something changed. Screen px are CSS px.
 * The view drawn and the layout drawn always belong together: a new answer is shown once its layout has arrived.
 */
import { type FoldTarget, foldTargetOf } from "../../lib/view/graph/fold-target.ts";
import type { EdgeLabel, GraphTarget } from "../../lib/view/graph/graph-view.ts";
import type { HeldNode } from "../../lib/view/graph/held-layout.ts";
import { layoutBounds } from "../../lib/view/graph/layout-graph.ts";
import { type Direction, navigate } from "../../lib/view/graph/navigate.ts";
import type { Spot } from "../../lib/view/graph/pin-place.ts";
import type { Pin } from "../../lib/view/graph/pins.ts";
import { buildScene, type Scene } from "../../lib/view/graph/scene.ts";
import { placeOfTarget } from "../../lib/view/graph/target-place.ts";
import { Arranger, type Shown } from "./arranger.ts";
import { countersOf } from "./counters.ts";
import type { Counters, EngineEvents } from "./engine-events.ts";
import { measureWith } from "./fonts.ts";
import { Hover } from "./hover.ts";
import { Lights } from "./lights.ts";
import { Lists } from "./lists.ts";
import { Moves } from "./motion.ts";
import { NodeDrag } from "./node-drag.ts";
import { Painter, type Picture, paint } from "./paint.ts";
import { follows, heldIn, movable, pinBy, pinNear, sceneIn } from "./pinning.ts";
import { Scheduler } from "./scheduler.ts";
import { openedBounds, ViewWatch } from "./sight.ts";
import { svgOf } from "./svg.ts";
import { readTheme, type Theme } from "./theme.ts";
import { ViewKeeper } from "./view-keeper.ts";
import { type ScreenPoint, ZoomControl } from "./zoom-control.ts";

/** Width over height below which the picture is laid out for a window that is higher than wide. */
const TALL = 0.95;

export class GraphEngine {
  readonly #canvas: HTMLCanvasElement;
  readonly #ctx: CanvasRenderingContext2D;
  readonly #events: EngineEvents;
  readonly scheduler = new Scheduler((nowMs) => this.#frame(nowMs));
  readonly arranger = new Arranger((shown, before) => this.#arrived(shown, before));
  readonly zoom: ZoomControl;
  readonly #drag: NodeDrag;
  readonly viewport: ViewKeeper;
  #theme: Theme;
  #ratio = 1;
  readonly #watch = new ViewWatch(() => this.#seen());
  readonly #moves = new Moves();
  #scene: Scene | null = null;
  readonly #lights = new Lights();
  readonly #hover = new Hover({
    lights: this.#lights,
    zoom: () => this.zoom,
    scene: () => this.#sceneNow(),
    changed: (target, at) => this.#hovered(target, at),
  });
  readonly #lists: Lists;
  #measure: ReturnType<typeof measureWith>;
  #edgeLabels: ReadonlySet<EdgeLabel> = new Set();
  /** What stands over the picture and is told of each frame of it. */
  readonly #layers = new Set<(picture: Picture) => void>();
  #frames = 0;
  #drawCalls = 0;

  constructor(canvas: HTMLCanvasElement, ctx: CanvasRenderingContext2D, events: EngineEvents) {
    this.#canvas = canvas;
    this.#ctx = ctx;
    this.#events = events;
    this.viewport = new ViewKeeper({ ...events, zoom: () => this.zoom, scene: () => this.#sceneNow() });
    this.#lists = new Lists((leftOut) => events.onLeftOut(leftOut));
    this.#theme = readTheme(canvas);
    this.#measure = measureWith(ctx, this.#theme.font);
    this.zoom = new ZoomControl(canvas, () => this.#viewportChanged(), {
      twice: (at) => this.foldAt(at) !== null,
      once: (at) => this.#drag.claims(at),
    });
    this.#drag = new NodeDrag(canvas, {
      nodeAt: (at) => movable(this.#shown, this.targetAt(at)),
      toWorld: (at) => this.zoom.toWorld(at),
      middleOf: (node) => ({ x: this.#shown?.layout.x[node] ?? 0, y: this.#shown?.layout.y[node] ?? 0 }),
      moved: () => follows(this.#shown) && this.#dragged(),
      dropped: (held) => this.#dropped(held),
    });
  }

  stop(): void {
    this.viewport.keep();
    for (const part of [this.scheduler, this.arranger, this.#drag, this.zoom, this.#watch]) part.stop();
  }

  counters(): Counters {
    const painted = { frames: this.#frames, drawCalls: this.#drawCalls };
    return { ...painted, ...countersOf(this.arranger, this.#lists, this.zoom.transform) };
  }

  /** Tells a layer of each frame, and asks for one. */
  attach(layer: (picture: Picture) => void): () => void {
    this.#layers.add(layer);
    this.scheduler.request();
    return () => this.#layers.delete(layer);
  }

  get #shown(): Shown | null {
    return this.arranger.shown;
  }

  /** The pin that holds a node where it stands, or so far from there, at the next place that is free. */
  pinOf(id: string, by?: Spot): Pin | null {
    return pinBy(this.#shown, id, by);
  }

  #dragged(): void {
    this.#scene = null;
    this.#lists.forget();
    this.scheduler.request();
  }

  /** What a click there selects: a node that it has just dropped, wherever that found room. */
  clickedAt(at: ScreenPoint): GraphTarget | null {
    return this.#drag.dropped ?? this.targetAt(at);
  }

  #dropped({ node, x, y }: HeldNode): string {
    const id = this.#shown?.view.nodes[node]?.id ?? "";
    const pin = pinNear(this.#shown, node, { x, y });
    this.zoom.hold();
    if (pin === null) this.#drag.release();
    else this.#events.onPin(id, pin);
    return id;
  }

  setSelection(selection: GraphTarget | null): void {
    if (this.#lights.select(selection)) this.#relight();
  }

  setMatches(matches: ReadonlySet<string> | undefined): void {
    if (this.#lights.match(matches)) this.#relight();
  }

  setEdgeLabels(labels: ReadonlySet<EdgeLabel>): void {
    if (labels === this.#edgeLabels) return;
    this.#edgeLabels = labels;
    this.#lists.forget();
    this.scheduler.request();
  }

  /** Reads tokens and font anew: after a change of theme, or once fonts have come. */
  refreshTheme(): void {
    this.#theme = readTheme(this.#canvas);
    this.#measure = measureWith(this.#ctx, this.#theme.font);
    this.#lists.forget();
    this.scheduler.request();
  }

  setSize(width: number, height: number, ratio: number): void {
    const { size } = this.zoom;
    if (ratio === this.#ratio && width === size.width && height === size.height) return;
    this.#ratio = ratio;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    this.zoom.setSize(width, height);
    this.viewport.again();
    this.arranger.turn(width < TALL * height);
    this.scheduler.request();
  }

  /** Discards all positions but of what is pinned, and lays the graph out from scratch. */
  rearrange(): void {
    if (this.arranger.rearrange()) this.zoom.fit(true);
  }

  /** Where an arrow key would take the selection. */
  next(direction: Direction): GraphTarget | null {
    return this.#shown === null
      ? null
      : navigate(this.#shown.view, this.#shown.layout, this.#lights.selection, direction);
  }

  /** Pans so that the target can be seen; nothing if it can already. */
  reveal(target: GraphTarget): void {
    const at = this.positionOf(target);
    if (at !== null) this.zoom.reveal(at);
  }

  /** Where a target is on the canvas: the middle of a node, the arrow of an edge, the title of a box. */
  positionOf(target: GraphTarget): ScreenPoint | null {
    const scene = this.#sceneNow();
    if (scene === null) return null;
    const at = placeOfTarget(scene, target);
    if (at === null) return null;
    const screen = this.zoom.toScreen(at.x, at.y);
    const { k } = this.zoom.transform;
    return target.kind === "box" ? { x: screen.x + 20 * k, y: screen.y + 14 * k } : screen;
  }

  /** The picture as it stands, as vectors, over its ground and with `caption` in the lower left corner. */
  svg(caption: string): string {
    this.scheduler.flush();
    const [scene, { list }] = [this.#sceneNow(), this.#lists];
    const picture = scene === null || list === null ? null : { scene, list };
    return svgOf({ ctx: this.#ctx, theme: this.#theme, zoom: this.zoom, picture }, caption);
  }

  targetAt(at: ScreenPoint): GraphTarget | null {
    return this.#hover.targetAt(at);
  }

  /** The box that would be folded or unfolded at a point: one whose title bar or folded frame it is. */
  foldAt(at: ScreenPoint): FoldTarget | null {
    const view = this.#shown?.view;
    return view === undefined ? null : foldTargetOf(view, this.targetAt(at), "itself");
  }

  pointerAt(at: ScreenPoint | null, isPressed = false): void {
    this.#hover.pointerAt(at, isPressed);
  }

  #hovered(target: GraphTarget | null, at: ScreenPoint): void {
    this.#canvas.style.cursor = target === null ? "grab" : "pointer";
    this.#relight();
    this.#events.onHover(target, at);
  }

  #arrived(shown: Shown, before: Shown | null): void {
    const { view, input, layout } = shown;
    const isNew = before?.layout !== layout;
    const from = before === null ? null : heldIn(before, this.#drag.held);
    if (isNew || !this.#drag.isPressed) this.#drag.end();
    if (isNew) {
      this.#moves.begin(from, layout);
      this.zoom.setWorld(layoutBounds(input, layout));
    }
    this.#scene = null;
    this.#hover.shows(view);
    this.#relight();
    // A link to boxes that were opened by a zoom shows those.
    const isBrought = before === null && this.viewport.begin();
    const isRoomy = this.arranger.framing.standing === "roomy";
    const opened = before === null && !isBrought && isRoomy ? openedBounds(shown) : null;
    if (isNew) this.viewport.again();
    if (opened !== null) this.zoom.show(opened);
    this.#watch.moved();
    this.#events.onShown(view);
  }

  #relight(): void {
    this.#lights.forget();
    this.#lists.forget();
    this.scheduler.request();
  }

  #viewportChanged(): void {
    this.#lists.check(this.zoom);
    this.#hover.moved();
    this.#watch.moved();
    this.scheduler.request();
  }

  #seen(): void {
    this.viewport.keep();
    const scene = this.#sceneNow();
    const { x, y, k } = this.zoom.transform;
    if (scene !== null && this.arranger.framing.standing === "roomy")
      this.#events.onSeen(scene, { x, y, k, ...this.zoom.size }, this.zoom.isTouched);
  }

  #sceneNow(): Scene | null {
    if (this.#shown === null) return null;
    this.#scene ??= sceneIn(this.#shown, this.#drag.held);
    return this.#scene;
  }

  /** Scene at this moment of a move; true while it goes on. */
  #move(nowMs: number): boolean {
    if (this.#shown === null || !this.#moves.isMoving) return false;
    this.#scene = buildScene(this.#shown.view, this.#moves.at(nowMs) ?? this.#shown.layout);
    this.#lists.forget();
    return this.#moves.isMoving;
  }

  #frame(nowMs: number): boolean {
    const moving = this.#move(nowMs);
    if (!moving) this.#hover.settle();
    const scene = this.#sceneNow();
    if (scene === null) return false;
    const { x, y, k } = this.zoom.transform;
    const list = this.#lists.of(this.zoom, () => ({
      scene,
      emphasis: this.#lights.of(scene.view),
      edgeLabels: this.#edgeLabels,
      measure: this.#measure,
      pins: this.arranger.pins,
    }));
    const view = { x, y, k, ...this.zoom.size, ratio: this.#ratio };
    this.#drawCalls += paint(new Painter(this.#ctx, scene, this.#theme, view), list);
    this.#frames++;
    for (const layer of this.#layers) layer({ scene, list, view, theme: this.#theme });
    return moving;
  }
}
