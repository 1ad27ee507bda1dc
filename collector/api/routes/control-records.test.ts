/** Approval links, replays, events and exports over the HTTP face, with tokens: who may, what is done, what is left behind. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { MetricHistory } from "../../../lib/control/judge/verdict.ts";
import type { Subject } from "../../../lib/query/access.ts";
import { approvalSchema, madeApprovalSchema } from "../../../lib/query/schema/approvals.ts";
import { auditListSchema } from "../../../lib/query/schema/audit.ts";
import { eventListSchema } from "../../../lib/query/schema/events.ts";
import { replaySchema } from "../../../lib/query/schema/replay.ts";
import { rolloutListSchema } from "../../../lib/query/schema/rollouts.ts";
import { failingDisk } from "../../control/failing-disk.ts";
import { countersOf, DEFINITION, FakeMesh } from "../../control/fake-mesh.ts";
import { openControl } from "../../control/open-control.ts";
import { NO_FIGURES } from "../../control/rollout-figures.ts";
import { byToken, digestOfToken } from "../authenticate.ts";
import { apiServer } from "../server.ts";
import { recordRoutes } from "./control-records.ts";
import { rolloutRoutes } from "./rollouts.ts";

const SUBJECTS: readonly Subject[] = [
  { name: "ann", grants: [{ role: "approver", mesh: "consul", namespace: "shop" }] },
  { name: "bob", grants: [{ role: "operator" }] },
  { name: "eve", grants: [{ role: "approver", mesh: "istio" }] },
  { name: "vic", grants: [{ role: "viewer" }] },
];
const START_MS = 1_764_000_000_000;
const PUBLIC_URL = "https://mesh.example";

let folder = "";
const cleanUps: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "meshscope-records-"));
});
afterEach(async () => {
  for (const run of cleanUps.splice(0)) await run();
  rmSync(folder, { recursive: true });
});

/** Ten minutes at a tenth of 1,000 requests a window: healthy, and then five times the errors. */
function history(): MetricHistory {
  const windows = Array.from({ length: 40 }, (_, i) => ({
    atMs: START_MS + (i + 1) * 15_000,
    ...{ canaryRequests: 1_000, primaryRequests: 9_000, canaryBad: i < 20 ? 5 : 60, primaryBad: 45 },
    halves: { aRequests: 4_500, bRequests: 4_500, aBad: 22, bBad: 23 },
  }));
  return { name: "errors", kind: "errors", windows };
}

async function rig(histories: readonly MetricHistory[] = []) {
  const mesh = new FakeMesh();
  const now = { ms: START_MS };
  const logged: string[] = [];
  const note = (event: string, fields: object = {}) => logged.push(`${event} ${JSON.stringify(fields)}`);
  const log = { info: note, warn: note, error: note };
  const clock = { nowMs: () => now.ms };
  const opened = await openControl({
    ...{ dataFolder: folder, figures: NO_FIGURES, clock, log },
    planes: { all: [{ name: "c1", mesh: "consul" as const, traffic: mesh }], close: async () => {} },
    counters: { ...countersOf(mesh), histories: () => histories },
    config: { publicUrl: PUBLIC_URL, notifications: [] },
  });
  if (!opened.ok) throw new Error(opened.error.message);
  const control = opened.value;
  const tokens = SUBJECTS.map((subject) => ({ subject, sha256: digestOfToken(subject.name) }));
  const app = apiServer({
    routes: [...rolloutRoutes(control.service, control.audit), ...recordRoutes(control)],
    ...{ registry: new Registry(), log, version: "0", hosts: [] },
    authenticate: byToken(tokens),
    ready: () => ({ ready: true, waitingFor: [] }),
  });
  const close = async () => {
    await app.close();
    await control.close();
  };
  cleanUps.push(close);
  const headers = (as: string | null) => ({
    host: "localhost",
    "content-type": "application/json",
    ...(as === null ? {} : { authorization: `Bearer ${as}` }),
  });
  const get = (url: string, as: string | null = "ann") => app.inject({ url: `/api/v1${url}`, headers: headers(as) });
  const post = (url: string, body: object, as: string | null = "ann", more: object = {}) =>
    app.inject({
      ...{ method: "POST", url: `/api/v1${url}`, payload: JSON.stringify(body) },
      headers: { ...headers(as), ...more },
    });
  const listed = async () => rolloutListSchema.parse((await get("/rollouts")).json()).rollouts[0];
  const start = async () => {
    const made = await control.own.create(DEFINITION);
    if (!made.ok) throw new Error(made.error.message);
    await expect.poll(async () => (await listed())?.state).toBe("waiting");
  };
  const link = async (more: object = {}, as = "ann") => {
    const expectedRevision = (await listed())?.revision;
    return post("/rollouts/web-v2/approvals", { action: "promote", expectedRevision, ...more }, as);
  };
  return { mesh, now, logged, control, get, post, listed, start, link, close };
}

