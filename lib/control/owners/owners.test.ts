import { describe, expect, test } from "vitest";
import { type JsonObject, objectOf, withMember } from "../traffic/document.ts";
import { HTTP_ROUTE, SPLITTER, TRAFFIC_SPLIT, VIRTUAL_SERVICE } from "../traffic/fixtures.ts";
import {
  type ArgoAction,
  guardedBody,
  isArgoDone,
  planArgo,
  readRollout,
  sightFrom,
  sightOf,
  sightText,
} from "./argo-rollouts.ts";
import { detectOwners, lastManager, NO_CLAIMANTS } from "./detect.ts";
import {
  askGate,
  type CanaryContext,
  canarySight,
  canarySightFrom,
  canarySightText,
  type FlaggerAction,
  flaggerRefusal,
  GATE_LIFE_MS,
  type GateKind,
  gateId,
  gateLifeMs,
  gateRevision,
  planFlagger,
  readCanary,
} from "./flagger.ts";

const changed = (object: JsonObject, path: readonly (string | number)[], value: Parameters<typeof withMember>[2]) =>
  objectOf(withMember(object, path, value)) ?? {};

const rolloutOf = (trafficRouting: JsonObject, namespace = "shop"): JsonObject => ({
  metadata: { name: "reviews", namespace },
  spec: { strategy: { canary: { trafficRouting } } },
});

const CANARY: JsonObject = {
  metadata: { name: "reviews", namespace: "shop", resourceVersion: "5" },
  spec: {
    targetRef: { kind: "Deployment", name: "reviews" },
    analysis: {
      interval: "1m30s",
      threshold: 5,
      webhooks: [
        { name: "go", type: "confirm-promotion", url: "http://meshscope:4320/gates/flagger" },
        { name: "back", type: "rollback", url: "http://meshscope:4320/gates/flagger" },
        { name: "else", type: "confirm-rollout", url: "http://loadtester/gate" },
      ],
    },
  },
  status: { phase: "WaitingPromotion", canaryWeight: 0, lastAppliedSpec: "abc", failedChecks: 1 },
};

