/**
 * What a rollout makes of counters as proxies print them, through the real reader, fold and route counters: a caller that
 * does not follow, readings that stop, targets whose clocks are wrong. A second of the test is a second of the estate.
 */
import { expect, test } from "vitest";
import type { Definition, Step } from "../lib/control/rollout/definition.ts";
import type { RolloutAction, RolloutEvent } from "../lib/control/rollout/events.ts";
import { eventsOf, refusalOf } from "../lib/control/rollout/machine.ts";
import { replay } from "../lib/control/rollout/state.ts";
import { DEFINITION, FakeMesh } from "./control/fake-mesh.ts";
import { RolloutRunner } from "./control/rollout-runner.ts";
import { CountersRig, INTERVAL_MS, routeRef, T0 } from "./route-counters-rig.ts";
import { silentLog } from "./telemetry/log.ts";

const ROUTE = routeRef("istio", "web/v1", "web/v2");
const PER_SEC = 40;
const OLD_SHARE = 0.1;
/** Of the canary's requests where it is a bad one, and of the stable version's. */
const [BAD_CANARY, BAD_STABLE] = [0.5, 0.1];
const MINUTE = 60_000;
/** A runner that waits looks again so soon. */
const LOOK_MS = 10_000;

type Version = "v1" | "v2";
interface Count {
  requests: number;
  failures: number;
}

class Caller {
  /** Its proxy keeps the weights that it had. */
  isFrozen = false;
  readonly sent: Record<Version, Count> = { v1: { requests: 0, failures: 0 }, v2: { requests: 0, failures: 0 } };
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  /** A second of traffic. */
  send(share: number, badCanary: number): void {
    const toCanary = PER_SEC * (this.isFrozen ? OLD_SHARE : share);
    this.sent.v2.requests += toCanary;
    this.sent.v2.failures += toCanary * badCanary;
    this.sent.v1.requests += PER_SEC - toCanary;
    this.sent.v1.failures += (PER_SEC - toCanary) * BAD_STABLE;
  }
}

interface Lane {
  readonly reporter: "source" | "destination";
  readonly caller: string;
  readonly version: Version;
  readonly count: Count;
  readonly times?: number;
}

/** `stamp`: what the target's own clock says, ms; null: it prints no times. */
function lines({ reporter, caller, version, count, times = 1 }: Lane, stamp: number | null): readonly string[] {
  const labels = [
    `reporter="${reporter}",source_workload="${caller}",source_workload_namespace="shop"`,
    `source_canonical_service="${caller}",destination_workload="web-${version}",destination_workload_namespace="shop"`,
    `destination_canonical_service="web",destination_canonical_revision="${version}"`,
    'destination_service="web.shop.svc.cluster.local",destination_service_name="web"',
    'destination_service_namespace="shop",request_protocol="http",response_flags="-"',
  ].join();
  const end = stamp === null ? "" : ` ${stamp}`;
  return [
    `istio_requests_total{${labels},response_code="200"} ${times * (count.requests - count.failures)}${end}`,
    `istio_requests_total{${labels},response_code="503"} ${times * count.failures}${end}`,
  ];
}

const BACKENDS = [
  { id: "web/v1", pods: ["a", "b"].map((name) => ({ name: `web-v1-${name}`, version: "v1", ready: true })) },
  { id: "web/v2", pods: [{ name: "web-v2-a", version: "v2", ready: true }] },
];

class Estate {
  readonly mesh = new FakeMesh();
  readonly front = new Caller("front");
  readonly cart = new Caller("cart");
  readonly events: RolloutEvent[] = [];
  badCanary = BAD_STABLE;
  isRead = true;
  /** How far the targets' clocks are off, ms; null: they print no times. */
  skewMs: number | null = null;
  readonly rig: CountersRig;
  readonly runner: RolloutRunner;
  private dueMs = T0;

