/**
 * What every driver of a traffic split promises, as cases that run against any API. Each takes a bench and throws where the
 * promise is broken. `offers` names what the bench can do beyond the least; run them all:
 *
 *     for (const { name, run } of driverContract(["reader", "dangling"])) test(name, () => withBench(open, run));
 */
import { deepEqual, equal, match, notEqual, ok as truthy } from "node:assert/strict";
import { CAPABILITIES } from "../../lib/control/traffic/contract.ts";
import { type ShiftState, verifyShift } from "../../lib/control/traffic/verify.ts";
import {
  benchIntent,
  canaryShareBp,
  changedMembers,
  type DriverCase,
  isWritten,
  kinds,
  planBench,
  planned,
  readBench,
  unchanged,
} from "./driver-bench.ts";
import { OFFERED, type Offer } from "./driver-contract-offers.ts";

const ROUND_TRIP: readonly DriverCase[] = [
  {
    name: "a round trip changes the weights that were planned and keeps every other member",
    async run(bench) {
      const raw = await bench.raw();
      const { plan, intentId, before } = await planned(bench, 2_500);
      const result = await bench.traffic.apply(plan, intentId);
      equal(result.kind, "applied", JSON.stringify(result));
      const wanted = new Set(plan.changes.map(({ path }) => path));
      const changed = changedMembers(raw, await bench.raw()).filter((path) => !bench.ownMembers.test(path));
      deepEqual(new Set(changed), wanted);
      const after = await readBench(bench);
      equal(canaryShareBp(after, bench.split), 2_500);
      notEqual(after.revision, before.revision);
      if (result.kind === "applied") equal(result.after.revision, after.revision);
      equal(bench.proxy.passedWrites, 1);
    },
  },
  {
    name: "a share that no whole percent holds comes out within one step",
    async run(bench) {
      const { stepBp } = CAPABILITIES[bench.split.target.driver];
      for (const canaryBp of [3_333, 1, 9_999].map((bp) => Math.max(stepBp, Math.floor(bp / stepBp) * stepBp))) {
        const { plan, intentId } = await planned(bench, canaryBp);
        equal((await bench.traffic.apply(plan, intentId)).kind, "applied");
        truthy(Math.abs(canaryShareBp(await readBench(bench), bench.split) - canaryBp) <= stepBp);
      }
    },
  },
  {
    name: "the split is among those that are listed",
    async run({ traffic, split }) {
      const list = await traffic.list();
      if (!list.ok) throw new Error(list.error.message);
      truthy(list.value.some((target) => JSON.stringify(target) === JSON.stringify(split.target)));
    },
  },
  {
    name: "what is not there is not found",
    async run({ traffic, split }) {
      const read = await traffic.read({ ...split.target, name: `${split.target.name}x` });
      equal(read.ok ? "found" : read.error.code, "not_found");
    },
  },
];

const RACES: readonly DriverCase[] = [
  {
    name: "a stale revision is a conflict that writes nothing and tells what is there",
    async run(bench) {
      const { plan, intentId } = await planned(bench, 2_500);
      await bench.foreignWrite(40);
      const raw = await bench.raw();
      const result = await bench.traffic.apply(plan, intentId);
      equal(result.kind, "conflict", JSON.stringify(result));
      if (result.kind === "conflict") equal(canaryShareBp(result.current, bench.split), 4_000);
      await unchanged(bench, raw);
    },
  },
  {
    name: "of 50 at once from one revision exactly one is applied",
    async run(bench) {
      const before = await readBench(bench);
      const tries = Array.from({ length: 50 }, () => benchIntent());
      const results = await Promise.all(
        tries.map((intentId) => bench.traffic.apply(planBench(before, bench.split, 2_500, intentId), intentId)),
      );
      deepEqual(kinds(results), { applied: 1, conflict: 49 });
      equal(canaryShareBp(await readBench(bench), bench.split), 2_500);
    },
  },
  {
    name: "the same intent ten times is one change",
    async run(bench) {
      const { plan, intentId } = await planned(bench, 2_500);
      equal((await bench.traffic.apply(plan, intentId)).kind, "applied");
      const raw = await bench.raw();
      for (let i = 0; i < 9; i++) equal((await bench.traffic.apply(plan, intentId)).kind, "noop");
      await unchanged(bench, raw);
    },
  },
  {
    name: "from any state the way back to the stable version is one write",
    async run(bench) {
      for (const percent of [10, 1, 50, 99, 100]) {
        if (percent !== 10) await bench.foreignWrite(percent);
        const { plan, intentId } = await planned(bench, 0);
        equal((await bench.traffic.apply(plan, intentId)).kind, "applied", `from ${percent} %`);
        equal(canaryShareBp(await readBench(bench), bench.split), 0);
      }
    },
  },
];

