import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rng } from "../../base/rng.ts";
import type { Command } from "./command.ts";
import { checkDefinition, type Definition, type RouteRef, type Step } from "./definition.ts";
import type { RolloutAction, RolloutEvent } from "./events.ts";
import { decide, eventsOf, refusalOf } from "./machine.ts";
import { type RolloutState, replay } from "./state.ts";

const route = (id: string): RouteRef => ({
  id,
  target: { driver: "istio", cluster: id, namespace: "shop", name: "reviews" },
  routeKey: "main",
  stable: "reviews/v1",
  canary: "reviews/v2",
});

const STEPS: readonly Step[] = [
  { kind: "weight", canaryBp: 1_000 },
  { kind: "pause", forMs: null },
  { kind: "weight", canaryBp: 5_000 },
  { kind: "pause", forMs: 60_000 },
  { kind: "weight", canaryBp: 10_000 },
];

function definition(more: Partial<Definition> = {}): Definition {
  return {
    ...{ id: "r1", name: "reviews v2", service: "reviews", routes: [route("a"), route("b")], steps: STEPS },
    ...{ rollback: { sharesBp: [], holdMs: 0 }, revertAfterMs: null, judge: "advisory" },
    ...more,
  };
}

/** A mesh and a person, with a log that outlives whoever reads it. */
class World {
  nowMs = 1_000_000;
  readonly log: RolloutEvent[] = [];
  readonly shares = new Map<string, { bp: number; intentId: string | null }>();
  /** Every write that reached the mesh, by intent. */
  readonly writes: string[] = [];
  verdict: "pass" | "fail" | "inconclusive" = "pass";
  follows = true;
  ready = true;
  readonly promoted = new Set<string>();
  readonly rules: string[] = [];

  constructor(def: Definition) {
    for (const { id } of def.routes) this.shares.set(id, { bp: 0, intentId: null });
    this.log.push({ type: "started", atMs: this.nowMs, definition: def, sharesBp: {} });
  }

  get state(): RolloutState {
    const state = replay(this.log);
    if (state === null) throw new Error("the log has no start");
    return state;
  }

  /** One command carried out; `die` is asked before each durable step and stops it there. */
  step(die: () => boolean = () => false): Command | "died" {
    const command = decide(this.state, this.nowMs);
    if (command.kind === "write") {
      const { route: id, canaryBp, intentId, rule } = command;
      const more = rule === undefined ? {} : { rule };
      this.log.push({ type: "writeIntended", atMs: this.nowMs, route: id, intentId, canaryBp, ...more });
      if (die()) return "died";
      this.shares.set(id, { bp: canaryBp, intentId });
      if (rule !== undefined)
        this.rules.push(`${id} ${rule.kind} ${JSON.stringify(rule.kind === "match" ? rule.match : rule.mirrorBp)}`);
      this.writes.push(intentId);
      if (die()) return "died";
      this.acknowledge(id, intentId);
    } else if (command.kind === "lookUp") {
      for (const { route: id, intentId } of command.writes) {
        const at = { atMs: this.nowMs, route: id, intentId };
        if (this.shares.get(id)?.intentId === intentId) this.acknowledge(id, intentId);
        else this.log.push({ type: "writeRefused", ...at, code: "not_written", message: "" });
      }
    } else if (command.kind === "observe") {
      for (const id of command.routes) {
        const state = this.follows ? "verified" : "stalled";
        this.log.push({ type: "shiftSeen", atMs: this.nowMs, route: id, state, observedBp: null });
      }
      this.nowMs += 10_000;
    } else if (command.kind === "judge") {
      this.log.push({ type: "judged", atMs: this.nowMs, verdict: this.verdict });
      this.nowMs += 10_000;
    } else if (command.kind === "note") this.log.push(command.event);
    else if (command.kind === "check") {
      this.log.push({ type: "checked", atMs: this.nowMs, isReady: this.ready, message: "" });
      this.nowMs += 10_000;
    } else if (command.kind === "await") {
      if (command.rollouts.every((id) => this.promoted.has(id))) this.log.push({ type: "freed", atMs: this.nowMs });
      this.nowMs += 10_000;
    } else if (command.untilMs !== null) this.nowMs = Math.max(this.nowMs + 1, command.untilMs);
    return command;
  }

