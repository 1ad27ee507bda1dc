/**
 * A weight is promoted at the control plane of a real collector, carried to real Envoys or held back, and what the API says
 * of the shift is what the Envoys' own counters prove: from the click to the proof, with nothing made up in between.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditListSchema } from "../../../lib/query/schema/audit.ts";
import type { RolloutDetail } from "../../../lib/query/schema/rollouts.ts";
import { type CollectorProcess, eventually, startCollector } from "../../support/collector-process.ts";
import { clicksOn, looksOn } from "../kubernetes/clicks.ts";
import type { Subset } from "./bootstrap.ts";
import { type ConsulConfig, startConsulConfig } from "./consul-config.ts";
import { CALLERS, type Caller, type SplitEstate, startSplitEstate } from "./estate.ts";

const ROLLOUT = "web-v2";

let estate: SplitEstate | undefined;
let skip = "";
let consul: ConsulConfig;
let collector: CollectorProcess;
let data: string;

function settings(real: SplitEstate): Record<string, unknown> {
  const targets = CALLERS.map((caller) => ({ url: real.scrapeUrl(caller), labels: { instance: `${caller}-1` } }));
  return {
    data,
    control: { consul: [{ name: "dc1", ...consul.control }], propagation: { consul: "2s" } },
    scrape: [{ name: "sidecars", mesh: "consul", interval: "1s", targets }],
  };
}

beforeAll(async () => {
  const started = await startSplitEstate(0);
  if ("skip" in started) {
    skip = started.skip;
    return;
  }
  estate = started;
  data = await mkdtemp(join(tmpdir(), "meshscope-split-data-"));
  consul = await startConsulConfig();
  collector = await startCollector(settings(started));
});

afterAll(async () => {
  await collector?.stop();
  await estate?.stop();
  await consul?.stop();
  if (data !== undefined) await rm(data, { recursive: true, force: true });
});

const detail = looksOn(() => collector);
const click = clicksOn(() => collector);

async function start(definition: Record<string, unknown>): Promise<void> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify(definition);
  const answer = await fetch(`${collector.api}/api/v1/rollouts`, { method: "POST", headers, body });
  expect([answer.status, await answer.text()]).toEqual([201, expect.any(String)]);
}

async function promote(): Promise<void> {
  const { revision } = await detail(ROLLOUT);
  expect(await click(ROLLOUT, "promote", revision)).toMatchObject({ status: 202 });
}

const carry = async (real: SplitEstate, callers: readonly Caller[]): Promise<void> => {
  for (const caller of callers) await real.load(caller, await consul.storedBp());
};

/** Waits until the write has arrived at the control plane. */
const stored = (bp: number) => eventually(async () => expect(await consul.storedBp()).toBe(bp));

/** The rollout once its route's shift is this; whatever is said on the way there must not be `never`. */
async function shiftIs(wanted: string, never: readonly string[] = []): Promise<RolloutDetail> {
  return eventually(async () => {
    const seen = await detail(ROLLOUT);
    const shift = seen.routes[0]?.shift ?? "none";
    if (never.includes(shift)) throw new Error(`said ${shift} before ${wanted}`);
    expect(shift).toBe(wanted);
    return seen;
  }, 25_000);
}

type Sent = Readonly<Record<Caller, Readonly<Record<Subset, number>>>>;

const sentOf = ({ answered: { a, b } }: SplitEstate): Sent => ({ a: { ...a }, b: { ...b } });

/**
 * What is said of each caller's share is what the versions answered to it since `before`, within what two samples of one
 * share differ by (4.5 sigma and 1 %); and nobody is said to have sent more than it did.
 */
function expectTruth(seen: RolloutDetail, real: SplitEstate, before: Sent): void {
  const now = sentOf(real);
  const callers = seen.routes[0]?.callers ?? [];
  expect(callers.map(({ caller }) => caller).sort()).toEqual([...CALLERS]);
  for (const caller of CALLERS) {
    const said = callers.find((one) => one.caller === caller);
    const [v1, v2] = [now[caller].v1 - before[caller].v1, now[caller].v2 - before[caller].v2];
    const share = v2 / (v1 + v2);
    const requests = said?.requests ?? 0;
    const sigma = Math.sqrt(share * (1 - share) * (1 / requests + 1 / (v1 + v2)));
    expect(Math.abs((said?.share ?? Number.NaN) - share), caller).toBeLessThan(4.5 * sigma + 0.01);
    expect(requests, caller).toBeLessThanOrEqual(now[caller].v1 + now[caller].v2);
  }
}

