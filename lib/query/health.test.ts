/** Health by the table of tolerances: at a bound it is that state, worst wins, few requests stay healthy. */
import { expect, test } from "vitest";
import { healthOf } from "./health.ts";

const totals = (total: number, failures: number, clientErrors = 0) => ({ total, failures, clientErrors });
const state = (...views: ReturnType<typeof totals>[]) => healthOf({ totals: views, tcp: false, covered: true }).state;

test.each([
  [1000, 0, 0, "healthy"],
  [5000, 4, 0, "healthy"],
  [5000, 5, 0, "degraded"],
  [6000, 5, 0, "healthy"],
  [100, 9, 0, "degraded"],
  [100, 10, 0, "failure"],
  [20, 2, 0, "failure"],
  [19, 19, 0, "degraded"],
  [3, 2, 0, "healthy"],
  [100, 0, 9, "healthy"],
  [100, 0, 10, "degraded"],
  [100, 0, 20, "failure"],
  [0, 0, 0, "noTraffic"],
])("%i requests, %i failures, %i client errors: %s", (total, failures, clientErrors, expected) => {
  expect(state(totals(total, failures, clientErrors))).toBe(expected);
});

test("the worse of two views counts, and the reasons carry the number behind them", () => {
  expect(state(totals(1000, 0), totals(1000, 150))).toBe("failure");
  const health = healthOf({ totals: [totals(1000, 30)], tcp: false, covered: true });
  expect(health).toEqual({
    state: "degraded",
    reasons: [{ code: "errors", ratio: 0.03, requests: 1000 }],
    requests: 1000,
  });
});

test("two failures of three requests are healthy and marked few", () => {
  const health = healthOf({ totals: [totals(3, 2)], tcp: false, covered: true });
  expect(health).toEqual({
    state: "healthy",
    reasons: [{ code: "few_requests", ratio: 0.6667, requests: 3 }],
    requests: 3,
  });
});

test("nothing observed is unknown, TCP traffic without requests is healthy", () => {
  expect(healthOf({ totals: [totals(0, 0)], tcp: false, covered: false }).state).toBe("unknown");
  expect(healthOf({ totals: [], tcp: true, covered: true }).state).toBe("healthy");
});

test("requests are those of its own view, and a reason that another view alone gives says whose it is", () => {
  const caller = { ...totals(1010, 12), of: "caller" as const };
  const judged = (...views: (typeof caller | ReturnType<typeof totals>)[]) =>
    healthOf({ totals: views, tcp: false, covered: true });
  expect(judged(totals(1000, 10), caller)).toEqual({
    state: "degraded",
    reasons: [{ code: "errors", ratio: 0.01, requests: 1000 }],
    requests: 1000,
  });
  expect(judged(totals(1000, 10), { ...caller, failures: 500 })).toMatchObject({
    state: "failure",
    reasons: [{ code: "errors", ratio: 0.495, requests: 1010, of: "caller" }],
    requests: 1000,
  });
  expect(judged(totals(0, 0), caller)).toMatchObject({ requests: 1010, reasons: [{ requests: 1010, of: "caller" }] });
});

test("the requests of all protocols are judged, and a reason says of which of several it is", () => {
  const protocols = [
    { ...totals(1000, 10), of: "http" as const },
    { ...totals(500, 9), of: "grpc" as const },
  ];
  expect(healthOf({ totals: protocols, tcp: false, covered: true })).toEqual({
    state: "degraded",
    reasons: [{ code: "errors", ratio: 0.018, requests: 500, of: "grpc" }],
    requests: 1500,
  });
});