describe("owners", () => {
  test("nobody owns what carries no evidence", () => {
    expect(detectOwners(VIRTUAL_SERVICE, "VirtualService", NO_CLAIMANTS)).toEqual({ writers: [], reverters: [] });
  });

  test.each([
    [{ istio: { virtualService: { name: "reviews" } } }, VIRTUAL_SERVICE, "VirtualService"],
    [{ istio: { virtualServices: [{ name: "other" }, { name: "reviews" }] } }, VIRTUAL_SERVICE, "VirtualService"],
    [{ plugins: { "argoproj-labs/gatewayAPI": { httpRoute: "reviews" } } }, HTTP_ROUTE, "HTTPRoute"],
    [{ smi: {} }, TRAFFIC_SPLIT, "TrafficSplit"],
  ] as const)("a Rollout that names the route is its writer: %j", (routing, object, kind) => {
    const { writers } = detectOwners(object, kind, { ...NO_CLAIMANTS, rollouts: [rolloutOf(routing)] });
    expect(writers).toMatchObject([{ kind: "argoRollouts", ref: "shop/reviews" }]);
    const elsewhere = detectOwners(object, kind, { ...NO_CLAIMANTS, rollouts: [rolloutOf(routing, "other")] });
    expect(elsewhere.writers).toEqual([]);
  });

  test("a Canary of the same name is the writer, and so is one that only left its marks", () => {
    const named = detectOwners(VIRTUAL_SERVICE, "VirtualService", { ...NO_CLAIMANTS, canaries: [CANARY] });
    expect(named.writers).toMatchObject([{ kind: "flagger", ref: "shop/reviews" }]);
    const owned = changed(VIRTUAL_SERVICE, ["metadata", "ownerReferences"], [{ kind: "Canary", name: "gone" }]);
    expect(detectOwners(owned, "VirtualService", NO_CLAIMANTS).writers).toMatchObject([
      { kind: "flagger", ref: "shop/gone" },
    ]);
  });

  test("two controllers on one route are both shown", () => {
    const rollouts = [rolloutOf({ istio: { virtualService: { name: "reviews" } } })];
    const { writers } = detectOwners(VIRTUAL_SERVICE, "VirtualService", {
      ...NO_CLAIMANTS,
      rollouts,
      canaries: [CANARY],
    });
    expect(writers.map(({ kind }) => kind)).toEqual(["argoRollouts", "flagger"]);
  });

  test("an entry that the Kubernetes controller of Consul keeps is written through its CRD", () => {
    const entry = changed(SPLITTER, ["Meta", "external-source"], "kubernetes");
    expect(detectOwners(entry, "ServiceSplitter", NO_CLAIMANTS).writers).toMatchObject([{ kind: "consulKubernetes" }]);
  });

  describe("Argo CD", () => {
    const tracked = changed(
      VIRTUAL_SERVICE,
      ["metadata", "annotations", "argocd.argoproj.io/tracking-id"],
      "shop-app:networking.istio.io/VirtualService:shop/reviews",
    );
    const application = (spec: JsonObject): JsonObject => ({
      metadata: { name: "shop-app", namespace: "argocd" },
      spec,
    });
    const of = (spec: JsonObject) =>
      detectOwners(tracked, "VirtualService", { ...NO_CLAIMANTS, applications: [application(spec)] }).reverters[0];

    test("reverts where it heals itself, unless the weights are left to others and the sync respects that", () => {
      const automated = { automated: { selfHeal: true } };
      const ignoreDifferences = [{ kind: "VirtualService", jqPathExpressions: [".spec.http[].route[].weight"] }];
      expect(of({ syncPolicy: automated })).toMatchObject({ kind: "argoCd", ref: "argocd/shop-app", reverts: true });
      expect(of({ syncPolicy: automated, ignoreDifferences })?.reverts).toBe(true);
      const syncPolicy = { ...automated, syncOptions: ["RespectIgnoreDifferences=true"] };
      expect(of({ syncPolicy, ignoreDifferences })?.reverts).toBe(false);
      expect(of({})?.reverts).toBe(false);
    });

    test("is not known to revert where its Application cannot be read", () => {
      expect(detectOwners(tracked, "VirtualService", NO_CLAIMANTS).reverters).toMatchObject([{ reverts: null }]);
    });

    test("the instance label alone, which Helm sets as well, says nothing", () => {
      const labelled = changed(VIRTUAL_SERVICE, ["metadata", "labels", "app.kubernetes.io/instance"], "shop-app");
      expect(detectOwners(labelled, "VirtualService", NO_CLAIMANTS).reverters).toEqual([]);
    });
  });

  test("Flux reverts what its Kustomization holds, unless reconciliation is disabled", () => {
    const labelled = changed(VIRTUAL_SERVICE, ["metadata", "labels", "kustomize.toolkit.fluxcd.io/name"], "apps");
    expect(detectOwners(labelled, "VirtualService", NO_CLAIMANTS).reverters).toMatchObject([
      { kind: "flux", reverts: true },
    ]);
    const off = changed(labelled, ["metadata", "annotations", "kustomize.toolkit.fluxcd.io/reconcile"], "disabled");
    expect(detectOwners(off, "VirtualService", NO_CLAIMANTS).reverters).toMatchObject([{ reverts: false }]);
  });

  test("who wrote last is read from managedFields, and status writers are none", () => {
    const fields = { "f:spec": {} };
    const object = changed(
      VIRTUAL_SERVICE,
      ["metadata", "managedFields"],
      [
        { manager: "kubectl", time: "2026-11-26T10:00:00Z", fieldsV1: fields },
        { manager: "argocd-application-controller", time: "2026-11-26T10:05:00Z", fieldsV1: fields },
        { manager: "istiod", time: "2026-11-26T10:06:00Z", fieldsV1: fields, subresource: "status" },
      ],
    );
    expect(lastManager(object)).toEqual({
      manager: "argocd-application-controller",
      atMs: Date.UTC(2026, 10, 26, 10, 5),
    });
    expect(lastManager(VIRTUAL_SERVICE)).toBeNull();
  });
});

