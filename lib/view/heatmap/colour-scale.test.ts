/** The scale of heatmaps: even steps in one hue, away from either ground; and the pixels drawn by it. */
import { describe, expect, it } from "vitest";
import { contrast } from "../contrast.ts";
import {
  countAtShare,
  hex,
  PALETTE_SIZE,
  palette,
  pixelOf,
  rgbToLab,
  scaleColour,
  shareOfCount,
  type ThemeName,
} from "./colour-scale.ts";
import { geometryOf } from "./geometry.ts";
import { heatPixels } from "./image.ts";
import { presentHeatmap } from "./present-heatmap.ts";
import { testHeatmap } from "./test-heatmap.ts";

const GROUNDS: Readonly<Record<ThemeName, string>> = { light: "#ffffff", dark: "#18191b" };
const STEPS = 16;

const labs = (theme: ThemeName) => Array.from({ length: STEPS + 1 }, (_, i) => rgbToLab(scaleColour(theme, i / STEPS)));
const apart = (a: readonly number[], b: readonly number[]): number =>
  Math.hypot(...a.map((value, i) => value - (b[i] ?? 0)));

describe.each(["light", "dark"] as const)("the scale on a %s ground", (theme) => {
  it("has steps of one length, each lighter or darker than the last the same way", () => {
    const all = labs(theme);
    const steps = all.slice(1).map((lab, i) => apart(lab, all[i] ?? lab));
    const mean = steps.reduce((a, b) => a + b, 0) / steps.length;
    for (const step of steps) expect(Math.abs(step / mean - 1)).toBeLessThan(0.15);
    const down = theme === "light";
    for (const [i, lab] of all.entries()) {
      if (i > 0) expect(down ? lab[0] < (all[i - 1]?.[0] ?? 0) : lab[0] > (all[i - 1]?.[0] ?? 0)).toBe(true);
    }
  });

  it("stays in one family of hues", () => {
    for (const [, a, b] of labs(theme)) {
      const degrees = ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360;
      expect(Math.abs(degrees - 262)).toBeLessThan(8);
    }
  });

  it("tells its least from the ground and its most at 3:1 from it", () => {
    const ground = GROUNDS[theme];
    const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(ground.slice(at, at + 2), 16));
    expect(apart(rgbToLab(scaleColour(theme, 0)), rgbToLab([r ?? 0, g ?? 0, b ?? 0]))).toBeGreaterThan(0.08);
    expect(contrast(hex(scaleColour(theme, 1)), ground)).toBeGreaterThan(3);
  });
});

describe("counts on the scale", () => {
  it("go from nothing to the most, and back", () => {
    expect([shareOfCount(0, 100), shareOfCount(100, 100), shareOfCount(5, 0)]).toEqual([0, 1, 0]);
    for (const count of [0.5, 1, 7, 99]) expect(countAtShare(shareOfCount(count, 100), 100)).toBeCloseTo(count, 9);
  });
});

describe("pixels of cells", () => {
  const view = presentHeatmap(testHeatmap());
  const size = { width: 40, height: 50 };
  const hatch = pixelOf([1, 2, 3], 99);
  const pixels = heatPixels(view, geometryOf(view), size, { scale: palette("light"), hatch });
  const columnAt = (x: number): Set<number> =>
    new Set(Array.from({ length: size.height }, (_, y) => pixels[y * size.width + x] ?? -1));

  it("leave the ground where nothing was counted, and hatch what nobody observed", () => {
    expect([...columnAt(15)]).toEqual([0]);
    expect(columnAt(22)).toEqual(new Set([0, hatch]));
  });

  it("are the scale's own colours, the fullest cell its last", () => {
    const scale = palette("light");
    expect(columnAt(2).has(scale[PALETTE_SIZE - 1] ?? 0)).toBe(true);
    expect(columnAt(32).has(scale[Math.round(shareOfCount(40, 90) * (PALETTE_SIZE - 1))] ?? 0)).toBe(true);
  });

  it("are packed as ImageData reads them", () => {
    expect([...new Uint8ClampedArray(Uint32Array.of(pixelOf([10, 20, 30], 255)).buffer)]).toEqual([10, 20, 30, 255]);
  });
});
