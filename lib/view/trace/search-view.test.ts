import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TraceSummary } from "../../query/schema/traces.ts";
import { durationInput, exactNs, parseDurationMs } from "./duration-text.ts";
import { POINT_LIMIT, scatter, searchRow } from "./search-rows.ts";
import {
  addAttribute,
  EMPTY_SEARCH,
  isEmptySearch,
  removeAttribute,
  SEARCH_STATUSES,
  type SearchForm,
  searchFromPairs,
  searchRequest,
  searchToPairs,
} from "./search-view.ts";

const formArbitrary: fc.Arbitrary<SearchForm> = fc.record({
  service: fc.string(),
  operation: fc.string(),
  min: fc.string().map((text) => text.trim()),
  max: fc.string().map((text) => text.trim()),
  status: fc.constantFrom(...SEARCH_STATUSES, "" as const),
  errorsOnly: fc.boolean(),
  attributes: fc.array(fc.string({ minLength: 1 })),
  edge: fc.string(),
  node: fc.string(),
});

test("a form survives its URL", () => {
  fc.assert(
    fc.property(formArbitrary, (form) => {
      expect(searchFromPairs(searchToPairs(form))).toEqual(form);
    }),
  );
});

test("values a URL should not have fall back; names of others are left alone", () => {
  const form = searchFromPairs([
    ["status", "broken"],
    ["start", "5"],
  ]);
  expect(form).toEqual(EMPTY_SEARCH);
  expect(isEmptySearch(form)).toBe(true);
});

describe("the request", () => {
  test("has durations in ms, every condition and the edge", () => {
    const form = { ...EMPTY_SEARCH, service: "cart", min: "1.5s", max: "2 m", errorsOnly: true, edge: "e1" };
    expect(searchRequest({ ...form, attributes: ["a=1", "exists:b"] }, "spans")).toEqual({
      parameters: [
        ["order", "spans"],
        ["service", "cart"],
        ["hasError", "1"],
        ["edge", "e1"],
        ["minDurationMs", "1500"],
        ["maxDurationMs", "120000"],
        ["attr", "a=1"],
        ["attr", "exists:b"],
      ],
      problems: [],
    });
  });

  test("names each slip with its field and sends the rest", () => {
    const request = searchRequest({ ...EMPTY_SEARCH, min: "fast", max: "3 days", attributes: ["a=1", "b"] }, "start");
    expect(request.parameters).toEqual([["attr", "a=1"]]);
    expect(request.problems.map(({ field, code, index }) => [field, code, index])).toEqual([
      ["min", "duration_malformed", undefined],
      ["max", "duration_unit_unknown", undefined],
      ["attr", "attr_no_operator", 1],
    ]);
    expect(searchRequest({ ...EMPTY_SEARCH, min: "2s", max: "1s" }, "start").problems[0]?.code).toBe(
      "duration_reversed",
    );
  });
});

test("conditions are added once, trimmed, and removed by place", () => {
  const one = addAttribute(addAttribute(EMPTY_SEARCH, " a=1 "), "a=1");
  expect(one.attributes).toEqual(["a=1"]);
  expect(addAttribute(one, "  ")).toBe(one);
  expect(removeAttribute(addAttribute(one, "b=2"), 0).attributes).toEqual(["b=2"]);
});

test("a slip in a condition is placed inside its text or right after it", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (text) => {
      for (const problem of searchRequest({ ...EMPTY_SEARCH, attributes: [text] }, "start").problems) {
        expect(problem.position).toBeGreaterThanOrEqual(0);
        expect(problem.position).toBeLessThanOrEqual(text.length);
      }
    }),
  );
});

test("durations are read with their units and written back", () => {
  const read = (text: string) => {
    const parsed = parseDurationMs(text);
    return parsed.ok ? parsed.value : parsed.error;
  };
  expect(["1.5s", "250ms", "80 us", "80µs", "2m", "1h", "12", ".5s", "1,5 s", "100NS"].map(read)).toEqual([
    1500, 250, 0.08, 0.08, 120_000, 3_600_000, 12, 500, 1500, 0.0001,
  ]);
  expect([read("-1s"), read("s"), read("1 parsec"), read("1.2.3s")]).toEqual([
    "duration_malformed",
    "duration_malformed",
    "duration_unit_unknown",
    "duration_malformed",
  ]);
  expect([durationInput(1500), durationInput(250), durationInput(0.08), durationInput(0)]).toEqual([
    "1.5s",
    "250ms",
    "80us",
    "0ms",
  ]);
  expect(exactNs("1214300000")).toBe("1,214,300,000 ns");
});

const summary = (n: number, durationMs: number, errors = 0): TraceSummary => ({
  traceId: n.toString(16).padStart(32, "0"),
  rootService: "web",
  rootOperation: "GET /",
  startNs: `${1_700_000_000_000 + n}000500`,
  durationNs: String(Math.round(durationMs * 1e6)),
  spanCount: 3,
  errorCount: errors,
  services: [
    { name: "b", spans: 1 },
    { name: "a", spans: 2 },
  ],
  warnings: [{ code: "clock_skew", spans: 2 }],
});

test("a row keeps sub-millisecond figures and explains its warnings", () => {
  const row = searchRow(summary(7, 0.25));
  expect([row.startMs, row.durationMs]).toEqual([1_700_000_000_007, 0.25]);
  expect(row.services.map((entry) => entry.name)).toEqual(["a", "b"]);
  expect(row.warnings[0]).toContain("2 spans: starts before its parent");
});

test("the picture holds every trace up to its limit, keeps errors and says how many it left out", () => {
  const window = { start: 1_700_000_000_000, end: 1_700_000_300_000 };
  const rows = Array.from({ length: POINT_LIMIT + 20 }, (_, n) => searchRow(summary(n * 100, 1 + n, n === 0 ? 1 : 0)));
  const picture = scatter(rows, window);
  expect([picture.points.length, picture.leftOut]).toEqual([POINT_LIMIT, 20]);
  expect(picture.points.some((point) => point.row.errors > 0)).toBe(true);
  for (const { x, y } of picture.points) {
    expect(x >= 0 && x <= 1).toBe(true);
    expect(y >= 0 && y <= 1).toBe(true);
  }
  expect(scatter([], window).marks.map((mark) => mark.ms)).toEqual([1, 10, 100]);
});
