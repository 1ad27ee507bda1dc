/**
 * A rollout over HTTP on a Consul that is slow, fails, hangs, forgets who we are or loses what it answered. Everything
 * between a person's click and the entry is real: the API's server, the rollouts with their files, the driver, two hops.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConsulTraffic } from "../../../collector/actuators/consul.ts";
import { type FaultProxy, openFaultProxy, SLOW_MS } from "../../../collector/actuators/fault-proxy.ts";
import { byToken, digestOfToken } from "../../../collector/api/authenticate.ts";
import { rolloutRoutes } from "../../../collector/api/routes/rollouts.ts";
import { apiServer } from "../../../collector/api/server.ts";
import { NO_COUNTERS } from "../../../collector/control/counters.ts";
import { openControl } from "../../../collector/control/open-control.ts";
import { NO_FIGURES } from "../../../collector/control/rollout-figures.ts";
import { silentLog } from "../../../collector/telemetry/log.ts";
import { auditListSchema } from "../../../lib/query/schema/audit.ts";
import { conflictSchema, rolloutDetailSchema } from "../../../lib/query/schema/rollouts.ts";
import { FakeConsul } from "../../support/fake-consul.ts";
import { inTime } from "../../support/in-time.ts";

/** Of one request to Consul; answers of `slow` come before it, or after it where that is what a test is about. */
const DEADLINE_MS = 2 * SLOW_MS;
const DEFINITION = {
  ...{ id: "web-v2", name: "web v2", service: "web" },
  routes: [
    {
      ...{ id: "web", driver: "consul", cluster: "dc1", namespace: "default", object: "web", rule: "web" },
      ...{ stable: "web/v1", canary: "web/v2" },
    },
  ],
  steps: [{ pause: "manual" }, { weight: 0.5 }, { pause: "manual" }, { weight: 1 }],
};
const POLL = { timeout: 60_000, interval: 20 };

let folder = "";
const cleanUps: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "meshscope-rollout-faults-"));
});
afterEach(async () => {
  for (const run of cleanUps.splice(0).reverse()) await run();
  rmSync(folder, { recursive: true });
});

interface Rig {
  readonly consul: FakeConsul;
  readonly proxy: FaultProxy;
  call(path: string, body?: object, more?: Record<string, string>): Promise<{ status: number; json: unknown }>;
  detail(): Promise<ReturnType<typeof rolloutDetailSchema.parse>>;
  /** Once; what a busy machine had no time for is told as 503. */
  actOnce(action: string): Promise<number>;
  /** Until there was time: the same intent is the same act. */
  act(action: string): Promise<number>;
}

/** A busy machine may have no time for a look at Consul: 503 says that nothing was done, and it is asked again. */
const statusInTime = async (ask: () => Promise<number>): Promise<number> =>
  (await inTime(ask, (status) => status === 503)).answer;

