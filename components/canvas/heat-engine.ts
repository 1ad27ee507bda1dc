/**
 * Paints a heatmap on two layers: cells, lines and marks of traces on the base, which change with the data; the cell
 * under the pointer, the chosen area and the crosshair on the overlay, which change with the hand. In: a view and where
 * its cells stand, sizes in CSS px; out: pixels. Draws only what changed when asked for a frame, and counts what it drew.
 */
import { palette, pixelOf, type ThemeName } from "../../lib/view/heatmap/colour-scale.ts";
import { boxOf, type CellAt, type Geometry, shareX } from "../../lib/view/heatmap/geometry.ts";
import { heatPixels } from "../../lib/view/heatmap/image.ts";
import { exemplarMarks, type QuantileLine, quantileLines } from "../../lib/view/heatmap/lines.ts";
import type { HeatmapView } from "../../lib/view/heatmap/present-heatmap.ts";

/** What is drawn with: the part of a canvas's context that a test can stand in for. */
export type HeatContext = Pick<
  CanvasRenderingContext2D,
  | "setTransform"
  | "clearRect"
  | "createImageData"
  | "putImageData"
  | "beginPath"
  | "moveTo"
  | "lineTo"
  | "arc"
  | "stroke"
  | "fill"
  | "fillRect"
  | "strokeRect"
  | "setLineDash"
  | "lineWidth"
  | "lineJoin"
  | "strokeStyle"
  | "fillStyle"
  | "globalAlpha"
>;

export interface HeatColours {
  readonly name: ThemeName;
  readonly text: string;
  readonly panel: string;
  readonly accent: string;
  /** `[r, g, b]` of the hatching. */
  readonly hatch: readonly [number, number, number];
}

export interface HeatCounters {
  readonly images: number;
  readonly overlays: number;
}

export interface Chosen {
  readonly from: CellAt;
  readonly to: CellAt;
}

const DASHES: Readonly<Record<QuantileLine["name"], readonly number[]>> = { p50: [], p95: [6, 3], p99: [2, 3] };

interface Shown {
  readonly view: HeatmapView;
  readonly geometry: Geometry;
}

export class HeatEngine {
  private readonly base: HeatContext;
  private readonly overlay: HeatContext;
  private readonly wantFrame: () => void;
  private size = { width: 0, height: 0, ratio: 1 };
  private shown: Shown | null = null;
  private colours: HeatColours | null = null;
  private scale: Uint32Array = new Uint32Array(0);
  private cursor: CellAt | null = null;
  private chosen: Chosen | null = null;
  private crosshairMs: number | null = null;
  private dirty = { base: false, overlay: false };
  private drawn = { images: 0, overlays: 0 };

  constructor(base: HeatContext, overlay: HeatContext, wantFrame: () => void) {
    this.base = base;
    this.overlay = overlay;
    this.wantFrame = wantFrame;
  }

  counters(): HeatCounters {
    return { ...this.drawn };
  }

  private soil(...layers: readonly (keyof typeof this.dirty)[]): void {
    for (const layer of layers) this.dirty[layer] = true;
    this.wantFrame();
  }

  setSize(width: number, height: number, ratio: number): void {
    this.size = { width, height, ratio };
    this.soil("base", "overlay");
  }

  setView(view: HeatmapView, geometry: Geometry): void {
    if (this.shown?.view === view) return;
    this.shown = { view, geometry };
    this.soil("base", "overlay");
  }

  setColours(colours: HeatColours): void {
    this.colours = colours;
    this.scale = palette(colours.name);
    this.soil("base", "overlay");
  }

  setCursor(cursor: CellAt | null): void {
    if (cursor?.column === this.cursor?.column && cursor?.row === this.cursor?.row) return;
    this.cursor = cursor;
    this.soil("overlay");
  }

  setChosen(chosen: Chosen | null): void {
    this.chosen = chosen;
    this.soil("overlay");
  }

  setCrosshair(atMs: number | null): void {
    if (atMs === this.crosshairMs) return;
    this.crosshairMs = atMs;
    this.soil("overlay");
  }

