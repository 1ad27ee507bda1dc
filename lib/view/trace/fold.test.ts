import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TRACE_FIXTURE } from "../../query/fixtures/trace-fixture.ts";
import { buildTrace, hasChildren, type TraceTree } from "./build-trace.ts";
import {
  ALL_CLOSED,
  ALL_OPEN,
  type Fold,
  foldFromText,
  foldToText,
  isClosed,
  LINK_LIMIT,
  positionOf,
  reveal,
  rowKey,
  rowOfKey,
  setClosed,
  stepAmong,
  visibleRows,
} from "./fold.ts";
import { chainTrace, testSpan, testTrace, wideTrace } from "./test-trace.ts";

const FIXTURE = buildTrace(TRACE_FIXTURE);

const treeArbitrary = fc
  .array(fc.record({ up: fc.nat(), error: fc.boolean() }), { minLength: 1, maxLength: 30 })
  .map((rows) =>
    buildTrace(
      testTrace(
        rows.map(({ up, error }, i) =>
          testSpan({ id: `s${i}`, ...(i === 0 ? {} : { parent: `s${up % i}` }), at: i, us: 1, error }),
        ),
      ),
    ),
  );
const foldArbitrary: fc.Arbitrary<Fold> = fc
  .record({ isClosedBase: fc.boolean(), except: fc.array(fc.nat(29)) })
  .map(({ isClosedBase, except }) => ({ base: isClosedBase ? "closed" : "open", except: new Set(except) }));

function ancestors(tree: TraceTree, row: number): number[] {
  const out: number[] = [];
  for (let up = tree.parent[row] ?? -1; up !== -1; up = tree.parent[up] ?? -1) out.push(up);
  return out;
}

describe("visible rows", () => {
  test("are exactly those with no closed ancestor", () => {
    fc.assert(
      fc.property(treeArbitrary, foldArbitrary, (tree, fold) => {
        const expected = tree.spans
          .map((_, row) => row)
          .filter((row) => ancestors(tree, row).every((up) => !isClosed(tree, fold, up)));
        expect([...visibleRows(tree, fold, "all")]).toEqual(expected);
      }),
    );
  });

  test("with errors only are error spans and their ancestors", () => {
    fc.assert(
      fc.property(treeArbitrary, (tree) => {
        const expected = new Set<number>();
        for (const row of tree.errorRows) for (const kept of [row, ...ancestors(tree, row)]) expected.add(kept);
        expect([...visibleRows(tree, ALL_OPEN, "errors")]).toEqual([...expected].sort((a, b) => a - b));
      }),
    );
  });

  test("of a closed tree are its roots", () => {
    expect([...visibleRows(FIXTURE, ALL_CLOSED, "all")]).toEqual(
      FIXTURE.spans.map((_, row) => row).filter((row) => FIXTURE.parent[row] === -1),
    );
  });
});

test("closing and opening a row gives back the same rows; a row without children cannot be closed", () => {
  fc.assert(
    fc.property(treeArbitrary, foldArbitrary, fc.nat(29), (tree, fold, row) => {
      const closed = setClosed(tree, fold, row, true);
      expect(isClosed(tree, closed, row)).toBe(hasChildren(tree, row));
      expect(isClosed(tree, setClosed(tree, closed, row, false), row)).toBe(false);
    }),
  );
});

test("revealing a row opens its ancestors and nothing else", () => {
  fc.assert(
    fc.property(treeArbitrary, foldArbitrary, fc.nat(29), (tree, fold, any) => {
      const row = any % tree.count;
      const shown = reveal(tree, fold, row);
      const above = new Set(ancestors(tree, row));
      expect(visibleRows(tree, shown, "all").includes(row)).toBe(true);
      for (let other = 0; other < tree.count; other++) {
        if (!above.has(other)) expect(isClosed(tree, shown, other)).toBe(isClosed(tree, fold, other));
      }
    }),
  );
});

describe("links", () => {
  test("a fold survives the link", () => {
    fc.assert(
      fc.property(treeArbitrary, foldArbitrary, (tree, fold) => {
        const restored = foldFromText(tree, foldToText(tree, fold).text);
        expect([...visibleRows(tree, restored, "all")]).toEqual([...visibleRows(tree, fold, "all")]);
      }),
    );
  });

  test("what a link cannot hold is counted", () => {
    const tree = buildTrace(chainTrace(LINK_LIMIT + 51));
    const except = new Set(Array.from({ length: LINK_LIMIT + 50 }, (_, row) => row));
    expect(foldToText(tree, { base: "open", except }).leftOut).toBe(50);
  });

  test("every row has a key of its own, also where ids repeat", () => {
    const tree = buildTrace(
      testTrace([testSpan({ id: "a" }), testSpan({ id: "a", at: 1 }), testSpan({ id: "a", at: 2 })]),
    );
    const keys = [0, 1, 2].map((row) => rowKey(tree, row));
    expect(keys).toEqual(["a", "a~2", "a~3"]);
    expect(keys.map((key) => rowOfKey(tree, key))).toEqual([0, 1, 2]);
    expect(rowOfKey(tree, "gone")).toBeUndefined();
    expect(rowOfKey(tree, "a~x")).toBeUndefined();
  });
});

test("stepping goes to the neighbour in either direction and round the ends", () => {
  const rows = Int32Array.of(3, 7, 9);
  expect([stepAmong(rows, 3, 1), stepAmong(rows, 4, 1), stepAmong(rows, 9, 1), stepAmong(rows, -1, 1)]).toEqual([
    7, 7, 3, 3,
  ]);
  expect([stepAmong(rows, 9, -1), stepAmong(rows, 8, -1), stepAmong(rows, 3, -1), stepAmong(rows, 1, -1)]).toEqual([
    7, 7, 9, 9,
  ]);
  expect(stepAmong(new Int32Array(0), 1, 1)).toBeUndefined();
  expect([positionOf(rows, 2), positionOf(rows, 3), positionOf(rows, 8), positionOf(rows, 99)]).toEqual([-1, 0, 1, 2]);
});

test("folding 100,000 spans works at any depth", () => {
  const chain = buildTrace(chainTrace(100_000));
  expect(visibleRows(chain, setClosed(chain, ALL_OPEN, 10, true), "all").length).toBe(11);
  expect(visibleRows(chain, reveal(chain, ALL_CLOSED, 99_999), "all").length).toBe(100_000);
  const wide = buildTrace(wideTrace(100_000));
  expect(visibleRows(wide, ALL_OPEN, "errors").length).toBe(100);
});
