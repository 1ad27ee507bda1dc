/**
 * Owned rollouts on a real API server, through the collector's own process: a Rollout driven by intent with the server's
 * compare-and-set, a Canary's gates asked as Flagger asks them, and a revert told by managedFields. The controllers' part is
 * played by the test. Without a server in the cache all of it is skipped, by name.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { at, type JsonObject, textOf } from "../../../lib/control/traffic/document.ts";
import { conflictSchema } from "../../../lib/query/schema/rollouts.ts";
import { type CollectorProcess, startCollector } from "../../support/collector-process.ts";
import { findKubernetes } from "./binaries.ts";
import { clicksOn, looksOn } from "./clicks.ts";
import { type KubernetesServer, startKubernetes } from "./server.ts";

const binaries = await findKubernetes();
if ("skip" in binaries) process.stderr.write(`owners are not tested on a real API server: ${binaries.skip}\n`);

const ROLLOUTS = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts";
const CANARIES = "/apis/flagger.app/v1beta1/namespaces/shop/canaries";
const SERVICES = "/apis/networking.istio.io/v1/namespaces/shop/virtualservices";

const virtualService = (name: string, arms: readonly [string, string]): JsonObject => ({
  apiVersion: "networking.istio.io/v1",
  kind: "VirtualService",
  metadata: { name, namespace: "shop" },
  spec: {
    hosts: [name],
    http: [
      {
        name: "main",
        route: arms.map((host, i) => ({ destination: { host }, weight: i === 0 ? 90 : 10 })),
      },
    ],
  },
});

describe.skipIf("skip" in binaries)("owners on a real API server", () => {
  let server: KubernetesServer;
  let collector: CollectorProcess;

  beforeAll(async () => {
    if ("skip" in binaries) return;
    server = await startKubernetes(binaries);
    const kubernetes = [{ name: "c1", mesh: "istio", kubeconfig: server.kubeconfig, namespaces: ["shop"] }];
    collector = await startCollector({
      store: "memory",
      control: { kubernetes, flaggerGateUrl: "http://meshscope.tools:4320" },
    });
  });
  afterAll(async () => {
    await collector?.stop();
    await server?.stop();
  });

  const detail = looksOn(() => collector);

  const act = clicksOn(() => collector);

  /** A merge patch under another name than ours. */
  async function patch(path: string, body: JsonObject, manager = "controller"): Promise<void> {
    const answer = await server.admin.send({
      method: "PATCH",
      path: `${path}?fieldManager=${manager}`,
      contentType: "application/merge-patch+json",
      body: JSON.stringify(body),
    });
    if (!("status" in answer) || answer.status !== 200) throw new Error(`${path}: ${JSON.stringify(answer)}`);
  }

  async function make(path: string, object: JsonObject): Promise<string> {
    const made = await server.admin.create(path, object);
    if (!made.ok) throw new Error(made.error.message);
    return `${path}/${textOf(at(object, "metadata", "name"))}`;
  }

  async function raw(path: string): Promise<JsonObject> {
    const read = await server.admin.get(path);
    if (!read.ok) throw new Error(read.error.message);
    return read.value;
  }

  test("a Rollout is promoted once of twenty clicks, paused, and aborted over heartbeats of its status", async () => {
    await make(SERVICES, virtualService("reviews", ["reviews-stable", "reviews-canary"]));
    const canary = {
      ...{ stableService: "reviews-stable", canaryService: "reviews-canary" },
      steps: [{ setWeight: 10 }, { pause: {} }, { setWeight: 50 }],
      trafficRouting: { istio: { virtualService: { name: "reviews" } } },
    };
    const path = await make(ROLLOUTS, {
      ...{ apiVersion: "argoproj.io/v1alpha1", kind: "Rollout", metadata: { name: "reviews", namespace: "shop" } },
      spec: { strategy: { canary } },
    });
    const status: JsonObject = {
      ...{ phase: "Paused", observedGeneration: "1", currentPodHash: "new", stableRS: "old", currentStepIndex: 1 },
      ...{ controllerPause: true, pauseConditions: [{ reason: "CanaryPauseStep", startTime: "2026-11-26T10:00:00Z" }] },
    };
    await patch(`${path}/status`, { status });
    const id = "argo:c1:shop:reviews";
    const seen = await detail(id);
    expect(seen).toMatchObject({ state: "waiting", desired: 0.1, owner: { kind: "argoRollouts" } });
    const answers = await Promise.all(Array.from({ length: 20 }, () => act(id, "promote", seen.revision)));
    expect(answers.map((answer) => answer.status).sort()).toEqual([202, ...Array<number>(19).fill(409)]);
    const late = conflictSchema.parse(answers.find((answer) => answer.status === 409)?.body);
    expect(late.message).toContain("local-unauthenticated (promote)");
    expect(at(await raw(path), "status", "pauseConditions")).toBeUndefined();
    // Its controller goes on, and touches its status all the time.
    await patch(`${path}/status`, { status: { currentStepIndex: 2, controllerPause: false, phase: "Progressing" } });
    const running = await detail(id);
    expect((await act(id, "pause", running.revision)).status).toBe(202);
    expect(at(await raw(path), "spec", "paused")).toBe(true);
    await patch(`${path}/status`, { status: { availableReplicas: 3 } });
    expect((await act(id, "rollback", running.revision)).status).toBe(202);
    expect(at(await raw(path), "status", "abort")).toBe(true);
    expect((await detail(id)).state).toBe("aborted");
  });

  test("a Canary's gate is asked as Flagger asks it: held, let through once, held", async () => {
    await make(SERVICES, virtualService("ratings", ["ratings-primary", "ratings-canary"]));
    const path = await make(CANARIES, {
      ...{ apiVersion: "flagger.app/v1beta1", kind: "Canary", metadata: { name: "ratings", namespace: "shop" } },
      spec: { provider: "istio", targetRef: { kind: "Deployment", name: "ratings" }, analysis: { interval: "10s" } },
    });
    await patch(`${path}/status`, { status: { phase: "WaitingPromotion", canaryWeight: 0, lastAppliedSpec: "v2" } });
    const id = "flagger:c1:shop:ratings";
    const [setup] = (await detail(id)).owned?.setup ?? [];
    const url = /url: (\S+confirm-promotion\S+)/.exec(setup?.text ?? "")?.[1] ?? "";
    expect(url).toMatch(/^http:\/\/meshscope\.tools:4320\/gates\/flagger\/c1\/confirm-promotion\//);
    const webhooks = [{ name: "promote", type: "confirm-promotion", url }];
    await patch(path, { spec: { analysis: { webhooks } } });
    const ask = async () => {
      const answer = await fetch(`${collector.api}${new URL(url).pathname}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name: "ratings", namespace: "shop", phase: "Progressing", checksum: "1", metadata: {} }),
      });
      await answer.text();
      return answer.status;
    };
    expect(await ask()).toBe(403);
    const seen = await detail(id);
    expect(seen).toMatchObject({ state: "waiting", desired: 0.1 });
    expect((await act(id, "promote", seen.revision)).status).toBe(202);
    expect((await act(id, "promote", seen.revision)).status).toBe(409);
    expect([await ask(), await ask()]).toEqual([200, 403]);
  });

  test("a pause that a GitOps tool writes back is told by its name in managedFields", async () => {
    const path = await make(CANARIES, {
      ...{ apiVersion: "flagger.app/v1beta1", kind: "Canary", metadata: { name: "details", namespace: "shop" } },
      spec: { targetRef: { kind: "Deployment", name: "details" }, suspend: false },
    });
    await patch(`${path}/status`, { status: { phase: "Progressing", lastAppliedSpec: "v2" } });
    const id = "flagger:c1:shop:details";
    expect((await act(id, "pause", (await detail(id)).revision)).status).toBe(202);
    await patch(path, { spec: { suspend: false } }, "argocd-application-controller");
    const texts = async () => (await detail(id)).history.map(({ text }) => text);
    await expect
      .poll(texts, { timeout: 30_000 })
      .toContain("reverted by argocd-application-controller: spec.suspend: true → false");
  });
});
