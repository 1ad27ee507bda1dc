import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rng } from "../../base/rng.ts";
import { checkDefinition, type Definition, type RouteRef, type Step } from "./definition.ts";
import type { RolloutAction, RolloutEvent } from "./events.ts";
import { type Command, decide, eventsOf, refusalOf } from "./machine.ts";
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
      const { route: id, canaryBp, intentId } = command;
      this.log.push({ type: "writeIntended", atMs: this.nowMs, route: id, intentId, canaryBp });
      if (die()) return "died";
      this.shares.set(id, { bp: canaryBp, intentId });
      this.writes.push(intentId);
      if (die()) return "died";
      this.acknowledge(id, intentId);
    } else if (command.kind === "lookUp") {
      if (this.shares.get(command.route)?.intentId === command.intentId)
        this.acknowledge(command.route, command.intentId);
      else {
        const { route: id, intentId } = command;
        this.log.push({
          type: "writeRefused",
          atMs: this.nowMs,
          route: id,
          intentId,
          code: "not_written",
          message: "",
        });
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
    else if (command.untilMs !== null) this.nowMs = Math.max(this.nowMs + 1, command.untilMs);
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
    expect(codeOf({ rollback: { sharesBp: [500, -1], holdMs: 0 } })).toBe("weight_range rollback.sharesBp.1");
  });
});
