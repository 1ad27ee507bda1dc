import { expect, test } from "vitest";
import { readSplit } from "../traffic/drivers.ts";
import { target, VIRTUAL_SERVICE } from "../traffic/fixtures.ts";
import type { RouteRef } from "./definition.ts";
import { mirrorFindings, preflightOf, routeFindings, workloadOf } from "./preflight.ts";

const ref: RouteRef = {
  ...{ id: "a", target: target("istio", "reviews"), routeKey: "main", stable: "reviews/v1", canary: "reviews/v2" },
};
const state = readSplit(ref.target, VIRTUAL_SERVICE);
const mirror = { kind: "mirror", mirrorBp: 5_000, isConfirmed: false } as const;

test("a mirror of writes that nobody confirmed is refused", () => {
  expect(mirrorFindings(state, ref, mirror, "istio").map(({ code }) => code)).toEqual(["mirror_unconfirmed"]);
  expect(mirrorFindings(state, ref, { ...mirror, isConfirmed: true }, "istio")).toEqual([]);
  expect(mirrorFindings(state, ref, { ...mirror, isConfirmed: true }, "linkerd")[0]?.code).toBe("mirror_refused");
});

test("a rule above the split is said to be there, with where it leads", () => {
  const [finding] = routeFindings(state, ref);
  expect(finding).toMatchObject({ code: "rules_above", severity: "warns" });
  expect(finding?.message).toContain("rule 1 → reviews/v2");
});

test("a label that selects both arms, and a version that both run, are refused", () => {
  const changes = [{ routeKey: "main", backend: ref.canary, fromBp: 0, toBp: 100, path: "", before: 0, after: 1 }];
  const pod = (name: string, version: string) => ({ name, version, ready: true });
  const of = (a: ReturnType<typeof pod>, b: ReturnType<typeof pod>) =>
    preflightOf(
      [
        { id: ref.stable, readyEndpoints: 1, exists: true, pods: [a] },
        { id: ref.canary, readyEndpoints: 1, exists: true, pods: [b] },
      ],
      ref,
      { changes },
      false,
    ).map(({ code }) => code);
  expect(of(pod("x", "1"), pod("x", "1"))).toEqual(["same_pods"]);
  expect(of(pod("x", "1"), pod("y", "1"))).toEqual(["same_version"]);
  expect(of(pod("x", "1"), pod("y", "2"))).toEqual([]);
});

test("what runs is known by its hash, or by its versions", () => {
  const fact = { id: "a", readyEndpoints: 1, exists: true, pods: [{ name: "x", version: "2", ready: true }] };
  expect([workloadOf(fact), workloadOf({ ...fact, revision: "h" }), workloadOf({ ...fact, pods: [] })]).toEqual([
    "2",
    "h",
    null,
  ]);
});
