import { describe, expect, test } from "vitest";
import type { RolloutAction, RolloutEvent } from "../../lib/control/rollout/events.ts";
import { eventsOf, refusalOf } from "../../lib/control/rollout/machine.ts";
import { replay } from "../../lib/control/rollout/state.ts";
import { objectOf, withMember } from "../../lib/control/traffic/document.ts";
import type { BackendFacts } from "../actuators/traffic-api.ts";
import type { RouteCounters } from "./counters.ts";
import { countersOf, DEFINITION, FakeMesh } from "./fake-mesh.ts";
import { RolloutRunner } from "./rollout-runner.ts";
import type { RunnerWorld, WriteRecord } from "./rollout-world.ts";

interface Given {
  readonly counters?: RouteCounters;
  readonly time?: { nowMs: number };
}

function rig(mesh = new FakeMesh(), definition = DEFINITION, given: Given = {}) {
  const { counters = countersOf(mesh), time = { nowMs: 1_000_000 } } = given;
  const events: RolloutEvent[] = [{ type: "started", atMs: time.nowMs, definition, sharesBp: { web: 1_000 } }];
  const audit: WriteRecord[] = [];
  const audited = { works: true };
  const world: RunnerWorld = {
    api: () => mesh,
    counters,
    clock: { nowMs: () => time.nowMs },
    log: { info: () => {}, warn: () => {}, error: () => {} },
    audit: async (record) => {
      if (audited.works) audit.push(record);
      return audited.works;
    },
    append: async (event) => void events.push(event),
  };
  const made = () => {
    const state = replay(events);
    if (state === null) throw new Error("no start");
    return new RolloutRunner(state, world);
  };
  let runner = made();
  return {
    mesh,
    events,
    audit,
    audited,
    time,
    get state() {
      return runner.state;
    },
    get lastSeenBp() {
      return runner.lastSeen("web")?.routes[0]?.backends[1]?.weightBp;
    },
    /** A new process on the same log. */
    restart: () => {
      runner = made();
    },
    async run(steps = 60) {
      for (let i = 0; i < steps; i++) {
        const restMs = await runner.step();
        if (restMs === null) return;
        time.nowMs += restMs;
      }
    },
    act(action: RolloutAction) {
      const refusal = refusalOf(runner.state, action);
      if (refusal !== undefined) throw new Error(refusal);
      const act = { action, actor: "ann", reason: "because", intentId: `click-${events.length}` };
      for (const event of eventsOf({ type: "acted", atMs: time.nowMs, act })) {
        events.push(event);
        runner.took(event);
      }
    },
  };
}

