/** The share that is meant to stand, before and after a step names one. */
import { expect, test } from "vitest";
import type { Definition, RouteRef, Step } from "./definition.ts";
import { replay } from "./state.ts";
import { desiredBp, wantedBp } from "./wanted.ts";

const route = (id: string): RouteRef => ({
  ...{ id, target: { driver: "istio", cluster: id, namespace: "shop", name: "reviews" }, routeKey: "main" },
  ...{ stable: "reviews/v1", canary: "reviews/v2" },
});

function begun(steps: readonly Step[], sharesBp: Readonly<Record<string, number>>) {
  const definition: Definition = {
    ...{ id: "r1", name: "reviews v2", service: "reviews", routes: [route("a"), route("b")], steps },
    ...{ rollback: { sharesBp: [], holdMs: 0 }, revertAfterMs: null, judge: "advisory" },
  };
  const state = replay([{ type: "started", atMs: 0, definition, sharesBp }]);
  if (state === undefined || state === null) throw new Error("it did not begin");
  return state;
}

const GATE: Step = { kind: "pause", forMs: null };

test("before a step names a share it is what each route was found with, and the lowest of all together", () => {
  const state = begun([GATE, { kind: "weight", canaryBp: 5_000 }], { a: 1_000, b: 500 });
  expect(wantedBp(state)).toBeNull();
  expect([desiredBp(state, "a"), desiredBp(state, "b"), desiredBp(state)]).toEqual([1_000, 500, 500]);
  expect(desiredBp(state, "unknown")).toBeNull();
});

test("a step's share is that of every route, whatever it was found with", () => {
  const state = begun([{ kind: "weight", canaryBp: 5_000 }], { a: 1_000, b: 500 });
  expect([desiredBp(state, "a"), desiredBp(state)]).toEqual([5_000, 5_000]);
});
