/** What can go wrong with a promotion button, row by row of the specification: each has its test, here or where it is named. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Definition } from "../../lib/control/rollout/definition.ts";
import type { RolloutAction, RolloutEvent } from "../../lib/control/rollout/events.ts";
import { eventsOf, refusalOf } from "../../lib/control/rollout/machine.ts";
import { replay } from "../../lib/control/rollout/state.ts";
import { objectOf, withMember } from "../../lib/control/traffic/document.ts";
import { countersOf, DEFINITION, FakeMesh } from "./fake-mesh.ts";
import { RolloutRunner } from "./rollout-runner.ts";

const HERE = "collector/control/rollout-failures.test.ts";
const RUNNER = "collector/control/rollout-runner.test.ts";
const API = "collector/api/routes/rollouts.test.ts";
const PREFLIGHT = "lib/control/rollout/preflight.test.ts";
const MACHINE = "lib/control/rollout/machine.test.ts";
const LINKS = "collector/api/routes/control-records.test.ts";
const PIPELINE = "collector/rollout-pipeline.test.ts";
const READ_ONLY =
  "on a disk that became read-only a promotion is refused without a write, and a rollback is done, told, and written once the disk is back";
const FAULTS = "e2e/control/clicks/rollout-faults.test.ts";
/** Row → files and the names of their tests, each pair one test. */
const ROWS: Readonly<Record<number, readonly string[]>> = {
  1: [
    ...[API, "of fifty promotions from one revision one is taken, forty-nine conflict, and one write is made"],
    ...[FAULTS, "of fifty at once from one revision one is taken, forty-nine conflict, and Consul gets one write"],
  ],
  2: ["collector/control/own-rollout.test.ts", "the same click ten times is one act, also after it is over"],
  3: [
    ...[RUNNER, "an answer that was lost is looked up and not sent again; a request that was lost is sent again"],
    ...[FAULTS, "that takes longer than we wait is looked up once Consul answers, and is not sent again"],
  ],
  4: [
    ...[API, "while the control plane is down the page still has the command of the way back, and says what is wrong"],
    ...[FAULTS, "while Consul %s nothing is written or queued, the way back is printed, and done once it answers"],
  ],
  5: [RUNNER, "does not go on while the counters stay at the old share"],
  6: [HERE, "a GitOps tool that writes the old share back is named, also after the release is over"],
  7: [API, "a route that has an owner, another rule or a third backend starts no rollout"],
  8: [
    ...[
      PIPELINE,
      "a caller whose proxy keeps the old weights makes it partial: named, held, and not judged before it follows",
    ],
    ...["lib/control/traffic/verify.test.ts", "one caller at the old share is partial, and it is named"],
  ],
  9: [
    ...[
      PIPELINE,
      "readings that stop after a write prove nothing: neither moved nor stalled, and it goes on when they come again",
    ],
    ...[
      PIPELINE,
      "readings that stop during the judgement of a %s canary are no data: they hold, whatever was counted before",
    ],
    ...[
      "lib/control/judge/verdict.test.ts",
      "three windows without a canary request are no data: neither a pass nor a failure",
    ],
  ],
  10: [HERE, "a canary whose pods go between the plan and the write gets no weight"],
  11: [
    "lib/control/traffic/weights.test.ts",
    "native weights sum to the scale exactly, each within one step of its share",
  ],
  12: ["e2e/process/rollout-crash.test.ts", "a collector that dies at any named place goes on where it was"],
  13: [HERE, "another version behind the canary voids the approval and freezes the share"],
  14: [RUNNER, "a rollback goes on trying while the control plane is down"],
  15: [
    ...[RUNNER, "without an audit nothing is promoted, and a rollback is done all the same"],
    ...["e2e/faults/rollout-read-only.test.ts", READ_ONLY],
  ],
  16: [
    ...[PIPELINE, "targets whose clocks are a day off, either way, are counted as those whose clocks are right"],
    ...[MACHINE, "a clock that is set back makes no step negative and ends no pause early"],
  ],
  17: [HERE, "long streams at the old share are not called stalled"],
  18: [PREFLIGHT, "a rule above the split is said to be there, with where it leads"],
  19: [
    ...[PREFLIGHT, "a mirror of writes that nobody confirmed is refused"],
    ...[
      "collector/route-counters-meshes.test.ts",
      "copies that %s mirrors to the canary are no requests of an arm: callers do not count them, and receivers by the host",
    ],
  ],
  20: [
    ...[LINKS, "do one act without a sign-in, once, as whose they are, and are gone then"],
    ...[LINKS, "of many presses at once one acts"],
    ...[LINKS, "hold for one revision and for 15 minutes, also over a restart"],
    ...["collector/control/approvals.test.ts", "a token is compared with every link in constant time, found or not"],
  ],
  21: [
    MACHINE,
    "a route whose write has no outcome yet, and that nobody can ask, keeps no other route from going back",
  ],
  22: [API, "roles are enforced: an operator may not promote but may roll back, a stranger sees nothing"],
};
const NAMED = Object.entries(ROWS).flatMap(([row, tests]) =>
  tests.flatMap((file, i) => (i % 2 === 0 ? [[row, file, tests[i + 1] ?? ""] as const] : [])),
);
test("every row of the failure table has a test", () => {
  expect(Object.keys(ROWS).map(Number)).toEqual(Array.from({ length: 22 }, (_, i) => i + 1));
});
test.each(NAMED)("row %s has its test in %s: %s", (_, file, name) => {
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
  const words = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  // With a list of cases `test.each(…)`, whatever stands in it.
  expect(text).toMatch(new RegExp(`test(\\.\\w+)*((\\.each|\\.skipIf)\\([^]*?\\))?\\(\\s*["\`]${words}["\`]`));
});

