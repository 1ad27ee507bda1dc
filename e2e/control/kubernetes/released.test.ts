/**
 * Releases that their real controllers carry out: Argo Rollouts and Flagger run against a real API server and write the
 * route of an Istio; a person says what they want through the collector's own API. Only what runs the pods is played
 * (`workloads.ts`). Without the programs in the cache all of it is skipped, by name.
 */
import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { at, type JsonObject, listOf, numberOf, textOf } from "../../../lib/control/traffic/document.ts";
import { type CollectorProcess, startCollector } from "../../support/collector-process.ts";
import { listenFree } from "../../support/local-server.ts";
import { type Started, startChild } from "../child.ts";
import { findKubernetes } from "./binaries.ts";
import { clicksOn, looksOn } from "./clicks.ts";
import { findController } from "./controllers.ts";
import { type KubernetesServer, startKubernetes } from "./server.ts";
import { runWorkloads } from "./workloads.ts";

const binaries = await findKubernetes();
const [argo, flagger] = [await findController("rollouts-controller"), await findController("flagger")];
const missing = [binaries, argo, flagger].flatMap((found) =>
  typeof found === "object" && "skip" in found ? [found.skip] : [],
);
// The server of custom resources alone has no ReplicaSets.
if (missing.length === 0 && !("skip" in binaries) && binaries.kind !== "kube-apiserver") missing.push(binaries.kind);
if (missing.length > 0) process.stderr.write(`releases are not driven by real controllers: ${missing.join("; ")}\n`);

const ROLLOUT = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts";
const CANARY = "/apis/flagger.app/v1beta1/namespaces/shop/canaries";
const ROUTE = "/apis/networking.istio.io/v1/namespaces/shop/virtualservices";
const DEPLOYMENT = "/apis/apps/v1/namespaces/shop/deployments";
const SERVICE = "/api/v1/namespaces/shop/services";
/** A controller looks again now and then, and a machine may be busy. */
const SOON = { timeout: 90_000, interval: 250 };

const template = (app: string, version: string): JsonObject => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: "main", image: `${app}:${version}`, ports: [{ containerPort: 8080 }] }] },
});

async function freePort(): Promise<number> {
  const held = await listenFree(createServer());
  await held.close();
  return held.port;
}