  private acknowledge(id: string, intentId: string): void {
    this.log.push({ type: "writeAcknowledged", atMs: this.nowMs, route: id, intentId, revision: "1" });
  }

  act(action: RolloutAction): void {
    const refusal = refusalOf(this.state, action);
    if (refusal !== undefined) throw new Error(refusal);
    const act = { action, actor: "ann", reason: "because", intentId: `click-${this.log.length}` };
    this.log.push(...eventsOf({ type: "acted", atMs: this.nowMs, act }));
  }

  /** Runs until it waits for a person, is over, or `steps` are done. */
  run(steps = 200): Command {
    for (let i = 0; i < steps; i++) {
      const command = this.step();
      if (command === "died") continue;
      if (command.kind === "wait" && command.untilMs === null) return command;
    }
    return decide(this.state, this.nowMs);
  }

  bp(): readonly (number | undefined)[] {
    return [...this.shares.values()].map(({ bp }) => bp);
  }
}

describe("a rollout", () => {
  test("goes step by step, waits at the gate until somebody promotes, and ends with all of the traffic", () => {
    const world = new World(definition());
    expect(world.run()).toMatchObject({ kind: "wait", for: "promotion", untilMs: null });
    expect(world.bp()).toEqual([1_000, 1_000]);
    world.act("promote");
    expect(world.run()).toMatchObject({ for: "nothing" });
    expect(world.state.phase).toBe("promoted");
    expect(world.bp()).toEqual([10_000, 10_000]);
    expect(new Set(world.writes).size).toBe(world.writes.length);
    expect(world.writes).toHaveLength(6);
  });

  test("does not leave a step whose counters do not follow, and a person may skip it by name alone", () => {
    const world = new World(definition());
    world.follows = false;
    world.run(20);
    expect(world.state.step).toBe(0);
    expect(refusalOf(world.state, "promote")).toBe("not_verified");
    expect(refusalOf(world.state, "promoteFull")).toBe("not_verified");
    world.act("skipStep");
    world.run(3);
    expect(world.state.step).toBe(1);
  });

  test("moves no route on before all have verified", () => {
    const world = new World(definition());
    world.run();
    world.act("promote");
    world.step();
    world.step();
    expect(world.bp()).toEqual([5_000, 1_000]);
    expect(world.state.step).toBe(2);
    world.step();
    expect(world.bp()).toEqual([5_000, 5_000]);
  });

  test("an abort takes every route back at once, whatever the counters say", () => {
    const world = new World(definition());
    world.run();
    world.follows = false;
    world.act("abort");
    world.run();
    expect(world.state).toMatchObject({ phase: "rolledBack", why: "abort" });
    expect(world.bp()).toEqual([0, 0]);
  });

  test("a gradual rollback holds each share, and ends at none", () => {
    const world = new World(definition({ rollback: { sharesBp: [500], holdMs: 30_000 } }));
    world.run();
    world.act("rollback");
    world.step();
    world.step();
    expect(world.bp()).toEqual([500, 500]);
    const before = world.nowMs;
    world.run();
    expect(world.nowMs - before).toBeGreaterThanOrEqual(30_000);
    expect(world.bp()).toEqual([0, 0]);
  });

  test("left waiting longer than it may, it takes itself back", () => {
    const world = new World(definition({ revertAfterMs: 600_000 }));
    world.run();
    expect(world.state).toMatchObject({ phase: "rolledBack", why: "revert_timer" });
  });

  test("automatic analysis goes on with a pass, takes back a failure and never promotes what is inconclusive", () => {
    const steps: readonly Step[] = [
      { kind: "weight", canaryBp: 1_000 },
      { kind: "analysis", leastMs: 60_000 },
      { kind: "weight", canaryBp: 10_000 },
    ];
    const run = (verdict: World["verdict"], judge: Definition["judge"]) => {
      const world = new World(definition({ steps, judge }));
      world.verdict = verdict;
      world.run();
      return [world.state.phase, world.state.step];
    };
    expect(run("pass", "automatic")).toEqual(["promoted", 2]);
    expect(run("fail", "automatic")).toEqual(["rolledBack", 1]);
    expect(run("inconclusive", "automatic")).toEqual(["running", 1]);
    expect(run("pass", "advisory")).toEqual(["running", 1]);
  });

  test("advisory analysis refuses to promote a failed canary; the step can be skipped by name", () => {
    const steps: readonly Step[] = [
      { kind: "weight", canaryBp: 1_000 },
      { kind: "analysis", leastMs: 0 },
      { kind: "weight", canaryBp: 10_000 },
    ];
    const world = new World(definition({ steps }));
    world.verdict = "fail";
    world.run(20);
    expect(refusalOf(world.state, "promote")).toBe("verdict_failed");
    world.act("skipStep");
    world.run();
    expect(world.state.phase).toBe("promoted");
  });

  test("a refused write waits for somebody to retry, and on the way back is tried again by itself", () => {
    const world = new World(definition());
    const refuse = () => {
      const command = decide(world.state, world.nowMs);
      if (command.kind !== "write") throw new Error(command.kind);
      const { route: id, intentId, canaryBp } = command;
      const outcome = { atMs: world.nowMs, route: id, intentId };
      world.log.push({ type: "writeIntended", ...outcome, canaryBp });
      world.log.push({ type: "writeRefused", ...outcome, code: "conflict", message: "changed by bob" });
      return intentId;
    };
    const first = refuse();
    expect(world.run()).toMatchObject({ kind: "wait", for: "retry", untilMs: null });
    world.act("retry");
    const again = decide(world.state, world.nowMs);
    expect(again).toMatchObject({ kind: "write" });
    expect(again.kind === "write" && again.intentId).not.toBe(first);
    world.run();
    world.act("abort");
    refuse();
    expect(world.run()).toMatchObject({ for: "nothing" });
    expect(world.bp()).toEqual([0, 0]);
  });

  test("somebody else's write stops the rollout until a person decides", () => {
    const world = new World(definition());
    world.run();
    world.log.push({ type: "foreignWrite", atMs: world.nowMs, route: "a", by: "kubectl", canaryBp: 2_500 });
    world.shares.set("a", { bp: 2_500, intentId: null });
    expect(refusalOf(world.state, "promote")).toBe("not_verified");
    expect(world.run()).toMatchObject({ for: "retry" });
    world.act("retry");
    expect(world.run()).toMatchObject({ for: "promotion" });
    expect(world.bp()).toEqual([1_000, 1_000]);
  });

  test("an action is known by its intent, and moves the revision", () => {
    const world = new World(definition());
    world.run();
    const before = world.state.revision;
    world.act("pause");
    expect(world.state.revision).toBe(before + 1);
    expect([...world.state.acts.values()]).toMatchObject([{ action: "pause", actor: "ann", reason: "because" }]);
    expect(refusalOf(world.state, "promote")).toBe("paused");
    world.act("resume");
    expect(refusalOf(world.state, "promote")).toBeUndefined();
  });

  test("another look that shows the same moves no revision", () => {
    const world = new World(definition());
    world.follows = false;
    world.run(10);
    const { revision } = world.state;
    world.run(10);
    expect(world.state.revision).toBe(revision);
  });
});

