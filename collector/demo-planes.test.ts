/** The drivers' contract over the demo's control planes: what is promised of real ones holds for what stands in for them. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, test, vi } from "vitest";
import { KUBERNETES_DRIVERS, type KubernetesDriver } from "../lib/control/traffic/kubernetes.ts";
import { AppMeshTraffic } from "./actuators/app-mesh.ts";
import { ConsulTraffic } from "./actuators/consul.ts";
import { type DriverBench, withBench } from "./actuators/driver-bench.ts";
import { driverContract } from "./actuators/driver-contract.ts";
import type { Offer } from "./actuators/driver-contract-offers.ts";
import { openFaultProxy } from "./actuators/fault-proxy.ts";
import { openKubernetesBench } from "./actuators/kubernetes-bench.ts";
import { ApiServer } from "./demo/control/api-server.ts";
import { appMeshApi } from "./demo/control/app-mesh-api.ts";
import { AppMeshStore } from "./demo/control/app-mesh-store.ts";
import { type ConsulInstance, consulApi } from "./demo/control/consul-api.ts";
import { ConsulEntries } from "./demo/control/consul-entries.ts";
import type { JsonObject } from "./demo/control/document.ts";
import { kubernetesApi } from "./demo/control/kubernetes-api.ts";
import { ObjectStore } from "./demo/control/object-store.ts";

const folder = mkdtempSync(join(tmpdir(), "meshscope-demo-planes-"));
const readerTokenFile = join(folder, "reader");
beforeAll(() => writeFileSync(readerTokenFile, "viewer"));
afterAll(() => rmSync(folder, { recursive: true }));

let store: ObjectStore;
let server: ApiServer;
let url: string;
beforeEach(async () => {
  store = new ObjectStore(() => Date.now());
  server = new ApiServer(kubernetesApi(store));
  url = await server.listen();
});
afterEach(() => server.close());

/** Watches end, and what they resume from is gone. */
async function forget(): Promise<void> {
  await server.setUp(false);
  store.forget();
  await server.setUp(true);
}

const OFFERS: readonly Offer[] = ["reader", "dangling", "owned", "watch", "byHand"];

describe.each(KUBERNETES_DRIVERS)("%s over the demo's Kubernetes", (driver: KubernetesDriver) => {
  // Which instances a Consul subset has, only Consul can say.
  const offers: readonly Offer[] = driver === "consulCrd" ? OFFERS : [...OFFERS, "endpoints"];
  const open = () =>
    openKubernetesBench({
      ...{ driver, hasCore: true, forget },
      ...{ direct: { url }, upstream: { url }, reader: { url, tokenFile: readerTokenFile } },
    });
  for (const { name, run } of driverContract(offers)) test(name, () => withBench(open, run));
});

const copied = (value: unknown): JsonObject => JSON.parse(JSON.stringify(value ?? null));

const splitsOf = (percent: number) => [
  { Weight: 100 - percent, ServiceSubset: "v1", RequestHeaders: { Set: { "x-arm": "v1" } } },
  { Weight: percent, ServiceSubset: "v2" },
];

