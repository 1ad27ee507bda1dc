/** A small answer for tests: four columns of 10 s, bounds 5, 10, 50 and 100 ms; the third was not observed. */
import type { Heatmap } from "../../query/schema/heatmap.ts";

export const X0 = 1_700_000_000_000;

export function testHeatmap(fields: Partial<Heatmap> = {}): Heatmap {
  return {
    window: { start: X0, end: X0 + 40_000, slotMs: 10_000, requested: { start: X0, end: X0 + 40_000 } },
    xMs: [X0, X0 + 10_000, X0 + 20_000, X0 + 30_000],
    yMs: [5, 10, 50, 100],
    counts: [[0, 90, 10, 0, 0], [0, 0, 0, 0, 0], null, [0, 50, 40, 9, 1]],
    observed: [1, 1, 0, 0.5],
    of: "response",
    exemplars: [
      { column: 0, row: 2, traceId: "a", durationMs: 20 },
      { column: 3, row: 2, traceId: "b", durationMs: 30 },
      { column: 3, row: 2, traceId: "c", durationMs: 40 },
      { column: 3, row: 4, traceId: "d", durationMs: 400 },
    ],
    completeness: {
      observedShare: 0.7,
      targets: { up: 1, down: 0 },
      newestAgeMs: 0,
      unpairedSpanShare: null,
      sampledShare: null,
      dropped: {},
      notCollected: [],
    },
    ...fields,
  };
}
