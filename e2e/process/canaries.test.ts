/**
 * The demo as a process: a rollout in each mesh waits within 10 s of being ready and stays; promoted, its weights are
 * written through the mesh's own API, the callers' proxies count the new share, and the collector proves it.
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { rolloutDetailSchema, rolloutListSchema } from "../../lib/query/schema/rollouts.ts";
import { type DemoProcess, startDemo } from "../support/demo-process.ts";

const SOON_MS = 10_000;
/** Grace of 30 s in Consul and App Mesh, and the requests that a proof needs. */
const PROVED_MS = 180_000;
const OWN = ["fulfilment", "offers", "payments", "rates"] as const;

let demo: DemoProcess | undefined;
beforeAll(async () => {
  demo = await startDemo();
}, 180_000);
afterAll(async () => {
  await demo?.stop();
});

async function rollouts() {
  const answer = await fetch(`${demo?.api}/api/v1/rollouts`);
  return rolloutListSchema.parse(await answer.json()).rollouts;
}

async function detail(id: string) {
  const answer = await fetch(`${demo?.api}/api/v1/rollouts/${encodeURIComponent(id)}`);
  return rolloutDetailSchema.parse(await answer.json());
}

async function waiting(): Promise<readonly string[]> {
  const found = await rollouts();
  return found.filter(({ state, waitingFor }) => state === "waiting" && waitingFor === "promotion").map(({ id }) => id);
}