describe("rules and mirrors of a rollout", () => {
  const match = { header: "x-tester", how: "exact", value: "yes" } as const;
  const STAGED: readonly Step[] = [
    { kind: "match", match },
    { kind: "pause", forMs: null },
    { kind: "mirror", mirrorBp: 5_000, isConfirmed: true },
    { kind: "match", match: null },
    { kind: "weight", canaryBp: 5_000 },
    { kind: "pause", forMs: null },
    { kind: "weight", canaryBp: 10_000 },
  ];

  test("come with their steps, one write each, go when a later step ends them, and at the latest with the last", () => {
    const world = new World(definition({ steps: STAGED, routes: [route("a")] }));
    world.run();
    expect(world.rules).toEqual([`a match ${JSON.stringify(match)}`]);
    expect(world.bp()).toEqual([0]);
    world.act("promote");
    world.run();
    expect(world.rules.slice(1)).toEqual(["a mirror 5000", "a match null"]);
    expect(world.state.routes.get("a")).toMatchObject({ match: null, mirrorBp: 5_000, shareBp: 5_000 });
    world.act("promote");
    world.run();
    expect(world.state.phase).toBe("promoted");
    expect(world.rules.at(-1)).toBe("a mirror 0");
    expect(world.writes).toHaveLength(6);
    expect(new Set(world.writes).size).toBe(6);
  });

  test("are taken away on the way back, after the shares", () => {
    const steps: readonly Step[] = [STAGED[4], STAGED[0], STAGED[2], STAGED[1], STAGED[6]].flatMap((step) =>
      step === undefined ? [] : [step],
    );
    const world = new World(
      definition({ steps, routes: [route("a")], rollback: { sharesBp: [1_000], holdMs: 60_000 } }),
    );
    world.run();
    world.act("rollback");
    const first = world.step();
    expect(first).toMatchObject({ kind: "write", canaryBp: 1_000 });
    world.run();
    expect(world.rules.slice(-2)).toEqual(["a match null", "a mirror 0"]);
    expect(world.state.phase).toBe("rolledBack");
    expect(world.bp()).toEqual([0]);
  });

  test("another rule of a header is put only when the one before is gone", () => {
    const other = { ...match, value: "no" };
    const steps: readonly Step[] = [{ kind: "match", match }, { kind: "match", match: other }, ...STAGED.slice(6)];
    const world = new World(definition({ steps, routes: [route("a")] }));
    world.run();
    const rules = [match, null, other, null].map((one) => `a match ${JSON.stringify(one)}`);
    expect(world.rules).toEqual(rules);
  });
});