describe("a rollout on a mesh", () => {
  test("is promoted step by step, each write audited before and after, and each share proved", async () => {
    const world = rig();
    await world.run();
    expect(world.mesh.shareBp).toBe(2_500);
    expect(world.state.routes.get("web")).toMatchObject({ shift: "verified", observedBp: 2_500 });
    world.act("promote");
    await world.run();
    expect(world.state.phase).toBe("promoted");
    expect(world.mesh.shareBp).toBe(10_000);
    expect(world.audit.map(({ outcome }) => outcome)).toEqual(["pending", "applied", "pending", "applied"]);
    expect(world.mesh.writes).toBe(2);
  });

  test("a control plane that goes down right after a write leaves the way back from that write", async () => {
    const world = rig();
    await world.run(1);
    world.mesh.fault = "down";
    expect(world.mesh.writes).toBe(1);
    expect(world.lastSeenBp).toBe(2_500);
    await world.run(5);
    expect(world.lastSeenBp).toBe(2_500);
  });

  test("does not go on while the counters stay at the old share", async () => {
    const world = rig();
    world.mesh.frozen = true;
    await world.run();
    expect(world.state.step).toBe(0);
    expect(world.state.routes.get("web")?.shift).toBe("stalled");
    expect(refusalOf(world.state, "promote")).toBe("not_verified");
    world.act("abort");
    await world.run();
    expect(world.mesh.shareBp).toBe(0);
    expect(world.state.phase).toBe("rolledBack");
  });

  test("holds at its gate once the counters no longer prove what they did, and goes on when they do again", async () => {
    const world = rig();
    await world.run();
    expect(refusalOf(world.state, "promote")).toBeUndefined();
    world.mesh.frozen = true;
    await world.run(5);
    expect(world.state.routes.get("web")?.shift).toBe("stalled");
    expect(refusalOf(world.state, "promote")).toBe("not_verified");
    expect(world.mesh.writes).toBe(1);
    world.mesh.frozen = false;
    await world.run(5);
    expect(world.state.routes.get("web")?.shift).toBe("verified");
    expect(refusalOf(world.state, "promote")).toBeUndefined();
  });

  test("keeps the proof of a share that one caller came to late, whatever that caller had sent before", async () => {
    const mesh = new FakeMesh();
    const time = { nowMs: 1_000_000 };
    const lateMs = 600_000;
    // A hundred requests a second of each caller, at the share that it has at that time; the second one comes late.
    const counters: RouteCounters = {
      ...countersOf(mesh),
      callers: (_, sinceMs) =>
        ["a", "b"].map((caller) => {
          const changeMs = caller === "a" ? 1_000_000 : 1_000_000 + lateMs;
          const seconds = (fromMs: number, toMs: number) => Math.max(0, (toMs - fromMs) / 1_000);
          const before = seconds(sinceMs, Math.min(changeMs, time.nowMs)) * 100;
          const after = seconds(Math.max(sinceMs, changeMs), time.nowMs) * 100;
          return { caller, requests: before + after, canaryRequests: before * 0.1 + after * 0.25 };
        }),
    };
    const world = rig(mesh, DEFINITION, { counters, time });
    const shifts = () => world.events.flatMap((event) => (event.type === "shiftSeen" ? [event.state] : []));
    while (time.nowMs < 1_000_000 + lateMs) await world.run(1);
    expect(shifts().at(-1)).toBe("partial");
    while (time.nowMs < 1_000_000 + 2 * lateMs) await world.run(1);
    expect(shifts().at(-1)).toBe("verified");
    expect(shifts().filter((state) => state === "verified")).toHaveLength(1);
    expect(refusalOf(world.state, "promote")).toBeUndefined();
  });

  test("says nothing of traffic that is not counted, and goes on only when a person skips the step by name", async () => {
    const world = rig();
    world.mesh.uncounted = true;
    await world.run(40);
    expect(world.state.routes.get("web")).toMatchObject({ shareBp: 2_500, shift: null, observedBp: null });
    expect(world.state.step).toBe(0);
    expect(refusalOf(world.state, "promote")).toBe("not_verified");
    world.act("skipStep");
    await world.run(3);
    expect(world.state.step).toBe(1);
  });

  test("an answer that was lost is looked up and not sent again; a request that was lost is sent again", async () => {
    for (const fault of ["lostAnswer", "lostRequest"] as const) {
      const world = rig();
      world.mesh.fault = fault;
      await world.run(1);
      world.mesh.fault = "none";
      await world.run();
      expect(world.mesh.writes, fault).toBe(1);
      expect(world.mesh.shareBp, fault).toBe(2_500);
    }
  });

  test("goes on after a restart at any entry of the log, with one write a step", async () => {
    const whole = rig();
    await whole.run();
    for (let size = 1; size <= whole.events.length; size++) {
      const world = rig();
      await world.run(1);
      world.events.length = Math.min(size, world.events.length);
      world.restart();
      await world.run();
      expect(world.mesh.writes, `after ${size} entries`).toBe(1);
      expect(world.state.routes.get("web")?.shift).toBe("verified");
    }
  });

  test("somebody else's write in between is a conflict or is noticed, and is not overwritten", async () => {
    const world = rig();
    await world.run();
    const splits = withMember(withMember(world.mesh.entry, ["Splits", 0, "Weight"], 50), ["Splits", 1, "Weight"], 50);
    world.mesh.entry = { ...objectOf(splits), ModifyIndex: 99 };
    await world.run(3);
    expect(world.state.routes.get("web")?.foreign).toMatchObject({ canaryBp: 5_000 });
    expect(world.mesh.shareBp).toBe(5_000);
    world.act("abort");
    await world.run();
    expect(world.mesh.shareBp).toBe(0);
  });

  test("somebody else's write is noticed in a timed pause and during an analysis as well", async () => {
    for (const step of [{ kind: "pause", forMs: 3_600_000 } as const, { kind: "analysis", leastMs: 0 } as const]) {
      const world = rig(new FakeMesh(), {
        ...DEFINITION,
        steps: [...DEFINITION.steps.slice(0, 1), step, ...DEFINITION.steps.slice(2)],
      });
      await world.run(8);
      expect(world.state.step, step.kind).toBe(1);
      const split = withMember(withMember(world.mesh.entry, ["Splits", 0, "Weight"], 50), ["Splits", 1, "Weight"], 50);
      world.mesh.entry = { ...objectOf(split), ModifyIndex: 99 };
      await world.run(3);
      expect(world.state.routes.get("web")?.foreign, step.kind).toMatchObject({ canaryBp: 5_000 });
    }
  });

  test.each([
    ["invalid", "invalid"],
    ["forbidden", "forbidden"],
    ["down", "unavailable"],
  ] as const)("a write that is %s waits for a person", async (fault, code) => {
    const world = rig();
    world.mesh.fault = fault;
    await world.run(10);
    expect(world.state.routes.get("web")?.refused?.code).toBe(code);
    expect(world.mesh.writes).toBe(0);
    world.mesh.fault = "none";
    world.act("retry");
    await world.run();
    expect(world.mesh.shareBp).toBe(2_500);
  });

  test("a canary without ready endpoints gets no weight, but is taken back", async () => {
    const world = rig();
    const pods: BackendFacts["pods"] = [];
    world.mesh.facts = [
      { id: "web/v1", readyEndpoints: 3, exists: true, pods },
      { id: "web/v2", readyEndpoints: 0, exists: true, pods },
    ];
    await world.run(5);
    expect(world.state.routes.get("web")?.refused?.code).toBe("no_ready_endpoint");
    world.act("rollback");
    await world.run();
    expect(world.mesh.shareBp).toBe(0);
  });

  test("without an audit nothing is promoted, and a rollback is done all the same", async () => {
    const world = rig();
    world.audited.works = false;
    await world.run(5);
    expect(world.state.routes.get("web")?.refused?.code).toBe("audit_unavailable");
    expect(world.mesh.writes).toBe(0);
    world.act("rollback");
    await world.run();
    expect(world.mesh.writes).toBe(1);
    expect(world.mesh.shareBp).toBe(0);
  });

  test("a rollback goes on trying while the control plane is down", async () => {
    const world = rig();
    await world.run();
    world.mesh.fault = "down";
    world.act("abort");
    await world.run(10);
    expect(world.state.phase).toBe("rollingBack");
    world.mesh.fault = "none";
    await world.run();
    expect(world.state.phase).toBe("rolledBack");
  });
});