const callersOf = (seen: RolloutDetail): Record<string, string> =>
  Object.fromEntries((seen.routes[0]?.callers ?? []).map(({ caller, state }) => [caller, state]));

test("stored and not loaded is stalled; loaded is verified; in one proxy only, partial; without traffic, none", async (context) => {
  if (estate === undefined) return context.skip(skip);
  const real = estate;
  await real.traffic(true);
  const route = { id: "web", driver: "consul", cluster: "dc1", namespace: "default", object: "web", rule: "web" };
  const started = {
    ...{ id: ROLLOUT, name: "web v2", service: "web" },
    routes: [{ ...route, stable: "web/v1", canary: "web/v2" }],
    steps: [{ weight: 0.25 }, { pause: "manual" }, { weight: 0.5 }, { pause: "manual" }, { weight: 1 }],
  };
  await start(started);
  await stored(2_500);
  const stalled = await shiftIs("stalled", ["verified"]);
  expect(stalled.routes[0]).toMatchObject({ observed: 0, desired: 0.25, counted: true });
  expect(callersOf(stalled)).toEqual({ a: "stays", b: "stays" });
  expect(stalled.state).toBe("running");
  expect(real.answered.a.v2 + real.answered.b.v2).toBe(0);

  await carry(real, CALLERS);
  const atQuarter = sentOf(real);
  const verified = await shiftIs("verified", ["noTraffic"]);
  expectTruth(verified, real, atQuarter);
  expect(callersOf(verified)).toEqual({ a: "follows", b: "follows" });
  await eventually(async () =>
    expect(await detail(ROLLOUT)).toMatchObject({ state: "waiting", waitingFor: "promotion" }),
  );

  await promote();
  await stored(5_000);
  await carry(real, ["a"]);
  const atHalf = sentOf(real);
  const partial = await shiftIs("partial", ["verified"]);
  expectTruth(partial, real, atHalf);
  expect(callersOf(partial)).toEqual({ a: "follows", b: "stays" });

  await carry(real, ["b"]);
  // Another process with its counters at zero is no step back, and nothing of it is counted twice.
  await real.restart("a");
  await shiftIs("verified");
  await eventually(async () => expect((await detail(ROLLOUT)).state).toBe("waiting"));

  // What was counted outlives a process that is killed.
  const before = (await detail(ROLLOUT)).splits?.[0];
  collector.child.kill("SIGKILL");
  collector = await startCollector(settings(real));
  await eventually(async () => {
    const after = (await detail(ROLLOUT)).splits?.[0];
    const requests = (split: typeof after) => (split?.callers ?? []).reduce((sum, one) => sum + one.requests, 0);
    expect(requests(after)).toBeGreaterThan(0.95 * requests(before));
    expect(new Set(after?.desired)).toEqual(new Set([0, 0.25, 0.5].filter((share) => before?.desired.includes(share))));
  });

  await real.traffic(false);
  await promote();
  await stored(10_000);
  await carry(real, CALLERS);
  await shiftIs("noTraffic", ["verified", "stalled", "partial"]);
  await real.traffic(true);
  await shiftIs("verified");
  await eventually(async () => expect((await detail(ROLLOUT)).state).toBe("promoted"));
  const { audit } = await collector.json("/api/v1/audit", auditListSchema);
  const writes = audit.filter(({ action }) => action === "write");
  expect(writes.map(({ outcome }) => outcome)).toEqual(["applied", "applied", "applied"]);
  const metrics = await (await fetch(`${collector.api}/metrics`)).text();
  expect(metrics).toMatch(/meshscope_route_canary_weight_ratio\{[^}]*canary="web\/v2"[^}]*\} 1\n/);
  expect(metrics).toMatch(/meshscope_route_canary_observed_ratio\{[^}]*canary="web\/v2"[^}]*\} 0?\.?\d+/);
}, 120_000);
