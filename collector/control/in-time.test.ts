/** Lists and pages are answered while a control plane is silent. Each test is over long before the plane's own limit. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Result } from "../../lib/base/result.ts";
import { rolloutDetailSchema, rolloutListSchema } from "../../lib/query/schema/rollouts.ts";
import { ARGO_ROLLOUTS } from "./argo-rollouts-owner.ts";
import { countersOf, DEFINITION, FakeMesh } from "./fake-mesh.ts";
import { OwnRollouts } from "./own-rollouts.ts";
import { click, LOG, OwnerRig, ROLLOUT } from "./owner-rig.ts";
import type { OwnerSource } from "./owner-source.ts";
import { NO_FIGURES } from "./rollout-figures.ts";

const ID = "argo:c1:shop:reviews";
const NEVER = new Promise<void>(() => {});

/** A value, or the words of its refusal as a failed test. */
function taken<T>(result: Result<T, { readonly message: string }>): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

describe("an owner's control plane that never answers", () => {
  let rig: OwnerRig;
  let source: OwnerSource;
  beforeEach(async () => {
    rig = new OwnerRig();
    rig.promptMs = 50;
    rig.api.put("Rollout", ROLLOUT);
    source = await rig.open(ARGO_ROLLOUTS);
  });
  afterEach(() => rig.close());
  const list = async () => rolloutListSchema.parse({ ...(await source.list()), nextCursor: null, total: 0 });

  test("is named, and its rollouts stand as they were read last, with when that was", async () => {
    const [before] = (await list()).rollouts;
    rig.api.silence = NEVER;
    const readMs = rig.nowMs;
    rig.nowMs += 10_000;
    const { rollouts, unreachable } = await list();
    expect(unreachable).toEqual([{ target: "c1: Rollout", code: "slow", message: "no answer within 0.05 s yet" }]);
    expect(rollouts).toEqual([{ ...before, seenMs: readMs }]);
    const detail = rolloutDetailSchema.parse(await source.detail(ID));
    expect(detail).toMatchObject({ state: "waiting", seenMs: readMs, desired: before?.desired });
  });

  test("for longer than a click's worth offers the way back alone, with the command", async () => {
    await list();
    rig.api.silence = NEVER;
    rig.nowMs += 20_000;
    const [one] = (await list()).rollouts;
    expect(one?.state).toBe("unknown");
    expect([...(one?.actions ?? [])].sort()).toEqual(["abort", "rollback"]);
    expect(one?.blocked["promote"]).toMatchObject({ code: "slow" });
    const { previews } = rolloutDetailSchema.parse(await source.detail(ID));
    expect(previews.find(({ action }) => action === "rollback")?.breakGlass).toContain("kubectl");
  });

  test("is asked once at a time, and what comes late answers whoever asks next", async () => {
    await list();
    let speak = (): void => {};
    rig.api.silence = new Promise((resolve) => {
      speak = resolve;
    });
    const before = rig.api.reads;
    for (let i = 0; i < 3; i++) await list();
    expect(rig.api.reads - before).toBe(1);
    rig.api.put("Rollout", { ...ROLLOUT, status: { phase: "Healthy", observedGeneration: "4" } });
    speak();
    await expect.poll(async () => (await list()).unreachable).toEqual([]);
    const late = await list();
    expect(late.rollouts[0]).not.toHaveProperty("seenMs");
    expect(late.rollouts[0]?.state).not.toBe("waiting");
  });

  test("and never did is no rollout that is not there: who does not answer is said", async () => {
    rig.api.silence = NEVER;
    expect(await list()).toMatchObject({ rollouts: [], unreachable: [{ target: "c1: Rollout", code: "slow" }] });
    expect(await source.detail(ID)).toMatchObject({ target: "c1: Rollout", code: "slow" });
  });
});

