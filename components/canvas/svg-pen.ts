/**
 * A pen that writes SVG: what the painters draw on the canvas, as vectors. In: the calls of a canvas context; out: `svg()`.
 * Transforms are uniform in scale, as the painters' are: a circle stays one. Angles clockwise from 3 o'clock, in radians.
 */
import { captionLines } from "../../lib/view/taken-of.ts";
import type { Pen } from "./pen.ts";
import type { Theme } from "./theme.ts";

interface State {
  globalAlpha: number;
  strokeStyle: Pen["strokeStyle"];
  fillStyle: Pen["fillStyle"];
  lineWidth: number;
  lineCap: CanvasLineCap;
  lineJoin: CanvasLineJoin;
  font: string;
  textAlign: CanvasTextAlign;
  textBaseline: CanvasTextBaseline;
  dash: readonly number[];
  /** a b c d e f of a canvas. */
  matrix: readonly [number, number, number, number, number, number];
}

const START: State = {
  globalAlpha: 1,
  strokeStyle: "#000",
  fillStyle: "#000",
  lineWidth: 1,
  lineCap: "butt",
  lineJoin: "miter",
  font: "12px sans-serif",
  textAlign: "start",
  textBaseline: "alphabetic",
  dash: [],
  matrix: [1, 0, 0, 1, 0, 0],
};

const ANCHORS: Readonly<Partial<Record<CanvasTextAlign, string>>> = { center: "middle", right: "end", end: "end" };
const FONT = /^(\d+) ([\d.]+)px (.*)$/;

const n = (value: number): string => String(Math.round(value * 100) / 100);