describe("Argo Rollouts", () => {
  const raw: JsonObject = {
    metadata: { name: "reviews", namespace: "shop", resourceVersion: "77", generation: 4 },
    spec: { strategy: { canary: { steps: [{ setWeight: 10 }, { pause: {} }, { setWeight: 50 }] } } },
    status: {
      phase: "Paused",
      observedGeneration: "4",
      currentPodHash: "new",
      stableRS: "old",
      currentStepIndex: 1,
      controllerPause: true,
      pauseConditions: [{ reason: "CanaryPauseStep", startTime: "2026-11-26T10:00:00Z" }],
      canary: { weights: { canary: { weight: 10 }, stable: { weight: 90 } } },
    },
  };
  const plan = (object: JsonObject, action: ArgoAction) => {
    const rollout = readRollout(object);
    const patches = planArgo(rollout, action, sightOf(rollout));
    return patches.ok ? patches.value.map(({ subresource, body }) => [subresource, body]) : patches.error.code;
  };
  const running = changed(changed(raw, ["status", "pauseConditions"], []), ["status", "controllerPause"], false);

  test("promoting at a pause clears the pause and moves no step", () => {
    expect(plan(raw, "promote")).toEqual([["status", { status: { pauseConditions: null } }]]);
  });

  test("promoting while a step runs is refused; skipping it is an action of its own", () => {
    expect(plan(running, "promote")).toBe("nothing_paused");
    expect(plan(running, "skipStep")).toEqual([["status", { status: { pauseConditions: null, currentStepIndex: 2 } }]]);
    expect(plan(raw, "skipStep")).toBe("paused");
  });

  test("an inconclusive analysis is passed by with its step, and a person's own pause is lifted as well", () => {
    const inconclusive = changed(raw, ["status", "pauseConditions", 0, "reason"], "InconclusiveAnalysisRun");
    expect(plan(inconclusive, "promote")).toEqual([
      ["status", { status: { pauseConditions: null, controllerPause: false, currentStepIndex: 2 } }],
    ]);
    expect(plan(changed(raw, ["spec", "paused"], true), "promote")).toEqual([
      ["status", { status: { pauseConditions: null } }],
      [null, { spec: { paused: false } }],
    ]);
  });

  test("a person's own pause is lifted by resuming; a step's pause is ended by promoting alone", () => {
    expect(plan(raw, "resume")).toBe("not_paused");
    expect(plan(changed(raw, ["spec", "paused"], true), "resume")).toEqual([[null, { spec: { paused: false } }]]);
  });

  test("what a click saw goes through text, and the way back asks for the same version alone", () => {
    const sight = sightOf(readRollout(raw));
    expect(sightFrom(sightText(sight))).toEqual(sight);
    expect(sightFrom("reviews-4")).toBeUndefined();
    const later = readRollout(changed(running, ["status", "currentStepIndex"], 2));
    expect(planArgo(later, "promote", sight)).toMatchObject({ error: { code: "changed" } });
    expect(planArgo(later, "abort", sight).ok).toBe(true);
    expect(planArgo(later, "abort", { ...sight, podHash: "older" })).toMatchObject({ error: { code: "changed" } });
  });

  test("an action whose answer was lost is done where what it sets is set, on the same version", () => {
    const sight = sightOf(readRollout(raw));
    const done = (object: JsonObject, action: ArgoAction) => isArgoDone(readRollout(object), action, sight);
    expect([done(raw, "promote"), done(running, "promote")]).toEqual([false, true]);
    expect([done(raw, "abort"), done(changed(raw, ["status", "abort"], true), "abort")]).toEqual([false, true]);
    expect([done(raw, "skipStep"), done(changed(running, ["status", "currentStepIndex"], 2), "skipStep")]).toEqual([
      false,
      true,
    ]);
    expect(done(changed(running, ["status", "currentPodHash"], "newer"), "promote")).toBe(false);
  });

  test("an approval of another step, pod or pause is refused", () => {
    const rollout = readRollout(raw);
    for (const seen of [
      { ...sightOf(rollout), stepIndex: 0 },
      { ...sightOf(rollout), podHash: "older" },
      { ...sightOf(rollout), pausedSince: null },
    ]) {
      expect(planArgo(rollout, "promote", seen)).toMatchObject({ ok: false, error: { code: "changed" } });
    }
  });

  test("nothing but an abort is sent before the controller has taken the last change", () => {
    const settling = changed(raw, ["metadata", "generation"], 5);
    expect(plan(settling, "promote")).toBe("settling");
    expect(plan(settling, "abort")).toEqual([["status", { status: { abort: true } }]]);
  });

  test("aborted, promoted and paused rollouts refuse what makes no sense", () => {
    const aborted = changed(raw, ["status", "abort"], true);
    const promoted = changed(running, ["status", "stableRS"], "new");
    expect([plan(aborted, "promote"), plan(aborted, "abort"), plan(aborted, "promoteFull")]).toEqual(
      Array(3).fill("aborted"),
    );
    expect(plan(aborted, "retry")).toEqual([["status", { status: { abort: false } }]]);
    expect([plan(promoted, "promote"), plan(promoted, "promoteFull"), plan(promoted, "abort")]).toEqual(
      Array(3).fill("promoted"),
    );
    expect(plan(raw, "retry")).toBe("not_aborted");
  });

  test("what is sent carries the revision that was read", () => {
    const rollout = readRollout(raw);
    const patches = planArgo(rollout, "promote", sightOf(rollout));
    const [first] = patches.ok ? patches.value : [];
    expect(first === undefined ? null : guardedBody(first, rollout.revision)).toMatchObject({
      metadata: { resourceVersion: "77" },
    });
  });
});

