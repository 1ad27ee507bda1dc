/** Notices of rollouts: what is told once, what is tried again, what survives a restart, what never leaves. */
import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { noticeText, slackBody } from "../../lib/control/present/notification.ts";
import type { RolloutSummary } from "../../lib/query/schema/rollouts.ts";
import type { NotificationTarget } from "../config/config.ts";
import { MOST_PENDING, Outbox } from "./notification-outbox.ts";
import { Notifications, type Send } from "./notifications.ts";

let folder = "";
const cleanUps: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "meshscope-notices-"));
});
afterEach(async () => {
  for (const run of cleanUps.splice(0)) await run();
  rmSync(folder, { recursive: true });
});

const TARGET: NotificationTarget = {
  ...{ name: "ops", url: "https://hooks.example/SECRETPATH", format: "generic", approvals: false },
  events: ["waiting", "failed", "rolledBack", "promoted"],
};

function rollout(more: Partial<RolloutSummary> = {}): RolloutSummary {
  return {
    ...{ id: "web-v2", name: "web <v2>", mesh: "istio", cluster: "c1", namespace: "shop", service: "web" },
    owner: { kind: "meshscope", ref: null, evidence: [] },
    ...{ state: "waiting", revision: "web-v2-5", step: { index: 1, count: 3, text: "wait for a person" } },
    ...{ desired: 0.25, observed: 0.25, shift: "verified", verdict: null, actions: [], blocked: {}, absent: {} },
    ...more,
  };
}

