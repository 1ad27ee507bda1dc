/**
 * A weight is promoted at the control plane of a real collector, carried to real Envoys or held back, and what the API says
 * of the shift is what the Envoys' own counters prove: from the click to the proof, with nothing made up in between.
 */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditListSchema } from "../../../lib/query/schema/audit.ts";
import { type RolloutDetail, rolloutDetailSchema } from "../../../lib/query/schema/rollouts.ts";
import { type CollectorProcess, eventually, startCollector } from "../../support/collector-process.ts";
import { inTime } from "../../support/in-time.ts";
import { type ConsulConfig, startConsulConfig } from "./consul-config.ts";
import { CALLERS, type Caller, type SplitEstate, startSplitEstate } from "./estate.ts";

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

const detail = (): Promise<RolloutDetail> => collector.json("/api/v1/rollouts/web-v2", rolloutDetailSchema);

async function post(path: string, body: unknown): Promise<number> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${collector.api}/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  if (answer.status >= 400 && answer.status !== 503)
    throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.status;
}

async function promote(): Promise<void> {
  const { revision } = await detail();
  const act = { action: "promote", expectedRevision: revision, intentId: randomUUID(), reason: "the counters say so" };
  // 503: a busy machine had no time for a look at Consul, and nothing was done.
  const { answer } = await inTime(
    () => post("/rollouts/web-v2/actions", act),
    (status) => status === 503,
  );
  expect(answer).toBe(202);
}

const carry = async (real: SplitEstate, callers: readonly Caller[]): Promise<void> => {
  for (const caller of callers) await real.load(caller, await consul.storedBp());
};

/** Waits until the write has arrived at the control plane. */
const stored = (bp: number) => eventually(async () => expect(await consul.storedBp()).toBe(bp));

/** The rollout once its route's shift is this; whatever is said on the way there must not be `never`. */
async function shiftIs(wanted: string, never: readonly string[] = []): Promise<RolloutDetail> {
  return eventually(async () => {
    const seen = await detail();
    const shift = seen.routes[0]?.shift ?? "none";
    if (never.includes(shift)) throw new Error(`said ${shift} before ${wanted}`);
    expect(shift).toBe(wanted);
    return seen;
  }, 25_000);
}

/** How far the callers' share is from the wish, in the band that a verified share is within: of what was sent by then. */
function offBy(seen: RolloutDetail, share: number): number {
  const callers = seen.routes[0]?.callers ?? [];
  const requests = callers.reduce((sum, one) => sum + one.requests, 0);
  const canary = callers.reduce((sum, one) => sum + one.requests * (one.share ?? 0), 0);
  return Math.abs(canary / requests - share) / (3 * Math.sqrt((share * (1 - share)) / requests) + 0.006);
}

const callersOf = (seen: RolloutDetail): Record<string, string> =>
  Object.fromEntries((seen.routes[0]?.callers ?? []).map(({ caller, state }) => [caller, state]));

test("stored and not loaded is stalled; loaded is verified; in one proxy only, partial; without traffic, none", async (context) => {
  if (estate === undefined) return context.skip(skip);
  const real = estate;
  await real.traffic(true);
  const route = { id: "web", driver: "consul", cluster: "dc1", namespace: "default", object: "web", rule: "web" };
  const started = {
    ...{ id: "web-v2", name: "web v2", service: "web" },
    routes: [{ ...route, stable: "web/v1", canary: "web/v2" }],
    steps: [{ weight: 0.25 }, { pause: "manual" }, { weight: 0.5 }, { pause: "manual" }, { weight: 1 }],
  };
  await post("/rollouts", started);
  await stored(2_500);
  const stalled = await shiftIs("stalled", ["verified"]);
  expect(stalled.routes[0]).toMatchObject({ observed: 0, desired: 0.25, counted: true });
  expect(callersOf(stalled)).toEqual({ a: "stays", b: "stays" });
  expect(stalled.state).toBe("running");
  expect(real.answered.a.v2 + real.answered.b.v2).toBe(0);

  await carry(real, CALLERS);
  const verified = await shiftIs("verified", ["noTraffic"]);
  expect(offBy(verified, 0.25)).toBeLessThan(1);
  expect(callersOf(verified)).toEqual({ a: "follows", b: "follows" });
  await eventually(async () => expect(await detail()).toMatchObject({ state: "waiting", waitingFor: "promotion" }));

  await promote();
  await stored(5_000);
  await carry(real, ["a"]);
  const partial = await shiftIs("partial", ["verified"]);
  expect(callersOf(partial)).toEqual({ a: "follows", b: "stays" });

  await carry(real, ["b"]);
  // Another process with its counters at zero is no step back, and nothing of it is counted twice.
  await real.restart("a");
  await shiftIs("verified");
  await eventually(async () => expect((await detail()).state).toBe("waiting"));

  // What was counted outlives a process that is killed.
  const before = (await detail()).splits?.[0];
  collector.child.kill("SIGKILL");
  collector = await startCollector(settings(real));
  await eventually(async () => {
    const after = (await detail()).splits?.[0];
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
  await eventually(async () => expect((await detail()).state).toBe("promoted"));
  const { audit } = await collector.json("/api/v1/audit", auditListSchema);
  const writes = audit.filter(({ action }) => action === "write");
  expect(writes.map(({ outcome }) => outcome)).toEqual(["applied", "applied", "applied"]);
  const metrics = await (await fetch(`${collector.api}/metrics`)).text();
  expect(metrics).toMatch(/meshscope_route_canary_weight_ratio\{[^}]*canary="web\/v2"[^}]*\} 1\n/);
  expect(metrics).toMatch(/meshscope_route_canary_observed_ratio\{[^}]*canary="web\/v2"[^}]*\} 0?\.?\d+/);
}, 120_000);
