/** Laws of edge statistics: merging is associative and commutative, nothing is lost, and unlike timings are `mixed`. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { addRow, type EdgeStats, emptyStats, foldFlags, MAX_FLAGS, mergeStats, requestTotals } from "./edge-stats.ts";
import type { LatencyOf } from "./meaning.ts";
import type { Column, RollupRow } from "./rollup-row.ts";

const COLUMNS: readonly Column[] = [
  { kind: "class", code: "200", grpcStatus: "" },
  { kind: "class", code: "200", grpcStatus: "14" },
  { kind: "class", code: "404", grpcStatus: "" },
  { kind: "class", code: "none", grpcStatus: "" },
  { kind: "flag", flag: "UF" },
  { kind: "host", host: "a" },
  { kind: "security", security: "mutual", unit: "requests" },
  { kind: "security", security: "plaintext", unit: "requests" },
  { kind: "counter", name: "retries" },
  { kind: "bucket", scheme: 0, index: 0 },
  { kind: "bucket", scheme: 0, index: 1 },
  { kind: "bucket", scheme: 0, index: 2 },
  { kind: "latencySum", scheme: 0 },
];

function row(of: LatencyOf, bounds: readonly number[]): RollupRow {
  const end = { cluster: "c", namespace: "n", kind: "workload", name: "w", mesh: null } as const;
  return {
    key: "k",
    index: 0,
    edge: { source: end, target: end, protocol: "http", layer: "L7" },
    reporter: "destination",
    group: "g",
    columns: COLUMNS,
    schemes: [{ of, bounds }],
    families: new Set(),
    principals: { source: new Set(), destination: new Set() },
    tls: new Map(),
    transport: false,
    hasRequests: true,
    everActive: true,
    lastSeenMs: 0,
    firstSeenMs: 0,
  };
}

const stats: fc.Arbitrary<EdgeStats> = fc
  .tuple(
    fc.constantFrom<LatencyOf>("response", "firstByte"),
    fc.constantFrom([1, 10], [5, 10]),
    fc.array(fc.integer({ min: 0, max: 99 }), { minLength: COLUMNS.length, maxLength: COLUMNS.length }),
  )
  .map(([of, bounds, values]) => {
    const made = emptyStats();
    addRow(made, row(of, bounds), Float64Array.from(values), 1);
    return made;
  });

test("merging edge statistics is associative and commutative, and loses no request", () => {
  fc.assert(
    fc.property(stats, stats, stats, (a, b, c) => {
      expect(mergeStats(a, b)).toEqual(mergeStats(b, a));
      const all = mergeStats(mergeStats(a, b), c);
      expect(mergeStats(a, mergeStats(b, c))).toEqual(all);
      const sum = [a, b, c].map(requestTotals);
      expect(requestTotals(all)).toEqual({
        total: sum.reduce((n, t) => n + t.total, 0),
        failures: sum.reduce((n, t) => n + t.failures, 0),
        clientErrors: sum.reduce((n, t) => n + t.clientErrors, 0),
      });
    }),
  );
});

test("no response and gRPC 14 under HTTP 200 are failures, 404 is the client's", () => {
  const made = emptyStats();
  addRow(made, row("response", [1, 10]), Float64Array.from([5, 3, 2, 1]), 1);
  expect(requestTotals(made)).toEqual({ total: 11, failures: 4, clientErrors: 2 });
});

test("latency of unlike kinds is called mixed", () => {
  const values = Float64Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 20]);
  const a = emptyStats();
  addRow(a, row("response", [1, 10]), values, 1);
  const b = emptyStats();
  addRow(b, row("firstByte", [1, 10]), values, 1);
  expect(mergeStats(a, b).latencyOf).toBe("mixed");
});

test("past 32 flags the smallest go to other and the total stays", () => {
  const many = new Map(Array.from({ length: 40 }, (_, i) => [`F${i}`, i + 1] as const));
  const folded = foldFlags(many);
  expect(folded.size).toBe(MAX_FLAGS + 1);
  expect([...folded.values()].reduce((a, b) => a + b, 0)).toBe(820);
  expect(folded.get("other")).toBe(36);
});