describe("a click on an owner whose control plane does not answer in time", () => {
  let rig: OwnerRig;
  let source: OwnerSource;
  beforeEach(async () => {
    rig = new OwnerRig();
    rig.promptMs = 100;
    rig.clickMs = 100;
    rig.api.put("Rollout", ROLLOUT);
    source = await rig.open(ARGO_ROLLOUTS);
  });
  afterEach(() => rig.close());
  const promote = (n: number, revision: string) =>
    source.act(ID, { action: "promote", actor: "ann", reason: "looks good", intentId: click(n) }, revision);
  const revision = async () => (await source.list()).rollouts[0]?.revision ?? "";
  function hush(of: "silence" | "held"): () => void {
    let speak = (): void => {};
    rig.api[of] = new Promise((resolve) => {
      speak = resolve;
    });
    return speak;
  }

  test("is refused while nothing could be read, and is not carried out when it speaks", async () => {
    const seen = await revision();
    const speak = hush("silence");
    const refused = await promote(1, seen);
    expect(refused).toMatchObject({ ok: false, error: { kind: "unavailable", code: "slow" } });
    speak();
    await expect.poll(async () => (await source.list()).unreachable).toEqual([]);
    expect(rig.api.patches).toEqual([]);
  });

  test("is awaited once it was sent, done once, and the same click again says what came of it", async () => {
    const seen = await revision();
    const speak = hush("held");
    const awaited = await promote(1, seen);
    expect(awaited).toMatchObject({ ok: false, error: { kind: "unavailable", code: "awaited" } });
    expect(await promote(1, seen)).toMatchObject({ ok: false, error: { code: "awaited" } });
    // Another click does not wait behind it, and is not carried out after it.
    expect(await promote(2, seen)).toMatchObject({ ok: false, error: { code: "slow" } });
    speak();
    const later = awaited?.ok === false ? await awaited.error.later : undefined;
    expect(later).toMatchObject({ ok: true, value: { repeated: false } });
    expect(await promote(1, seen)).toMatchObject({ ok: true, value: { repeated: true } });
    expect(rig.api.patches).toHaveLength(1);
  });
});

describe("a rollout of our own whose control plane", () => {
  let folder = "";
  const open: OwnRollouts[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "meshscope-in-time-"));
  });
  afterEach(async () => {
    for (const own of open.splice(0)) await own.close();
    rmSync(folder, { recursive: true });
  });

  async function waiting() {
    const mesh = new FakeMesh();
    const answers = mesh.read.bind(mesh);
    let silence: Promise<void> | undefined;
    mesh.read = async (target) => {
      await silence;
      return answers(target);
    };
    const plane = { name: DEFINITION.routes[0]?.target.cluster ?? "", mesh: "consul" as const, traffic: mesh };
    const counters = { ...countersOf(mesh), graceMs: () => 0 };
    const world = { counters, clock: { nowMs: Date.now }, log: LOG, audit: async () => true };
    const planes = { all: [plane], close: async () => {} };
    const own = taken(await OwnRollouts.open({ folder, planes, world, figures: NO_FIGURES, promptMs: 50 }));
    open.push(own);
    taken(await own.create(DEFINITION));
    const one = async () => (await own.list()).rollouts[0];
    await expect.poll(async () => (await one())?.actions).toContain("promote");
    await own.detail(DEFINITION.id);
    const fallSilent = (): (() => void) => {
      let speak = (): void => {};
      silence = new Promise((resolve) => {
        speak = resolve;
      });
      return speak;
    };
    return { mesh, own, one, fallSilent };
  }

  test("never answers is shown as it was read last, with the command of the way back", async () => {
    const { own, fallSilent } = await waiting();
    const { revision = "" } = (await own.list()).rollouts[0] ?? {};
    const speak = fallSilent();
    const act = { action: "promote" as const, actor: "ann", reason: "looks good", intentId: click(1) };
    const refused = await own.act(DEFINITION.id, act, revision);
    expect(refused).toMatchObject({ ok: false, error: { kind: "unavailable", code: "slow" } });
    const detail = rolloutDetailSchema.parse(await own.detail(DEFINITION.id));
    expect(detail.routes[0]).toMatchObject({ rule: "web", accepted: "unknown", error: { code: "slow" } });
    expect(detail.previews.find(({ action }) => action === "rollback")?.breakGlass).toContain("consul");
    speak();
  });

  test("is down has its buttons off with the cause, takes no click that would have to wait, and takes the way back", async () => {
    const { mesh, own, one } = await waiting();
    const { revision = "" } = (await one()) ?? {};
    mesh.fault = "down";
    await expect
      .poll(async () => (await own.list()).unreachable, { timeout: 10_000 })
      .toEqual([{ target: "c1", code: "unavailable", message: "no leader" }]);
    const summary = await one();
    expect(summary?.seenMs).toBeGreaterThan(Date.now() - 60_000);
    expect(summary?.actions).not.toContain("promote");
    expect(summary?.actions).toContain("rollback");
    expect(summary?.blocked["promote"]).toEqual({ code: "unavailable", message: "c1 cannot be asked: no leader" });
    const act = { actor: "ann", reason: "looks good" };
    const refused = await own.act(DEFINITION.id, { ...act, action: "promote", intentId: click(1) }, revision);
    expect(refused).toMatchObject({ ok: false, error: { kind: "unavailable", code: "unavailable" } });
    expect((await one())?.revision).toBe(revision);
    const back = await own.act(DEFINITION.id, { ...act, action: "rollback", intentId: click(2) }, revision);
    expect(back).toMatchObject({ ok: true });
    mesh.fault = "none";
    await expect.poll(async () => (await one())?.state, { timeout: 10_000 }).toBe("rolledBack");
  });
});
