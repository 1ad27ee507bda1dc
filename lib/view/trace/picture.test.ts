import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contrast } from "../contrast.ts";
import { buildTrace } from "./build-trace.ts";
import { coveredStretches } from "./covered.ts";
import { minimap } from "./minimap.ts";
import { SERVICE_COLOURS, serviceColour, serviceColours } from "./service-colour.ts";
import { chainTrace, testSpan, testTrace, wideTrace } from "./test-trace.ts";
import { isWhole, rangeBetween, ticks, wholeRange, zoomAbout } from "./time-axis.ts";

describe("minimap", () => {
  test("is bounded by its grid at 100,000 spans", () => {
    for (const trace of [chainTrace(100_000), wideTrace(100_000)]) {
      const map = minimap(buildTrace(trace), 400, 40);
      expect(map.lines).toBe(40);
      expect(map.runs.length).toBeLessThanOrEqual(400 * 40);
      expect(map.runs.reduce((sum, run) => sum + run.columns, 0)).toBeGreaterThan(400);
    }
  });

  test("gives each span of a small trace its own line, however short", () => {
    const tree = buildTrace(
      testTrace([testSpan({ id: "a", us: 100 }), testSpan({ id: "b", parent: "a", at: 50, error: true })]),
    );
    expect(minimap(tree, 10, 40)).toEqual({
      lines: 2,
      runs: [
        { column: 0, line: 0, columns: 10, service: 0 },
        { column: 5, line: 1, columns: 1, service: 0 },
      ],
      errors: [{ column: 5, line: 1, columns: 1, service: 0 }],
    });
  });

  test("paints every cell at most once, in its grid", () => {
    const short = fc.record({ at: fc.nat(50), us: fc.nat(50), service: fc.constantFrom("x", "y") });
    fc.assert(
      fc.property(fc.array(short, { maxLength: 40 }), (rows) => {
        const map = minimap(buildTrace(testTrace(rows.map((row, i) => testSpan({ id: `s${i}`, ...row })))), 20, 5);
        const painted = new Set<string>();
        for (const run of map.runs) {
          for (let column = run.column; column < run.column + run.columns; column++) {
            expect(column).toBeLessThan(20);
            expect(painted.has(`${run.line}/${column}`)).toBe(false);
            painted.add(`${run.line}/${column}`);
          }
        }
      }),
    );
  });
});

describe("time axis", () => {
  test("ticks are round figures inside the range, no more than about twice those wanted", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.double({ min: 0.01, max: 1e9, noNaN: true }),
        (a, w) => {
          const marks = ticks({ startUs: a, endUs: a + w }, 6);
          expect(marks.length).toBeLessThanOrEqual(13);
          for (const { share } of marks) {
            expect(share).toBeGreaterThan(-1e-6);
            expect(share).toBeLessThan(1 + 1e-6);
          }
        },
      ),
    );
    expect(ticks({ startUs: 0, endUs: 100 }, 5).map((tick) => tick.atUs)).toEqual([0, 20, 40, 60, 80, 100]);
  });

  test("a range stays inside the trace and never closes", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), fc.nat(1_000_000), (a, b, duration) => {
        const range = rangeBetween(a, b, duration);
        expect(range.startUs).toBeGreaterThanOrEqual(0);
        expect(range.endUs).toBeGreaterThan(range.startUs);
        expect(range.endUs).toBeLessThanOrEqual(wholeRange(duration).endUs + 1e-9);
      }),
    );
  });

  test("zooming out far enough shows the whole again", () => {
    const zoomed = zoomAbout(wholeRange(1000), 0.5, 0.5, 1000);
    expect(zoomed).toEqual({ startUs: 250, endUs: 750 });
    expect(isWhole(zoomAbout(zoomed, 4, 0.5, 1000), 1000)).toBe(true);
  });
});

test("a service keeps its colour, and every colour is used", () => {
  expect(serviceColour("payments")).toBe(serviceColour("payments"));
  const used = new Set(Array.from({ length: 300 }, (_, i) => serviceColour(`service-${i}`)));
  expect(used.size).toBe(SERVICE_COLOURS.length);
});

test("stretches of children cover what is not self time, and are bounded", () => {
  const tree = buildTrace(
    testTrace([
      testSpan({ id: "a", us: 100 }),
      testSpan({ id: "b", parent: "a", at: 10, us: 20 }),
      testSpan({ id: "c", parent: "a", at: 20, us: 30 }),
      testSpan({ id: "d", parent: "a", at: 80, us: 40 }),
      testSpan({ id: "e", parent: "a", at: 60 }),
    ]),
  );
  expect(coveredStretches(tree, 0, 64)).toEqual([
    { from: 0.1, to: 0.5 },
    { from: 0.8, to: 1 },
  ]);
  expect(coveredStretches(tree, 1, 64)).toEqual([]);
  expect(coveredStretches(buildTrace(wideTrace(100_000)), 0, 64).length).toBeLessThanOrEqual(64);
});

test("up to ten services of a trace have ten colours, whatever the order they come in", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 14 }), (names) => {
      const colours = serviceColours(names);
      expect(new Set(colours).size).toBe(Math.min(names.length, SERVICE_COLOURS.length));
      const backward = serviceColours([...names].reverse());
      expect([...backward].reverse()).toEqual(colours);
    }),
  );
  expect(serviceColours(["payments"])).toEqual([serviceColour("payments")]);
});

test("service colours stand out from the grounds they are drawn on", () => {
  for (const { light, dark } of SERVICE_COLOURS) {
    for (const ground of ["#fbfbfa", "#ffffff", "#efeeea"]) expect(contrast(light, ground)).toBeGreaterThanOrEqual(3);
    for (const ground of ["#121314", "#18191b", "#242529"]) expect(contrast(dark, ground)).toBeGreaterThanOrEqual(3);
  }
});