  frame(): void {
    const { width, height } = this.size;
    if (this.shown === null || this.colours === null || width <= 0 || height <= 0) return;
    if (this.dirty.base) this.paintBase(this.shown, this.colours);
    if (this.dirty.overlay) this.paintOverlay(this.shown, this.colours);
    this.dirty = { base: false, overlay: false };
  }

  private paintBase({ view, geometry }: Shown, colours: HeatColours): void {
    const { width, height, ratio } = this.size;
    const size = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
    const paints = { scale: this.scale, hatch: pixelOf(colours.hatch, 120) };
    const pixels = heatPixels(view, geometry, size, paints);
    const image = this.base.createImageData(size.width, size.height);
    image.data.set(new Uint8ClampedArray(pixels.buffer));
    this.base.putImageData(image, 0, 0);
    this.base.setTransform(ratio, 0, 0, ratio, 0, 0);
    for (const line of quantileLines(view, geometry)) this.paintLine(line, colours);
    this.paintMarks(view, geometry, colours);
    this.drawn.images++;
  }

  /** Twice: a halo in the ground's colour, so that the line shows on cells of any count. */
  private paintLine({ name, pieces }: QuantileLine, colours: HeatColours): void {
    const { base: ctx, size } = this;
    for (const [stroke, width, dash] of [
      [colours.panel, 4, []],
      [colours.text, 1.5, DASHES[name]],
    ] as const) {
      ctx.beginPath();
      for (const piece of pieces) {
        piece.forEach(({ x, y }, i) => {
          if (i === 0) ctx.moveTo(x * size.width, y * size.height);
          else ctx.lineTo(x * size.width, y * size.height);
        });
      }
      ctx.lineJoin = "round";
      ctx.strokeStyle = stroke;
      ctx.lineWidth = width;
      ctx.setLineDash([...dash]);
      ctx.stroke();
    }
    ctx.setLineDash([]);
  }

  private paintMarks(view: HeatmapView, geometry: Geometry, colours: HeatColours): void {
    const { base: ctx, size } = this;
    ctx.fillStyle = colours.panel;
    ctx.strokeStyle = colours.text;
    ctx.lineWidth = 1;
    for (const { x, y } of exemplarMarks(view, geometry)) {
      ctx.beginPath();
      ctx.arc(x * size.width, y * size.height, 2, 0, 2 * Math.PI);
      ctx.fill();
      ctx.stroke();
    }
  }

  private box(shown: Shown, a: CellAt, b: CellAt): readonly [number, number, number, number] {
    const { width, height } = this.size;
    const box = boxOf(shown.view, shown.geometry, a, b);
    return [box.left * width, box.top * height, box.width * width, box.height * height];
  }

  private paintOverlay(shown: Shown, colours: HeatColours): void {
    const { overlay: ctx, chosen, cursor, crosshairMs } = this;
    const { width, height, ratio } = this.size;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, width, height);
    if (crosshairMs !== null && crosshairMs >= shown.geometry.startMs && crosshairMs <= shown.geometry.endMs) {
      ctx.globalAlpha = 0.6;
      ctx.fillStyle = colours.text;
      ctx.fillRect(shareX(shown.geometry, crosshairMs) * width - 0.5, 0, 1, height);
      ctx.globalAlpha = 1;
    }
    if (chosen !== null) {
      const box = this.box(shown, chosen.from, chosen.to);
      ctx.globalAlpha = 0.16;
      ctx.fillStyle = colours.accent;
      ctx.fillRect(...box);
      ctx.globalAlpha = 1;
      this.outline(box, colours.accent, colours.panel, 2);
    }
    if (cursor !== null) this.outline(this.box(shown, cursor, cursor), colours.text, colours.panel, 1.5);
    this.drawn.overlays++;
  }

  private outline(box: readonly [number, number, number, number], stroke: string, halo: string, width: number): void {
    const { overlay: ctx } = this;
    for (const [colour, line] of [
      [halo, width + 2],
      [stroke, width],
    ] as const) {
      ctx.strokeStyle = colour;
      ctx.lineWidth = line;
      ctx.strokeRect(...box);
    }
  }
}
