import fc from "fast-check";
import { expect, test } from "vitest";
import { GRAPH_FIXTURE } from "../../query/fixtures/graph-fixture.ts";
import { DOT_SPEED, eachDot, type FlowPlan, flowPlan, flowRuns, isFailed, MOST_DOTS, niceAtLeast } from "./flow.ts";
import { layoutGraph } from "./layout-graph.ts";
import { layoutInput } from "./layout-input.ts";
import { presentGraph } from "./present-graph.ts";
import { buildScene } from "./scene.ts";

function sceneOf(times = 1) {
  const edges = GRAPH_FIXTURE.edges.map((edge) => ({
    ...edge,
    requestsPerSec: edge.requestsPerSec === null ? null : edge.requestsPerSec * times,
  }));
  const view = presentGraph({ ...GRAPH_FIXTURE, edges });
  return buildScene(view, layoutGraph(layoutInput(view), null, 1));
}

const all = (scene: ReturnType<typeof sceneOf>): number[] => scene.view.edges.map((_, e) => e);

function dotsAt(plan: FlowPlan, seconds: number): number {
  return plan.lanes.reduce((sum, lane) => sum + eachDot(lane, seconds, () => undefined), 0);
}

test("what passes the middle of an edge is its rate divided by what a dot stands for", () => {
  const scene = sceneOf();
  const plan = flowPlan(scene, all(scene), 1);
  expect(plan.lanes.length).toBeGreaterThan(3);
  for (const lane of plan.lanes) {
    const perDot = lane.isTcp ? plan.bytesPerDot : plan.requestsPerDot;
    expect(DOT_SPEED / lane.spacing).toBeCloseTo((scene.view.edges[lane.edge]?.perSec ?? 0) / perDot, 6);
  }
});

test("however much runs, and at any zoom, no more dots are under way than the picture bears", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.001, max: 1e6, noNaN: true }),
      fc.double({ min: 0.1, max: 4, noNaN: true }),
      (t, z) => {
        const scene = sceneOf(t);
        const plan = flowPlan(scene, all(scene), z);
        // One more for each lane: a dot is under way on a part of its spacing.
        expect(dotsAt(plan, 12.3)).toBeLessThanOrEqual((MOST_DOTS * 4) / 3 + plan.lanes.length);
      },
    ),
    { numRuns: 8 },
  );
});

test("dots lie on their edge, move along it, and are where they are by the time alone", () => {
  const scene = sceneOf();
  const lane = flowPlan(scene, all(scene), 1).lanes.find(({ spacing, length }) => spacing < length);
  if (lane === undefined) throw new Error("no busy edge");
  const at = (seconds: number): number[] => {
    const found: number[] = [];
    eachDot(lane, seconds, (x, y) => found.push(x, y));
    return found;
  };
  expect(at(3)).toEqual(at(3));
  expect(at(3)).not.toEqual(at(3.1));
  const [left = 0, top = 0, right = 0, bottom = 0] = scene.edgeBounds.subarray(4 * lane.edge, 4 * lane.edge + 4);
  const places = at(3);
  for (let i = 0; i < places.length; i += 2) {
    expect(places[i]).toBeGreaterThanOrEqual(left - 1);
    expect(places[i]).toBeLessThanOrEqual(right + 1);
    expect(places[i + 1]).toBeGreaterThanOrEqual(top - 1);
    expect(places[i + 1]).toBeLessThanOrEqual(bottom + 1);
  }
});

test("as many dots are failed requests as the share says", () => {
  for (const share of [0, 0.094, 0.5, 1]) {
    const failed = Array.from({ length: 1000 }, (_, n) => isFailed(share, n)).filter(Boolean).length;
    expect(Math.abs(failed - 1000 * share)).toBeLessThanOrEqual(1);
  }
});

test("edges without traffic, stale ones and what is not drawn have no dots", () => {
  const scene = sceneOf(0);
  expect(flowPlan(scene, all(scene), 1).lanes.filter(({ isTcp }) => !isTcp)).toEqual([]);
  expect(flowPlan(sceneOf(), [], 1)).toEqual({ lanes: [], requestsPerDot: 0, bytesPerDot: 0 });
});

test("what a dot stands for is a round number", () => {
  expect([0, 0.3, 1, 1.2, 4.9, 5, 7, 480].map(niceAtLeast)).toEqual([0, 0.5, 1, 2, 5, 5, 10, 500]);
});

test("nothing runs on a large graph or under reduced motion unless it was chosen", () => {
  expect(flowRuns(null, 60, false)).toBe(true);
  expect(flowRuns(null, 60, true)).toBe(false);
  expect(flowRuns(null, 151, false)).toBe(false);
  expect(flowRuns("on", 4000, true)).toBe(true);
  expect(flowRuns("off", 3, false)).toBe(false);
});
