/** Heatmaps as screens say them: columns and rows, where they stand, what a cell says, areas, tables and the keyboard. */
import { describe, expect, it } from "vitest";
import { parseDurationMs } from "../trace/duration-text.ts";
import { areaBetween, cellsOf, formatArea, parseArea, readArea, traceSearchOf } from "./area.ts";
import { firstCell, stepCell } from "./cursor.ts";
import { boxOf, cellAt, geometryOf, latencyMarks, shareX, shareY } from "./geometry.ts";
import { heatCells } from "./heat-rows.ts";
import { cellWords, heatmapSummary, latencyRange, spokenCell, untimed } from "./heatmap-words.ts";
import { exemplarMarks, lineNames, quantileLines } from "./lines.ts";
import { presentHeatmap } from "./present-heatmap.ts";
import { testHeatmap, X0 } from "./test-heatmap.ts";

const view = presentHeatmap(testHeatmap());
const geometry = geometryOf(view);

describe("a heatmap's view", () => {
  it("tells what was not observed from what was observed with nothing in it", () => {
    expect(view.columns.map(({ total }) => total)).toEqual([100, 0, null, 100]);
    expect(view).toMatchObject({ most: 90, total: 200, gaps: 1, partial: 1 });
    expect(view.columns[1]?.quantiles).toEqual({ p50: null, p95: null, p99: null });
    expect(view.columns[2]?.quantiles).toEqual({ p50: null, p95: null, p99: null });
  });

  it("reads each column's quantiles from its own histogram, with the bounds they are known to", () => {
    expect(view.columns[0]?.quantiles.p95).toEqual({ value: 30, lo: 10, hi: 50 });
    expect(view.columns[3]?.quantiles.p99).toEqual({ value: 100, lo: 50, hi: 100 });
    expect(view.quantiles.p50).toMatchObject({ lo: 5, hi: 10 });
  });

  it("shows the rows with counts and one beyond at either end", () => {
    expect(view.rows.map(({ loMs, hiMs }) => [loMs, hiMs])).toEqual([
      [0, 5],
      [5, 10],
      [10, 50],
      [50, 100],
      [100, null],
    ]);
    const narrow = presentHeatmap(testHeatmap({ counts: [[0, 0, 3, 0, 0], null, null, null] }));
    expect(narrow.rows.map(({ index }) => index)).toEqual([1, 2, 3]);
    const empty = presentHeatmap(testHeatmap({ yMs: [], counts: [[0], null, null, null], of: null }));
    expect(empty.rows).toEqual([{ index: 0, loMs: 0, hiMs: null }]);
    expect(geometryOf(empty).edgesMs).toHaveLength(2);
  });
});

describe("where cells stand", () => {
  it("is even in time and logarithmic in latency, with an end for what has none", () => {
    expect(geometry.edgesMs).toEqual([2.5, 5, 10, 50, 100, 200]);
    expect(shareX(geometry, X0 + 10_000)).toBe(0.25);
    expect(shareY(geometry, 10) - shareY(geometry, 100)).toBeCloseTo(Math.log(10) / Math.log(80), 9);
    expect([shareY(geometry, 0), shareY(geometry, 1e9)]).toEqual([1, 0]);
  });

  it("finds the cell whose box holds a place, for every cell", () => {
    for (let column = 0; column < 4; column++) {
      for (let row = 0; row < 5; row++) {
        const { left, top, width, height } = boxOf(view, geometry, { column, row }, { column, row });
        expect(cellAt(view, geometry, left + width / 2, top + height / 2)).toEqual({ column, row });
      }
    }
    expect(cellAt(view, geometry, 1, 0)).toEqual({ column: 3, row: 4 });
    expect(cellAt(view, geometry, 0, 1)).toEqual({ column: 0, row: 0 });
  });

  it("prints bounds that have room, round ones first", () => {
    expect(latencyMarks(geometry, 400).map(({ ms }) => ms)).toEqual([5, 10, 50, 100]);
    expect(latencyMarks(geometry, 40).map(({ ms }) => ms)).toEqual([5, 50]);
  });
});