interface Sent {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function rig(target: Partial<NotificationTarget> = {}, publicUrl: string | null = "https://mesh.example") {
  const outbox = await Outbox.open(folder);
  if (!outbox.ok) throw new Error(outbox.error.message);
  const now = { ms: 1_764_000_000_000 };
  const sent: Sent[] = [];
  const logged: string[] = [];
  const status = { code: 200 };
  const send: Send = async (url, body, headers) => {
    sent.push({ url, body, headers });
    return status.code;
  };
  const note = (event: string, fields: object = {}) => logged.push(`${event} ${JSON.stringify(fields)}`);
  const notifications = new Notifications({
    targets: [{ ...TARGET, ...target }],
    outbox: outbox.value,
    clock: { nowMs: () => now.ms },
    log: { info: note, warn: note, error: note },
    ...{ publicUrl, send, approvalLink: async () => "https://mesh.example/approve#token" },
  });
  const close = () => outbox.value.close();
  cleanUps.push(close);
  const round = async (...rollouts: readonly RolloutSummary[]) => {
    await notifications.look(rollouts);
    await notifications.send();
  };
  const events = () => sent.map(({ body }) => JSON.parse(body).event);
  return { notifications, round, sent, events, status, now, logged, close };
}

describe("notices", () => {
  test("are sent once for each wait and end, however often the rollout is looked at", async () => {
    const { round, events, sent } = await rig();
    await round(rollout());
    await round(rollout({ revision: "web-v2-6" }));
    await round(rollout({ state: "running", revision: "web-v2-7" }));
    await round(rollout({ revision: "web-v2-9", step: { index: 3, count: 3, text: "wait" } }));
    await round(rollout({ state: "promoted", revision: "web-v2-12" }));
    await round(rollout({ state: "promoted", revision: "web-v2-12" }));
    expect(events()).toEqual(["waiting", "waiting", "promoted"]);
    expect(new Set(sent.map(({ headers }) => headers["x-meshscope-id"])).size).toBe(3);
    expect(JSON.parse(sent[0]?.body ?? "")).toMatchObject({
      url: "https://mesh.example/rollouts/web-v2",
      approvalUrl: null,
    });
  });

  test("tell a verdict that fails while it waits, and a rollback; what was over before is not told", async () => {
    const { round, events } = await rig();
    await round(rollout({ id: "old", state: "promoted" }), rollout({ state: "running" }));
    await round(rollout({ state: "waiting", verdict: "fail" }));
    await round(rollout({ state: "rolledBack" }));
    expect(events()).toEqual(["failed", "rolledBack"]);
  });

  test("tell of a rollout that does not get on, once, and again where it waits afterwards", async () => {
    const { round, events } = await rig();
    await round(rollout({ state: "running", shift: "shifting" }));
    await round(rollout({ state: "running", shift: "partial" }));
    await round(rollout({ state: "running", shift: "stalled" }));
    await round(rollout({ state: "waiting" }));
    expect(events()).toEqual(["waiting", "waiting"]);
  });

  test("go only to who asked for them", async () => {
    const { round, events } = await rig({ events: ["promoted"] });
    await round(rollout());
    await round(rollout({ state: "promoted" }));
    expect(events()).toEqual(["promoted"]);
  });

  test("are tried again, later and later, with the same id, and their error is seen without the address", async () => {
    const { round, sent, status, now, notifications, logged } = await rig();
    status.code = 503;
    await round(rollout());
    await round(rollout());
    expect(sent).toHaveLength(1);
    expect(notifications.answer().targets[0]).toMatchObject({
      pending: 1,
      sent: 0,
      error: { message: "it answered 503" },
    });
    now.ms += 5_000;
    await round();
    now.ms += 5_000;
    await round();
    expect(sent).toHaveLength(2);
    now.ms += 10_000;
    status.code = 204;
    await round();
    expect(sent).toHaveLength(3);
    expect(new Set(sent.map(({ headers }) => headers["x-meshscope-id"])).size).toBe(1);
    expect(notifications.answer().targets[0]).toMatchObject({ pending: 0, sent: 1, error: null });
    expect(logged.join()).toContain("notification_not_sent");
    expect(`${logged.join()}${JSON.stringify(notifications.answer())}`).not.toContain("SECRETPATH");
  });

  test("are given up after a day, and counted", async () => {
    const { round, status, now, notifications } = await rig();
    status.code = 404;
    await round(rollout());
    now.ms += 24 * 3_600_000;
    await round();
    expect(notifications.answer().targets[0]).toMatchObject({ pending: 0, lost: 1 });
  });

  test("that were not sent survive a restart, and what was told is not told again", async () => {
    const first = await rig();
    first.status.code = 500;
    await first.round(rollout());
    await first.close();
    cleanUps.length = 0;
    const again = await rig();
    await again.round(rollout());
    expect(again.events()).toEqual(["waiting"]);
    expect(again.sent[0]?.headers["x-meshscope-id"]).toBe(first.sent[0]?.headers["x-meshscope-id"]);
    await again.close();
    cleanUps.length = 0;
    const third = await rig();
    await third.round(rollout());
    await third.round(rollout({ state: "rolledBack" }));
    expect(third.events()).toEqual(["rolledBack"]);
  });

  test("are bounded: the oldest go first, and are counted", async () => {
    const outbox = await Outbox.open(folder);
    if (!outbox.ok) throw new Error(outbox.error.message);
    cleanUps.push(() => outbox.value.close());
    const { step, ...rest } = rollout();
    const notice = (i: number) => ({
      id: `n${i}`,
      event: "waiting" as const,
      atMs: i,
      rollout: { ...rest, step: step.text },
    });
    let lost = 0;
    for (let i = 0; i < MOST_PENDING + 3; i++) lost += await outbox.value.queue("ops", notice(i));
    expect([lost, outbox.value.waiting("ops"), outbox.value.next("ops")?.id]).toEqual([3, MOST_PENDING, "n3"]);
  });

  test("are signed with the secret's file, which stands nowhere else", async () => {
    const secretFile = join(folder, "secret");
    writeFileSync(secretFile, "hush-hush\n");
    const { round, sent } = await rig({ secretFile });
    await round(rollout());
    const headers = sent[0]?.headers ?? {};
    const body = sent[0]?.body ?? "";
    const [, seconds, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers["x-meshscope-signature"] ?? "") ?? [];
    expect(mac).toBe(createHmac("sha256", "hush-hush").update(`${seconds}.${body}`).digest("hex"));
    expect(readFileSync(join(folder, "outbox.jsonl"), "utf8")).not.toContain("hush");
  });

  test("of what waits carry a link that promotes where that is configured, and it is kept nowhere", async () => {
    const { round, sent } = await rig({ approvals: true, format: "slack" });
    await round(rollout());
    const { blocks, text } = JSON.parse(sent[0]?.body ?? "");
    expect(text).toBe("web &lt;v2&gt; waits for somebody: web in shop, c1 (istio)");
    expect(blocks[2].elements.map(({ url }: { url: string }) => url)).toEqual([
      "https://mesh.example/rollouts/web-v2",
      "https://mesh.example/approve#token",
    ]);
    expect(readFileSync(join(folder, "outbox.jsonl"), "utf8")).not.toContain("approve#");
    const { step, ...rest } = rollout();
    const notice = { id: "n", event: "waiting" as const, atMs: 0, rollout: { ...rest, step: step.text } };
    expect(JSON.parse(slackBody(notice, { page: null, approve: null })).blocks).toHaveLength(2);
    expect(noticeText(notice)).toContain("web <v2>");
  });

  test("follow no redirect: a webhook that points elsewhere took nothing", async () => {
    const seen: IncomingMessage[] = [];
    const server = createServer((request, response) => {
      seen.push(request);
      response.writeHead(307, { location: "/elsewhere" }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanUps.push(() => new Promise((resolve) => server.close(resolve)));
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/hook`;
    const outbox = await Outbox.open(folder);
    if (!outbox.ok) throw new Error(outbox.error.message);
    cleanUps.push(() => outbox.value.close());
    const log = { info: () => {}, warn: () => {}, error: () => {} };
    const notifications = new Notifications({
      ...{ targets: [{ ...TARGET, url }], outbox: outbox.value, clock: { nowMs: () => 1_000_000 }, log },
      ...{ publicUrl: null, approvalLink: async () => null },
    });
    await notifications.look([rollout()]);
    await notifications.send();
    expect(seen.map(({ url: path, method }) => [path, method])).toEqual([["/hook", "POST"]]);
    expect(notifications.answer().targets[0]).toMatchObject({ pending: 1, error: { message: "it answered 307" } });
  });
});