describe("a disk that takes nothing", () => {
  test("holds up no way back: what was done is said to be on no disk, and written once the disk is back", async () => {
    const { start, listed, get, post, mesh, control, close, logged } = await rig();
    await start();
    const mend = await failingDisk();
    const click = async (action: string, n: number) => {
      const expectedRevision = (await listed())?.revision;
      const intentId = `00000000-0000-4000-8000-00000000000${n}`;
      return post("/rollouts/web-v2/actions", { action, expectedRevision, intentId, reason: "at 3 a.m." });
    };
    expect((await click("promote", 1)).json()).toMatchObject({ code: "audit_unavailable" });
    expect((await click("rollback", 2)).statusCode).toBe(202);
    await expect.poll(async () => (await listed())?.state).toBe("rolledBack");
    expect(mesh.shareBp).toBe(0);
    for (const path of ["/audit", "/rollouts"])
      expect((await get(path)).json().notOnDisk, path).toMatchObject({ message: expect.stringContaining("EROFS") });
    await control.beside.watch.round();
    expect((await get("/audit")).json().notOnDisk.records).toBeGreaterThan(2);
    mend();
    await control.beside.watch.round();
    for (const path of ["/audit", "/rollouts"]) expect((await get(path)).json()).not.toHaveProperty("notOnDisk");
    expect(logged.join()).toContain("records_written_late");
    await close();
    cleanUps.pop();
    const again = await rig();
    expect((await again.listed())?.state).toBe("rolledBack");
    const { audit } = auditListSchema.parse((await again.get("/audit")).json());
    const done = audit.map(({ action, outcome }) => `${action} ${outcome}`);
    expect(done).toEqual(expect.arrayContaining(["rollback applied", "writeBack applied"]));
  });
});