describe("quantile lines", () => {
  it("break where a column has no quantile", () => {
    const [p50, p95] = quantileLines(view, geometry);
    expect(p50?.pieces.map((piece) => piece.length)).toEqual([2, 2]);
    const [first] = p95?.pieces ?? [];
    expect(first?.map(({ x }) => x)).toEqual([0, 0.25]);
    expect(p95?.end?.x).toBeCloseTo(0.875);
    const steady = presentHeatmap(testHeatmap({ counts: Array.from({ length: 4 }, () => [0, 1, 0, 0, 0]) }));
    expect(quantileLines(steady, geometryOf(steady))[0]?.pieces.map((piece) => piece.length)).toEqual([4]);
  });

  it("have names that do not stand on one another", () => {
    const names = lineNames(quantileLines(view, geometry), 0.1);
    expect(names.map(({ name }) => name)).toEqual(["p50", "p95", "p99"]);
    for (let i = 1; i < names.length; i++) expect((names[i - 1]?.y ?? 0) - (names[i]?.y ?? 0)).toBeGreaterThan(0.0999);
  });

  it("stand beside one mark for each cell with a trace", () => {
    expect(exemplarMarks(view, geometry)).toHaveLength(3);
  });
});

describe("what a cell says", () => {
  it("has its time, latency, count and share of its column", () => {
    const words = cellWords(view, { column: 0, row: 1 }, 0);
    expect(words).toEqual({
      time: "22:13:20–22:13:30",
      latency: "5–10 ms",
      count: "90 requests",
      share: "90 % of its column",
      caution: "",
    });
    expect(words === null ? "" : spokenCell(words)).toBe("22:13:20–22:13:30, 5–10 ms, 90 requests, 90 % of its column");
  });

  it("says what was not observed, and what only in part", () => {
    expect(cellWords(view, { column: 2, row: 1 }, 0)).toMatchObject({ count: "not observed", share: "" });
    expect(cellWords(view, { column: 3, row: 4 }, 0)).toMatchObject({
      count: "1 request",
      caution: "only 50 % of this time was observed",
    });
    expect(cellWords(view, { column: 1, row: 1 }, 0)).toMatchObject({ count: "0 requests", share: "" });
    expect(cellWords(view, { column: 9, row: 1 }, 0)).toBeNull();
  });

  it("names ranges with their ends", () => {
    expect(latencyRange({ loMs: 0, hiMs: 5 })).toBe("≤ 5 ms");
    expect(latencyRange({ loMs: 500, hiMs: 1000 })).toBe("500 ms–1 s");
    expect(latencyRange({ loMs: 1000, hiMs: null })).toBe("> 1 s");
    expect(latencyRange({ loMs: 0, hiMs: null })).toBe("any latency");
  });

  it("is summed up for a reader", () => {
    expect(heatmapSummary(view, "web → cart", 0)).toBe(
      "Latency of web → cart over time, 22:13:20–22:14:00, any latency. 200 requests timed in 4 columns: p50 8.57 ms, " +
        "p95 50 ms, p99 94.4 ms. The busiest column is 22:13:20–22:13:30 with 100 requests. Not observed: 1 column. " +
        "Observed only in part: 1 column.",
    );
  });

  it("says why nothing was timed", () => {
    expect(untimed(testHeatmap())).toBeNull();
    expect(untimed(testHeatmap({ of: null, absent: { of: "notCollected" } }))?.title).toContain("not timed");
  });
});