async function rig(timeoutMs = DEADLINE_MS): Promise<Rig> {
  const consul = new FakeConsul();
  await consul.open();
  const proxy = await openFaultProxy(consul.url);
  const tokenFile = join(folder, "consul.token");
  writeFileSync(tokenFile, "first\n");
  const traffic = new ConsulTraffic({ name: "dc1", url: proxy.url, tokenFile, timeoutMs });
  const opened = await openControl({
    ...{ dataFolder: folder, figures: NO_FIGURES, counters: NO_COUNTERS, clock: { nowMs: Date.now }, log: silentLog },
    planes: { all: [{ name: "dc1", mesh: "consul" as const, traffic }], close: async () => {} },
  });
  if (!opened.ok) throw new Error(opened.error.message);
  const control = opened.value;
  const app = apiServer({
    routes: rolloutRoutes(control.service, control.audit),
    ...{ registry: new Registry(), log: silentLog, version: "0", hosts: [] },
    authenticate: byToken([{ subject: { name: "ann", grants: [{ role: "approver" }] }, sha256: digestOfToken("ann") }]),
    ready: () => ({ ready: true, waitingFor: [] }),
  });
  const api = await app.listen({ host: "127.0.0.1", port: 0 });
  cleanUps.push(
    () => consul.close(),
    () => proxy.close(),
    () => control.close(),
    () => app.close(),
  );
  const call: Rig["call"] = async (path, body, more = {}) => {
    const answer = await fetch(`${api}/api/v1${path}`, {
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
      headers: { "content-type": "application/json", authorization: "Bearer ann", ...more },
    });
    return { status: answer.status, json: await answer.json() };
  };
  const detail = async () => rolloutDetailSchema.parse((await call("/rollouts/web-v2")).json);
  const click = async (action: string) => {
    const { revision } = await detail();
    const body = { action, expectedRevision: revision, intentId: crypto.randomUUID(), reason: "because" };
    return async () => (await call("/rollouts/web-v2/actions", body)).status;
  };
  const act: Rig["act"] = async (action) => statusInTime(await click(action));
  const actOnce: Rig["actOnce"] = async (action) => (await click(action))();
  expect(await statusInTime(async () => (await call("/rollouts", DEFINITION)).status)).toBe(201);
  await expect.poll(async () => (await detail()).state, POLL).toBe("waiting");
  return { consul, proxy, call, detail, act, actOnce };
}

/** What the log says became of writes to the mesh, newest first. */
async function outcomes({ call }: Rig): Promise<readonly string[]> {
  const { audit } = auditListSchema.parse((await call("/audit?limit=100")).json);
  return audit.filter(({ action }) => action.startsWith("write")).map(({ outcome }) => outcome);
}