async function act(id: string, action: string): Promise<number> {
  const { revision: expectedRevision } = await detail(id);
  const answer = await fetch(`${demo?.api}/api/v1/rollouts/${encodeURIComponent(id)}/actions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ action, reason: "the test says so", expectedRevision, intentId: randomUUID() }),
  });
  return answer.status;
}

const controlSchema = z.object({
  control: z.object({
    kubernetes: z.array(z.object({ name: z.string(), url: z.string() })),
    consul: z.array(z.object({ url: z.string() })),
    appMesh: z.array(z.object({ endpoint: z.string() })),
  }),
});

/** What stands in the mesh's own API: the canary's weight, percent of the sum. */
async function stored(service: (typeof OWN)[number]): Promise<number> {
  const { control } = controlSchema.parse(JSON.parse(readFileSync(join(demo?.folder ?? "", "meshscope.yaml"), "utf8")));
  const kubernetes = (name: string): string => control.kubernetes.find((one) => one.name === name)?.url ?? "";
  const urls = {
    payments: `${kubernetes("c1")}/apis/networking.istio.io/v1/namespaces/finance/virtualservices/payments`,
    fulfilment: `${kubernetes("c1-linkerd")}/apis/gateway.networking.k8s.io/v1/namespaces/orders/httproutes/fulfilment`,
    rates: `${control.consul[0]?.url}/v1/config/service-splitter/rates`,
    offers: `${control.appMesh[0]?.endpoint}/v20190125/meshes/loyalty-mesh/virtualRouter/offers/routes/offers`,
  };
  const text = await (await fetch(urls[service])).text();
  const [stable = 0, canary = 0] = [...text.matchAll(/"[wW]eight":([\d.]+)/g)].map(([, weight]) => Number(weight));
  return (100 * canary) / (stable + canary);
}

const truthSchema = z.object({
  edges: z.array(
    z.looseObject({
      source: z.looseObject({ name: z.string() }),
      target: z.looseObject({ workload: z.string() }),
      sent: z.number(),
    }),
  ),
});

const CALLERS = { payments: "cart-v1", fulfilment: "orders", rates: "billing", offers: "loyalty" } as const;
const ARMS = {
  payments: ["payments-v1", "payments-v2"],
  fulfilment: ["fulfilment", "fulfilment-v2"],
  rates: ["rates", "rates-v2"],
  offers: ["offers", "offers-v2"],
} as const;

/** Requests of the main caller to either version, counted beside the proxies since the start. */
async function sent(service: (typeof OWN)[number]): Promise<readonly [number, number]> {
  const { edges } = truthSchema.parse(await (await fetch(`${demo?.controlUrl}/truth`)).json());
  const of = (workload: string): number =>
    edges
      .filter(({ source, target }) => source.name === CALLERS[service] && target.workload === workload)
      .reduce((sum, edge) => sum + edge.sent, 0);
  return [of(ARMS[service][0]), of(ARMS[service][1])];
}

test("one rollout in each mesh waits for a person within 10 s of being ready, one of Argo's and one of Flagger's too", async () => {
  await expect.poll(waiting, { timeout: SOON_MS, interval: 250 }).toEqual(expect.arrayContaining([...OWN]));
  expect(Date.now() - (demo?.readyMs ?? 0)).toBeLessThan(SOON_MS);
  const meshes = new Set((await rollouts()).filter(({ id }) => OWN.some((own) => own === id)).map(({ mesh }) => mesh));
  expect(meshes).toEqual(new Set(["istio", "linkerd", "consul", "appmesh"]));
  const owners = (await rollouts()).map(({ owner }) => owner.kind);
  expect(owners).toEqual(expect.arrayContaining(["argoRollouts", "flagger"]));
});

test("Flagger's asks Meshscope, and waits at its gate", { timeout: 60_000 }, async () => {
  const flagger = async () => (await rollouts()).find(({ owner }) => owner.kind === "flagger");
  await expect.poll(async () => (await flagger())?.waitingFor, { timeout: 40_000 }).toBe("promotion");
});

describe("promoting in each mesh", () => {
  test("writes the weights, moves the traffic, and is proved by the callers' counters", {
    timeout: PROVED_MS + 60_000,
  }, async () => {
    for (const id of OWN) expect(await stored(id), id).toBeCloseTo(10);
    const statuses = await Promise.all(OWN.map((id) => act(id, "promote")));
    expect(statuses).toEqual([202, 202, 202, 202]);
    for (const id of OWN) await expect.poll(() => stored(id), { timeout: 30_000 }).toBeCloseTo(25);
    const before = await Promise.all(OWN.map(sent));
    const proved = async (): Promise<readonly string[]> => {
      const found = await rollouts();
      return found.filter(({ id, shift }) => OWN.some((own) => own === id) && shift === "verified").map(({ id }) => id);
    };
    await expect
      .poll(async () => [...(await proved())].sort(), { timeout: PROVED_MS, interval: 1_000 })
      .toEqual([...OWN]);
    for (const [i, id] of OWN.entries()) {
      const [stable, canary] = await sent(id);
      const [oldStable, oldCanary] = before[i] ?? [0, 0];
      const n = stable + canary - oldStable - oldCanary;
      expect(n, id).toBeGreaterThan(100);
      const bound = 4.5 * Math.sqrt((0.25 * 0.75) / n);
      expect(Math.abs((canary - oldCanary) / n - 0.25), id).toBeLessThan(bound);
    }
    // The next step is a gate again: proof moves nothing by itself.
    await expect.poll(waiting, { timeout: 30_000 }).toEqual(expect.arrayContaining([...OWN]));
    for (const id of OWN) expect(await stored(id), id).toBeCloseTo(25);
  });

  test("drives Argo Rollouts by intent", { timeout: 60_000 }, async () => {
    const argo = (await rollouts()).find(({ owner }) => owner.kind === "argoRollouts");
    expect(await act(argo?.id ?? "", "promote")).toBe(202);
    const desired = async () => (await rollouts()).find(({ id }) => id === argo?.id)?.desired;
    await expect.poll(desired, { timeout: 40_000 }).toBe(0.5);
  });
});

test("while Consul is down a promotion is refused, and the way back is printed", { timeout: 60_000 }, async () => {
  const set = (active: boolean): Promise<Response> =>
    fetch(`${demo?.controlUrl}/incidents/consul-api-down`, { method: "POST", body: JSON.stringify({ active }) });
  expect((await set(true)).status).toBe(200);
  const glass = async (): Promise<string> => {
    const { previews } = await detail("rates");
    return previews.find(({ action }) => action === "rollback")?.breakGlass ?? "";
  };
  await expect
    .poll(async () => (await detail("rates")).routes[0]?.error?.code, { timeout: 30_000 })
    .toBe("unavailable");
  expect(await glass()).toContain("/v1/config");
  await set(false);
  await expect.poll(async () => (await detail("rates")).routes[0]?.error ?? null, { timeout: 30_000 }).toBeNull();
});
