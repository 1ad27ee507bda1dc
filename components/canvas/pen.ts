/** What the painters use of a canvas context, so that the same painters can write SVG (svg-pen.ts). */
export type Pen = Pick<
  CanvasRenderingContext2D,
  | "arc"
  | "beginPath"
  | "bezierCurveTo"
  | "clearRect"
  | "closePath"
  | "fillRect"
  | "fillStyle"
  | "fillText"
  | "font"
  | "globalAlpha"
  | "lineCap"
  | "lineJoin"
  | "lineTo"
  | "lineWidth"
  | "measureText"
  | "moveTo"
  | "quadraticCurveTo"
  | "restore"
  | "rotate"
  | "roundRect"
  | "save"
  | "scale"
  | "setLineDash"
  | "setTransform"
  | "strokeStyle"
  | "strokeText"
  | "textAlign"
  | "textBaseline"
  | "translate"
> & {
  /** The path that was begun, or one made of SVG data. */
  fill(path?: Path2D): void;
  stroke(path?: Path2D): void;
};
