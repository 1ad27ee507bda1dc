import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { at, type Json, type JsonObject, objectOf, withMember } from "../../lib/control/traffic/document.ts";
import { type RolloutActionName, rolloutDetailSchema, rolloutSummarySchema } from "../../lib/query/schema/rollouts.ts";
import { FlaggerGates } from "./flagger-gates.ts";
import { flaggerOwner } from "./flagger-owner.ts";
import { GateKeeper } from "./gate-keeper.ts";
import { GateUrls } from "./gate-urls.ts";
import { click, OwnerRig } from "./owner-rig.ts";
import type { OwnerSource } from "./owner-source.ts";

const ID = "flagger:c1:shop:reviews";
const GATE_URL = "http://meshscope:4320";
const CANARY: JsonObject = {
  metadata: { name: "reviews", namespace: "shop", resourceVersion: "8" },
  spec: {
    provider: "istio",
    targetRef: { kind: "Deployment", name: "reviews" },
    analysis: {
      interval: "1m",
      threshold: 5,
      stepWeights: [10, 50],
      metrics: [{ name: "request-success-rate", thresholdRange: { min: 99 } }],
      webhooks: ["confirm-rollout", "confirm-traffic-increase", "confirm-promotion", "rollback"].map((type) => ({
        ...{ name: type, type, url: `${GATE_URL}/gates/flagger/c1/${type}/t` },
      })),
    },
  },
  status: {
    phase: "WaitingPromotion",
    canaryWeight: 0,
    lastAppliedSpec: "v2",
    lastPromotedSpec: "v1",
    failedChecks: 0,
  },
};
const DEPLOYMENT: JsonObject = {
  metadata: { name: "reviews", namespace: "shop" },
  spec: { template: { spec: { containers: [{ image: "reviews:v2" }] } } },
};
const SERVICE = (weight: number): JsonObject => ({
  metadata: { name: "reviews", namespace: "shop", resourceVersion: "1" },
  spec: {
    http: [
      {
        route: [
          { destination: { host: "reviews-primary" }, weight: 100 - weight },
          { destination: { host: "reviews-canary" }, weight },
        ],
      },
    ],
  },
});

const changed = (raw: JsonObject, ...changes: readonly (readonly [readonly (string | number)[], Json])[]) =>
  changes.reduce((object, [path, value]) => objectOf(withMember(object, path, value)) ?? object, raw);

let rig: OwnerRig;
let source: OwnerSource;
let keeper: GateKeeper;
let urls: GateUrls;
let gates: FlaggerGates;

/** As after a start of the process. */
async function start(): Promise<void> {
  const opened = await FlaggerGates.open(join(rig.folder, "gates.jsonl"));
  if (!opened.ok) throw new Error(opened.error.message);
  gates = opened.value;
  urls = await GateUrls.open(GATE_URL, join(rig.folder, "gate-secret"));
  const parts = { planes: rig.planes, gates, urls, clock: rig.clock };
  source = await rig.open(flaggerOwner(parts));
  keeper = new GateKeeper(parts);
}

beforeEach(async () => {
  rig = new OwnerRig();
  rig.api.put("Canary", CANARY);
  rig.api.put("Deployment", DEPLOYMENT);
  rig.traffic.objects.set("istio/reviews", SERVICE(50));
  await start();
});
afterEach(async () => {
  await gates.stop();
  await rig.close();
});

const put = (...changes: readonly (readonly [readonly (string | number)[], Json])[]) =>
  rig.api.put("Canary", changed(CANARY, ...changes));
const summary = async () => {
  const [one] = (await source.list()).rollouts;
  if (one === undefined) throw new Error("no rollout");
  return rolloutSummarySchema.parse(one);
};
const detail = async () => rolloutDetailSchema.parse(await source.detail(ID));
const act = (action: RolloutActionName, n: number, revision: string, actor = "ann") =>
  source.act(ID, { action, actor, reason: "looks good", intentId: click(n) }, revision);
const tokenOf = (name = "reviews") =>
  urls.of({ cluster: "c1", namespace: "shop", name })?.("rollback").split("/").at(-1) ?? "";
const ask = (gate: string, token = tokenOf()) =>
  keeper.answer({ cluster: "c1", gate, token, namespace: "shop", name: "reviews" });

