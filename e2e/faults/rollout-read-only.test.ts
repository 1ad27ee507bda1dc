/**
 * A disk that the kernel makes read-only under the real process: nothing is promoted, and the way back is done. Mended and
 * mounted anew under the same process, it gets what was done meanwhile.
 */
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { auditListSchema } from "../../lib/query/schema/audit.ts";
import { rolloutDetailSchema } from "../../lib/query/schema/rollouts.ts";
import { type CollectorProcess, startCollector } from "../support/collector-process.ts";
import { FakeConsul } from "../support/fake-consul.ts";

const folder = mkdtempSync(join(tmpdir(), "meshscope-read-only-"));
const disk = join(folder, "disk");

function run(command: string, ...args: readonly string[]): string | undefined {
  const ran = spawnSync(command, args, { encoding: "utf8" });
  return ran.status === 0 ? undefined : (ran.error?.message ?? ran.stderr.trim());
}

const image = join(folder, "image");

/** An ext4 in a file: of a tmpfs whose files are open the kernel makes nothing read-only. */
function mounted(): string | undefined {
  writeFileSync(image, Buffer.alloc(64 * 1024 * 1024));
  return run("mkfs.ext4", "-q", "-F", image) ?? run("mkdir", disk) ?? run("mount", "-o", "loop", image, disk);
}

/** Its journal is played back, as at any start; the collector still holds files of the one that was aborted. */
function mountedAnew(): string | undefined {
  const mended = join(folder, "mended");
  copyFileSync(image, mended);
  return run("umount", "-l", disk) ?? run("mount", "-o", "loop", mended, disk);
}

const refused = mounted();
if (refused !== undefined) console.warn(`skipped: no disk of our own can be mounted: ${refused}`);
const cleanUps: (() => unknown)[] = [];
afterAll(async () => {
  for (const clean of cleanUps.reverse()) await clean();
  if (refused === undefined) run("umount", "-l", disk);
  rmSync(folder, { recursive: true, force: true });
});

const DEFINITION = {
  ...{ id: "web-v2", name: "web v2", service: "web" },
  routes: [
    {
      ...{ id: "web", driver: "consul", cluster: "dc1", namespace: "default", object: "web", rule: "web" },
      ...{ stable: "web/v1", canary: "web/v2" },
    },
  ],
  steps: [{ pause: "manual" }, { weight: 0.5 }, { weight: 1 }],
};
const POLL = { timeout: 60_000, interval: 50 };

async function call(collector: CollectorProcess, path: string, body?: object) {
  const answer = await fetch(`${collector.api}/api/v1${path}`, {
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    headers: { "content-type": "application/json" },
  });
  return { status: answer.status, json: await answer.json() };
}

test.skipIf(refused !== undefined)(
  "on a disk that became read-only a promotion is refused without a write, and a rollback is done, told, and written once the disk is back",
  async () => {
    const consul = new FakeConsul();
    await consul.open();
    cleanUps.push(() => consul.close());
    const settings = { store: "memory", data: disk, control: { consul: [{ name: "dc1", url: consul.url }] } };
    let collector = await startCollector(settings);
    cleanUps.push(() => collector.child.kill("SIGKILL"));
    const detail = async () => rolloutDetailSchema.parse((await call(collector, "/rollouts/web-v2")).json);
    const act = async (action: string) => {
      const { revision: expectedRevision } = await detail();
      const body = { action, expectedRevision, intentId: randomUUID(), reason: "at 3 a.m." };
      return call(collector, "/rollouts/web-v2/actions", body);
    };
    expect((await call(collector, "/rollouts", DEFINITION)).status).toBe(201);
    expect((await act("promote")).status).toBe(202);
    await expect.poll(() => consul.canary, POLL).toBe(50);
    await expect.poll(async () => (await detail()).routes[0]?.desired, POLL).toBe(0.5);
    const written = () =>
      readdirSync(join(disk, "audit"))
        .map((file) => readFileSync(join(disk, "audit", file), "utf8"))
        .join("");
    expect(written()).toContain('"action":"promote"');

    expect(run("mount", "-o", "remount,abort", disk)).toBeUndefined();
    expect(() => writeFileSync(join(disk, "x"), "")).toThrow(/EROFS/);
    const promoted = await act("skipStep");
    expect([promoted.status, promoted.json.code]).toEqual([503, "audit_unavailable"]);
    expect([consul.canary, consul.writes.length]).toEqual([50, 1]);
    const back = await act("rollback");
    expect(back.status, JSON.stringify(back.json)).toBe(202);
    await expect.poll(() => consul.canary, POLL).toBe(0);
    await expect.poll(async () => (await detail()).state, POLL).toBe("rolledBack");
    expect(consul.writes).toHaveLength(2);
    // Kept in memory and in the log that the process prints, and said so.
    const audited = async () => auditListSchema.parse((await call(collector, "/audit?limit=100")).json);
    const { audit, notOnDisk } = await audited();
    expect(audit.map(({ action }) => action)).toEqual(expect.arrayContaining(["rollback", "writeBack"]));
    expect(notOnDisk?.message).toContain("EROFS");
    expect(collector.log()).toContain("audit_not_durable");

    expect(mountedAnew()).toBeUndefined();
    await expect.poll(async () => (await audited()).notOnDisk, POLL).toBeUndefined();
    expect(written()).toContain('"action":"writeBack"');
    await collector.stop();
    collector = await startCollector(settings);
    expect((await detail()).state).toBe("rolledBack");
    expect(new Set((await audited()).audit.map(({ id }) => id))).toEqual(new Set(audit.map(({ id }) => id)));
    expect(consul.writes).toHaveLength(2);
  },
  180_000,
);
