import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { at, type Json, type JsonObject, objectOf, withMember } from "../../lib/control/traffic/document.ts";
import { type RolloutActionName, rolloutDetailSchema, rolloutSummarySchema } from "../../lib/query/schema/rollouts.ts";
import { ARGO_ROLLOUTS } from "./argo-rollouts-owner.ts";
import { click, OwnerRig, ROLLOUT } from "./owner-rig.ts";
import type { OwnerSource } from "./owner-source.ts";

const ID = "argo:c1:shop:reviews";
const RUN: JsonObject = {
  metadata: { name: "errors-1", namespace: "shop" },
  status: {
    phase: "Running",
    metricResults: [
      {
        name: "error-rate",
        phase: "Running",
        successful: 3,
        failed: 1,
        measurements: [{ value: "0.2" }, { value: "0.4" }],
      },
    ],
  },
};

const changed = (raw: JsonObject, ...changes: readonly (readonly [readonly (string | number)[], Json])[]) =>
  changes.reduce((object, [path, value]) => objectOf(withMember(object, path, value)) ?? object, raw);

/** What Argo's controller does with what it is told: a pause that ends moves to the next step. */
function argo(_: string, raw: JsonObject): JsonObject {
  const isPaused = at(raw, "spec", "paused") === true;
  if (at(raw, "status", "pauseConditions") !== undefined || isPaused) return raw;
  const index = Number(at(raw, "status", "currentStepIndex") ?? 0);
  return changed(raw, [["status", "currentStepIndex"], index + 1], [["status", "controllerPause"], false]);
}

let rig: OwnerRig;
let source: OwnerSource;
beforeEach(async () => {
  rig = new OwnerRig();
  rig.api.put("Rollout", ROLLOUT);
  rig.api.put("AnalysisRun", RUN);
  rig.api.controller = argo;
  source = await rig.open(ARGO_ROLLOUTS);
});
afterEach(() => rig.close());

const now = () => rig.api.get("Rollout", "shop", "reviews");
const summary = async () => {
  const [one] = (await source.list()).rollouts;
  if (one === undefined) throw new Error("no rollout");
  return rolloutSummarySchema.parse(one);
};
const detail = async () => rolloutDetailSchema.parse(await source.detail(ID));
const act = (action: RolloutActionName, n: number, revision: string, actor = "ann") =>
  source.act(ID, { action, actor, reason: "looks good", intentId: click(n) }, revision);