describe("blue and green", () => {
  const steps: readonly Step[] = [
    { kind: "check", leastReady: "asStable" },
    { kind: "pause", forMs: null },
    { kind: "weight", canaryBp: 10_000 },
    { kind: "pause", forMs: 600_000 },
  ];

  test("waits until the canary is ready, then for a person, then moves everything at once", () => {
    const world = new World(definition({ steps }));
    world.ready = false;
    world.run(10);
    expect(world.state).toMatchObject({ step: 0, checked: { isReady: false } });
    expect(refusalOf(world.state, "promote")).toBe("not_waiting");
    world.ready = true;
    world.run();
    expect(world.bp()).toEqual([0, 0]);
    world.act("promote");
    world.run(6);
    expect(world.bp()).toEqual([10_000, 10_000]);
  });

  test("goes back with one write a route, while it is held and after it is over", () => {
    for (const isOver of [false, true]) {
      const world = new World(definition({ steps }));
      world.run();
      world.act("promote");
      world.run(isOver ? 200 : 6);
      expect(world.state.phase).toBe(isOver ? "promoted" : "running");
      const before = world.writes.length;
      world.act("rollback");
      world.run();
      expect(world.bp()).toEqual([0, 0]);
      expect(world.writes.length - before).toBe(2);
    }
  });
});

describe("the times of a rollout", () => {
  const PAUSE: readonly Step[] = [
    { kind: "weight", canaryBp: 1_000 },
    { kind: "pause", forMs: 600_000 },
    { kind: "weight", canaryBp: 10_000 },
  ];
  const atPause = () => {
    const world = new World(definition({ steps: PAUSE, routes: [route("a")] }));
    while (world.state.step === 0) world.step();
    return world;
  };

  test("a pause ends exactly when it is over, not a millisecond before, and in another process as well", () => {
    const { state } = atPause();
    const endMs = state.stepMs + 600_000;
    expect(decide(state, endMs - 1)).toEqual({ kind: "wait", for: "time", untilMs: endMs });
    expect(decide(state, endMs)).toEqual({ kind: "note", event: { type: "stepEntered", atMs: endMs, step: 2 } });
    const world = atPause();
    world.nowMs = world.state.stepMs + 7_200_000;
    expect(decide(world.state, world.nowMs).kind, "the process slept through it").toBe("note");
  });

  test("what a person held it for is not counted, and what ran before is", () => {
    const world = atPause();
    const startMs = world.state.stepMs;
    world.nowMs = startMs + 240_000;
    world.act("pause");
    world.nowMs += 3_600_000;
    world.act("resume");
    expect(decide(world.state, world.nowMs)).toMatchObject({ untilMs: world.nowMs + 360_000 });
  });

  test("a clock that is set back makes no step negative and ends no pause early", () => {
    const world = atPause();
    const endMs = world.state.stepMs + 600_000;
    expect(decide(world.state, world.state.stepMs - 3_600_000)).toEqual({ kind: "wait", for: "time", untilMs: endMs });
    world.act("pause");
    world.nowMs -= 60_000;
    world.act("resume");
    expect(decide(world.state, world.nowMs)).toEqual({ kind: "wait", for: "time", untilMs: endMs });
  });

  test("the revert timer ends exactly when it is over", () => {
    const world = new World(definition({ revertAfterMs: 600_000, routes: [route("a")] }));
    while (world.state.step === 0) world.step();
    const endMs = world.state.stepMs + 600_000;
    expect(decide(world.state, endMs - 1)).toMatchObject({ kind: "wait", untilMs: endMs });
    expect(decide(world.state, endMs)).toMatchObject({ event: { type: "rollbackBegan", why: "revert_timer" } });
  });
});

