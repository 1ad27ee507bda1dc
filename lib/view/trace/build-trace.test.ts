import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TRACE_FIXTURE } from "../../query/fixtures/trace-fixture.ts";
import type { Trace, TraceSpan } from "../../query/schema/traces.ts";
import { buildTrace, descendantCount, hasMark, type TraceTree } from "./build-trace.ts";
import { chainTrace, testSpan, testTrace, wideTrace } from "./test-trace.ts";

const ids = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h");
const spanArbitrary: fc.Arbitrary<TraceSpan> = fc
  .record({
    id: ids,
    parent: fc.option(ids, { nil: undefined }),
    at: fc.nat(20),
    us: fc.nat(20),
    service: fc.constantFrom("web", "cart"),
    kind: fc.constantFrom("internal" as const, "client" as const, "server" as const),
    shared: fc.boolean(),
    error: fc.boolean(),
  })
  .map(({ parent, ...rest }) => testSpan(parent === undefined ? rest : { ...rest, parent }));
const traceArbitrary: fc.Arbitrary<Trace> = fc.array(spanArbitrary, { maxLength: 25 }).map(testTrace);

function idsOf(tree: TraceTree): string[] {
  return tree.spans.map((span) => span.spanId);
}

function rowOf(tree: TraceTree, id: string): number {
  return idsOf(tree).indexOf(id);
}

/** Everything but identity of objects. */
function plainOf(tree: TraceTree) {
  return { ...tree, marks: [...tree.marks], parent: [...tree.parent], selfUs: [...tree.selfUs] };
}

describe("laws", () => {
  test("every span appears exactly once, whatever its links", () => {
    fc.assert(
      fc.property(traceArbitrary, (trace) => {
        const tree = buildTrace(trace);
        expect(tree.count).toBe(trace.spans.length);
        expect(new Set(tree.spans)).toEqual(new Set(trace.spans));
      }),
    );
  });

  test("a parent precedes its children and holds them between itself and next", () => {
    fc.assert(
      fc.property(traceArbitrary, (trace) => {
        const tree = buildTrace(trace);
        for (let row = 0; row < tree.count; row++) {
          const parent = tree.parent[row] ?? -1;
          expect(parent).toBeLessThan(row);
          expect(tree.depth[row]).toBe(parent === -1 ? 0 : (tree.depth[parent] ?? 0) + 1);
          if (parent !== -1) expect(tree.next[row]).toBeLessThanOrEqual(tree.next[parent] ?? 0);
          const inside = [...tree.depth.subarray(row + 1, tree.next[row])];
          expect(inside.every((depth) => depth > (tree.depth[row] ?? 0))).toBe(true);
          expect((tree.depth[tree.next[row] ?? 0] ?? 0) <= (tree.depth[row] ?? 0)).toBe(true);
        }
      }),
    );
  });

  test("the tree is a function of the set of spans, not of their order", () => {
    fc.assert(
      fc.property(
        traceArbitrary.chain((trace) =>
          fc.tuple(fc.constant(trace), fc.shuffledSubarray(trace.spans, { minLength: trace.spans.length })),
        ),
        ([trace, shuffled]) => {
          expect(plainOf(buildTrace({ ...trace, spans: shuffled }))).toEqual(plainOf(buildTrace(trace)));
        },
      ),
    );
  });

  test("self time is the part of a span in which no child runs", () => {
    fc.assert(
      fc.property(traceArbitrary, (trace) => {
        const tree = buildTrace(trace);
        for (let row = 0; row < tree.count; row++) {
          let alone = 0;
          for (let us = tree.startUs[row] ?? 0; us < (tree.endUs[row] ?? 0); us++) {
            const isShared = tree.spans.some(
              (_, child) =>
                tree.parent[child] === row && (tree.startUs[child] ?? 0) <= us && us < (tree.endUs[child] ?? 0),
            );
            if (!isShared) alone++;
          }
          expect(tree.selfUs[row]).toBe(alone);
        }
      }),
    );
  });

  test("errors below a row are those counted among its descendants", () => {
    fc.assert(
      fc.property(traceArbitrary, (trace) => {
        const tree = buildTrace(trace);
        for (let row = 0; row < tree.count; row++) {
          const below = tree.spans.slice(row + 1, tree.next[row]).filter((span) => span.status === "error").length;
          expect(tree.errorsBelow[row]).toBe(below);
          expect(hasMark(tree, row, "errorOrigin")).toBe(tree.spans[row]?.status === "error" && below === 0);
        }
      }),
    );
  });
});