function rig(definition: Definition = DEFINITION) {
  const mesh = new FakeMesh();
  const time = { nowMs: 1_000_000 };
  const events: RolloutEvent[] = [{ type: "started", atMs: time.nowMs, definition, sharesBp: { web: 1_000 } }];
  const state = replay(events);
  if (state === null) throw new Error("no start");
  const runner = new RolloutRunner(state, {
    ...{ api: () => mesh, counters: countersOf(mesh), clock: { nowMs: () => time.nowMs }, audit: async () => true },
    log: { info: () => {}, warn: () => {}, error: () => {} },
    append: async (event) => void events.push(event),
  });
  return {
    ...{ mesh, events, runner },
    async run(steps = 40) {
      for (let i = 0; i < steps; i++) time.nowMs += (await runner.step()) ?? 0;
    },
    act(action: RolloutAction) {
      const act = { action, actor: "ann", reason: "because", intentId: `click-${events.length}` };
      for (const event of eventsOf({ type: "acted", atMs: time.nowMs, act })) {
        events.push(event);
        runner.took(event);
      }
    },
    foreign(bp: number) {
      const split = withMember(
        withMember(mesh.entry, ["Splits", 0, "Weight"], 100 - bp / 100),
        ["Splits", 1, "Weight"],
        bp / 100,
      );
      mesh.entry = { ...objectOf(split), ModifyIndex: 99 };
    },
  };
}

const facts = (ready: number, version: string) => [
  { id: "web/v1", readyEndpoints: 2, exists: true, pods: [{ name: "a", version: "1", ready: true }] },
  { id: "web/v2", readyEndpoints: ready, exists: true, pods: ready === 0 ? [] : [{ name: "b", version, ready: true }] },
];

describe("a promotion button", () => {
  test("a canary whose pods go between the plan and the write gets no weight", async () => {
    const world = rig();
    world.mesh.facts = facts(1, "2");
    await world.run();
    world.mesh.facts = facts(0, "2");
    world.act("promote");
    await world.run(4);
    expect(world.runner.state.routes.get("web")?.refused?.code).toBe("no_ready_endpoint");
    expect(world.mesh.shareBp).toBe(2_500);
  });

  test("another version behind the canary voids the approval and freezes the share", async () => {
    const world = rig();
    world.mesh.facts = facts(1, "2");
    await world.run();
    world.mesh.facts = facts(1, "3");
    await world.run(10);
    expect(world.runner.state.routes.get("web")?.moved).toMatchObject({ revision: "3" });
    expect(refusalOf(world.runner.state, "promote")).toBe("workload_changed");
    expect(world.mesh.shareBp).toBe(2_500);
    world.act("retry");
    expect(refusalOf(world.runner.state, "promote")).toBeUndefined();
  });

  test("a GitOps tool that writes the old share back is named, also after the release is over", async () => {
    const world = rig();
    await world.run();
    world.act("promote");
    await world.run(20);
    expect(world.runner.state.phase).toBe("promoted");
    world.foreign(1_000);
    await world.run(3);
    expect(world.runner.state.routes.get("web")?.foreign).toMatchObject({ canaryBp: 1_000 });
    expect(world.mesh.shareBp).toBe(1_000);
  });

  test("long streams at the old share are not called stalled", async () => {
    const [route] = DEFINITION.routes;
    if (route === undefined) throw new Error("no route");
    const world = rig({ ...DEFINITION, routes: [{ ...route, streams: true }] });
    world.mesh.frozen = true;
    await world.run(80);
    expect(world.runner.state.routes.get("web")?.shift).toBe("shifting");
  });

  test("a rule for a header comes and goes with its steps, and one that somebody else takes away is noticed", async () => {
    const match = { header: "x-tester", how: "exact", value: "yes" } as const;
    const world = rig({
      ...DEFINITION,
      steps: [{ kind: "match", match }, { kind: "pause", forMs: null }, ...DEFINITION.steps.slice(2)],
    });
    await world.run(6);
    expect(world.mesh.router).toMatchObject({ Routes: [{ Destination: { ServiceSubset: "v2" } }] });
    const kept = world.mesh.router;
    world.mesh.router = null;
    await world.run(3);
    expect(world.runner.state.routes.get("web")).toMatchObject({ match: null, foreign: { by: "somebody else" } });
    world.mesh.router = kept;
    world.act("rollback");
    await world.run(10);
    expect(world.runner.state.phase).toBe("rolledBack");
  });
});