describe("approval links", () => {
  test("do one act without a sign-in, once, as whose they are, and are gone then", async () => {
    const { start, link, get, post, mesh, logged } = await rig();
    await start();
    const made = madeApprovalSchema.parse((await link()).json());
    expect(made.url).toBe(`${PUBLIC_URL}/approve#${made.token}`);
    expect(Buffer.from(made.token, "base64url")).toHaveLength(32);
    const seen = approvalSchema.parse((await get(`/approvals/${made.token}`, null)).json());
    expect(seen).toMatchObject({ action: "promote", madeBy: "ann", isCurrent: true, blocked: null, namespace: "shop" });
    expect(seen.preview?.changes[1]).toMatchObject({ before: "25", after: "100" });
    // Whoever looks, or fetches ahead, does nothing.
    expect((await get(`/approvals/${made.token}`, null)).statusCode).toBe(200);
    expect(mesh.shareBp).toBe(2_500);
    const done = await post(`/approvals/${made.token}`, { reason: "at 3 a.m." }, null);
    expect([done.statusCode, done.json().actor]).toEqual([202, "approval-link of ann"]);
    await expect.poll(() => mesh.shareBp).toBe(10_000);
    const again = await post(`/approvals/${made.token}`, {}, null);
    expect([again.statusCode, again.json().code]).toEqual([410, "approval_used"]);
    expect(again.json().message).toContain("used already");
    expect((await get(`/approvals/${made.token}`, null)).statusCode).toBe(410);
    const { audit } = auditListSchema.parse((await get("/audit?action=promote")).json());
    expect(audit[0]).toMatchObject({
      ...{ actor: "approval-link of ann", reason: "at 3 a.m. (by an approval link)", outcome: "applied" },
    });
    // The token is nowhere but in the answer.
    const kept = readFileSync(join(folder, "approvals/approvals.jsonl"), "utf8");
    expect(kept).not.toContain(made.token);
    expect(logged.join("\n")).not.toContain(made.token);
  });

  test("of many presses at once one acts", async () => {
    const { start, link, post, mesh } = await rig();
    await start();
    const { token } = madeApprovalSchema.parse((await link()).json());
    const writes = mesh.writes;
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(`/approvals/${token}`, {}, null)));
    const codes = answers.map(({ statusCode }) => statusCode).sort();
    expect(codes).toEqual([202, ...new Array(19).fill(410)]);
    await expect.poll(() => mesh.shareBp).toBe(10_000);
    expect(mesh.writes - writes).toBe(1);
  });

  test("are made by approvers of the place alone, for a revision that is on the screen, and for what is possible", async () => {
    const { start, link } = await rig();
    await start();
    const code = async (more: object, as?: string) => {
      const answer = await link(more, as);
      return [answer.statusCode, answer.json().code];
    };
    expect(await code({}, "bob")).toEqual([403, "forbidden"]);
    expect(await code({}, "eve")).toEqual([404, "rollout_not_found"]);
    expect(await code({ expectedRevision: "web-v2-1" })).toEqual([409, "conflict"]);
    expect(await code({ action: "resume" })).toEqual([422, "not_paused"]);
    expect(await code({ ttlSec: 901 })).toEqual([400, "bad_request"]);
  });

  test("hold for one revision and for 15 minutes, also over a restart", async () => {
    const { start, link, get, post, now, mesh, close } = await rig();
    await start();
    const stale = madeApprovalSchema.parse((await link()).json());
    const staleBack = madeApprovalSchema.parse((await link({ action: "rollback" })).json());
    const revision = (await link({ action: "pause" })).json();
    expect((await post(`/approvals/${madeApprovalSchema.parse(revision).token}`, {}, null)).statusCode).toBe(202);
    const conflict = await post(`/approvals/${stale.token}`, {}, null);
    expect([conflict.statusCode, conflict.json().code]).toEqual([409, "conflict"]);
    const noWayBack = await post(`/approvals/${staleBack.token}`, {}, null);
    expect(noWayBack.statusCode).toBe(409);
    // As for any other click: who changed it is said, and who pressed is in the audit.
    for (const { message } of [conflict.json(), noWayBack.json()])
      expect(message).toMatch(/^changed by approval-link of ann at \S+: paused/);
    const { audit } = auditListSchema.parse((await get("/audit?outcome=conflict")).json());
    expect(audit.map(({ actor, action }) => `${actor}: ${action}`)).toEqual([
      "approval-link of ann: rollback",
      "approval-link of ann: promote",
    ]);
    expect(mesh.shareBp).toBe(2_500);
    const late = madeApprovalSchema.parse((await link({ action: "resume" })).json());
    await close();
    cleanUps.length = 0;
    const again = await rig();
    expect((await again.get(`/approvals/${late.token}`, null)).statusCode).toBe(200);
    expect((await again.post(`/approvals/${stale.token}`, {}, null)).json().code).toBe("approval_used");
    again.now.ms = now.ms + 900_000;
    const expired = await again.post(`/approvals/${late.token}`, {}, null);
    expect([expired.statusCode, expired.json().code]).toEqual([410, "approval_expired"]);
    expect((await again.get("/approvals/nobodys", null)).json().code).toBe("approval_unknown");
    expect(mesh.shareBp).toBe(2_500);
  });

  test("open no other route, and take no request from a page of another origin", async () => {
    const { start, link, get, post } = await rig();
    await start();
    const { token } = madeApprovalSchema.parse((await link()).json());
    expect((await get("/rollouts", null)).statusCode).toBe(401);
    expect((await post("/rollouts/web-v2/approvals", {}, null)).statusCode).toBe(401);
    expect((await post(`/approvals/${token}`, { force: true }, null)).statusCode).toBe(400);
    const foreign = await post(`/approvals/${token}`, {}, null, { origin: "https://evil.example" });
    expect([foreign.statusCode, foreign.json().code]).toEqual([403, "cross_origin"]);
    // Refused before it was looked at: the link still holds.
    expect((await get(`/approvals/${token}`, null)).statusCode).toBe(200);
  });
});