describe("broken links", () => {
  test("a span whose parent is missing becomes a marked root", () => {
    const tree = buildTrace(testTrace([testSpan({ id: "a" }), testSpan({ id: "b", parent: "gone", at: 1 })]));
    expect([...tree.parent]).toEqual([-1, -1]);
    expect(hasMark(tree, 0, "parentMissing")).toBe(false);
    expect(hasMark(tree, 1, "parentMissing")).toBe(true);
  });

  test("a cycle is cut at its earliest span, and its tail stays attached", () => {
    const tree = buildTrace(
      testTrace([
        testSpan({ id: "a", parent: "c", at: 5 }),
        testSpan({ id: "b", parent: "a", at: 3 }),
        testSpan({ id: "c", parent: "b", at: 4 }),
        testSpan({ id: "d", parent: "c", at: 6 }),
      ]),
    );
    expect(idsOf(tree)).toEqual(["b", "c", "a", "d"]);
    expect([...tree.depth]).toEqual([0, 1, 2, 2]);
    expect(tree.spans.map((_, row) => hasMark(tree, row, "cycleCut"))).toEqual([true, false, false, false]);
  });

  test("a span that is its own parent is a root", () => {
    const tree = buildTrace(testTrace([testSpan({ id: "a", parent: "a" })]));
    expect(tree.parent[0]).toBe(-1);
    expect(hasMark(tree, 0, "cycleCut")).toBe(true);
  });

  test("two spans of one id are both shown, the later is marked, children go to the first", () => {
    const tree = buildTrace(
      testTrace([
        testSpan({ id: "r", us: 20 }),
        testSpan({ id: "a", parent: "r", at: 1, operation: "first" }),
        testSpan({ id: "a", parent: "r", at: 2, operation: "second" }),
        testSpan({ id: "b", parent: "a", at: 3 }),
      ]),
    );
    expect(tree.spans.map((span) => span.operation)).toEqual(["GET /", "first", "GET /", "second"]);
    expect(tree.spans.map((_, row) => hasMark(tree, row, "duplicateId"))).toEqual([false, false, false, true]);
  });

  test("a Zipkin id shared by client and server puts the server under its client and children under the server", () => {
    const tree = buildTrace(
      testTrace([
        testSpan({ id: "r", kind: "server", service: "front", us: 100 }),
        testSpan({ id: "x", parent: "r", kind: "server", shared: true, service: "back", at: 5, us: 60 }),
        testSpan({ id: "x", parent: "r", kind: "client", service: "front", at: 10, us: 70 }),
        testSpan({ id: "y", parent: "x", service: "back", at: 20, us: 5 }),
        testSpan({ id: "z", parent: "x", service: "front", at: 30, us: 5 }),
      ]),
    );
    expect(tree.spans.map((span) => `${span.service} ${span.kind}`)).toEqual([
      "front server",
      "front client",
      "back server",
      "back internal",
      "front internal",
    ]);
    expect([...tree.depth]).toEqual([0, 1, 2, 3, 2]);
    expect(hasMark(tree, 2, "sharedServer")).toBe(true);
    expect(hasMark(tree, 2, "duplicateId")).toBe(false);
    expect(hasMark(tree, 2, "startsBeforeParent")).toBe(true);
  });

  test("a shared server without its client hangs under the id's parent", () => {
    const tree = buildTrace(
      testTrace([
        testSpan({ id: "r", us: 9 }),
        testSpan({ id: "x", parent: "r", kind: "server", shared: true, at: 1 }),
      ]),
    );
    expect([...tree.depth]).toEqual([0, 1]);
  });
});

describe("times", () => {
  test("skewed children keep their times and are marked", () => {
    const tree = buildTrace(
      testTrace([testSpan({ id: "a", at: 10, us: 10 }), testSpan({ id: "b", parent: "a", at: 5, us: 40 })]),
    );
    expect([...tree.startUs]).toEqual([5, 0]);
    expect([...tree.endUs]).toEqual([15, 40]);
    expect(hasMark(tree, 1, "startsBeforeParent")).toBe(true);
    expect(hasMark(tree, 1, "endsAfterParent")).toBe(true);
    expect(tree.selfUs[0]).toBe(0);
    expect(tree.durationUs).toBe(40);
  });

  test("zero durations and an empty trace are shown as they are", () => {
    const tree = buildTrace(testTrace([testSpan({ id: "a" })]));
    expect([tree.durationUs, tree.selfUs[0]]).toEqual([0, 0]);
    expect(buildTrace(testTrace([])).count).toBe(0);
  });

  test("nanoseconds are not lost beside an epoch in ns", () => {
    const spans = [
      { ...testSpan({ id: "a" }), startNs: "1700000000000000001", durationNs: "7" },
      { ...testSpan({ id: "b", parent: "a" }), startNs: "1700000000000000003", durationNs: "2" },
    ];
    const tree = buildTrace(testTrace(spans));
    expect([...tree.startUs]).toEqual([0, 0.002]);
    expect(tree.selfUs[0]).toBe(0.005);
  });

  test("times that are no numbers do not break the view", () => {
    const tree = buildTrace(testTrace([{ ...testSpan({ id: "a" }), startNs: "soon", durationNs: "-1" }]));
    expect([tree.originNs, tree.durationUs]).toEqual([0n, 0]);
  });
});

test("the fixture reads as a checkout with one lost parent and failures that began in the ledger", () => {
  const tree = buildTrace(TRACE_FIXTURE);
  expect([tree.count, tree.roots, tree.durationUs]).toEqual([25, 2, 1_214_300]);
  const origins = tree.spans.filter((_, row) => hasMark(tree, row, "errorOrigin"));
  expect(new Set(origins.map((span) => span.service))).toEqual(new Set(["ledger"]));
  expect(descendantCount(tree, 0)).toBe(23);
});

describe("size", () => {
  test("a chain of 100,000 levels is built without recursion", () => {
    const tree = buildTrace(chainTrace(100_000));
    expect([tree.maxDepth, tree.roots, tree.next[0]]).toEqual([99_999, 1, 100_000]);
    expect(tree.selfUs[5]).toBe(2);
  });

  test("a cycle of 100,000 spans is cut once", () => {
    const chain = chainTrace(100_000);
    const [first, ...rest] = chain.spans;
    if (first === undefined) throw new Error("no spans");
    const tree = buildTrace({ ...chain, spans: [{ ...first, parentSpanId: "c99999" }, ...rest] });
    expect([tree.maxDepth, tree.roots]).toEqual([99_999, 1]);
    expect(hasMark(tree, 0, "cycleCut")).toBe(true);
  });

  test("100,000 children of one root keep their order", () => {
    const tree = buildTrace(wideTrace(100_000));
    expect([tree.maxDepth, tree.next[0], tree.errorsBelow[0]]).toEqual([1, 100_000, 99]);
    expect(rowOf(tree, "w99999")).toBe(99_999);
    expect(tree.selfUs[0]).toBe(1_000_000 - 99_999 * 5);
  });
});