const FAULTS: readonly DriverCase[] = [
  {
    name: "an answer that is lost is unknown, and another look finds the write",
    async run(bench) {
      const { plan, intentId } = await planned(bench, 2_500);
      await bench.proxy.set("loseAnswer");
      deepEqual(await bench.traffic.apply(plan, intentId), { kind: "unknown", intentId });
      await bench.proxy.set("none");
      equal(bench.proxy.passedWrites, 1);
      equal(await isWritten(bench, intentId, 2_500), true);
      equal((await bench.traffic.apply(plan, intentId)).kind, "noop");
    },
  },
  {
    name: "a request that is lost is unknown, and another look finds no write",
    async run(bench) {
      const raw = await bench.raw();
      const { plan, intentId } = await planned(bench, 2_500);
      await bench.proxy.set("loseRequest");
      deepEqual(await bench.traffic.apply(plan, intentId), { kind: "unknown", intentId });
      await bench.proxy.set("none");
      equal(await isWritten(bench, intentId, 2_500), false);
      await unchanged(bench, raw);
      equal((await bench.traffic.apply(plan, intentId)).kind, "applied");
    },
  },
  {
    name: "an API that hangs is unknown to a write and unavailable to a read",
    async run(bench) {
      const { plan, intentId } = await planned(bench, 2_500);
      await bench.proxy.set("hang");
      const hasty = bench.hasty ?? bench.traffic;
      // Where nothing can be compared at the write, the route is read before it: nothing was sent.
      const isCompared = CAPABILITIES[bench.split.target.driver].compareAndSet === "strong";
      equal((await hasty.apply(plan, intentId)).kind, isCompared ? "unknown" : "unavailable");
      const read = await hasty.read(bench.split.target);
      equal(read.ok ? "read" : read.error.code, "unavailable");
      await bench.proxy.set("none");
    },
  },
  ...(["refuse", "fail"] as const).map(
    (fault): DriverCase => ({
      name:
        fault === "refuse"
          ? "an API that is down is unavailable, and works again after"
          : "a failing API is unavailable",
      async run(bench) {
        const raw = await bench.raw();
        const { plan, intentId } = await planned(bench, 2_500);
        await bench.proxy.set(fault);
        const read = await bench.traffic.read(bench.split.target);
        equal(read.ok ? "read" : read.error.code, "unavailable");
        equal((await bench.traffic.apply(plan, intentId)).kind, "unavailable");
        truthy(bench.traffic.breakGlass(plan).includes(bench.split.target.name.split("/")[0] ?? "?"));
        await bench.proxy.set("none");
        await unchanged(bench, raw);
        equal((await bench.traffic.apply(plan, intentId)).kind, "applied");
      },
    }),
  ),
];

const REFUSALS: readonly DriverCase[] = [
  {
    name: "what the API finds invalid is told in its words, and nothing is written",
    async run(bench) {
      truthy(bench.invalid.length > 0, "the bench has no invalid request");
      const raw = await bench.raw();
      for (const { name, plan: broken, says } of bench.invalid) {
        const { plan, intentId } = await planned(bench, 2_500);
        const result = await bench.traffic.apply(broken(plan), intentId);
        equal(result.kind, "invalid", `${name}: ${JSON.stringify(result)}`);
        if (result.kind === "invalid") match(result.message, says);
        const dry = await bench.traffic.dryRun(broken(plan));
        const isDry = CAPABILITIES[bench.split.target.driver].dryRun;
        equal(dry === undefined, !isDry);
        if (dry !== undefined) deepEqual(dry.ok ? "valid" : dry.error.code, "invalid", name);
      }
      await unchanged(bench, raw);
    },
  },
  {
    name: "a dry run of what is valid writes nothing",
    async run(bench) {
      const raw = await bench.raw();
      const { plan } = await planned(bench, 2_500);
      const dry = await bench.traffic.dryRun(plan);
      if (dry !== undefined) deepEqual(dry.ok, true, JSON.stringify(dry));
      await unchanged(bench, raw);
    },
  },
];

const SHARES: readonly { readonly state: ShiftState; readonly canary: readonly [old: number, now: number] }[] = [
  { state: "stalled", canary: [500, 500] },
  { state: "verified", canary: [1_250, 1_250] },
  { state: "partial", canary: [1_250, 500] },
];

const PROOF: readonly DriverCase[] = [
  {
    name: "a write is proved by counters alone: stalled at the old share, verified at the new, partial, or no traffic",
    async run(bench) {
      const { plan, intentId } = await planned(bench, 2_500);
      equal((await bench.traffic.apply(plan, intentId)).kind, "applied");
      const change = plan.changes.find(({ backend }) => backend === bench.split.canary);
      if (change === undefined) throw new Error("the plan changes nothing of the canary");
      const shift = {
        oldShare: change.fromBp / 10_000,
        newShare: change.toBp / 10_000,
        elapsedMs: 90_000,
        graceMs: 30_000,
      };
      for (const { state, canary } of SHARES) {
        const callers = canary.map((canaryRequests, i) => ({ caller: `caller-${i}`, requests: 5_000, canaryRequests }));
        equal(verifyShift({ ...shift, callers }).state, state);
      }
      equal(verifyShift({ ...shift, callers: [] }).state, "noTraffic");
    },
  },
];

/** The cases, those of `offers` among them. */
export function driverContract(offers: readonly Offer[]): readonly DriverCase[] {
  return [...ROUND_TRIP, ...RACES, ...FAULTS, ...REFUSALS, ...PROOF, ...offers.flatMap((offer) => OFFERED[offer])];
}
