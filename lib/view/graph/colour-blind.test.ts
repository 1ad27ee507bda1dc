/**
 * States to eyes that miss one kind of cone: where two colours come close, a node and an edge say the state by shape.
 * Simulated by Machado, Oliveira and Fernandes 2009 (severity 1), distances in CIELAB 1976.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { HealthState } from "../../query/schema/common.ts";
import { RIM_WEIGHT, type Tone, toneOf } from "./draw-marks.ts";
import { STATE_MARK } from "./graph-view.ts";
import { ARROW_FILL } from "./place-marks.ts";

type Vector = readonly [number, number, number];
type Matrix = readonly [Vector, Vector, Vector];

const EYES: Readonly<Record<string, Matrix>> = {
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};
const USUAL: Matrix = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];
const TO_XYZ: Matrix = [
  [0.4124564 / 0.95047, 0.3575761 / 0.95047, 0.1804375 / 0.95047],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339 / 1.08883, 0.119192 / 1.08883, 0.9503041 / 1.08883],
];
/** Five times what is just seen to be different. */
const CLEAR = 12;

const times = (matrix: Matrix, [x, y, z]: Vector): Vector => {
  const row = ([a, b, c]: Vector): number => Math.min(1, Math.max(0, a * x + b * y + c * z));
  return [row(matrix[0]), row(matrix[1]), row(matrix[2])];
};

function linear(hex: string): Vector {
  const channel = (at: number): number => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

function labOf(hex: string, eyes: Matrix): Vector {
  const [x, y, z] = times(TO_XYZ, times(eyes, linear(hex)));
  const f = (t: number): number => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116);
  return [116 * f(y) - 16, 500 * (f(x) - f(y)), 200 * (f(y) - f(z))];
}

function distance(a: string, b: string, eyes: Matrix): number {
  const [p, q] = [labOf(a, eyes), labOf(b, eyes)];
  return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}

const css = readFileSync(new URL("../../../app/globals.css", import.meta.url), "utf8");
const darkAt = css.indexOf('[data-theme="dark"]');
const THEMES = { light: css.slice(0, darkAt), dark: css.slice(darkAt) };
const STATES: readonly HealthState[] = ["healthy", "degraded", "failure", "noTraffic", "unknown"];

function colourOf(theme: string, tone: Tone): string {
  const found = new RegExp(`--color-${tone}: (#[0-9a-f]{6});`).exec(theme)?.[1];
  if (found === undefined) throw new Error(`no colour of ${tone}`);
  return found;
}

/** All pairs, with how far apart they look. */
function pairs(theme: string, eyes: Matrix) {
  return STATES.flatMap((a, i) =>
    STATES.slice(i + 1).map((b) => {
      const far = distance(colourOf(theme, toneOf(a)), colourOf(theme, toneOf(b)), eyes);
      return { a, b, far };
    }),
  );
}

describe.each(Object.entries(THEMES))("the %s theme", (_name, theme) => {
  test("tells every two states apart by colour for the usual eyes", () => {
    for (const { a, b, far } of pairs(theme, USUAL)) expect(far, `${a} and ${b}`).toBeGreaterThan(2 * CLEAR);
  });

  test.each(Object.entries(EYES))("says states that look alike under %s by shape", (_eyes, eyes) => {
    const alike = pairs(theme, eyes).filter(({ far }) => far < CLEAR);
    for (const { a, b } of alike) {
      const [one, other] = [toneOf(a), toneOf(b)];
      const isNodeTold = STATE_MARK[a] !== STATE_MARK[b] || RIM_WEIGHT[one] !== RIM_WEIGHT[other];
      expect(isNodeTold, `nodes, ${a} and ${b}`).toBe(true);
      expect(ARROW_FILL[one], `edges, ${a} and ${b}`).not.toBe(ARROW_FILL[other]);
    }
  });
});

test("red and green of one brightness are one colour to eyes without the cones between, and to nobody else", () => {
  const [red, green] = ["#b06040", "#80742c"];
  expect(distance(red, green, EYES["deuteranopia"] ?? USUAL)).toBeLessThan(CLEAR);
  expect(distance(red, green, USUAL)).toBeGreaterThan(2 * CLEAR);
});