export function escapeXml(text: string): string {
  // Control characters have no place in XML 1.0.
  return text
    .replace(/[^\t\n\r\P{Cc}]|[\ufffe\uffff]/gu, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

export class SvgPen implements Pen {
  private state: State = { ...START };
  private readonly stack: State[] = [];
  private path = "";
  private readonly parts: string[] = [];
  /** SVG data of glyphs, by the path that the canvas draws. */
  private readonly dataOf: (path: Path2D) => string;

  private readonly measure: (text: string, font: string) => TextMetrics;

  constructor(dataOf: (path: Path2D) => string, measure: (text: string, font: string) => TextMetrics) {
    this.dataOf = dataOf;
    this.measure = measure;
  }

  measureText(text: string): TextMetrics {
    return this.measure(text, this.state.font);
  }

  svg(
    width: number,
    height: number,
    caption: string,
    { bg, quiet, font }: Pick<Theme, "bg" | "quiet" | "font">,
  ): string {
    const ground = `<rect width="100%" height="100%" fill="${escapeXml(bg)}"/>`;
    const style = `font-family="${escapeXml(font)}" font-size="12" fill="${escapeXml(quiet)}"`;
    const words = captionLines(caption, width - 2 * 12)
      .toReversed()
      .map((line, i) => `<text x="12" y="${n(height - 10 - 16 * i)}" ${style}>${escapeXml(line)}</text>`)
      .join("");
    const size = `width="${n(width)}" height="${n(height)}" viewBox="0 0 ${n(width)} ${n(height)}"`;
    return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img"><title>${escapeXml(caption)}</title>${ground}${this.parts.join("")}${words}</svg>`;
  }

  save(): void {
    this.stack.push({ ...this.state });
  }

  restore(): void {
    this.state = this.stack.pop() ?? this.state;
  }

  setTransform(...[a, b, c, d, e, f]: readonly unknown[]): void {
    const numbers = [a, b, c, d, e, f].map((value) => (typeof value === "number" ? value : 0));
    const [m0 = 1, m1 = 0, m2 = 0, m3 = 1, m4 = 0, m5 = 0] = numbers;
    this.state.matrix = [m0, m1, m2, m3, m4, m5];
  }

  translate(x: number, y: number): void {
    const [a, b, c, d, e, f] = this.state.matrix;
    this.state.matrix = [a, b, c, d, a * x + c * y + e, b * x + d * y + f];
  }

  scale(x: number, y: number): void {
    const [a, b, c, d, e, f] = this.state.matrix;
    this.state.matrix = [a * x, b * x, c * y, d * y, e, f];
  }

  rotate(angle: number): void {
    const [a, b, c, d, e, f] = this.state.matrix;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    this.state.matrix = [a * cos + c * sin, b * cos + d * sin, c * cos - a * sin, d * cos - b * sin, e, f];
  }

  beginPath(): void {
    this.path = "";
  }

  closePath(): void {
    this.path += "Z";
  }

  moveTo(x: number, y: number): void {
    this.path += `M${this.at(x, y)}`;
  }

  lineTo(x: number, y: number): void {
    this.path += `${this.path === "" ? "M" : "L"}${this.at(x, y)}`;
  }

  quadraticCurveTo(cx: number, cy: number, x: number, y: number): void {
    this.path += `Q${this.at(cx, cy)} ${this.at(x, y)}`;
  }

  bezierCurveTo(...[ax, ay, bx, by, x, y]: [number, number, number, number, number, number]): void {
    this.path += `C${this.at(ax, ay)} ${this.at(bx, by)} ${this.at(x, y)}`;
  }

  arc(...[x, y, radius, start, end]: [number, number, number, number, number, boolean?]): void {
    const r = n(radius * this.factor());
    const on = (angle: number): string => this.at(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
    const span = end - start;
    this.lineOrMove(x + radius * Math.cos(start), y + radius * Math.sin(start));
    // Two halves, since one arc cannot be a whole circle. From π to 0 a canvas goes on clockwise, through 3/2 π.
    const sweep = span < 0 ? span + 2 * Math.PI : Math.min(span, 2 * Math.PI);
    this.path += `A${r} ${r} 0 0 1 ${on(start + sweep / 2)}A${r} ${r} 0 0 1 ${on(start + sweep)}`;
  }

  roundRect(...[x, y, w, h, radius]: [number, number, number, number, ...unknown[]]): void {
    const r = Math.min(typeof radius === "number" ? radius : 0, Math.abs(w) / 2, Math.abs(h) / 2);
    const size = n(r * this.factor());
    const corner = (cx: number, cy: number): string => `A${size} ${size} 0 0 1 ${this.at(cx, cy)}`;
    this.moveTo(x + r, y);
    this.lineTo(x + w - r, y);
    this.path += corner(x + w, y + r);
    this.lineTo(x + w, y + h - r);
    this.path += corner(x + w - r, y + h);
    this.lineTo(x + r, y + h);
    this.path += corner(x, y + h - r);
    this.lineTo(x, y + r);
    this.path += `${corner(x + r, y)}Z`;
  }

  setLineDash(dash: Iterable<number>): void {
    this.state.dash = [...dash];
  }

  clearRect(): void {
    this.parts.length = 0;
  }

  fillRect(x: number, y: number, w: number, h: number): void {
    const kept = this.path;
    this.path = "";
    this.roundRect(x, y, w, h, 0);
    this.fill();
    this.path = kept;
  }

  fill(path?: Path2D): void {
    this.draw(`fill="${escapeXml(String(this.state.fillStyle))}"`, path);
  }

  stroke(path?: Path2D): void {
    this.draw(`fill="none" ${this.strokeAttributes(path === undefined ? this.factor() : 1)}`, path);
  }

  fillText(text: string, x: number, y: number): void {
    this.text(text, x, y, `fill="${escapeXml(String(this.state.fillStyle))}"`);
  }

  strokeText(text: string, x: number, y: number): void {
    this.text(text, x, y, `fill="none" ${this.strokeAttributes(this.factor())}`);
  }

  private factor(): number {
    const [a, b] = this.state.matrix;
    return Math.hypot(a, b);
  }

  private at(x: number, y: number): string {
    const [a, b, c, d, e, f] = this.state.matrix;
    return `${n(a * x + c * y + e)} ${n(b * x + d * y + f)}`;
  }

  private lineOrMove(x: number, y: number): void {
    if (this.path === "" || this.path.endsWith("Z")) this.moveTo(x, y);
    else this.lineTo(x, y);
  }

  private strokeAttributes(factor: number): string {
    const { strokeStyle, lineWidth, lineCap, lineJoin, dash } = this.state;
    const dashes = dash.length === 0 ? "" : ` stroke-dasharray="${dash.map((one) => n(one * factor)).join(" ")}"`;
    const form = `stroke-linecap="${lineCap}" stroke-linejoin="${lineJoin}"`;
    return `stroke="${escapeXml(String(strokeStyle))}" stroke-width="${n(lineWidth * factor)}" ${form}${dashes}`;
  }

  private opacity(): string {
    return this.state.globalAlpha >= 1 ? "" : ` opacity="${n(this.state.globalAlpha)}"`;
  }

  private draw(attributes: string, path?: Path2D): void {
    const data = path === undefined ? this.path : this.dataOf(path);
    if (data === "") return;
    const moved = path === undefined ? "" : ` transform="matrix(${this.state.matrix.map(n).join(" ")})"`;
    this.parts.push(`<path d="${data}" ${attributes}${this.opacity()}${moved}/>`);
  }

  private text(text: string, x: number, y: number, attributes: string): void {
    const { font, textAlign, textBaseline } = this.state;
    const [, weight = "400", size = "12", family = "sans-serif"] = FONT.exec(font) ?? [];
    const [left = "0", top = "0"] = this.at(x, y).split(" ");
    const anchor = ANCHORS[textAlign];
    const place = `x="${left}" y="${top}"${anchor === undefined ? "" : ` text-anchor="${anchor}"`}`;
    const base = textBaseline === "middle" ? ' dominant-baseline="central"' : "";
    const face = `font-family="${escapeXml(family)}" font-size="${n(Number(size) * this.factor())}" font-weight="${weight}"`;
    this.parts.push(`<text ${place}${base} ${face} ${attributes}${this.opacity()}>${escapeXml(text)}</text>`);
  }

  get globalAlpha(): number {
    return this.state.globalAlpha;
  }
  set globalAlpha(value: number) {
    this.state.globalAlpha = value;
  }
  get strokeStyle(): Pen["strokeStyle"] {
    return this.state.strokeStyle;
  }
  set strokeStyle(value: Pen["strokeStyle"]) {
    this.state.strokeStyle = value;
  }
  get fillStyle(): Pen["fillStyle"] {
    return this.state.fillStyle;
  }
  set fillStyle(value: Pen["fillStyle"]) {
    this.state.fillStyle = value;
  }
  get lineWidth(): number {
    return this.state.lineWidth;
  }
  set lineWidth(value: number) {
    this.state.lineWidth = value;
  }
  get lineCap(): CanvasLineCap {
    return this.state.lineCap;
  }
  set lineCap(value: CanvasLineCap) {
    this.state.lineCap = value;
  }
  get lineJoin(): CanvasLineJoin {
    return this.state.lineJoin;
  }
  set lineJoin(value: CanvasLineJoin) {
    this.state.lineJoin = value;
  }
  get font(): string {
    return this.state.font;
  }
  set font(value: string) {
    this.state.font = value;
  }
  get textAlign(): CanvasTextAlign {
    return this.state.textAlign;
  }
  set textAlign(value: CanvasTextAlign) {
    this.state.textAlign = value;
  }
  get textBaseline(): CanvasTextBaseline {
    return this.state.textBaseline;
  }
  set textBaseline(value: CanvasTextBaseline) {
    this.state.textBaseline = value;
  }
}