describe("the way back", () => {
  const GRADUAL = { sharesBp: [5_000, 2_500, 500], holdMs: 30_000 };
  const at = (canaryBp: number) => {
    const steps: readonly Step[] = [{ kind: "weight", canaryBp }, { kind: "pause", forMs: null }, ...STEPS.slice(4)];
    const world = new World(definition({ steps, rollback: GRADUAL, routes: [route("a")] }));
    world.run();
    return world;
  };

  test("never gives the canary more than it has, and holds nothing for a share that it is below already", () => {
    const world = at(1_000);
    const seen: (number | undefined)[] = [];
    const startMs = world.nowMs;
    world.act("rollback");
    for (let i = 0; i < 30; i++) {
      world.step();
      if (seen.at(-1) !== world.bp()[0]) seen.push(world.bp()[0]);
    }
    expect(seen).toEqual([1_000, 500, 0]);
    expect(world.nowMs - startMs).toBeLessThan(2 * GRADUAL.holdMs);
    expect(world.state.phase).toBe("rolledBack");
  });

  test("is at once for an abort and for a failed judge, and an abort cuts a gradual one short", () => {
    const world = at(7_500);
    world.act("rollback");
    world.step();
    expect(world.bp()).toEqual([5_000]);
    expect(refusalOf(world.state, "rollback")).toBe("rolling_back");
    const cutMs = world.nowMs;
    world.act("abort");
    expect(refusalOf(world.state, "abort")).toBe("rolling_back");
    world.run();
    expect([world.bp(), world.nowMs - cutMs]).toEqual([[0], 0]);
  });

  test("a route whose write has no outcome yet, and that nobody can ask, keeps no other route from going back", () => {
    const world = new World(definition({ routes: [route("a"), route("b"), route("c")] }));
    world.run();
    world.log.push({ type: "writeIntended", atMs: world.nowMs, route: "a", intentId: "lost", canaryBp: 5_000 });
    world.act("abort");
    for (let i = 0; i < 4; i++) {
      // What cannot be asked stays as it is.
      if (decide(world.state, world.nowMs).kind !== "lookUp") world.step();
    }
    expect(world.bp()).toEqual([1_000, 0, 0]);
    expect(decide(world.state, world.nowMs)).toMatchObject({ kind: "lookUp", writes: [{ route: "a" }] });
    world.run();
    expect(world.bp()).toEqual([0, 0, 0]);
    expect(world.state.phase).toBe("rolledBack");
  });
});

describe("rollouts that wait for others", () => {
  test("write nothing before those are promoted, and their times begin then", () => {
    const world = new World(definition({ after: ["db", "cache"] }));
    world.promoted.add("db");
    world.run(10);
    expect(world.writes).toEqual([]);
    expect(refusalOf(world.state, "promoteFull")).toBe("awaiting_others");
    world.promoted.add("cache");
    world.step();
    expect(world.state.stepMs).toBe(world.nowMs - 10_000);
    world.run();
    expect(world.bp()).toEqual([1_000, 1_000]);
  });

  test("may be let go by name, and rolled back at any time", () => {
    const world = new World(definition({ after: ["db"] }));
    world.run(5);
    world.act("skipStep");
    expect(world.run()).toMatchObject({ for: "promotion" });
    const other = new World(definition({ after: ["db"] }));
    other.act("abort");
    other.run();
    expect([other.state.phase, other.writes]).toEqual(["rolledBack", []]);
  });
});

