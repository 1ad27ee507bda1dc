import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Act, RolloutAction, RolloutEvent } from "../../lib/control/rollout/events.ts";
import { replay } from "../../lib/control/rollout/state.ts";
import { SPLITTER } from "../../lib/control/traffic/fixtures.ts";
import { failingDisk } from "./failing-disk.ts";
import { countersOf, DEFINITION, FakeMesh } from "./fake-mesh.ts";
import { Journal } from "./journal.ts";
import { OwnRollout } from "./own-rollout.ts";

let folder = "";
const open: OwnRollout[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "meshscope-rollout-"));
});
afterEach(async () => {
  for (const rollout of open.splice(0)) await rollout.stop();
  rmSync(folder, { recursive: true });
});

const isEvent = (value: unknown): value is RolloutEvent =>
  typeof value === "object" && value !== null && "type" in value;

/** A rollout on its journal; started anew where the journal is empty. */
async function opened(mesh: FakeMesh): Promise<OwnRollout> {
  const journal = await Journal.open(join(folder, "web-v2.jsonl"));
  if (!journal.ok) throw new Error(journal.error.message);
  const known = journal.value.entries.filter(isEvent);
  const start: RolloutEvent = { type: "started", atMs: 0, definition: DEFINITION, sharesBp: { web: 1_000 } };
  if (known.length === 0) await journal.value.journal.append(start);
  const events = known.length === 0 ? [start] : known;
  const state = replay(events);
  if (state === null) throw new Error("no start");
  const rollout = new OwnRollout(state, events, journal.value.journal, {
    api: () => mesh,
    counters: countersOf(mesh),
    clock: { nowMs: () => 1_000_000 },
    log: { info: () => {}, warn: () => {}, error: () => {} },
    audit: async () => true,
  });
  open.push(rollout);
  return rollout;
}

const act = (action: RolloutAction, intentId: string): Act => ({ action, actor: "ann", reason: "because", intentId });

async function atGate(mesh = new FakeMesh()): Promise<OwnRollout> {
  const rollout = await opened(mesh);
  rollout.start();
  await expect.poll(() => rollout.state.step).toBe(1);
  return rollout;
}

describe("a rollout of our own", () => {
  test("of fifty promotions from one revision one is taken, the rest conflict, and one write follows", async () => {
    const mesh = new FakeMesh();
    const rollout = await atGate(mesh);
    const before = mesh.writes;
    const { revision } = rollout;
    const taken = await Promise.all(
      Array.from({ length: 50 }, (_, i) => rollout.take(act("promote", `click-${i}`), revision)),
    );
    expect(taken.filter((one) => one.ok)).toHaveLength(1);
    expect(taken.filter((one) => !one.ok && one.error.code === "conflict")).toHaveLength(49);
    await expect.poll(() => rollout.state.phase).toBe("promoted");
    expect(mesh.writes - before).toBe(1);
  });

  test("the same click ten times is one act, also after it is over", async () => {
    const rollout = await atGate();
    const { revision } = rollout;
    const first = await rollout.take(act("promote", "one"), revision);
    expect(first).toMatchObject({ ok: true, value: { repeated: false } });
    for (let i = 0; i < 9; i++)
      expect(await rollout.take(act("promote", "one"), revision)).toMatchObject({
        ok: true,
        value: { repeated: true },
      });
  });

  test("the way back is taken from an old revision: whatever came since, it leads to the same stable version", async () => {
    const mesh = new FakeMesh();
    const rollout = await atGate(mesh);
    const { revision } = rollout;
    await rollout.take(act("pause", "a"), revision);
    expect(await rollout.take(act("promote", "b"), revision)).toMatchObject({ ok: false, error: { code: "conflict" } });
    expect(await rollout.take(act("rollback", "c"), revision)).toMatchObject({ ok: true, value: { repeated: false } });
    await expect.poll(() => rollout.state.phase).toBe("rolledBack");
    expect(mesh.shareBp).toBe(0);
  });

  test("the way back from a release that was promoted meanwhile conflicts, and is taken by who saw it promoted", async () => {
    const mesh = new FakeMesh();
    const rollout = await atGate(mesh);
    const { revision } = rollout;
    await rollout.take(act("promote", "a"), revision);
    await expect.poll(() => rollout.state.phase).toBe("promoted");
    for (const [i, seen] of [revision, "web-v2", "web-v2-1", "nobody's"].entries())
      for (const action of ["rollback", "abort"] as const)
        expect(await rollout.take(act(action, `b${action}${i}`), seen)).toMatchObject({ error: { code: "conflict" } });
    expect(mesh.shareBp).toBe(10_000);
    const promoted = rollout.revision;
    mesh.entry = { ...mesh.entry, Splits: SPLITTER["Splits"] ?? [], ModifyIndex: 99 };
    rollout.nudge();
    await expect.poll(() => rollout.revision).not.toBe(promoted);
    // Whatever came since it was promoted, it leads to the same stable version.
    expect(await rollout.take(act("rollback", "c"), promoted)).toMatchObject({ ok: true });
    await expect.poll(() => rollout.state.phase).toBe("rolledBack");
  });

  test("an old revision is refused also where the wished state holds already", async () => {
    const rollout = await atGate();
    const { revision } = rollout;
    await rollout.take(act("pause", "a"), revision);
    expect(await rollout.take(act("pause", "b"), revision)).toMatchObject({ ok: false, error: { code: "conflict" } });
    expect(await rollout.take(act("pause", "c"), rollout.revision)).toMatchObject({
      ok: false,
      error: { code: "paused" },
    });
  });

  test("is where it was after a restart, with its acts", async () => {
    const mesh = new FakeMesh();
    const rollout = await atGate(mesh);
    await rollout.take(act("pause", "a"), rollout.revision);
    const { revision } = rollout;
    await rollout.stop();
    open.pop();
    const again = await opened(mesh);
    expect(again.revision).toBe(revision);
    expect(again.state.phase).toBe("paused");
    expect(await again.take(act("pause", "a"), revision)).toMatchObject({ ok: true, value: { repeated: true } });
  });

  test("on a disk that takes nothing a promotion is refused and a rollback is done, and in its log once the disk is back", async () => {
    const mesh = new FakeMesh();
    const stuck = await atGate(mesh);
    const mend = await failingDisk();
    expect(await stuck.take(act("promote", "a"), stuck.revision)).toMatchObject({
      ok: false,
      error: { code: "not_durable" },
    });
    expect(mesh.shareBp).toBe(2_500);
    expect(await stuck.take(act("rollback", "b"), stuck.revision)).toMatchObject({ ok: true });
    await expect.poll(() => stuck.state.phase).toBe("rolledBack");
    expect(mesh.shareBp).toBe(0);
    expect(stuck.log.owed?.records).toBeGreaterThan(1);
    mend();
    expect(await stuck.log.settleOwed()).toBe(true);
    await stuck.stop();
    open.pop();
    const again = await opened(mesh);
    expect([again.state.phase, again.events]).toEqual(["rolledBack", stuck.events]);
  });
});
