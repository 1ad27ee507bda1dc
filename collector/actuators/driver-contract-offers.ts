/** Cases of the drivers' contract that need something of the bench: rights, owners, pods, a watch, a shell. */
import { deepEqual, equal, ok as truthy } from "node:assert/strict";
import type { TargetRef } from "../../lib/control/traffic/contract.ts";
import { canaryShareBp, type DriverBench, type DriverCase, planned, readBench, unchanged } from "./driver-bench.ts";
import type { BackendFacts } from "./traffic-api.ts";

/** What a bench may offer beyond the least. */
export type Offer = "reader" | "dangling" | "endpoints" | "owned" | "watch" | "byHand";

function offered<T>(part: T | undefined, name: Offer): T {
  if (part === undefined) throw new Error(`the bench offers no ${name}`);
  return part;
}

async function factOf({ traffic, split }: DriverBench, at = split): Promise<BackendFacts> {
  const read = await traffic.read(at.target);
  if (!read.ok) throw new Error(read.error.message);
  const facts = await traffic.backends(read.value, at.routeKey);
  if (!facts.ok) throw new Error(facts.error.message);
  const fact = facts.value.find(({ id }) => id === at.canary);
  if (fact === undefined) throw new Error(`no facts of ${at.canary}: ${JSON.stringify(facts.value)}`);
  return fact;
}

/** Resolves once `holds`, asked every 20 ms; throws after 10 s. */
async function until(holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${what} did not come within 10 s`);
}

const READER: DriverCase = {
  name: "without the right to write it is forbidden, in the API's words, and reading works",
  async run(bench) {
    const reader = offered(bench.reader, "reader");
    const raw = await bench.raw();
    const { plan, intentId } = await planned(bench, 2_500);
    equal((await reader.read(bench.split.target)).ok, true);
    const result = await reader.apply(plan, intentId);
    equal(result.kind, "forbidden", JSON.stringify(result));
    if (result.kind === "forbidden") truthy(result.message.length > 0);
    await unchanged(bench, raw);
  },
};

const DANGLING: DriverCase = {
  name: "a backend that the mesh does not know is found before anything is written",
  async run(bench) {
    equal((await factOf(bench, await offered(bench.dangling, "dangling")())).exists, false);
  },
};

const ENDPOINTS: readonly DriverCase[] = [
  {
    name: "ready endpoints are counted, and a backend that lost all of them is found",
    async run(bench) {
      const before = await factOf(bench);
      equal(before.exists, true);
      truthy((before.readyEndpoints ?? 0) > 0, JSON.stringify(before));
      truthy(before.pods.some(({ ready }) => ready));
      await offered(bench.emptyCanary, "endpoints")();
      const after = await factOf(bench);
      equal(after.exists, true);
      equal(after.readyEndpoints, 0, JSON.stringify(after));
    },
  },
];

const OWNED: DriverCase = {
  name: "owners are told from the objects that claim the split, and nobody owns one without evidence",
  async run(bench) {
    const nobody = await bench.traffic.owners(await readBench(bench));
    deepEqual(nobody, { ok: true, value: { writers: [], reverters: [] } });
    for (const { name, make, says } of offered(bench.owned, "owned")) {
      const target = await make();
      const read = await bench.traffic.read(target);
      if (!read.ok) throw new Error(`${name}: ${read.error.message}`);
      const owners = await bench.traffic.owners(read.value);
      if (!owners.ok) throw new Error(`${name}: ${owners.error.message}`);
      says(owners.value);
    }
  },
};

const WATCH: DriverCase = {
  name: "a change is seen at once, also after the API forgot what the watch resumes from",
  async run(bench) {
    const { start, forget } = offered(bench.watch, "watch");
    const seen: TargetRef[] = [];
    const watching = await start((target) => seen.push(target));
    const count = () => seen.filter(({ name }) => name === bench.split.target.name).length;
    try {
      const first = count();
      await bench.foreignWrite(20);
      await until(() => count() > first, "the first change");
      await forget();
      const before = count();
      await bench.foreignWrite(30);
      await until(() => count() > before, "the change after the watch was cut off");
    } finally {
      await watching.stop();
    }
  },
};

const BY_HAND: DriverCase = {
  name: "the command for use by hand makes the same change",
  async run(bench) {
    const { plan } = await planned(bench, 2_500);
    await offered(bench.byHand, "byHand")(bench.traffic.breakGlass(plan));
    equal(canaryShareBp(await readBench(bench), bench.split), 2_500);
  },
};

export const OFFERED: Readonly<Record<Offer, readonly DriverCase[]>> = {
  reader: [READER],
  dangling: [DANGLING],
  endpoints: ENDPOINTS,
  owned: [OWNED],
  watch: [WATCH],
  byHand: [BY_HAND],
};
