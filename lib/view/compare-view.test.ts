import { expect, test } from "vitest";
import { compareGraphs } from "../query/compare/compare.ts";
import { isOfBase } from "../query/compare/compared-edge.ts";
import { GRAPH_FIXTURE } from "../query/fixtures/graph-fixture.ts";
import {
  baseOf,
  changedIds,
  changeKinds,
  changeWords,
  formatAgainst,
  notKnownWords,
  parseAgainst,
  unionGraph,
} from "./compare-view.ts";
import { badgeWords } from "./graph/glyph-paths.ts";

const [first] = GRAPH_FIXTURE.edges;
const without = { ...GRAPH_FIXTURE, edges: GRAPH_FIXTURE.edges.filter((edge) => edge !== first) };

test("the base is as long as the window and as much earlier as is asked", () => {
  const window = { startMs: 1_000_000, endMs: 1_300_000 };
  expect(baseOf(window, "before")).toEqual({ startMs: 700_000, endMs: 1_000_000 });
  expect(baseOf({ startMs: 4e9, endMs: 4e9 + 5 }, "1d")).toEqual({
    startMs: 4e9 - 86_400_000,
    endMs: 4e9 - 86_400_000 + 5,
  });
});

test("an edge that went is on the picture with a badge that says so, beside the badges it had", () => {
  const answer = compareGraphs(GRAPH_FIXTURE, without);
  const union = unionGraph(answer);
  expect(union.edges).toHaveLength(GRAPH_FIXTURE.edges.length);
  expect(union.edges.find(({ id }) => id === first?.id)?.badges).toEqual(["removed", ...(first?.badges ?? [])]);
  expect(badgeWords("removed")).toContain("gone");
  expect(union.edges.filter(isOfBase).map(({ id }) => id)).toEqual([first?.id]);
  expect(changedIds(answer)?.has(first?.id ?? "")).toBe(true);
});

test("a change reads from what it was to what it is", () => {
  const change = { of: "edge", id: "e", score: 1 } as const;
  expect(changeWords({ ...change, kind: "errors", before: 0.002, after: 0.14 })).toBe("failures 0.2 % → 14 %");
  expect(changeWords({ ...change, kind: "latency", before: 40, after: 1_500 })).toBe("p95 40 ms → 1.5 s");
  expect(changeWords({ ...change, kind: "added", before: null, after: 12 })).toBe("new, 12 /s");
  expect(changeWords({ ...change, kind: "removed", before: null, after: null })).toBe("gone");
  expect(changeWords({ ...change, kind: "peers", before: 2, after: 3 })).toBe("peers 2 → 3");
});

test("any two windows are compared: a base with bounds of its own is the base, whatever the window", () => {
  const base = { startMs: 5, endMs: 9 };
  expect(baseOf({ startMs: 1_000, endMs: 2_000 }, base)).toEqual(base);
  expect(parseAgainst(formatAgainst(base))).toEqual(base);
  expect(parseAgainst("1d")).toBe("1d");
  for (const text of [null, "", "2h", "9-5", "5-5", "5-", "-5-9", "x-9"]) expect(parseAgainst(text)).toBe("off");
});

test("what changed is counted by kind, in one order", () => {
  const change = { of: "edge", id: "e", score: 1, before: 1, after: 2 } as const;
  const kinds = ["peers", "rate", "added", "rate"] as const;
  expect(changeKinds(kinds.map((kind) => ({ ...change, kind })))).toEqual([
    { kind: "added", words: "new (1)" },
    { kind: "rate", words: "rate (2)" },
    { kind: "peers", words: "peers (1)" },
  ]);
});

const NAMES = { a: "window A", b: "window B" };
const observed = (base: number, window: number, notKnown: readonly string[] = []) => {
  const told = compareGraphs(GRAPH_FIXTURE, GRAPH_FIXTURE);
  const { completeness } = GRAPH_FIXTURE;
  const [before, after] = [base, window].map((observedShare) => ({ ...completeness, observedShare }));
  if (before === undefined || after === undefined) throw new Error("there are two");
  return { ...told, notKnown: [...notKnown], completeness: { base: before, window: after } };
};

test("a window in which nothing was observed is said, and lights, dims and marks nothing", () => {
  const answer = observed(0, 1, [first?.id ?? ""]);
  expect(notKnownWords(answer, NAMES)).toBe("Nothing was observed in window A: what is new or gone is not known.");
  expect(changedIds(answer)).toBeUndefined();
  expect(unionGraph(answer).edges.flatMap(({ badges }) => badges ?? [])).not.toContain("notKnown");
  expect(notKnownWords(observed(0, 0), NAMES)).toContain("in window A and in window B");
  expect(notKnownWords(observed(1, 1), NAMES)).toBeNull();
});

test("how much of a window was observed is said, with how many nobody can tell of, and an edge of these has a mark", () => {
  const [node] = GRAPH_FIXTURE.nodes;
  const answer = observed(0.31, 0.97, [first?.id ?? "", node?.id ?? ""]);
  const words = notKnownWords(answer, NAMES);
  expect(words).toMatch(/^Only 31 % of window A was observed\. Of 1 node and 1 edge it is not known/);
  expect(unionGraph(answer).edges.find(({ id }) => id === first?.id)?.badges?.[0]).toBe("notKnown");
  expect(badgeWords("notKnown")).toContain("not known");
});
