import fc from "fast-check";
import { expect, test } from "vitest";
import { GRAPH_FIXTURE } from "../../query/fixtures/graph-fixture.ts";
import { buildDrawList } from "./draw-list.ts";
import { emphasisOf } from "./emphasis.ts";
import {
  continued,
  DOT_SPEED,
  eachDot,
  type FlowLane,
  type FlowPlan,
  flowEdges,
  flowPlan,
  flowRuns,
  isFailed,
  MOST_DOTS,
  niceAtLeast,
} from "./flow.ts";
import { flowWords } from "./flow-words.ts";
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

/** Places of a lane's dots, from the start on. */
function placesOf(lane: FlowLane | undefined, seconds: number): string[] {
  const found: string[] = [];
  if (lane !== undefined) eachDot(lane, seconds, (x, y) => found.push(`${x.toFixed(2)} ${y.toFixed(2)}`));
  return found;
}

test("a new plan moves no dot, whatever its rates are, and sends the next ones as it says", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 2, maxLength: 6 }),
      fc.double({ min: 0.05, max: 20, noNaN: true }),
      (rates, everyS) => {
        const scenes = rates.map(sceneOf);
        let plan: FlowPlan = flowPlan(sceneOf(), all(sceneOf()), 1);
        let at = 1000;
        for (const scene of scenes) {
          at += everyS;
          const before = plan;
          plan = continued(flowPlan(scene, all(scene), 1), before, at);
          for (const lane of before.lanes) {
            const was = placesOf(lane, at);
            const is = placesOf(
              plan.lanes.find(({ id }) => id === lane.id),
              at,
            );
            // One may just be sent: it is the first.
            expect(is.slice(is.length - was.length)).toEqual(was);
            expect(is.length - was.length).toBeLessThanOrEqual(1);
          }
          expect(dotsAt(plan, at)).toBeLessThanOrEqual((MOST_DOTS * 4) / 3 + 2 * plan.lanes.length);
        }
        const anew = { ...plan, lanes: plan.lanes.map((lane) => ({ ...lane, underway: null })) };
        expect(Math.abs(dotsAt(plan, at + 1e4) - dotsAt(anew, at + 1e4))).toBeLessThanOrEqual(plan.lanes.length);
      },
    ),
    { numRuns: 20 },
  );
});

test("a lane on which no dot is under way keeps count of when the next one is due", () => {
  const scene = sceneOf();
  const busy = flowPlan(scene, all(scene), 1);
  const [first] = busy.lanes;
  if (first === undefined) throw new Error("no lane");
  const rare = { ...busy, lanes: [{ ...first, spacing: 50 * first.length }] };
  // Of 50 lengths that pass between two dots a dot takes one.
  const seconds = Array.from({ length: 1000 }, (_, i) => (i * 50 * first.length) / DOT_SPEED / 1000);
  let plan: FlowPlan = rare;
  const seen = seconds.filter((at) => {
    plan = continued(rare, plan, at);
    return dotsAt(plan, at) > 0;
  });
  expect(seen.length).toBeGreaterThan(10);
  expect(seen.length).toBeLessThan(30);
});

test("of another zoom a plan begins anew", () => {
  const scene = sceneOf();
  const plan = flowPlan(scene, all(scene), 1);
  expect(continued(plan, flowPlan(scene, all(scene), 2), 5)).toBe(plan);
});

test("what a dot stands for is the same whatever the pointer is on; dimmed edges have no dots", () => {
  const scene = sceneOf();
  const edgesAt = (hover: string | null) => {
    const target = hover === null ? null : ({ kind: "node", id: hover } as const);
    const emphasis = emphasisOf(scene.view, { hover: target, selection: null });
    return flowEdges(buildDrawList({ scene, emphasis, edgeLabels: new Set(), measure: () => 40, zoom: 1 }).edges);
  };
  const usual = edgesAt(null);
  const usualPlan = flowPlan(scene, usual.all, 1);
  expect(usual.lit.size).toBe(usual.all.length);
  const lit = scene.view.nodes.map(({ id }) => {
    const { all: edges, lit } = edgesAt(id);
    const { requestsPerDot, bytesPerDot } = flowPlan(scene, edges, 1);
    expect([requestsPerDot, bytesPerDot]).toEqual([usualPlan.requestsPerDot, usualPlan.bytesPerDot]);
    return lit.size;
  });
  expect(Math.min(...lit)).toBeLessThan(usual.all.length / 2);
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
  expect(flowPlan(sceneOf(), [], 1)).toEqual({ zoom: 1, lanes: [], requestsPerDot: 0, bytesPerDot: 0 });
});

test("what a dot stands for is a round number", () => {
  expect([0, 0.3, 1, 1.2, 4.9, 5, 7, 480].map(niceAtLeast)).toEqual([0, 0.5, 1, 2, 5, 5, 10, 500]);
});

test("the legend tells dots that are not drawn yet from a picture in which nothing runs", () => {
  expect(flowWords(true, null)).toBe("Traffic runs as dots once the picture has come to rest.");
  expect(flowWords(true, { requestsPerDot: 0, bytesPerDot: 0 })).toBe("Nothing that is drawn has traffic to run.");
  expect(flowWords(true, { requestsPerDot: 5, bytesPerDot: 0 })).toMatch(/^A dot is 5 requests, .*Sampled/);
  expect(flowWords(false, null)).toMatch(/^Traffic can run/);
});

test("nothing runs on a large graph or under reduced motion unless it was chosen", () => {
  expect(flowRuns(null, 60, false)).toBe(true);
  expect(flowRuns(null, 60, true)).toBe(false);
  expect(flowRuns(null, 151, false)).toBe(false);
  expect(flowRuns("on", 4000, true)).toBe(true);
  expect(flowRuns("off", 3, false)).toBe(false);
});
