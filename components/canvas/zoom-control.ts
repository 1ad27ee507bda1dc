/**
 * Pan and zoom of the canvas (d3-zoom: wheel, drag, pinch, double click) and fitting the picture into it. Until the user
 * moves the picture it is refitted whenever its size or the canvas's changes; afterwards the viewport is the user's.
 */
import { select, type ZoomTransform, zoom, zoomIdentity } from "d3";

export interface ScreenPoint {
  readonly x: number;
  readonly y: number;
}

/** What stands in the corners of the canvas (tools above, legend and zoom below) keeps clear of the picture. */
const MARGIN = { x: 16, top: 56, bottom: 52 } as const;
/** Names shrink less than the picture: half the width of a long one, and the scale below which names keep their size. */
const LABEL_REACH = 70;
const SMALLEST_TEXT = 0.86;
/** A small graph is not blown up beyond this. */
const FIT_ZOOM = 1.3;
const ZOOM_RANGE = [0.004, 5] as const;
const REVEAL_MARGIN = 70;

/** What is the canvas's own: a double click that does not zoom, a press that does not move the picture. */
export interface Claims {
  readonly twice: (at: ScreenPoint) => boolean;
  readonly once: (at: ScreenPoint) => boolean;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** As large as fits between the margins. */
function scaleFor([left, top, right, bottom]: readonly [number, number, number, number], { width, height }: Size) {
  const within = (side: number): number => {
    const across = (width - 2 * side) / Math.max(1, right - left);
    const down = (height - MARGIN.top - MARGIN.bottom) / Math.max(1, bottom - top);
    return Math.max(ZOOM_RANGE[0], Math.min(FIT_ZOOM, across, down));
  };
  return within(MARGIN.x + LABEL_REACH * Math.max(0, SMALLEST_TEXT - within(MARGIN.x)));
}

export class ZoomControl {
  readonly #canvas: HTMLCanvasElement;
  readonly #changed: () => void;
  readonly #behaviour = zoom<HTMLCanvasElement, unknown>();
  transform: ZoomTransform = zoomIdentity;
  size = { width: 0, height: 0 };
  #world: readonly [number, number, number, number] | null = null;
  #touched = false;

  constructor(canvas: HTMLCanvasElement, changed: () => void, claims: Claims) {
    this.#canvas = canvas;
    this.#changed = changed;
    this.#behaviour
      .scaleExtent([...ZOOM_RANGE])
      .clickDistance(4)
      .filter((event: MouseEvent) => {
        const at = { x: event.offsetX, y: event.offsetY };
        if (event.type === "dblclick" && claims.twice(at)) return false;
        if (event.type === "mousedown" && claims.once(at)) return false;
        return (!event.ctrlKey || event.type === "wheel") && event.button === 0;
      })
      .duration(matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 180)
      .extent(() => [
        [0, 0],
        [this.size.width, this.size.height],
      ])
      .on("zoom", (event: { readonly transform: ZoomTransform; readonly sourceEvent: unknown }) => {
        this.transform = event.transform;
        if (event.sourceEvent !== null && event.sourceEvent !== undefined) this.#touched = true;
        this.#changed();
      });
    select(canvas).call(this.#behaviour);
  }

  stop(): void {
    select(this.#canvas).on(".zoom", null);
  }

  setSize(width: number, height: number): void {
    if (width === this.size.width && height === this.size.height) return;
    this.size = { width, height };
    if (!this.#touched) this.fit(false);
  }

  /** Left, top, right, bottom of the picture, world px. */
  setWorld(world: readonly [number, number, number, number]): void {
    this.#world = world;
    if (!this.#touched) this.fit(false);
  }

  /** `anew`: the viewport follows the picture again. */
  fit(anew: boolean): void {
    if (anew) this.#touched = false;
    const { width, height } = this.size;
    if (this.#world === null || width === 0 || height === 0) return;
    this.#fitTo(this.#world);
  }

  /** The viewport is the user's from now on. */
  hold(): void {
    this.#touched = true;
  }

  get isTouched(): boolean {
    return this.#touched;
  }

  /** A part of the picture as large as fits, which the viewport then keeps. */
  show(part: readonly [number, number, number, number]): void {
    this.#fitTo(part);
    this.#touched = true;
  }

  /** The zoom at which all of the picture fits a canvas of this size; 0 where there is none yet. */
  fitScale(width: number, height: number): number {
    return this.#world === null ? 0 : scaleFor(this.#world, { width, height });
  }

  #fitTo(part: readonly [number, number, number, number]): void {
    const [left, top, right, bottom] = part;
    const { width, height } = this.size;
    const k = scaleFor(part, this.size);
    const x = width / 2 - (k * (left + right)) / 2;
    const y = (height + MARGIN.top - MARGIN.bottom) / 2 - (k * (top + bottom)) / 2;
    this.#set(zoomIdentity.translate(x, y).scale(k));
  }

  by(factor: number): void {
    this.#touched = true;
    this.#behaviour.scaleBy(select(this.#canvas), factor);
  }

  /** What of the world is in the middle. */
  get middle(): ScreenPoint {
    return this.toWorld({ x: this.size.width / 2, y: this.size.height / 2 });
  }

  /** Brings a place of the world into the middle, at a zoom. */
  centre(at: ScreenPoint, zoomTo = this.transform.k): void {
    const k = Math.max(ZOOM_RANGE[0], Math.min(ZOOM_RANGE[1], zoomTo));
    this.#touched = true;
    this.#set(zoomIdentity.translate(this.size.width / 2 - k * at.x, this.size.height / 2 - k * at.y).scale(k));
  }

  /** Moves the viewport by shares of its width and height. */
  pan(across: number, down: number): void {
    const { x, y, k } = this.transform;
    this.#touched = true;
    this.#set(zoomIdentity.translate(x - across * this.size.width, y - down * this.size.height).scale(k));
  }

  toScreen(x: number, y: number): ScreenPoint {
    const [sx, sy] = this.transform.apply([x, y]);
    return { x: sx, y: sy };
  }

  toWorld(at: ScreenPoint): ScreenPoint {
    const [x, y] = this.transform.invert([at.x, at.y]);
    return { x, y };
  }

  /** Pans by as little as brings a screen point inside the margins. */
  reveal(at: ScreenPoint): void {
    const into = (value: number, length: number): number => {
      const margin = Math.min(REVEAL_MARGIN, length / 4);
      return Math.max(margin, Math.min(length - margin, value)) - value;
    };
    const dx = into(at.x, this.size.width);
    const dy = into(at.y, this.size.height);
    if (dx === 0 && dy === 0) return;
    this.#touched = true;
    const { x, y, k } = this.transform;
    this.#set(zoomIdentity.translate(x + dx, y + dy).scale(k));
  }

  #set(transform: ZoomTransform): void {
    this.#behaviour.transform(select(this.#canvas), transform);
  }
}
