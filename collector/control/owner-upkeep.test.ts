import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { at, type Json, type JsonObject, objectOf, withMember } from "../../lib/control/traffic/document.ts";
import type { AuditEntry } from "../../lib/query/schema/audit.ts";
import type { RolloutActionName } from "../../lib/query/schema/rollouts.ts";
import { IntentJournal } from "./intent-journal.ts";
import { historyOfIntents } from "./owner-history.ts";
import { click, LOG, OwnerRig } from "./owner-rig.ts";
import { OwnerUpkeep, WATCH_MS } from "./owner-upkeep.ts";

const ARGO = "argo:c1:shop:reviews";
const FLAGGER = "flagger:c1:shop:reviews";
const OBJECT: JsonObject = {
  metadata: { name: "reviews", namespace: "shop" },
  spec: {},
  status: { phase: "Progressing" },
};
const wrote = (manager: string, second: number) => ({
  ...{ manager, time: `2026-11-26T10:00:0${second}Z`, fieldsV1: { "f:spec": {} } },
});

let rig: OwnerRig;
let intents: IntentJournal;
let upkeep: OwnerUpkeep;
let audit: AuditEntry[] = [];
let isAudited = true;

async function start(): Promise<void> {
  const opened = await IntentJournal.open(join(rig.folder, "intents.jsonl"));
  if (!opened.ok) throw new Error(opened.error.message);
  intents = opened.value;
  const options = { planes: rig.planes, intents, clock: rig.clock, log: LOG };
  upkeep = new OwnerUpkeep({ ...options, audit: async (entry) => isAudited && audit.push(entry) > 0 });
}

beforeEach(async () => {
  rig = new OwnerRig();
  audit = [];
  isAudited = true;
  await start();
});
afterEach(async () => {
  await intents.close();
  await rig.close();
});

const with_ = (...changes: readonly (readonly [readonly (string | number)[], Json])[]) =>
  changes.reduce((object, [path, value]) => objectOf(withMember(object, path, value)) ?? object, OBJECT);

async function done(rollout: string, action: RolloutActionName, outcome: "applied" | "refused" = "applied") {
  const at = { atMs: rig.nowMs, rollout, intentId: click(intents.of(rollout).length) };
  await intents.append({ type: "taken", ...at, action, actor: "ann", reason: "r", seen: "s" });
  await intents.append({ type: "settled", ...at, outcome, code: outcome, message: "" });
}
const texts = (rollout: string) => historyOfIntents(intents.of(rollout)).map(({ text }) => text);

test("a pause that a GitOps tool writes back is said to be reverted, by whom, once", async () => {
  await done(ARGO, "pause");
  rig.api.put("Rollout", with_([["spec", "paused"], true]));
  await upkeep.look();
  expect(texts(ARGO)[0]).toBe("the owner took it");
  const managers = [wrote("meshscope", 2), wrote("argocd-application-controller", 2), wrote("kubectl", 1)];
  rig.api.put("Rollout", with_([["spec", "paused"], false], [["metadata", "managedFields"], managers]));
  await upkeep.look();
  await upkeep.look();
  expect(texts(ARGO).filter((text) => text.startsWith("reverted"))).toEqual([
    "reverted by argocd-application-controller: spec.paused: true → false",
  ]);
});

test("somebody else's change is no revert, a write that was refused is not watched, and none for ever", async () => {
  await done(FLAGGER, "pause");
  rig.api.put("Canary", with_([["metadata", "managedFields"], [wrote("kubectl-edit", 1)]]));
  await upkeep.look();
  expect(texts(FLAGGER)[0]).toBe("changed by kubectl-edit: spec.suspend: true → false");
  await done(ARGO, "pause", "refused");
  rig.api.put("Rollout", OBJECT);
  await upkeep.look();
  expect(texts(ARGO)).toHaveLength(2);
  await done(ARGO, "pause");
  rig.nowMs += WATCH_MS;
  await upkeep.look();
  expect(texts(ARGO)).toHaveLength(4);
});

test("skipAnalysis is taken back when its release is over, audited before it is sent, and after a restart too", async () => {
  await done(FLAGGER, "promoteFull");
  rig.api.put("Canary", with_([["spec", "skipAnalysis"], true]));
  rig.nowMs += 60_000;
  await upkeep.look();
  expect(rig.api.patches).toEqual([]);
  await intents.close();
  await start();
  rig.nowMs += WATCH_MS;
  rig.api.put("Canary", with_([["spec", "skipAnalysis"], true], [["status", "phase"], "Succeeded"]));
  isAudited = false;
  await upkeep.look();
  expect(rig.api.patches).toEqual([]);
  isAudited = true;
  await upkeep.look();
  await upkeep.look();
  expect(rig.api.patches.map(({ body }) => at(body, "spec"))).toEqual([{ skipAnalysis: false }]);
  expect(audit.map(({ actor, action, outcome }) => [actor, action, outcome])).toEqual([
    ["meshscope", "takeBack", "pending"],
    ["meshscope", "takeBack", "applied"],
  ]);
  expect(texts(FLAGGER)[0]).toBe("skipAnalysis was taken back");
});

test("a Canary that cannot be read or patched is looked at again", async () => {
  await done(FLAGGER, "promoteFull");
  rig.nowMs += 60_000;
  rig.api.put("Canary", with_([["spec", "skipAnalysis"], true], [["status", "phase"], "Failed"]));
  rig.api.fault = "down";
  await upkeep.look();
  rig.api.fault = "none";
  rig.api.heartbeats = 1;
  await upkeep.look();
  expect(rig.api.patches).toEqual([]);
  await upkeep.look();
  expect(rig.api.patches).toHaveLength(1);
});