describe("an approval", () => {
  test("is void once another revision runs behind the canary, until somebody takes that one", () => {
    const world = new World(definition({ routes: [route("a")] }));
    world.run();
    world.log.push({ type: "workloadSeen", atMs: world.nowMs, route: "a", revision: "v2" });
    world.act("promote");
    world.log.push({ type: "workloadChanged", atMs: world.nowMs, route: "a", revision: "v3" });
    expect(world.run()).toMatchObject({ kind: "wait", for: "retry", untilMs: null });
    expect(world.bp()).toEqual([1_000]);
    for (const action of ["promote", "promoteFull", "skipStep"] as const)
      expect(refusalOf(world.state, action)).toBe("workload_changed");
    world.act("retry");
    expect(world.run()).toMatchObject({ for: "promotion" });
    expect(world.state.routes.get("a")).toMatchObject({ workload: "v3", moved: null });
  });
});

describe("a rollout whose process dies anywhere", () => {
  test("ends as it would have, and sends no write twice", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 6 }), (seed, risk) => {
        const random = rng(seed >>> 0);
        const world = new World(definition());
        for (let i = 0; i < 400; i++) {
          const command = world.step(() => random.int(10) < risk);
          if (command === "died" || command.kind !== "wait" || command.untilMs !== null) continue;
          if (command.for === "promotion") world.act("promote");
          else if (command.for === "retry") world.act("retry");
          else break;
        }
        expect(world.state.phase).toBe("promoted");
        expect(world.bp()).toEqual([10_000, 10_000]);
        expect(new Set(world.writes).size).toBe(world.writes.length);
        expect(world.writes).toHaveLength(6);
      }),
      { numRuns: 200 },
    );
  });
});

describe("a definition", () => {
  const codeOf = (more: Partial<Definition>) => {
    const checked = checkDefinition(definition(more));
    return checked.ok ? "fine" : `${checked.error.code} ${checked.error.field}`;
  };

  test("is refused with the field that is wrong", () => {
    const [a] = definition().routes;
    expect(codeOf({})).toBe("fine");
    expect(codeOf({ routes: [] })).toBe("no_routes routes");
    expect(codeOf({ routes: a === undefined ? [] : [a, { ...a, id: "c" }] })).toBe("route_twice routes.1");
    expect(codeOf({ routes: [{ ...route("a"), canary: "reviews/v1" }] })).toBe("same_backend routes.0");
    expect(codeOf({ steps: [] })).toBe("no_steps steps");
    expect(codeOf({ steps: [{ kind: "weight", canaryBp: 10_001 }] })).toBe("weight_range steps.0");
    expect(codeOf({ steps: [...STEPS, { kind: "weight", canaryBp: 5_000 }] })).toBe("weights_fall steps.5");
    expect(codeOf({ steps: STEPS.slice(0, 3) })).toBe("no_end steps");
    expect(codeOf({ steps: [{ kind: "pause", forMs: 0 }, ...STEPS] })).toBe("time_range steps.0");
    const match = { header: "x-tester", how: "exact", value: "yes" } as const;
    expect(codeOf({ steps: [{ kind: "match", match }, ...STEPS] })).toBe("rule_open steps.1");
    expect(codeOf({ steps: [{ kind: "match", match }, ...STEPS.slice(4)] })).toBe("fine");
    expect(codeOf({ steps: [{ kind: "match", match }, { kind: "match", match: null }, ...STEPS] })).toBe("fine");
    expect(codeOf({ steps: [{ kind: "match", match: { ...match, header: "a b" } }, ...STEPS.slice(4)] })).toBe(
      "header_name steps.0",
    );
    const smi = { ...route("a"), target: { ...route("a").target, driver: "trafficSplit" as const } };
    expect(codeOf({ routes: [smi], steps: [{ kind: "match", match }, ...STEPS.slice(4)] })).toBe(
      "not_supported steps.0",
    );
    const mirror = { kind: "mirror", mirrorBp: 100, isConfirmed: true } as const;
    expect(codeOf({ routes: [smi], steps: [mirror, ...STEPS] })).toBe("not_supported steps.0");
    expect(codeOf({ steps: [{ ...mirror, mirrorBp: 10_001 }, ...STEPS] })).toBe("weight_range steps.0");
    expect(codeOf({ steps: [{ kind: "check", leastReady: 0 }, ...STEPS] })).toBe("ready_range steps.0");
    expect(codeOf({ after: ["r1"] })).toBe("after_itself after");
    expect(codeOf({ rollback: { sharesBp: [500, -1], holdMs: 0 } })).toBe("weight_range rollback.sharesBp.1");
  });
});
