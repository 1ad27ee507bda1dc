import { expect, test } from "vitest";
import type { GraphSize } from "../query/schema/graph.ts";
import {
  decideFold,
  FOLD_FROM,
  FOLD_FROM_EDGES,
  foldBox,
  UNFOLD_BELOW,
  UNFOLD_BELOW_EDGES,
  unfoldBox,
} from "./folding.ts";
import { foldParameters, graphPath, sizePath } from "./live-query.ts";
import { DEFAULT_VIEW_STATE } from "./url-state.ts";

const size = (nodes: number, namespace = 40, cluster = 2): GraphSize => ({
  window: { start: 0, end: 1, slotMs: 1, requested: { start: 0, end: 1 } },
  nodes,
  edges: 0,
  boxes: { namespace, cluster, mesh: 1 },
});

test("a small estate is not folded, a large one by namespace, one of very many namespaces by cluster", () => {
  expect(decideFold(size(FOLD_FROM), null)).toBe("none");
  expect(decideFold(size(FOLD_FROM + 1), null)).toBe("namespace");
  expect(decideFold(size(50_000, 10_000), null)).toBe("cluster");
  expect(decideFold(size(50_000, 10_000, 0), null)).toBe("mesh");
  expect(decideFold(size(50_000, 0, 0), null)).toBe("mesh");
});

test("an estate that grows and shrinks about a limit does not flap", () => {
  let fold = decideFold(size(FOLD_FROM + 1), null);
  for (const nodes of [FOLD_FROM - 1, FOLD_FROM + 1, UNFOLD_BELOW + 1]) {
    fold = decideFold(size(nodes), fold);
    expect(fold).toBe("namespace");
  }
  fold = decideFold(size(UNFOLD_BELOW), fold);
  expect(fold).toBe("none");
  expect(decideFold(size(FOLD_FROM), fold)).toBe("none");
});

test("a box that is folded by hand is not opened by what is expanded, and unfolding takes it back", () => {
  const folded = foldBox({ collapse: ["b"], expand: ["a", "c"] }, "a");
  expect(folded).toEqual({ collapse: ["b", "a"], expand: ["c"] });
  expect(unfoldBox(folded, "a")).toEqual({ collapse: ["b"], expand: ["c", "a"] });
});

test("equal folds are one query however they came about, and nothing is expanded where nothing is folded", () => {
  const state = { ...DEFAULT_VIEW_STATE, fold: "namespace" as const, expand: ["b", "a"], collapse: ["y", "x"] };
  expect(foldParameters(state)).toEqual({ collapse: ["x", "y"], fold: "namespace", expand: ["a", "b"] });
  expect(graphPath({ ...state, fold: "none" }, 0)).toBe("/graph?view=workload&collapse=x&collapse=y");
  expect(sizePath({ ...state, idle: true }, 0)).toBe("/graph/size?view=workload&idle=1");
});

test("a focus is asked for with its hops, and with its direction where it is not both", () => {
  const state = { ...DEFAULT_VIEW_STATE, fold: "none" as const, focus: "abc", hops: 2 };
  expect(graphPath(state, 0)).toBe("/graph?view=workload&focus=abc&hops=2");
  expect(graphPath({ ...state, direction: "up" }, 0)).toBe("/graph?view=workload&focus=abc&hops=2&direction=up");
});

test("few nodes with very many edges are folded too, unless that leaves no map", () => {
  const tangle = { ...size(300), edges: FOLD_FROM_EDGES + 1 };
  expect(decideFold(tangle, null)).toBe("namespace");
  expect(decideFold({ ...tangle, edges: FOLD_FROM_EDGES }, null)).toBe("none");
  expect(decideFold({ ...size(200), edges: UNFOLD_BELOW_EDGES + 1 }, "namespace")).toBe("namespace");
  expect(decideFold({ ...size(200), edges: UNFOLD_BELOW_EDGES }, "namespace")).toBe("none");
  expect(decideFold({ ...size(60), edges: 3_000 }, null)).toBe("none");
  expect(decideFold({ ...size(300, 2, 1), edges: 3_000 }, null)).toBe("none");
});