describe("Flagger", () => {
  const GATE_URL = "http://meshscope:4320/gates/flagger";
  const CONTEXT = { templateHash: "t1", openGate: null } as const;
  const canary = readCanary(CANARY, GATE_URL);
  const phase = (name: string) => changed(CANARY, ["status", "phase"], name);
  const plan = (object: JsonObject, action: FlaggerAction, context: CanaryContext = CONTEXT) => {
    const read = readCanary(object, GATE_URL);
    return flaggerRefusal(read, action, context)?.code ?? planFlagger(read, action, "intent");
  };

  test("the weight that it claims while it waits for promotion is not believed", () => {
    expect(canary).toMatchObject({ phase: "WaitingPromotion", canaryWeight: null, intervalSec: 90, threshold: 5 });
    expect(canary.gates).toEqual(["confirm-promotion", "rollback"]);
  });

  test("a hook is a gate of ours only where its URL is below ours", () => {
    expect(readCanary(CANARY, "http://meshscope:4320/gates/flag").gates).toEqual([]);
    expect(readCanary(CANARY, null).gates).toEqual([]);
  });

  test.each([
    [{ stepWeight: 20, maxWeight: 50 }, [20, 40, 50]],
    [{ stepWeights: [1, 5, 60] }, [1, 5, 60]],
    [{ iterations: 10 }, []],
  ])("the ramp of %j", (analysis, ramp) => {
    expect(readCanary(changed(CANARY, ["spec", "analysis"], analysis), GATE_URL).ramp).toEqual(ramp);
  });

  test("promoting opens the gate of its phase, once", () => {
    expect(plan(CANARY, "promote")).toEqual({ gate: "confirm-promotion", body: null, targetBody: null });
    expect(plan(CANARY, "promote", { ...CONTEXT, openGate: "confirm-promotion" })).toBe("gate_open");
    expect(plan(phase("Progressing"), "promote")).toBe("no_gate");
    expect(plan(changed(CANARY, ["spec", "suspend"], true), "promote")).toBe("suspended");
  });

  test("a start is approved for a template that could be read, and for it alone", () => {
    const hooks = [{ name: "start", type: "confirm-rollout", url: `${GATE_URL}/c1` }];
    const waiting = changed(phase("Waiting"), ["spec", "analysis", "webhooks"], hooks);
    expect(plan(waiting, "promote")).toMatchObject({ gate: "confirm-rollout" });
    expect(plan(waiting, "promote", { ...CONTEXT, templateHash: null })).toBe("template_unread");
    const read = readCanary(waiting, GATE_URL);
    expect(gateRevision(read, "confirm-rollout", "t1")).toBe("t1");
    expect(canarySight(read, CONTEXT).version).not.toBe(canarySight(read, { ...CONTEXT, templateHash: "t2" }).version);
  });

  test("a gate of a step is bound to the step, the others to the version and what configures it", () => {
    const progressing = readCanary(phase("Progressing"), GATE_URL);
    const next = readCanary(changed(phase("Progressing"), ["status", "canaryWeight"], 10), GATE_URL);
    const configured = readCanary(changed(CANARY, ["status", "trackedConfigs"], { "configmap/a": "1" }), GATE_URL);
    const of = (read: typeof next, gate: GateKind) => gateRevision(read, gate, null);
    expect(of(progressing, "confirm-traffic-increase")).not.toBe(of(next, "confirm-traffic-increase"));
    expect(of(progressing, "rollback")).toBe(of(next, "rollback"));
    expect(of(canary, "confirm-promotion")).not.toBe(of(configured, "confirm-promotion"));
  });

  test("aborting opens the rollback gate while it runs, and lifts a suspension under which nothing is asked", () => {
    expect(plan(CANARY, "abort")).toMatchObject({ gate: "rollback", body: null });
    expect(plan(changed(CANARY, ["spec", "suspend"], true), "abort")).toMatchObject({
      gate: "rollback",
      body: { spec: { suspend: false } },
    });
    expect([plan(phase("Succeeded"), "abort"), plan(phase("Waiting"), "abort")]).toEqual([
      "not_running",
      "not_started",
    ]);
  });

  test("pause, resume and full promotion are patches of its spec, a retry one of its target's template", () => {
    expect(plan(CANARY, "pause")).toMatchObject({ body: { spec: { suspend: true } } });
    expect(plan(CANARY, "resume")).toBe("not_paused");
    expect(plan(CANARY, "promoteFull")).toMatchObject({ body: { spec: { skipAnalysis: true } } });
    expect([plan(phase("Succeeded"), "promoteFull"), plan(phase("Waiting"), "promoteFull")]).toEqual([
      "not_running",
      "not_started",
    ]);
    expect(plan(CANARY, "retry")).toBe("not_failed");
    expect(plan(phase("Failed"), "retry")).toMatchObject({
      targetBody: { spec: { template: { metadata: { annotations: { "meshscope.dev/retry": "intent" } } } } },
    });
  });

  test("what a click is bound to moves with step, failed checks and what others did", () => {
    const text = (object: JsonObject, context: CanaryContext = CONTEXT) =>
      canarySightText(canarySight(readCanary(object, GATE_URL), context));
    const texts = [
      text(CANARY),
      text(changed(CANARY, ["status", "failedChecks"], 2)),
      text(changed(CANARY, ["spec", "suspend"], true)),
      text(phase("Progressing")),
      text(CANARY, { ...CONTEXT, openGate: "confirm-promotion" }),
    ];
    expect(new Set(texts).size).toBe(texts.length);
    const sight = canarySight(canary, CONTEXT);
    expect(canarySightFrom(canarySightText(sight))).toEqual(sight);
  });

  test("a gate lets one question through, for one revision, within its life", () => {
    const open = { openedMs: 1_000, usedMs: null };
    const question = { kind: "confirm-promotion", lifeMs: GATE_LIFE_MS } as const;
    const first = askGate(open, question, 2_000);
    expect(first.go).toBe(true);
    expect(askGate(first.gate, question, 3_000).go).toBe(false);
    expect(askGate(open, question, 1_001 + GATE_LIFE_MS).go).toBe(false);
    expect(askGate(undefined, question, 2_000).go).toBe(false);
    expect(gateLifeMs({ ...canary, intervalSec: 3_600 })).toBe(7_200_000);
    const key = { cluster: "c1", namespace: "shop", name: "reviews", gate: "rollback", revision: "abc" } as const;
    expect(gateId(key)).not.toBe(gateId({ ...key, revision: "def" }));
    expect(gateId(key)).not.toBe(gateId({ ...key, cluster: "c2" }));
  });

  test("a rollback answers again within its life, for an answer may be lost", () => {
    const question = { kind: "rollback", lifeMs: GATE_LIFE_MS } as const;
    const first = askGate({ openedMs: 1_000, usedMs: null }, question, 2_000);
    expect(askGate(first.gate, question, 3_000).go).toBe(true);
    expect(askGate(first.gate, question, 3_000 + GATE_LIFE_MS).go).toBe(false);
  });
});