describe("a Canary of Flagger", () => {
  test("waits for a promotion with the share that its route has, whatever its status says", async () => {
    expect(await summary()).toMatchObject({
      ...{ id: ID, state: "waiting", waitingFor: "promotion", desired: 0.5, owner: { kind: "flagger" } },
      step: { index: 3, count: 5, text: "wait for a person to promote" },
    });
    const seen = await detail();
    expect(seen.routes).toMatchObject([{ stable: "reviews-primary", canary: "reviews-canary", desired: 0.5 }]);
    expect(seen.owned).toMatchObject({
      phase: "WaitingPromotion",
      analyses: [{ metrics: [{ name: "request-success-rate", counts: "at least 99" }] }],
    });
    expect(seen.owned?.facts).toContainEqual({ name: "failed checks", value: "0 of 5 until it rolls back" });
    expect(seen.previews.find(({ action }) => action === "promote")).toMatchObject({
      changes: [{ object: "gate confirm-promotion", before: "403, held", after: "200, once" }],
      warnings: [{ code: "next_tick", message: "Flagger notices it with its next tick, within 60 s" }],
    });
  });

  test("a gate is closed until a person promotes, lets one question through, and is closed again", async () => {
    expect(await ask("confirm-promotion")).toMatchObject({ go: false, code: "gate_closed" });
    expect(await act("promote", 1, (await summary()).revision)).toMatchObject({ ok: true });
    expect(await summary()).toMatchObject({ state: "running", waitingFor: "owner" });
    expect(await ask("rollback")).toMatchObject({ go: false });
    const answers = await Promise.all([1, 2, 3].map(() => ask("confirm-promotion")));
    expect(answers.filter(({ go }) => go)).toHaveLength(1);
    expect(await ask("confirm-promotion")).toMatchObject({ go: false, code: "gate_closed" });
    expect(rig.api.patches).toEqual([]);
  });

  test("an open gate, and one that was used, are what they were after a start of the process", async () => {
    await act("promote", 1, (await summary()).revision);
    await gates.stop();
    await start();
    expect(await ask("confirm-promotion")).toEqual({ go: true });
    await gates.stop();
    await start();
    expect(await ask("confirm-promotion")).toMatchObject({ go: false });
  });

  test("an approval lets neither another version through nor another step, and ends after its life", async () => {
    await act("promote", 1, (await summary()).revision);
    put([["status", "lastAppliedSpec"], "v3"]);
    expect(await ask("confirm-promotion")).toMatchObject({ go: false });
    put([["status", "phase"], "Progressing"], [["status", "canaryWeight"], 10]);
    await act("promote", 2, (await summary()).revision);
    put([["status", "phase"], "Progressing"], [["status", "canaryWeight"], 50]);
    expect(await ask("confirm-traffic-increase")).toMatchObject({ go: false });
    put([["status", "phase"], "Progressing"], [["status", "canaryWeight"], 10]);
    rig.nowMs += 16 * 60_000;
    expect(await ask("confirm-traffic-increase")).toMatchObject({ go: false });
  });

  test("a start is approved for the template that was seen", async () => {
    put([["status", "phase"], "Waiting"]);
    const { revision } = await summary();
    await act("promote", 1, revision);
    rig.api.put(
      "Deployment",
      changed(DEPLOYMENT, [["spec", "template", "spec", "containers", 0, "image"], "reviews:v3"]),
    );
    expect(await ask("confirm-rollout")).toMatchObject({ go: false });
    expect(await act("promote", 2, revision)).toMatchObject({ error: { kind: "conflict" } });
    rig.api.put("Deployment", DEPLOYMENT);
    expect(await ask("confirm-rollout")).toEqual({ go: true });
    rig.api.objects.delete("Deployment/shop/reviews");
    expect((await summary()).blocked["promote"]).toMatchObject({ code: "template_unread" });
    expect(await ask("confirm-rollout")).toMatchObject({ code: "gate_unreadable" });
  });

  test("a gate asks for its canary's own token, and an API that cannot be read holds", async () => {
    await act("promote", 1, (await summary()).revision);
    for (const token of ["", "t", tokenOf("ratings"), tokenOf().slice(1)])
      expect(await ask("confirm-promotion", token)).toMatchObject({ go: false, code: "gate_unknown" });
    expect(await ask("pre-rollout")).toMatchObject({ code: "gate_unknown" });
    rig.api.fault = "down";
    expect(await ask("confirm-promotion")).toMatchObject({ go: false, code: "gate_unreadable" });
    rig.api.fault = "none";
    expect(await ask("confirm-promotion")).toEqual({ go: true });
  });

  test("the token survives a start of the process, and another folder has others", async () => {
    const before = tokenOf();
    await gates.stop();
    await start();
    expect(tokenOf()).toBe(before);
    const other = await GateUrls.open(GATE_URL, join(rig.folder, "other", "gate-secret"));
    expect(other.isTokenOf({ cluster: "c1", namespace: "shop", name: "reviews" }, before)).toBe(false);
  });

  test("the way back opens the rollback gate, lifts a suspension, and answers until it is seen to be back", async () => {
    put([["spec", "suspend"], true]);
    const { revision } = await summary();
    expect(await act("rollback", 1, revision)).toMatchObject({ ok: true });
    expect(at(rig.api.get("Canary", "shop", "reviews"), "spec", "suspend")).toBe(false);
    expect(await summary()).toMatchObject({ state: "rollingBack" });
    expect([await ask("rollback"), await ask("rollback")]).toEqual([{ go: true }, { go: true }]);
    put([["status", "phase"], "Failed"]);
    expect(await summary()).toMatchObject({ state: "failed" });
    put();
    expect(await ask("rollback")).toMatchObject({ go: false });
  });

  test("of fifty promotions from one revision one is taken", async () => {
    const { revision } = await summary();
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => act("promote", n, revision)));
    expect(answers.filter((answer) => answer?.ok === true)).toHaveLength(1);
    expect(answers.filter((answer) => answer?.ok === false && answer.error.kind === "conflict")).toHaveLength(49);
    const conflict = await act("promote", 60, revision, "bob");
    expect(conflict?.ok === false ? conflict.error.message : "").toContain(
      "by ann (promote) at 2026-11-26T10:00:00.000Z",
    );
  });

  test("the same intent again answers its first result, and opens no gate a second time", async () => {
    const { revision } = await summary();
    await act("promote", 1, revision);
    expect(await ask("confirm-promotion")).toEqual({ go: true });
    expect(await act("promote", 1, revision)).toMatchObject({ ok: true, value: { repeated: true } });
    expect(await ask("confirm-promotion")).toMatchObject({ go: false });
  });

  test("pausing, resuming and full promotion carry the revision that was read; a lost race is a conflict", async () => {
    await act("pause", 1, (await summary()).revision);
    expect(rig.api.patches.at(-1)?.body).toEqual({ metadata: { resourceVersion: "9" }, spec: { suspend: true } });
    expect(await summary()).toMatchObject({ state: "paused" });
    await act("resume", 2, (await summary()).revision);
    rig.api.heartbeats = 1;
    expect(await act("promoteFull", 3, (await summary()).revision)).toMatchObject({ error: { kind: "conflict" } });
    expect(await act("promoteFull", 4, (await summary()).revision)).toMatchObject({ ok: true });
    expect(at(rig.api.get("Canary", "shop", "reviews"), "spec", "skipAnalysis")).toBe(true);
  });

  test("a failed release is tried again by a mark on its target's template", async () => {
    put([["status", "phase"], "Failed"]);
    expect(await act("retry", 1, (await summary()).revision)).toMatchObject({ ok: true });
    const marked = at(rig.api.get("Deployment", "shop", "reviews"), "spec", "template", "metadata", "annotations");
    expect(marked).toEqual({ "meshscope.dev/retry": click(1) });
  });

  test("what cannot be driven from here shows the webhooks that are missing, with their URLs", async () => {
    put([["spec", "analysis", "webhooks"], []]);
    const seen = await detail();
    expect(seen.blocked["promote"]).toMatchObject({ code: "no_gate" });
    expect(seen.previews.find(({ action }) => action === "rollback")?.breakGlass).toBe(
      "kubectl rollout undo deployment/reviews -n shop",
    );
    const [setup] = seen.owned?.setup ?? [];
    expect(setup?.text).toContain(`url: ${GATE_URL}/gates/flagger/c1/confirm-promotion/${tokenOf()}`);
    expect(setup?.text.match(/type: /g)).toHaveLength(4);
  });

  test("a gate that cannot be written stays closed, and the way back opens all the same", async () => {
    const { revision } = await summary();
    await gates.stop();
    expect(await act("promote", 1, revision)).toMatchObject({ error: { kind: "unavailable", code: "not_durable" } });
    expect(await ask("confirm-promotion")).toMatchObject({ go: false });
    expect(await act("rollback", 2, (await summary()).revision)).toMatchObject({ ok: true });
    expect(await ask("rollback")).toEqual({ go: true });
    await start();
  });
});
