/** Control put together: what the audit owes when its disk fails in the middle of a write, and how all of it ends. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { AuditLog } from "./audit-log.ts";
import { failingDisk } from "./failing-disk.ts";
import { countersOf, DEFINITION, FakeMesh } from "./fake-mesh.ts";
import { FakeOwners } from "./fake-owners.ts";
import { IntentJournal } from "./intent-journal.ts";
import { openControl } from "./open-control.ts";
import { openFiles, tellsOpenFiles } from "./open-files.ts";
import { click } from "./owner-rig.ts";
import { NO_FIGURES } from "./rollout-figures.ts";

const NOW_MS = Date.UTC(2026, 10, 26, 10);
const REVIEWS = "flagger:c1:shop:reviews";

let folder = "";
let mesh: FakeMesh;
let api: FakeOwners;
let mend = (): void => {};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "meshscope-control-"));
  mesh = new FakeMesh();
  api = new FakeOwners();
});
afterEach(() => {
  mend();
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

async function opened() {
  const another = { name: "c2", mesh: "consul" as const, traffic: new FakeMesh() };
  const logged: string[] = [];
  const log = { info: () => {}, warn: () => {}, error: (event: string) => logged.push(event) };
  const control = await openControl({
    ...{ dataFolder: folder, figures: NO_FIGURES, counters: countersOf(mesh), clock: { nowMs: () => NOW_MS }, log },
    planes: { all: [{ name: "c1", mesh: "consul", traffic: mesh, owners: api }, another], close: async () => {} },
  });
  if (!control.ok) throw new Error(control.error.message);
  const { own, audit } = control.value;
  const start = async (definition = DEFINITION) => {
    const made = await own.create(definition);
    if (!made.ok) throw new Error(made.error.message);
  };
  const outcomes = (of: string) => audit.all({ action: [of] }).map(({ outcome }) => outcome);
  return { ...control.value, start, outcomes, logged };
}

async function kept(action: string): Promise<readonly string[]> {
  const audit = await AuditLog.open(join(folder, "audit"));
  if (!audit.ok) throw new Error(audit.error.message);
  await audit.value.close();
  return audit.value.all({ action: [action] }).map(({ outcome }) => outcome);
}

describe("a disk that fails in the middle of a write of a share", () => {
  test("is owed the outcome, whose beginning it has", async () => {
    const { start, outcomes, service, logged, close } = await opened();
    const apply = mesh.apply.bind(mesh);
    mesh.apply = async (...given) => {
      const result = await apply(...given);
      mend = await failingDisk();
      return result;
    };
    mesh.fault = "lostAnswer";
    await start();
    await expect.poll(() => outcomes("write")).toEqual(["unknown"]);
    expect(service.notOnDisk).toMatchObject({ records: 1, sinceMs: NOW_MS });
    expect(logged).toContain("audit_not_durable");
    mend();
    await close();
    expect(await kept("write")).toEqual(["unknown"]);
  });

  test("is owed nothing of one that was not begun, which is not sent", async () => {
    const { start, outcomes, service, logged, close } = await opened();
    mesh.dryRun = async () => {
      mend = await failingDisk();
      return undefined;
    };
    await start();
    await expect.poll(() => logged).toContain("audit_not_durable");
    await expect.poll(() => logged).toContain("rollout_step_failed");
    expect([outcomes("write"), service.notOnDisk, mesh.writes]).toEqual([[], null, 0]);
    mend();
    await close();
  });
});

async function overCanary(): Promise<void> {
  const intents = await IntentJournal.open(join(folder, "owners/intents.jsonl"));
  if (!intents.ok) throw new Error(intents.error.message);
  const at = { atMs: NOW_MS - 60_000, rollout: REVIEWS, intentId: click(1) };
  await intents.value.append({ type: "taken", ...at, action: "promoteFull", actor: "ann", reason: "r", seen: "s" });
  await intents.value.append({ type: "settled", ...at, outcome: "applied", code: "applied", message: "" });
  await intents.value.close();
  const metadata = { name: "reviews", namespace: "shop" };
  api.put("Canary", { metadata, spec: { skipAnalysis: true }, status: { phase: "Succeeded" } });
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
}

describe("what is taken back from an owner of itself", () => {
  test("has its outcome owed to a disk that fails in the middle", async () => {
    await overCanary();
    const patch = api.patch.bind(api);
    api.patch = async (...given) => {
      const answer = await patch(...given);
      mend = await failingDisk();
      return answer;
    };
    const { outcomes, service, close } = await opened();
    await vi.advanceTimersByTimeAsync(10_000);
    await expect.poll(() => outcomes("takeBack")).toEqual(["applied"]);
    expect(service.notOnDisk).toMatchObject({ records: 1 });
    mend();
    await close();
    expect(await kept("takeBack")).toEqual(["applied"]);
  });

  test("has its outcome in the audit though all is being closed meanwhile", async () => {
    await overCanary();
    let speak = (): void => {};
    api.held = new Promise((resolve) => {
      speak = resolve;
    });
    const { outcomes, close } = await opened();
    await vi.advanceTimersByTimeAsync(10_000);
    await expect.poll(() => outcomes("takeBack")).toEqual(["pending"]);
    const closed = close();
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    speak();
    await closed;
    expect(await kept("takeBack")).toEqual(["applied"]);
    expect(tellsOpenFiles ? openFiles(folder) : []).toEqual([]);
  });
});

test.runIf(tellsOpenFiles)("what waits for a control plane holds up nothing but itself and the audit", async () => {
  const { start, own, close } = await opened();
  const read = mesh.read.bind(mesh);
  let silence: Promise<void> | undefined;
  let speak = (): void => {};
  let waiting = 0;
  mesh.read = async (target) => {
    if (silence !== undefined) waiting++;
    await silence;
    return read(target);
  };
  await start();
  const routes = DEFINITION.routes.map((route) => ({ ...route, target: { ...route.target, cluster: "c2" } }));
  await start({ ...DEFINITION, id: "web-v3", routes });
  await expect.poll(async () => (await own.list()).rollouts.map(({ state }) => state)).toEqual(["waiting", "waiting"]);
  silence = new Promise((resolve) => {
    speak = resolve;
  });
  await expect.poll(() => waiting, { timeout: 5_000 }).toBeGreaterThan(0);
  const closed = close();
  await expect
    .poll(() =>
      openFiles(folder)
        .map((path) => basename(path))
        .sort(),
    )
    .toEqual(["2026-11.jsonl", "web-v2.jsonl"]);
  speak();
  await closed;
  expect(openFiles(folder)).toEqual([]);
});