  private constructor(rig: CountersRig, definition: Definition) {
    this.rig = rig;
    this.events.push({ type: "started", atMs: T0, definition, sharesBp: { web: 1_000 } });
    const state = replay(this.events);
    if (state === null) throw new Error("no start");
    this.runner = new RolloutRunner(state, {
      ...{ api: () => this.mesh, counters: rig.counters, clock: { nowMs: () => rig.nowMs }, log: silentLog },
      audit: async () => true,
      append: async (event) => void this.events.push(event),
    });
  }

  static async open(steps: readonly Step[], more: Partial<Definition> = {}): Promise<Estate> {
    const rig = await CountersRig.open("istio", undefined, BACKENDS);
    const estate = new Estate(rig, { ...DEFINITION, routes: [ROUTE], steps, ...more });
    await rig.counters.tick();
    return estate;
  }

  get route() {
    return this.runner.state.routes.get("web");
  }

  /** Each state of the counters' proof that was noted, in order. */
  get shifts(): readonly string[] {
    return this.events.flatMap((event) => (event.type === "shiftSeen" ? [event.state] : []));
  }

  get verdicts(): readonly string[] {
    return this.events.flatMap((event) => (event.type === "judged" ? [event.verdict] : []));
  }

  act(action: RolloutAction): void {
    const act = { action, actor: "ann", reason: "because", intentId: `click-${this.events.length}` };
    for (const event of eventsOf({ type: "acted", atMs: this.rig.nowMs, act })) {
      this.events.push(event);
      this.runner.took(event);
    }
    this.dueMs = this.rig.nowMs;
  }

  private read(): void {
    const { nowMs } = this.rig;
    const stamp = this.skewMs === null ? null : nowMs + this.skewMs;
    const scrape = (pod: string, lanes: readonly Lane[]): void => {
      const body = ["# TYPE istio_requests_total counter", ...lanes.flatMap((lane) => lines(lane, stamp))];
      this.rig.scrape(JSON.stringify(["c1", "shop", pod]), nowMs, body.join("\n"));
    };
    for (const { name, sent } of [this.front, this.cart]) {
      const lane = (version: Version): Lane => ({ reporter: "source", caller: name, version, count: sent[version] });
      scrape(`${name}-1`, [lane("v1"), lane("v2")]);
    }
    const from = (version: Version, times: number): readonly Lane[] =>
      [this.front, this.cart].map(({ name, sent }) => ({
        ...{ reporter: "destination", caller: name, version, count: sent[version], times },
      }));
    for (const pod of ["web-v1-a", "web-v1-b"]) scrape(pod, from("v1", 0.5));
    scrape("web-v2-a", from("v2", 1));
  }

  /** The estate sends, is read where it is, and the rollout goes on. */
  async run(lastsMs: number): Promise<void> {
    const endMs = this.rig.nowMs + lastsMs;
    while (this.rig.nowMs < endMs) {
      while (this.dueMs <= this.rig.nowMs) {
        const restMs = await this.runner.step();
        const laterMs = restMs === 0 ? 0 : LOOK_MS;
        this.dueMs = restMs === null ? Number.POSITIVE_INFINITY : this.dueMs + laterMs;
      }
      this.rig.nowMs += 1_000;
      for (const caller of [this.front, this.cart]) caller.send(this.mesh.shareBp / 10_000, this.badCanary);
      if (this.isRead && (this.rig.nowMs - T0) % INTERVAL_MS === 0) this.read();
    }
  }
}

const GATED: readonly Step[] = [
  { kind: "pause", forMs: MINUTE },
  { kind: "weight", canaryBp: 5_000 },
  { kind: "analysis", leastMs: MINUTE },
  { kind: "weight", canaryBp: 10_000 },
];