async function openConsulBench(): Promise<DriverBench> {
  const entries = new ConsulEntries();
  const put = async (percent: number): Promise<void> => {
    const stored = entries.put(
      { Kind: "service-splitter", Name: "web", Splits: splitsOf(percent), Meta: { team: "a" } },
      null,
    );
    if (!stored.ok) throw new Error(stored.error.message);
  };
  entries.put({ Kind: "service-defaults", Name: "web", Protocol: "http" }, null);
  const subsets = ["v1", "v2"].map((version) => [version, { Filter: `Service.Meta.version == ${version}` }] as const);
  entries.put({ Kind: "service-resolver", Name: "web", Subsets: Object.fromEntries(subsets) }, null);
  await put(10);
  const instances: ConsulInstance[] = ["v1", "v2"].map((version) => ({
    id: `web-${version}`,
    service: "web",
    address: "10.0.0.1",
    port: 8080,
    meta: { version },
  }));
  const api = new ApiServer(consulApi({ entries, datacenter: "dc1", instances }));
  const proxy = await openFaultProxy(await api.listen());
  const options = { name: "dc1", url: proxy.url, timeoutMs: 20_000 };
  const traffic = new ConsulTraffic(options);
  const target = { driver: "consul", cluster: "dc1", namespace: "default", name: "web" } as const;
  const split = { target, routeKey: "web", stable: "web/v1", canary: "web/v2" };
  return {
    ...{ traffic, proxy, split },
    hasty: new ConsulTraffic({ ...options, timeoutMs: 300 }),
    raw: async () => copied(entries.read("service-splitter", "web")),
    foreignWrite: put,
    ownMembers: /^(?:ModifyIndex|Meta\.meshscope-intent)$/,
    invalid: [
      {
        name: "weights that add up to 99.99",
        says: /the sum of all split weights must be 100/,
        plan: (plan) => {
          if (plan.request.api !== "consul") throw new Error(plan.request.api);
          const body = { ...plan.request.body, Splits: [{ Weight: 99.99, ServiceSubset: "v1" }] };
          return { ...plan, request: { ...plan.request, body } };
        },
      },
    ],
    reader: new ConsulTraffic({ ...options, tokenFile: readerTokenFile }),
    emptyCanary: async () => {
      instances.pop();
    },
    watch: {
      start: async (seen) => traffic.watch(seen, () => {}),
      forget: async () => {
        await api.setUp(false);
        await api.setUp(true);
      },
    },
    byHand: async (command) => {
      await promisify(execFile)("sh", ["-c", command]);
    },
    close: async () => {
      await traffic.close();
      await proxy.close();
      await api.close();
    },
  };
}

describe("the demo's Consul", () => {
  for (const { name, run } of driverContract(["reader", "endpoints", "watch", "byHand"])) {
    test(name, () => withBench(openConsulBench, run));
  }
});

const specOf = (percent: number, canary = "web-v2_shop") => ({
  priority: 10,
  httpRoute: {
    match: { prefix: "/" },
    timeout: { perRequest: { unit: "s", value: 2 } },
    action: {
      weightedTargets: [
        { virtualNode: "web-v1_shop", weight: 100 - percent, port: 8080 },
        { virtualNode: canary, weight: percent, port: 8080 },
      ],
    },
  },
});

async function openAppMeshBench(): Promise<DriverBench> {
  const routes = new AppMeshStore({ mesh: "shop", now: () => Date.now(), nodes: ["web-v1_shop", "web-v2_shop"] });
  routes.add("web", "main", specOf(10));
  const api = new ApiServer(appMeshApi(routes));
  const proxy = await openFaultProxy(await api.listen());
  const options = { name: "eu", region: "eu-central-1", endpoint: proxy.url, mesh: "shop" };
  const traffic = new AppMeshTraffic({ ...options, timeoutMs: 20_000 });
  const hasty = new AppMeshTraffic({ ...options, timeoutMs: 300 });
  const target = { driver: "appMesh", cluster: "eu", namespace: "shop", name: "web/main" } as const;
  const split = { target, routeKey: "main", stable: "web-v1_shop:8080", canary: "web-v2_shop:8080" };
  return {
    ...{ traffic, hasty, proxy, split },
    raw: async () => copied(routes.route("web", "main")),
    foreignWrite: async (percent) => {
      const stored = routes.update("web", "main", specOf(percent), "");
      if (!stored.ok) throw new Error(stored.error.message);
    },
    ownMembers: /^metadata\.(?:version|lastUpdatedAt)$/,
    invalid: [
      {
        name: "a weight of 101",
        says: /whole weights from 0 to 100/,
        plan: (plan) => {
          if (plan.request.api !== "appMesh") throw new Error(plan.request.api);
          return { ...plan, request: { ...plan.request, input: { ...plan.request.input, spec: specOf(101) } } };
        },
      },
    ],
    dangling: async () => {
      routes.add("web", "dangling", specOf(10, "ghost_shop"));
      const dangling = { ...target, name: "web/dangling" };
      return { target: dangling, routeKey: "dangling", stable: split.stable, canary: "ghost_shop:8080" };
    },
    close: async () => {
      await Promise.all([traffic.close(), hasty.close()]);
      await proxy.close();
      await api.close();
    },
  };
}

describe("the demo's App Mesh", () => {
  beforeEach(() => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "simulated");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "simulated");
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });
  for (const { name, run } of driverContract(["dangling"])) test(name, () => withBench(openAppMeshBench, run));
});
