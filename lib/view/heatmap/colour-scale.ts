/**
 * The sequential scale of heatmaps: one hue, even in OKLab (Björn Ottosson, 2020: "A perceptual color space for image
 * processing"), so that equal steps of the scale look equally far apart. Light grounds run from pale to dark, dark ones
 * from dark to pale: more is always further from the ground. In: a theme and a share 0..1; out: sRGB.
 */
export type ThemeName = "light" | "dark";

/** Lightness, chroma and hue (radians) as OKLCH has them. */
interface Oklch {
  readonly l: number;
  readonly c: number;
  readonly h: number;
}

const HUE = (262 * Math.PI) / 180;
const ENDS: Readonly<Record<ThemeName, readonly [Oklch, Oklch]>> = {
  light: [
    { l: 0.9, c: 0.045, h: HUE },
    { l: 0.33, c: 0.15, h: HUE },
  ],
  dark: [
    { l: 0.33, c: 0.075, h: HUE },
    { l: 0.93, c: 0.045, h: HUE },
  ],
};

export type Rgb = readonly [r: number, g: number, b: number];
export type Lab = readonly [l: number, a: number, b: number];

function gamma(linear: number): number {
  const value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
  return Math.round(255 * Math.min(1, Math.max(0, value)));
}

function linear(channel: number): number {
  const value = channel / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

export function labToRgb([l, a, b]: Lab): Rgb {
  const l3 = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m3 = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s3 = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    gamma(4.0767416621 * l3 - 3.3077115913 * m3 + 0.2309699292 * s3),
    gamma(-1.2684380046 * l3 + 2.6097574011 * m3 - 0.3413193965 * s3),
    gamma(-0.0041960863 * l3 - 0.7034186147 * m3 + 1.707614701 * s3),
  ];
}

export function rgbToLab([r, g, b]: Rgb): Lab {
  const [lr, lg, lb] = [linear(r), linear(g), linear(b)];
  const l = Math.cbrt(0.4122214708 * lr + 0.5363325363 * lg + 0.0514459929 * lb);
  const m = Math.cbrt(0.2119034982 * lr + 0.6806995451 * lg + 0.1073969566 * lb);
  const s = Math.cbrt(0.0883024619 * lr + 0.2817188376 * lg + 0.6299787005 * lb);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function labOf({ l, c, h }: Oklch): Lab {
  return [l, c * Math.cos(h), c * Math.sin(h)];
}

/** A straight line between the two ends in OKLab: every step is as long as the next. */
export function scaleColour(theme: ThemeName, share: number): Rgb {
  const [from, to] = ENDS[theme];
  const [a, b] = [labOf(from), labOf(to)];
  const at = Math.min(1, Math.max(0, share));
  const mix = (i: 0 | 1 | 2): number => a[i] + (b[i] - a[i]) * at;
  return labToRgb([mix(0), mix(1), mix(2)]);
}

export function hex([r, g, b]: Rgb): string {
  return `#${[r, g, b].map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}

/** Where a count stands on the scale: logarithmic, since a few buckets hold nearly all. 0 for none, 1 for the most. */
export function shareOfCount(count: number, most: number): number {
  return most > 0 && count > 0 ? Math.min(1, Math.log1p(count) / Math.log1p(most)) : 0;
}

/** The count at a share of the scale. */
export function countAtShare(share: number, most: number): number {
  return Math.expm1(share * Math.log1p(most));
}

export const PALETTE_SIZE = 256;

/** Whole pixels as ImageData holds them on a little-endian machine, which all that run a browser are: A, B, G, R. */
export function pixelOf([r, g, b]: Rgb, alpha = 255): number {
  return ((alpha << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

export function palette(theme: ThemeName): Uint32Array {
  return Uint32Array.from({ length: PALETTE_SIZE }, (_, i) => pixelOf(scaleColour(theme, i / (PALETTE_SIZE - 1))));
}