test("a caller whose proxy keeps the old weights makes it partial: named, held, and not judged before it follows", async () => {
  const estate = await Estate.open(GATED, { judge: "automatic" });
  estate.front.isFrozen = true;
  // It would be failed at once by a judge that is asked.
  estate.badCanary = BAD_CANARY;
  await estate.run(15 * MINUTE);
  expect(estate.route?.shift).toBe("partial");
  const callers = estate.runner.verdicts.get("web")?.callers.map(({ caller, state }) => [caller, state] as const);
  expect(new Map(callers)).toEqual(
    new Map([
      ["front", "stays"],
      ["cart", "follows"],
    ]),
  );
  expect([estate.runner.state.phase, estate.runner.state.step, estate.mesh.shareBp]).toEqual(["running", 1, 5_000]);
  expect(refusalOf(estate.runner.state, "promote")).toBe("not_verified");
  expect(estate.verdicts).toEqual([]);
  estate.front.isFrozen = false;
  await estate.run(5 * MINUTE);
  expect(estate.shifts).toContain("verified");
  // Proved, it is judged, and the judge takes it back.
  await estate.run(15 * MINUTE);
  expect(estate.verdicts).toContain("fail");
  expect([estate.runner.state.phase, estate.mesh.shareBp]).toEqual(["rolledBack", 0]);
});

test("readings that stop after a write prove nothing: neither moved nor stalled, and it goes on when they come again", async () => {
  const estate = await Estate.open(GATED);
  await estate.run(MINUTE);
  expect(estate.mesh.shareBp).toBe(1_000);
  estate.isRead = false;
  await estate.run(10 * MINUTE);
  expect(estate.mesh.shareBp).toBe(5_000);
  expect(estate.runner.state.step).toBe(1);
  for (const wrong of ["verified", "stalled", "partial"]) expect(estate.shifts).not.toContain(wrong);
  expect(refusalOf(estate.runner.state, "promote")).toBe("not_verified");
  estate.isRead = true;
  await estate.run(5 * MINUTE);
  expect(estate.route?.shift).toBe("verified");
  expect(estate.runner.state.step).toBe(2);
});

test.each([
  ["healthy", BAD_STABLE],
  ["bad", BAD_CANARY],
])(
  "readings that stop during the judgement of a %s canary are no data: they hold, whatever was counted before",
  async (_, bad) => {
    const estate = await Estate.open(GATED, { judge: "automatic" });
    await estate.run(MINUTE);
    while (estate.runner.state.step < 2) await estate.run(10_000);
    estate.isRead = false;
    estate.badCanary = bad;
    await estate.run(10 * MINUTE);
    expect(estate.runner.state).toMatchObject({ phase: "running", step: 2, verdict: "noData" });
    for (const wrong of ["fail", "pass"]) expect(estate.verdicts).not.toContain(wrong);
    // The counters come again, ten minutes ahead: what lies between is a gap, and what follows is judged.
    estate.isRead = true;
    await estate.run(20 * MINUTE);
    const isBad = bad === BAD_CANARY;
    expect(estate.verdicts.at(-1)).toBe(isBad ? "fail" : "pass");
    expect(estate.runner.state.phase).toBe(isBad ? "rolledBack" : "promoted");
  },
);

test("targets whose clocks are a day off, either way, are counted as those whose clocks are right", async () => {
  const told = async (skewMs: number | null) => {
    const estate = await Estate.open(GATED);
    estate.skewMs = skewMs;
    await estate.run(4 * MINUTE);
    const at = estate.events.flatMap((event) => (event.type === "shiftSeen" ? [[event.state, event.atMs - T0]] : []));
    return { at, callers: estate.rig.counters.callers(ROUTE, T0 + 2 * MINUTE) };
  };
  const right = await told(0);
  expect(right.at.map(([state]) => state)).toContain("verified");
  expect(right.callers.map(({ canaryRequests, requests }) => canaryRequests / requests)).toEqual([0.5, 0.5]);
  for (const skewMs of [-86_400_000, 86_400_000, null]) expect(await told(skewMs), `${skewMs} ms`).toEqual(right);
});