describe("a Rollout of Argo Rollouts", () => {
  test("is listed as what waits for a person, with its share read from the route", async () => {
    expect(await summary()).toMatchObject({
      ...{ id: ID, mesh: "istio", cluster: "c1", namespace: "shop", state: "waiting", waitingFor: "promotion" },
      ...{ owner: { kind: "argoRollouts", ref: "Rollout shop/reviews" }, desired: 0.1, shift: null },
      step: { index: 1, count: 3, text: "wait for a person" },
      waitingSinceMs: Date.UTC(2026, 10, 26, 9, 50),
    });
    expect((await summary()).actions).toEqual(["promote", "promoteFull", "pause", "abort", "rollback"]);
    expect((await summary()).blocked).toMatchObject({ resume: { code: "not_paused" }, skipStep: { code: "paused" } });
  });

  test("is shown in full: steps, route, pods, conditions, analysis runs with their measurements", async () => {
    const seen = await detail();
    expect(seen.steps.map(({ text, state }) => [text, state])).toEqual([
      ["10 % to the canary", "done"],
      ["wait for a person", "current"],
      ["analysis: errors", "ahead"],
    ]);
    expect(seen.routes).toMatchObject([
      {
        object: "shop/reviews",
        rule: "main",
        stable: "reviews/v1",
        canary: "reviews/v2",
        desired: 0.1,
        counted: false,
      },
    ]);
    expect(seen.pods.map(({ name, arm }) => [name, arm])).toEqual([
      ["reviews-v1-0", "stable"],
      ["reviews-v2-0", "canary"],
    ]);
    expect(seen.owned).toMatchObject({
      phase: "Paused",
      conditions: [{ type: "Paused", reason: "RolloutPaused" }],
      analyses: [
        {
          name: "errors-1",
          role: "background",
          metrics: [{ name: "error-rate", counts: "3 successful, 1 failed", value: "0.4" }],
        },
      ],
    });
  });

  test("says before the click what each button writes, and how it is done by hand", async () => {
    const { previews } = await detail();
    const promote = previews.find(({ action }) => action === "promote");
    expect(promote?.changes).toEqual([
      {
        object: "Rollout shop/reviews",
        path: "status.pauseConditions",
        before: '[{"reason":"CanaryPauseStep","startTime":"2026-11-26T09:50:00Z"}]',
        after: "none",
      },
    ]);
    expect(promote?.request).toContain("PATCH /apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/reviews/status");
    const back = previews.find(({ action }) => action === "rollback");
    expect(back?.breakGlass).toBe(
      `kubectl patch rollouts.argoproj.io reviews -n shop --subresource=status --type=merge -p '{"status":{"abort":true}}'`,
    );
    expect(back?.warnings.map(({ code }) => code)).toEqual(["spec_unchanged"]);
  });

  test("a promotion ends the pause with the revision that was read, and moves one step", async () => {
    const { revision } = await summary();
    expect(await act("promote", 1, revision)).toEqual({ ok: true, value: { atMs: rig.nowMs, repeated: false } });
    expect(rig.api.patches).toEqual([
      {
        kind: "Rollout",
        subresource: "status",
        body: { metadata: { resourceVersion: "77" }, status: { pauseConditions: null } },
      },
    ]);
    expect(at(now(), "status", "currentStepIndex")).toBe(2);
    const { history } = await detail();
    expect(history.map(({ text, actor }) => [text, actor])).toEqual([
      ["the owner took it", undefined],
      ["promoted", "ann"],
    ]);
  });

  test("a double click skips no step: the second from the same revision conflicts and says who changed what", async () => {
    const { revision } = await summary();
    await act("promote", 1, revision);
    rig.nowMs += 1_000;
    const second = await act("promote", 2, revision, "bob");
    expect(second).toMatchObject({ ok: false, error: { kind: "conflict", code: "conflict" } });
    expect(second?.ok === false ? second.error.message : "").toMatch(
      /^changed since you looked by ann \(promote\) at 2026-11-26T10:00:00.000Z: step 2 → 3, its pause was ended$/,
    );
    expect(rig.api.patches).toHaveLength(1);
    expect(at(now(), "status", "currentStepIndex")).toBe(2);
  });

  test("of fifty promotions from one revision one is taken and one request is sent", async () => {
    const { revision } = await summary();
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => act("promote", n, revision)));
    expect(answers.filter((answer) => answer?.ok === true)).toHaveLength(1);
    expect(answers.filter((answer) => answer?.ok === false && answer.error.kind === "conflict")).toHaveLength(49);
    expect(rig.api.patches).toHaveLength(1);
  });

  test("the same intent answers its first result, in this life of the process and in the next", async () => {
    const { revision } = await summary();
    await act("promote", 1, revision);
    const first = { ok: true, value: { atMs: rig.nowMs, repeated: true } };
    rig.nowMs += 60_000;
    for (let again = 0; again < 10; again++) expect(await act("promote", 1, revision)).toEqual(first);
    source = await rig.open(ARGO_ROLLOUTS);
    expect(await act("promote", 1, revision)).toEqual(first);
    expect(rig.api.patches).toHaveLength(1);
    expect(await act("abort", 1, revision)).toMatchObject({ error: { code: "intent_reused" } });
  });

  test("a heartbeat of its status is no change: the promotion is sent again from what is read then", async () => {
    const { revision } = await summary();
    rig.api.heartbeats = 2;
    expect(await act("promote", 1, revision)).toMatchObject({ ok: true });
    expect(rig.api.patches.map(({ body }) => at(body, "metadata", "resourceVersion"))).toEqual(["79"]);
  });

  test("more heartbeats than tries are a conflict, and nothing is written", async () => {
    const { revision } = await summary();
    rig.api.heartbeats = 5;
    expect(await act("promote", 1, revision)).toMatchObject({ ok: false, error: { kind: "conflict" } });
    expect(rig.api.patches).toEqual([]);
  });

  test("an answer that was lost is looked up by the same click: done is done, and not done is sent once", async () => {
    const { revision } = await summary();
    rig.api.fault = "lostAnswer";
    expect(await act("promote", 1, revision)).toMatchObject({ error: { kind: "unavailable", code: "answer_lost" } });
    rig.api.fault = "none";
    source = await rig.open(ARGO_ROLLOUTS);
    expect(await act("promote", 1, revision)).toMatchObject({ ok: true, value: { repeated: true } });
    expect(rig.api.patches).toHaveLength(1);
    rig.api.put("Rollout", ROLLOUT);
    rig.api.fault = "lostRequest";
    expect(await act("promote", 2, revision)).toMatchObject({ error: { code: "answer_lost" } });
    rig.api.fault = "none";
    expect(await act("promote", 2, revision)).toMatchObject({ ok: true, value: { repeated: false } });
    expect(rig.api.patches).toHaveLength(2);
  });

  test("a new version voids the approval, and so does it void the way back", async () => {
    const { revision } = await summary();
    rig.api.put("Rollout", changed(ROLLOUT, [["status", "currentPodHash"], "newer"]));
    for (const [n, action] of (["promote", "abort"] as const).entries())
      expect(await act(action, n, revision)).toMatchObject({ error: { kind: "conflict" } });
    expect(rig.api.patches).toEqual([]);
  });

  test("the way back is taken from an older step of the same version", async () => {
    const { revision } = await summary();
    rig.api.put("Rollout", changed(ROLLOUT, [["status", "currentStepIndex"], 2]));
    const bound = { action: "rollback" as const, actor: "a link", reason: "r", intentId: click(2) };
    expect(await source.act(ID, bound, revision, true)).toMatchObject({
      error: { kind: "conflict", message: expect.stringContaining("step 2 → 3") },
    });
    expect(rig.api.patches).toEqual([]);
    expect(await act("rollback", 1, revision)).toMatchObject({ ok: true });
    expect(at(now(), "status", "abort")).toBe(true);
    expect(await summary()).toMatchObject({ state: "aborted" });
  });

  test("pausing, resuming, retrying and skipping are acts of their own", async () => {
    await act("pause", 1, (await summary()).revision);
    expect(await summary()).toMatchObject({ state: "paused", waitingFor: "resume" });
    await act("resume", 2, (await summary()).revision);
    expect(await summary()).toMatchObject({ state: "waiting" });
    await act("promote", 3, (await summary()).revision);
    expect((await summary()).actions).toContain("skipStep");
    expect(await act("skipStep", 4, (await summary()).revision)).toMatchObject({ ok: true });
    expect(rig.api.patches.at(-1)?.body).toMatchObject({ status: { pauseConditions: null, currentStepIndex: 3 } });
    await act("abort", 5, (await summary()).revision);
    await act("retry", 6, (await summary()).revision);
    expect(at(now(), "status", "abort")).toBe(false);
  });

  test("while the API is down it is shown as it was seen, offers the way back, and says how by hand", async () => {
    const { revision } = await summary();
    rig.api.fault = "down";
    const { rollouts, unreachable } = await source.list();
    expect(unreachable).toEqual([{ target: "c1: Rollout", code: "unavailable", message: "connection refused" }]);
    expect(rollouts).toMatchObject([{ id: ID, state: "unknown", actions: ["abort", "rollback"] }]);
    expect((await detail()).blocked["promote"]).toMatchObject({ code: "unavailable" });
    const answer = await act("rollback", 1, revision);
    expect(answer).toMatchObject({ error: { kind: "unavailable", code: "unavailable" } });
    expect(answer?.ok === false ? answer.error.breakGlass : []).toEqual([expect.stringContaining("kubectl patch")]);
  });

  test("what the service account may not do is said, and the intent is over", async () => {
    const { revision } = await summary();
    rig.api.fault = "forbidden";
    const refused = { error: { kind: "refused", code: "forbidden", message: "rollouts/status is forbidden" } };
    expect(await act("promote", 1, revision)).toMatchObject(refused);
    rig.api.fault = "none";
    expect(await act("promote", 1, revision)).toMatchObject(refused);
    expect(rig.api.patches).toEqual([]);
  });

  test("the callers' counters prove its share from the moment the share was seen to change", async () => {
    rig.isCounted = true;
    rig.callers = [{ caller: "cart", requests: 4_000, canaryRequests: 400 }];
    await summary();
    rig.nowMs += 30_000;
    expect(await summary()).toMatchObject({ desired: 0.1, observed: 0.1, shift: "verified" });
    expect((await detail()).routes[0]?.callers).toMatchObject([{ caller: "cart", share: 0.1, state: "follows" }]);
  });

  test("ids of others are not its own, and one that is gone is none", async () => {
    for (const id of ["web-v2", "flagger:c1:shop:reviews", "argo:c9:shop:reviews", "argo:c1:shop:gone", "argo:c1"])
      expect(await source.detail(id)).toBeUndefined();
    expect(
      await source.act("web-v2", { action: "promote", actor: "a", reason: "r", intentId: click(9) }, "x"),
    ).toBeUndefined();
  });
});