describe("a replay", () => {
  test("runs the recorded windows through another policy, after a restart too, and acts on nothing", async () => {
    const first = await rig([history()]);
    await first.start();
    first.now.ms = START_MS + 700_000;
    await first.control.beside.watch.round();
    const writes = first.mesh.writes;
    const policy = {
      ...{ mode: "threshold", intervalSec: 60, threshold: 2, iterations: 20 },
      metrics: [{ name: "request-success-rate", thresholdRange: { min: 99 } }],
    };
    const replayed = replaySchema.parse((await first.post("/rollouts/web-v2/replay", { policy }, "vic")).json());
    expect(replayed).toMatchObject({ mode: "threshold", windows: 40, fullAtMs: null });
    expect(replayed.looks).toHaveLength(40);
    expect(replayed.looks[0]?.state).toBe("inconclusive");
    const failedAt = replayed.looks.find(({ state }) => state === "fail")?.atMs ?? 0;
    // The errors begin after five minutes; the second check after that fails it.
    expect(failedAt).toBeGreaterThan(START_MS + 300_000);
    expect(failedAt).toBeLessThanOrEqual(START_MS + 450_000);
    await first.close();
    cleanUps.length = 0;
    const again = await rig();
    const sequential = { policy: { mode: "sequential", leastSec: 60 } };
    const other = replaySchema.parse((await again.post("/rollouts/web-v2/replay", sequential, "vic")).json());
    expect(other.looks.at(-1)?.state).toBe("fail");
    expect(other.looks.at(-1)?.metrics).toEqual([{ name: "errors", state: "fail" }]);
    expect(other.looks.slice(0, 20).every(({ state }) => state !== "fail")).toBe(true);
    expect([first.mesh.writes, again.mesh.writes]).toEqual([writes, 0]);
  });

  test("is refused without recorded windows, with a policy that cannot be read, and to who may not see it", async () => {
    const { start, post, control } = await rig();
    await start();
    await control.beside.watch.round();
    const policy = { mode: "sequential" };
    expect((await post("/rollouts/web-v2/replay", { policy })).json().code).toBe("no_evidence");
    expect((await post("/rollouts/web-v2/replay", { policy }, "eve")).statusCode).toBe(404);
    const odd = { mode: "argo", metrics: [{ name: "a", measure: "badPercent", successCondition: "result <" }] };
    expect((await post("/rollouts/web-v2/replay", { policy: odd })).json()).toMatchObject({ code: "bad_policy" });
  });
});

describe("the audit", () => {
  test("is exported as CSV and JSON lines by the same filters, and formulas stay text", async () => {
    const { start, post, listed, get, mesh } = await rig();
    await start();
    const expectedRevision = (await listed())?.revision;
    const intentId = "00000000-0000-4000-8000-000000000001";
    await post("/rollouts/web-v2/actions", { action: "promote", expectedRevision, intentId, reason: '=1+1, "so"' });
    await expect.poll(() => mesh.shareBp).toBe(10_000);
    const csv = await get("/audit/export?format=csv&action=promote");
    expect(csv.headers["content-type"]).toContain("text/csv");
    expect(csv.headers["content-disposition"]).toContain("audit.csv");
    const [head, line, rest] = csv.body.split("\r\n");
    expect(head?.split(",").slice(0, 5)).toEqual(["time", "atMs", "actor", "action", "reason"]);
    expect(line).toContain(`ann,promote,"'=1+1, ""so""",consul,c1,shop`);
    expect(rest).toBe("");
    const lines = (await get("/audit/export?format=jsonl")).body
      .trim()
      .split("\n")
      .map((text) => JSON.parse(text));
    expect(lines.map(({ action }) => action).sort()).toEqual(["promote", "write", "write"]);
    expect(lines.find(({ action }) => action === "write").evidence).toContain('"method":"PUT"');
    expect((await get("/audit/export?format=jsonl&outcome=refused")).body).toBe("");
    expect((await get("/audit/export?format=jsonl", "eve")).body).toBe("");
  });

  test("and the rollouts' logs are events on a time axis, oldest first, bounded and only for who may see them", async () => {
    const { start, get, post, listed, mesh } = await rig();
    await start();
    const expectedRevision = (await listed())?.revision;
    const intentId = "00000000-0000-4000-8000-000000000002";
    await post("/rollouts/web-v2/actions", { action: "promote", expectedRevision, intentId, reason: "good" });
    await expect.poll(async () => (await listed())?.state).toBe("promoted");
    expect(mesh.shareBp).toBe(10_000);
    const all = eventListSchema.parse((await get("/events")).json());
    expect(all.truncated).toBe(false);
    const kinds = all.events.map(({ kind }) => kind);
    expect([...new Set(kinds)].sort()).toEqual(["action", "finished", "shift", "started", "verdict", "write"]);
    expect(all.events.map(({ atMs }) => atMs)).toEqual(all.events.map(({ atMs }) => atMs).sort());
    expect(all.events.every(({ service }) => service === "web")).toBe(true);
    const acts = eventListSchema.parse((await get("/events?kind=action&kind=finished&limit=1")).json());
    expect(acts.truncated).toBe(true);
    expect(acts.events).toHaveLength(1);
    expect(eventListSchema.parse((await get(`/events?end=${START_MS}`)).json()).events).toEqual([]);
    expect(eventListSchema.parse((await get("/events", "eve")).json()).events).toEqual([]);
  });
});
