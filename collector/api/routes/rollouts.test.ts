/** Rollouts over the HTTP face, on a mesh with compare-and-set: who may do what, one of many clicks, what a conflict says. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Subject } from "../../../lib/query/access.ts";
import { auditListSchema } from "../../../lib/query/schema/audit.ts";
import { definitionSchema } from "../../../lib/query/schema/rollout-definition.ts";
import { rolloutPreviewSchema } from "../../../lib/query/schema/rollout-preview.ts";
import {
  conflictSchema,
  receiptSchema,
  rolloutDetailSchema,
  rolloutListSchema,
} from "../../../lib/query/schema/rollouts.ts";
import { AuditLog } from "../../control/audit-log.ts";
import { countersOf, DEFINITION, FakeMesh } from "../../control/fake-mesh.ts";
import { OwnRollouts } from "../../control/own-rollouts.ts";
import { RolloutService } from "../../control/rollout-service.ts";
import { byToken, digestOfToken } from "../authenticate.ts";
import { apiServer } from "../server.ts";
import { rolloutRoutes } from "./rollouts.ts";

const SUBJECTS: readonly Subject[] = [
  { name: "ann", grants: [{ role: "approver", mesh: "consul", namespace: "shop" }] },
  { name: "bob", grants: [{ role: "operator" }] },
  { name: "eve", grants: [{ role: "approver", mesh: "istio" }] },
];
const BODY = {
  ...{ id: "web-v3", name: "web v3", service: "web" },
  routes: [
    {
      ...{ id: "web", driver: "consul", cluster: "c1", namespace: "shop", object: "web", rule: "web" },
      ...{ stable: "web/v1", canary: "web/v2" },
    },
  ],
  steps: [
    { match: { header: "x-tester", exact: "yes" } },
    { pause: "manual" },
    { match: "end" },
    { weight: 0.5 },
    { pause: 600 },
    { weight: 1 },
  ],
};
const ARM = { requestsPerSec: [], errorRatio: [], p50Ms: [], p99Ms: [] };
const NO_FIGURES = {
  of: async () => ({
    requestsPerSec: null,
    pods: [],
    series: { timesMs: [], desired: [], observed: [], canary: ARM, stable: ARM },
    latency: null,
  }),
};

let folder = "";
const cleanUps: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "meshscope-rollouts-"));
});
afterEach(async () => {
  for (const run of cleanUps.splice(0)) await run();
  rmSync(folder, { recursive: true });
});

async function rig(mesh = new FakeMesh()) {
  const planes = { all: [{ name: "c1", mesh: "consul" as const, traffic: mesh }], close: async () => {} };
  const clock = { nowMs: () => 1_764_000_000_000 };
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const audit = await AuditLog.open(join(folder, "audit"));
  if (!audit.ok) throw new Error(audit.error.message);
  const world = { counters: countersOf(mesh), clock, log, audit: async () => true };
  const own = await OwnRollouts.open({ folder: join(folder, "rollouts"), planes, world, figures: NO_FIGURES });
  if (!own.ok) throw new Error(own.error.message);
  const service = new RolloutService({ own: own.value, others: [], audit: audit.value, clock });
  const tokens = SUBJECTS.map((subject) => ({ subject, sha256: digestOfToken(subject.name) }));
  const app = apiServer({
    routes: rolloutRoutes(service, audit.value),
    registry: new Registry(),
    log,
    version: "0",
    hosts: [],
    authenticate: byToken(tokens),
    ready: () => ({ ready: true, waitingFor: [] }),
  });
  cleanUps.push(async () => {
    await app.close();
    await service.close();
    await audit.value.close();
  });
  const get = async (url: string, as = "ann") =>
    app.inject({ url: `/api/v1${url}`, headers: { host: "localhost", authorization: `Bearer ${as}` } });
  const post = async (body: object, as = "ann") => call("/rollouts/web-v2/actions", body, as);
  const call = async (url: string, body: object, as: string) =>
    app.inject({
      method: "POST",
      url: `/api/v1${url}`,
      headers: { host: "localhost", authorization: `Bearer ${as}`, "content-type": "application/json" },
      payload: JSON.stringify(body),
    });
  const made = await own.value.create(DEFINITION);
  if (!made.ok) throw new Error(made.error.message);
  const list = async (query = "", as = "ann") => rolloutListSchema.parse((await get(`/rollouts${query}`, as)).json());
  await expect.poll(async () => (await list("", "bob")).rollouts[0]?.state).toBe("waiting");
  return { mesh, audit: audit.value, own: own.value, get, post, call, list };
}

const intent = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

describe("rollouts over the API", () => {
  test("one that waits is listed with what may be done, and its page says what each button writes", async () => {
    const { list, get } = await rig();
    const { rollouts, total } = await list("?waiting=1");
    expect(total).toBe(1);
    expect(rollouts[0]).toMatchObject({
      ...{ id: "web-v2", mesh: "consul", owner: { kind: "meshscope" }, state: "waiting", waitingFor: "promotion" },
      ...{ desired: 0.25, observed: 0.25, shift: "verified" },
    });
    expect(rollouts[0]?.actions).toContain("promote");
    const detail = rolloutDetailSchema.parse((await get("/rollouts/web-v2")).json());
    const promote = detail.previews.find(({ action }) => action === "promote");
    expect(promote?.changes).toEqual([
      { object: "service-splitter shop/web", path: "Splits[0].Weight", before: "75", after: "0" },
      { object: "service-splitter shop/web", path: "Splits[1].Weight", before: "25", after: "100" },
    ]);
    expect(promote?.request).toContain("PUT /v1/config?cas=");
    expect(detail.steps.map(({ state }) => state)).toEqual(["done", "current", "ahead"]);
    expect(detail.routes[0]?.callers).toEqual([{ caller: "cart", requests: 5_000, share: 0.25, state: "follows" }]);
    expect(detail.history.at(-1)?.type).toBe("started");
  });

  test("a promotion is taken with a receipt, moves the mesh and stands in the audit with who and why", async () => {
    const { list, post, mesh, get } = await rig();
    const expectedRevision = (await list()).rollouts[0]?.revision;
    const answer = await post({ action: "promote", expectedRevision, intentId: intent(1), reason: "looks good" });
    expect(answer.statusCode).toBe(202);
    expect(receiptSchema.parse(answer.json())).toMatchObject({ actor: "ann", repeated: false });
    await expect.poll(() => mesh.shareBp).toBe(10_000);
    const again = await post({ action: "promote", expectedRevision, intentId: intent(1), reason: "looks good" });
    expect([again.statusCode, again.json().repeated]).toEqual([200, true]);
    await expect.poll(async () => (await list()).rollouts[0]?.state).toBe("promoted");
    const late = await post({
      action: "rollback",
      expectedRevision,
      intentId: intent(2),
      reason: "a dialog stood open",
    });
    expect([late.statusCode, late.json().code]).toEqual([409, "conflict"]);
    expect(late.json().message).toMatch(/^changed by ann at 2025-\S+: promoted \(25 → 100 %\)$/);
    expect(mesh.shareBp).toBe(10_000);
    const { audit } = auditListSchema.parse((await get("/audit?action=promote")).json());
    // Both were written in the same millisecond: their order is that of their ids.
    const taken = audit.find(({ outcome }) => outcome === "applied");
    expect(taken).toMatchObject({
      ...{ actor: "ann", reason: "looks good", outcome: "applied", rollout: "web-v2" },
      ...{ before: "Splits[0].Weight: 75; Splits[1].Weight: 25", after: "Splits[0].Weight: 0; Splits[1].Weight: 100" },
    });
    expect(taken?.evidence).toContain("counters verified, observed 25.0 %");
  });

  test("of fifty promotions from one revision one is taken, forty-nine conflict, and one write is made", async () => {
    const { list, post, mesh } = await rig();
    const before = mesh.writes;
    const expectedRevision = (await list()).rollouts[0]?.revision;
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        post({ action: "promote", expectedRevision, intentId: intent(i), reason: "race" }),
      ),
    );
    const codes = answers.map(({ statusCode }) => statusCode);
    expect(codes.filter((code) => code === 202)).toHaveLength(1);
    expect(codes.filter((code) => code === 409)).toHaveLength(49);
    const conflict = conflictSchema.parse(answers.find(({ statusCode }) => statusCode === 409)?.json());
    expect(conflict.code).toBe("conflict");
    expect(conflict.message).toMatch(/^changed by ann at 2025-\S+: promoted \(25 → 100 %\)$/);
    expect(conflict.current?.revision).not.toBe(expectedRevision);
    await expect.poll(() => mesh.shareBp).toBe(10_000);
    expect(mesh.writes - before).toBe(1);
  });

  test("roles are enforced: an operator may not promote but may roll back, a stranger sees nothing", async () => {
    const { list, post, get, mesh } = await rig();
    const [seen] = (await list("", "bob")).rollouts;
    expect(seen?.actions).not.toContain("promote");
    expect(seen?.blocked["promote"]).toEqual({
      code: "forbidden",
      message: "bob is no approver in consul, cluster c1, namespace shop",
    });
    const body = { expectedRevision: seen?.revision, intentId: intent(1), reason: "because" };
    expect((await post({ ...body, action: "promote" }, "bob")).statusCode).toBe(403);
    expect((await list("", "eve")).total).toBe(0);
    expect((await get("/rollouts/web-v2", "eve")).statusCode).toBe(404);
    expect((await post({ ...body, action: "promote" }, "eve")).statusCode).toBe(404);
    expect(mesh.shareBp).toBe(2_500);
    expect((await post({ ...body, action: "rollback" }, "bob")).statusCode).toBe(202);
    await expect.poll(() => mesh.shareBp).toBe(0);
  });

  test("what makes no sense now is refused with its cause, and a bad body with its field", async () => {
    const { list, post } = await rig();
    const expectedRevision = (await list()).rollouts[0]?.revision;
    const refused = await post({ action: "resume", expectedRevision, intentId: intent(1), reason: "x" });
    expect([refused.statusCode, refused.json().code]).toEqual([422, "not_paused"]);
    const body = { action: "promote", expectedRevision, intentId: intent(2), reason: "x" };
    for (const bad of [
      { reason: "  " },
      { intentId: "1" },
      { action: "force" },
      { expectedRevision: "" },
      { more: 1 },
    ]) {
      const answer = await post({ ...body, ...bad });
      expect([answer.statusCode, answer.json().code], JSON.stringify(bad)).toEqual([400, "bad_request"]);
    }
  });

  test("without an audit a promotion is refused with the commands of the way back; a rollback is done", async () => {
    const { list, post, audit, mesh } = await rig();
    audit.write = async () => ({ ok: false, error: { code: "journal_unreadable", message: "read-only" } });
    const expectedRevision = (await list()).rollouts[0]?.revision;
    const refused = await post({ action: "promote", expectedRevision, intentId: intent(1), reason: "x" });
    expect([refused.statusCode, refused.json().code]).toEqual([503, "audit_unavailable"]);
    const done = await post({ action: "rollback", expectedRevision, intentId: intent(2), reason: "x" });
    expect(done.statusCode).toBe(202);
    await expect.poll(() => mesh.shareBp).toBe(0);
    expect(audit.list({ limit: 10 })?.audit.map(({ action }) => action)).toEqual(["rollback"]);
  });

  test("a route that has an owner, another rule or a third backend starts no rollout", async () => {
    const { own, mesh } = await rig();
    const [route] = DEFINITION.routes;
    if (route === undefined) throw new Error("no route");
    const codeOf = async (more: object) => {
      const made = await own.create({ ...DEFINITION, id: "other", routes: [{ ...route, ...more }] });
      return made.ok ? "started" : made.error.code;
    };
    expect(await codeOf({ routeKey: "nowhere" })).toBe("route_not_found");
    expect(await codeOf({ canary: "web/v9" })).toBe("backend_unknown");
    expect(await codeOf({ target: { ...route.target, cluster: "c9" } })).toBe("not_configured");
    mesh.owners = async () => ({
      ok: true,
      value: { writers: [{ kind: "flagger", ref: "shop/web", evidence: ["a Canary routes it"] }], reverters: [] },
    });
    expect(await codeOf({})).toBe("owned");
    expect(await own.create(DEFINITION)).toMatchObject({ ok: false, error: { code: "exists" } });
  });

  test("a cursor of another list, and a share that cannot be written, are refused", async () => {
    const { get } = await rig();
    for (const path of ["/rollouts", "/audit"]) {
      const answer = await get(`${path}?cursor=nobodys`);
      expect([answer.statusCode, answer.json().code, answer.json().field]).toEqual([400, "bad_cursor", "cursor"]);
    }
    const steps = (weight: number) => definitionSchema.shape.steps.safeParse([{ weight }]).success;
    expect([0.07, 0.0001, 1, 0.1 + 0.2].map(steps)).toEqual([true, true, true, true]);
    expect([0.00005, 0.12345, 1.1, -0.1].map(steps)).toEqual([false, false, false, false]);
  });

  test("a preview says step by step what is written, before anything is, and asks for the role that a start asks for", async () => {
    const { call, mesh } = await rig();
    const before = mesh.writes;
    const preview = async (more: object, as = "bob") => call("/rollouts/preview", { ...BODY, ...more }, as);
    const answer = rolloutPreviewSchema.parse((await preview({})).json());
    expect(answer).toMatchObject({
      canStart: true,
      findings: [],
      routes: [{ mesh: "consul", owner: null, share: 0.25 }],
    });
    expect(answer.steps.map(({ index, text }) => `${index} ${text}`)).toEqual([
      "0 requests with x-tester = yes to the canary",
      "2 end of the rule for a header",
      "3 50 % to the canary",
      "5 100 % to the canary",
    ]);
    expect(answer.steps[0]?.writes[0]?.request).toContain("PUT /v1/config?cas=0");
    expect(answer.steps[0]?.writes[0]?.request).toContain("service-router");
    const weights = answer.steps
      .slice(2)
      .map(({ writes }) => writes[0]?.changes.map(({ before: a, after: b }) => `${a}→${b}`));
    expect(weights, "each step from what the one before leaves").toEqual([
      ["75→50", "25→50"],
      ["50→0", "50→100"],
    ]);
    expect((await preview({}, "eve")).statusCode).toBe(403);
    expect((await preview({ steps: [{ weight: 25 }] })).statusCode).toBe(400);
    expect(mesh.writes).toBe(before);
    expect(mesh.router).toBeNull();
  });

  test("a preview says all that speaks against a start, each with its code", async () => {
    const { call, mesh } = await rig();
    const codes = async (more: object): Promise<unknown> => {
      const answer = rolloutPreviewSchema.parse((await call("/rollouts/preview", { ...BODY, ...more }, "bob")).json());
      return [
        answer.canStart,
        [...answer.findings, ...answer.routes.flatMap(({ findings }) => findings)].map(({ code }) => code),
      ];
    };
    const [route] = BODY.routes;
    expect(await codes({ id: "web-v2" })).toEqual([false, ["exists"]]);
    expect(await codes({ after: ["nobody"] })).toEqual([false, ["dependency_unknown"]]);
    expect(await codes({ routes: [{ ...route, canary: "web/v9" }] })).toEqual([false, ["backend_unknown"]]);
    expect(await codes({ routes: [{ ...route, cluster: "c9" }] })).toEqual([false, ["not_configured"]]);
    const pods = (name: string, version: string) => [{ name, version, ready: true }];
    mesh.facts = [
      { id: "web/v1", readyEndpoints: 1, exists: true, pods: pods("a", "1") },
      { id: "web/v2", readyEndpoints: 0, exists: true, pods: pods("b", "1") },
    ];
    expect(await codes({})).toEqual([true, ["no_ready_endpoint", "same_version", "fewer_ready"]]);
    mesh.facts = [];
    mesh.owners = async () => ({
      ok: true,
      value: { writers: [{ kind: "flagger", ref: "shop/web", evidence: ["a Canary routes it"] }], reverters: [] },
    });
    expect(await codes({})).toEqual([false, ["owned"]]);
  });

  test("of two starts of one id at once one is started", async () => {
    const { own } = await rig();
    const made = await Promise.all([1, 2].map(() => own.create({ ...DEFINITION, id: "twice" })));
    expect(made.map((one) => (one.ok ? "started" : one.error.code)).sort()).toEqual(["exists", "started"]);
  });

  test("while the control plane is down the page still has the command of the way back, and says what is wrong", async () => {
    const { get, mesh } = await rig();
    mesh.fault = "down";
    const detail = rolloutDetailSchema.parse((await get("/rollouts/web-v2")).json());
    expect(detail.previews.find(({ action }) => action === "rollback")?.breakGlass).toContain("consul config write");
    expect(detail.routes[0]).toMatchObject({ accepted: "unknown", error: { code: "unavailable" } });
    expect(detail.actions).toContain("rollback");
  });

  test("a journal without its start, as a crash may leave it, is no rollout and keeps nothing from starting", async () => {
    mkdirSync(join(folder, "rollouts"));
    writeFileSync(join(folder, "rollouts/dead.jsonl"), '{"type":"star');
    const { list } = await rig();
    expect((await list()).rollouts.map(({ id }) => id)).toEqual(["web-v2"]);
    expect(existsSync(join(folder, "rollouts/dead.jsonl"))).toBe(false);
  });
});