describe.skipIf(missing.length > 0)("releases by their real controllers", () => {
  let server: KubernetesServer;
  let collector: CollectorProcess;
  const stops: (() => Promise<void>)[] = [];

  async function startController(file: string, args: readonly string[], url: string): Promise<void> {
    const started: Started = await startChild({ file, args, isReady: async () => (await fetch(url)).ok });
    stops.unshift(started.stop);
  }

  beforeAll(async () => {
    if ("skip" in binaries || typeof argo !== "string" || typeof flagger !== "string") return;
    server = await startKubernetes(binaries);
    stops.unshift(() => server.stop());
    stops.unshift(runWorkloads(server.admin));
    const [health, metrics, port, gates] = [await freePort(), await freePort(), await freePort(), await freePort()];
    const kubernetes = [{ name: "c1", mesh: "istio", kubeconfig: server.kubeconfig, namespaces: ["shop"] }];
    collector = await startCollector({
      store: "memory",
      listen: { otlpGrpc: 0, otlpHttp: 0, zipkin: 0, api: gates, ui: 0 },
      control: { kubernetes, flaggerGateUrl: `http://127.0.0.1:${gates}` },
    });
    stops.unshift(async () => {
      await collector.stop();
    });
    const argoFlags = ["--namespace=shop", "--namespaced", "--leader-elect=false", "--istio-api-version=v1"];
    await startController(
      argo,
      [`--kubeconfig=${server.kubeconfig}`, ...argoFlags, `--healthzPort=${health}`, `--metricsport=${metrics}`],
      `http://127.0.0.1:${health}/healthz`,
    );
    await startController(
      flagger,
      [
        ...[`-kubeconfig=${server.kubeconfig}`, "-namespace=shop", "-mesh-provider=istio", `-port=${port}`],
        // No metric is asked for: its checks here are the gates alone.
        ...["-control-loop-interval=1s", "-metrics-server=http://127.0.0.1:1"],
      ],
      `http://127.0.0.1:${port}/healthz`,
    );
  });
  afterAll(async () => {
    for (const stop of stops) await stop();
  });

  async function make(path: string, object: JsonObject): Promise<string> {
    const made = await server.admin.create(path, object);
    if (!made.ok) throw new Error(made.error.message);
    return `${path}/${textOf(at(object, "metadata", "name"))}`;
  }

  async function read(path: string): Promise<JsonObject> {
    const found = await server.admin.get(path);
    if (!found.ok) throw new Error(found.error.message);
    return found.value;
  }

  async function patch(path: string, body: JsonObject): Promise<void> {
    const contentType = "application/merge-patch+json";
    const answer = await server.admin.send({ method: "PATCH", path, contentType, body: JSON.stringify(body) });
    if (!("status" in answer) || answer.status !== 200) throw new Error(`${path}: ${JSON.stringify(answer)}`);
  }

  /** Percent of the first route that goes to `host`. */
  async function weightOf(name: string, host: string): Promise<number> {
    const [http] = listOf(at(await read(`${ROUTE}/${name}`), "spec", "http"));
    const arms = listOf(at(http, "route"));
    return numberOf(at(arms.find((arm) => textOf(at(arm, "destination", "host")) === host) ?? {}, "weight")) ?? 0;
  }

  const detail = looksOn(() => collector);
  const seen = async (id: string) => {
    const { state, desired } = await detail(id);
    return { state, desired };
  };

  const click = clicksOn(() => collector);
  async function act(id: string, action: string): Promise<void> {
    const { status, body } = await click(id, action, (await detail(id)).revision);
    expect([action, status, status === 202 ? {} : body]).toEqual([action, 202, {}]);
  }

  test("Argo Rollouts: promoted step by step and to the end; the next one is aborted and tried again", async () => {
    for (const name of ["reviews-stable", "reviews-canary"]) {
      const spec = { selector: { app: "reviews" }, ports: [{ port: 80, targetPort: 8080 }] };
      await make(SERVICE, { apiVersion: "v1", kind: "Service", metadata: { name, namespace: "shop" }, spec });
    }
    const route = ["reviews-stable", "reviews-canary"].map((host, i) => ({
      destination: { host },
      weight: i === 0 ? 100 : 0,
    }));
    await make(ROUTE, {
      ...{ apiVersion: "networking.istio.io/v1", kind: "VirtualService" },
      ...{
        metadata: { name: "reviews", namespace: "shop" },
        spec: { hosts: ["reviews"], http: [{ name: "main", route }] },
      },
    });
    const canary = {
      ...{ stableService: "reviews-stable", canaryService: "reviews-canary" },
      steps: [{ setWeight: 20 }, { pause: {} }, { setWeight: 50 }, { pause: {} }],
      trafficRouting: { istio: { virtualService: { name: "reviews", routes: ["main"] } } },
    };
    const path = await make(ROLLOUT, {
      ...{ apiVersion: "argoproj.io/v1alpha1", kind: "Rollout", metadata: { name: "reviews", namespace: "shop" } },
      spec: {
        ...{ replicas: 2, selector: { matchLabels: { app: "reviews" } }, template: template("reviews", "v1") },
        strategy: { canary },
      },
    });
    const id = "argo:c1:shop:reviews";
    const phase = async () => textOf(at(await read(path), "status", "phase"));
    await expect.poll(phase, SOON).toBe("Healthy");
    await patch(path, { spec: { template: template("reviews", "v2") } });
    await expect.poll(() => seen(id), SOON).toEqual({ state: "waiting", desired: 0.2 });
    expect(await weightOf("reviews", "reviews-canary")).toBe(20);
    await act(id, "promote");
    await expect.poll(() => seen(id), SOON).toEqual({ state: "waiting", desired: 0.5 });
    expect(await weightOf("reviews", "reviews-canary")).toBe(50);
    await act(id, "promoteFull");
    await expect.poll(phase, SOON).toBe("Healthy");
    await expect.poll(async () => (await detail(id)).state, SOON).toBe("promoted");
    expect(await weightOf("reviews", "reviews-stable")).toBe(100);
    await patch(path, { spec: { template: template("reviews", "v3") } });
    await expect.poll(() => seen(id), SOON).toEqual({ state: "waiting", desired: 0.2 });
    await act(id, "rollback");
    await expect.poll(() => weightOf("reviews", "reviews-canary"), SOON).toBe(0);
    await expect.poll(async () => (await detail(id)).state, SOON).toBe("aborted");
    await act(id, "retry");
    await expect.poll(() => seen(id), SOON).toEqual({ state: "waiting", desired: 0.2 });
  }, 600_000);

  test("Flagger: held at its gates, let on gate by gate to the end; the next one is rolled back", async () => {
    await make(DEPLOYMENT, {
      ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "ratings", namespace: "shop" } },
      spec: { replicas: 2, selector: { matchLabels: { app: "ratings" } }, template: template("ratings", "v1") },
    });
    const path = await make(CANARY, {
      ...{ apiVersion: "flagger.app/v1beta1", kind: "Canary", metadata: { name: "ratings", namespace: "shop" } },
      spec: {
        targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "ratings" },
        service: { port: 80, targetPort: 8080 },
        analysis: { interval: "1s", threshold: 5, maxWeight: 40, stepWeight: 20, metrics: [] },
      },
    });
    const id = "flagger:c1:shop:ratings";
    const phase = async () => textOf(at(await read(path), "status", "phase"));
    await expect.poll(phase, SOON).toBe("Initialized");
    const texts = ((await detail(id)).owned?.setup ?? []).map(({ text }) => text);
    const gates = texts.flatMap((text) => [...text.matchAll(/type: (\S+)\n\s+url: (\S+)/g)]);
    const webhooks = gates.map(([, type = "", url = ""]) => ({ name: type, type, url }));
    expect(webhooks.map(({ type }) => type).sort()).toEqual(
      ["confirm-promotion", "confirm-rollout", "confirm-traffic-increase", "rollback"].sort(),
    );
    await patch(path, { spec: { analysis: { webhooks } } });
    await patch(`${DEPLOYMENT}/ratings`, { spec: { template: template("ratings", "v2") } });
    const canaryWeight = () => weightOf("ratings", "ratings-canary");
    const held = async (weight: number) => {
      await expect
        .poll(async () => [(await detail(id)).state, await canaryWeight()], SOON)
        .toEqual(["waiting", weight]);
      await act(id, "promote");
    };
    await held(0);
    await expect.poll(phase, SOON).toBe("Progressing");
    await held(0);
    await expect.poll(canaryWeight, SOON).toBe(20);
    await held(20);
    await expect.poll(canaryWeight, SOON).toBe(40);
    await act(id, "promoteFull");
    await expect.poll(phase, SOON).toBe("Succeeded");
    await expect.poll(async () => (await detail(id)).state, SOON).toBe("promoted");
    await patch(`${DEPLOYMENT}/ratings`, { spec: { template: template("ratings", "v3") } });
    await held(0);
    await expect.poll(phase, SOON).toBe("Progressing");
    await held(0);
    await expect.poll(canaryWeight, SOON).toBe(20);
    await act(id, "rollback");
    await expect.poll(phase, SOON).toBe("Failed");
    await expect.poll(canaryWeight, SOON).toBe(0);
    await expect.poll(async () => (await detail(id)).state, SOON).toBe("failed");
  }, 600_000);
});
