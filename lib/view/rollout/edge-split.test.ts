/** Which release an edge's split is of: the one that leads to all its versions, and none where that is not sure. */
import { expect, test } from "vitest";
import { nearTo, releaseOf } from "./edge-split.ts";

type Rollout = Parameters<typeof releaseOf>[1][number];

function rollout(id: string, stable: string, canary: string, route = "c1"): Rollout {
  const series = { timesMs: [0, 1_000], desired: [0.1, 0.1], observed: [null, 0.09], callers: [] };
  const unproxied = { requests: 0, canaryRequests: 0 };
  return { id, name: id, routes: [{ id: route, stable, canary }], splits: [{ ...series, route, unproxied }] };
}

test("the release whose backends are the edge's versions, by subset or by name without a port", () => {
  const all = [
    rollout("payments", "payments/v1", "payments/v2"),
    rollout("notices", "notices-primary:8080", "notices:8080"),
  ];
  expect(releaseOf(["v1", "v2"], all)).toMatchObject({ id: "payments", series: { desired: [0.1, 0.1] } });
  expect(releaseOf(["notices"], all)?.id).toBe("notices");
});

test("none where no route leads to all of them, where two do, and where its share was never counted", () => {
  const one = rollout("a", "a/v1", "a/v2");
  expect(releaseOf(["v1", "v3"], [one])).toBeUndefined();
  expect(releaseOf(["v2"], [one, rollout("b", "b/v1", "b/v2")])).toBeUndefined();
  expect(releaseOf(["v2"], [{ ...one, splits: [] }])).toBeUndefined();
});

test("near is what is of the mesh, and of the namespace or the service: places have other names in control planes", () => {
  const target = { mesh: "consul", namespace: "billing", name: "rates-v2", service: "rates" } as const;
  const of = (mesh: "consul" | "istio", namespace: string, service: string) => ({ mesh, namespace, service });
  const [sameService, sameNamespace] = [of("consul", "default", "rates"), of("consul", "billing", "tax")];
  const far = [of("istio", "billing", "rates"), of("consul", "default", "tax")];
  expect(nearTo(target, [sameService, ...far, sameNamespace])).toEqual([sameService, sameNamespace]);
});