describe("a promotion over HTTP", () => {
  test("of fifty at once from one revision one is taken, forty-nine conflict, and Consul gets one write", async () => {
    const world = await rig(30_000);
    const { revision: expectedRevision } = await world.detail();
    // A busy machine may have no time for fifty looks at once: such a click is told so, nothing is sent, and it comes again.
    const click = async () => {
      const body = { action: "promote", expectedRevision, intentId: crypto.randomUUID(), reason: "race" };
      const ask = () => world.call("/rollouts/web-v2/actions", body);
      return (await inTime(ask, ({ status }) => status === 503)).answer;
    };
    const answers = await Promise.all(Array.from({ length: 50 }, click));
    const codes = answers.map(({ status }) => status).sort();
    expect(codes).toEqual([202, ...new Array(49).fill(409)]);
    const told = conflictSchema.parse(answers.find(({ status }) => status === 409)?.json);
    expect(told.message).toMatch(/^changed by ann at /);
    await expect.poll(() => world.consul.canary, POLL).toBe(50);
    // Time for a second one, would it come: until the log has the first one's outcome, and another look was made.
    await expect.poll(() => outcomes(world), POLL).toEqual(["applied"]);
    expect([world.consul.writes.length, world.proxy.passedWrites]).toEqual([1, 1]);
  });

  test("the same click ten times is one write, and a client's wrong clock changes nothing", async () => {
    const world = await rig();
    const [beforeMs, { revision: expectedRevision }] = [Date.now(), await world.detail()];
    const body = { action: "promote", expectedRevision, intentId: crypto.randomUUID(), reason: "again" };
    const click = () => world.call("/rollouts/web-v2/actions", body, { date: "Thu, 01 Jan 1970 00:00:00 GMT" });
    const codes = [await statusInTime(async () => (await click()).status)];
    for (let i = 1; i < 10; i++) codes.push((await click()).status);
    expect(codes).toEqual([202, ...new Array(9).fill(200)]);
    await expect.poll(() => outcomes(world), POLL).toEqual(["applied"]);
    expect(world.consul.writes).toHaveLength(1);
    const { audit } = auditListSchema.parse((await world.call("/audit?action=promote")).json);
    for (const { atMs } of audit) {
      expect(atMs).toBeGreaterThanOrEqual(beforeMs);
      expect(atMs).toBeLessThanOrEqual(Date.now());
    }
  });

  test("that is answered slowly is done once", async () => {
    const world = await rig(30_000);
    await world.proxy.set("slow");
    expect(await world.act("promote")).toBe(202);
    await expect.poll(() => outcomes(world), POLL).toEqual(["applied"]);
    expect([world.consul.canary, world.proxy.passedWrites]).toEqual([50, 1]);
  });

  test.each([
    ["that was carried out and whose answer was lost is looked up, and not sent again", "loseAnswer", 1],
    ["that was lost on its way is looked up, and sent again", "loseRequest", 1],
  ] as const)("%s", async (_, fault, writes) => {
    const world = await rig();
    await world.proxy.set(fault);
    expect(await world.act("promote")).toBe(202);
    await expect.poll(async () => (await outcomes(world)).length, POLL).toBeGreaterThan(0);
    if (fault === "loseAnswer") await expect.poll(() => world.consul.canary, POLL).toBe(50);
    await world.proxy.set("none");
    // What did not arrive three times is a person's to send again.
    await expect
      .poll(async () => {
        const { actions, routes } = await world.detail();
        if (world.consul.canary !== 50 && actions.includes("retry")) await world.act("retry");
        return [world.consul.canary, routes[0]?.desired];
      }, POLL)
      .toEqual([50, 0.5]);
    await expect.poll(async () => (await outcomes(world)).includes("applied"), POLL).toBe(true);
    expect(world.consul.writes).toHaveLength(writes);
    expect(world.proxy.passedWrites).toBe(writes);
  });

  test("that takes longer than we wait is looked up once Consul answers, and is not sent again", async () => {
    const world = await rig(SLOW_MS / 2);
    // Reads are in time until the write is under way.
    await world.proxy.set("loseAnswer");
    expect(await world.act("promote")).toBe(202);
    await expect.poll(() => world.consul.canary, POLL).toBe(50);
    await world.proxy.set("slow");
    const unsure = await world.detail();
    expect(unsure.routes[0]?.accepted).toBe("unknown");
    await world.proxy.set("none");
    await expect.poll(() => outcomes(world), POLL).toEqual(["applied"]);
    expect([world.consul.writes.length, world.proxy.passedWrites]).toEqual([1, 1]);
  });

  test.each([
    ["answers 500", "fail"],
    ["hangs", "hang"],
    ["is not there", "refuse"],
  ] as const)(
    "while Consul %s nothing is written or queued, the way back is printed, and done once it answers",
    async (_, fault) => {
      const world = await rig();
      expect(await world.act("promote")).toBe(202);
      await expect.poll(() => outcomes(world), POLL).toEqual(["applied"]);
      await world.proxy.set(fault);
      const down = await world.detail();
      expect(down.routes[0]).toMatchObject({ accepted: "unknown", error: { code: "unavailable" } });
      const back = down.previews.find(({ action }) => action === "rollback");
      expect(back?.breakGlass).toContain("curl -X PUT");
      expect(down.actions).toContain("rollback");
      expect(await world.act("rollback")).toBe(202);
      await expect.poll(async () => (await world.detail()).state, POLL).toBe("rollingBack");
      expect([world.consul.canary, world.consul.writes.length]).toEqual([50, 1]);
      await world.proxy.set("none");
      await expect.poll(async () => (await world.detail()).state, POLL).toBe("rolledBack");
      expect([world.consul.canary, world.consul.writes.length]).toEqual([0, 2]);
    },
  );

  test("with credentials that have expired is refused by name, and goes on with new ones, without a restart", async () => {
    const world = await rig();
    world.consul.token = "second";
    expect(await world.actOnce("promote")).toBe(503);
    expect((await world.detail()).routes[0]?.error?.code).toBe("forbidden");
    expect([world.consul.canary, world.consul.writes.length]).toEqual([0, 0]);
    writeFileSync(join(folder, "consul.token"), "second\n");
    expect(await world.act("promote")).toBe(202);
    await expect.poll(() => world.consul.canary, POLL).toBe(50);
    expect(world.consul.writes).toHaveLength(1);
  });
});