describe("an area", () => {
  const area = areaBetween(view, { column: 3, row: 4 }, { column: 2, row: 2 });

  it("is the same in a link", () => {
    expect(area).toEqual({ startMs: X0 + 20_000, endMs: X0 + 40_000, loMs: 10, hiMs: null });
    expect(parseArea(area === null ? "" : formatArea(area))).toEqual(area);
    for (const bad of [null, "", "1_2_3", "2_1_0_5", "1_2_5_5", "a_b_c_d", "1_2_-1_5", "1_inf_0_5"]) {
      expect(parseArea(bad)).toBeNull();
    }
  });

  it("of a column that still fills is the same once it is full", () => {
    const filling = presentHeatmap(testHeatmap({ window: { ...testHeatmap().window, end: X0 + 32_000 } }));
    const early = areaBetween(filling, { column: 3, row: 2 }, { column: 3, row: 2 });
    expect(early).toMatchObject({ startMs: X0 + 30_000, endMs: X0 + 40_000 });
    if (early === null) throw new Error("no area");
    for (const now of [filling, view]) expect(readArea(now, early).count).toBe(40);
  });

  it("counts what is inside, and says what of it was not observed", () => {
    if (area === null) throw new Error("no area");
    const reading = readArea(view, area);
    expect(reading).toMatchObject({ count: 50, share: 0.5, gaps: 1, columns: 2 });
    expect(reading.exemplars.map(({ traceId }) => traceId)).toEqual(["d", "c", "b"]);
    expect(cellsOf(view, area)).toEqual([
      { column: 2, row: 2 },
      { column: 3, row: 4 },
    ]);
    expect(cellsOf(view, { ...area, startMs: 0, endMs: 5 })).toBeNull();
  });

  it("that holds all is all of it, whatever order fractions are added in", () => {
    const parts = Array.from({ length: 4 }, () => [0.1, 0.2, 0.3, 1 / 3, 0.7]);
    const whole = presentHeatmap(testHeatmap({ counts: parts }));
    const all = areaBetween(whole, { column: 0, row: 0 }, { column: 3, row: 4 });
    expect(all === null ? null : readArea(whole, all).share).toBe(1);
  });

  it("is searched for by duration, from when its slowest call can have started", () => {
    const one = { startMs: X0, endMs: X0 + 10_000, loMs: 25, hiMs: 50 };
    expect(traceSearchOf(one)).toEqual({
      minDuration: "25ms",
      maxDuration: "50ms",
      start: X0 - 50,
      end: X0 + 9_975,
    });
    const open = traceSearchOf({ ...one, loMs: 1000, hiMs: null });
    expect(open).toMatchObject({ maxDuration: null, start: X0 - 10_000 });
    expect(parseDurationMs(String(open["minDuration"]))).toEqual({ ok: true, value: 1000 });
  });
});

describe("the table of a heatmap", () => {
  it("has every cell with a count or a trace, and the gaps, newest and slowest first", () => {
    expect(heatCells(view).map(({ count, traces, share }) => [count, traces, share])).toEqual([
      [1, 1, 0.01],
      [9, 0, 0.09],
      [40, 2, 0.4],
      [50, 0, 0.5],
      [null, 0, null],
      [10, 1, 0.1],
      [90, 0, 0.9],
    ]);
  });
});

describe("the keyboard", () => {
  it("begins at the fullest cell of the newest column with any, and stays inside", () => {
    expect(firstCell(view)).toEqual({ column: 3, row: 1 });
    expect(stepCell(view, null, "ArrowLeft")).toEqual({ column: 3, row: 1 });
    expect(stepCell(view, { column: 3, row: 1 }, "ArrowRight")).toEqual({ column: 3, row: 1 });
    expect(stepCell(view, { column: 3, row: 1 }, "ArrowUp")).toEqual({ column: 3, row: 2 });
    expect(stepCell(view, { column: 3, row: 1 }, "Home")).toEqual({ column: 0, row: 1 });
    expect(stepCell(view, { column: 3, row: 1 }, "PageUp")).toEqual({ column: 3, row: 4 });
    expect(stepCell(view, { column: 3, row: 1 }, "x")).toBeNull();
  });
});
