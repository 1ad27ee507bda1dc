/** Consul under the drivers' contract: a service of its own for each case, with two subsets, sidecars and a 90:10 split. */

import { equal, match } from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ConsulTraffic } from "../../../collector/actuators/consul.ts";
import type { BenchSplit, DriverBench } from "../../../collector/actuators/driver-bench.ts";
import { openFaultProxy } from "../../../collector/actuators/fault-proxy.ts";
import type { Plan } from "../../../lib/control/traffic/contract.ts";
import type { Json, JsonObject } from "../../../lib/control/traffic/document.ts";
import { consulRules } from "../guide.ts";
import type { ConsulServer } from "./server.ts";

let services = 0;

/** A name that nobody has. */
export function newService(): string {
  return `web-${++services}`;
}

/** Puts a configuration entry without looking; throws with Consul's words. */
export async function putEntry(server: ConsulServer, entry: JsonObject): Promise<void> {
  const { status, text } = await server.call("PUT", "/v1/config", entry);
  if (status !== 200) throw new Error(`${JSON.stringify(entry)}: ${status} ${text}`);
}

type Status = "passing" | "critical";

/** An instance and the sidecar that brings it into the mesh, on a node that no agent speaks for. */
export async function registerInstance(server: ConsulServer, service: string, version: string, status: Status) {
  const id = `${service}-${version}`;
  const node = { Node: `node-${id}`, Address: "10.0.0.1", SkipNodeUpdate: false };
  const meta = { version };
  const sidecar = {
    ...{ ID: `${id}-sidecar`, Service: `${service}-sidecar`, Kind: "connect-proxy", Port: 20_000, Meta: meta },
    Proxy: { DestinationServiceName: service, DestinationServiceID: id },
  };
  for (const one of [{ ID: id, Service: service, Port: 8080, Meta: meta }, sidecar]) {
    const check = { Node: node.Node, CheckID: `alive:${one.ID}`, Name: "alive", Status: status, ServiceID: one.ID };
    const { status: code, text } = await server.call("PUT", "/v1/catalog/register", {
      ...node,
      Service: one,
      Check: check,
    });
    if (code !== 200) throw new Error(`${one.ID}: ${code} ${text}`);
  }
}

export function splitsOf(canaryPercent: number): readonly Json[] {
  return [
    { Weight: 100 - canaryPercent, ServiceSubset: "v1" },
    { Weight: canaryPercent, ServiceSubset: "v2" },
  ];
}

export async function makeService(server: ConsulServer, service = newService()): Promise<BenchSplit> {
  await putEntry(server, { Kind: "service-defaults", Name: service, Protocol: "http" });
  const subsets = Object.fromEntries(["v1", "v2"].map((v) => [v, { Filter: `Service.Meta.version == ${v}` }]));
  await putEntry(server, { Kind: "service-resolver", Name: service, Subsets: subsets });
  await putEntry(server, { Kind: "service-splitter", Name: service, Splits: splitsOf(10), Meta: { team: "a" } });
  for (const version of ["v1", "v2"]) await registerInstance(server, service, version, "passing");
  const target = { driver: "consul", cluster: "dc1", namespace: "default", name: service } as const;
  return { target, routeKey: service, stable: `${service}/v1`, canary: `${service}/v2` };
}

function withBody(plan: Plan, change: (body: JsonObject) => JsonObject, path?: string): Plan {
  if (plan.request.api !== "consul") throw new Error(plan.request.api);
  const { request } = plan;
  return { ...plan, request: { ...request, path: path ?? request.path, body: change(request.body) } };
}

const INVALID: DriverBench["invalid"] = [
  {
    name: "weights that add up to 99.99",
    says: /the sum of all split weights must be 100/,
    plan: (plan) => withBody(plan, (body) => ({ ...body, Splits: [{ Weight: 99.99, ServiceSubset: "v1" }] })),
  },
  {
    name: "no splits",
    says: /no splits configured/,
    plan: (plan) => withBody(plan, (body) => ({ ...body, Splits: [] })),
  },
  {
    name: "one destination twice",
    says: /split destination occurs more than once/,
    plan: (plan) =>
      withBody(plan, (body) => ({ ...body, Splits: [50, 50].map((Weight) => ({ Weight, ServiceSubset: "v1" })) })),
  },
  {
    name: "a subset that no resolver names",
    says: /does not have a subset named "v9"/,
    plan: (plan) => withBody(plan, (body) => ({ ...body, Splits: [{ Weight: 100, ServiceSubset: "v9" }] })),
  },
  {
    name: "a service whose protocol is tcp",
    says: /uses a protocol "tcp" that does not permit advanced routing or splitting/,
    plan: (plan) =>
      withBody(
        plan,
        () => ({ Kind: "service-splitter", Name: "plain", Splits: [{ Weight: 100, Service: "plain" }] }),
        "/v1/config?cas=0",
      ),
  },
  {
    name: "a member that Consul does not know",
    says: /invalid config key/,
    plan: (plan) => withBody(plan, (body) => ({ ...body, Flavour: "sweet" })),
  },
];

/** A split between this service and one that nobody runs: Consul takes it. */
async function makeDangling(server: ConsulServer): Promise<BenchSplit> {
  const [service, ghost] = [newService(), newService()];
  const made = await makeService(server, service);
  await putEntry(server, { Kind: "service-defaults", Name: ghost, Protocol: "http" });
  const splits = [
    { Weight: 90, ServiceSubset: "v1" },
    { Weight: 10, Service: ghost },
  ];
  await putEntry(server, { Kind: "service-splitter", Name: service, Splits: splits });
  return { ...made, canary: ghost };
}

export async function openConsulBench(server: ConsulServer): Promise<DriverBench> {
  const split = await makeService(server);
  const service = split.target.name;
  const proxy = await openFaultProxy(server.url);
  const opened = (tokenFile: string, timeoutMs = 10_000) =>
    new ConsulTraffic({ name: "dc1", url: proxy.url, tokenFile, timeoutMs });
  const traffic = opened(server.rootTokenFile);
  const raw = async (): Promise<JsonObject> =>
    JSON.parse((await server.call("GET", `/v1/config/service-splitter/${service}?consistent`)).text);
  const foreignWrite = async (percent: number): Promise<void> =>
    putEntry(server, { Kind: "service-splitter", Name: service, Splits: splitsOf(percent), Meta: { team: "a" } });
  let restore: (() => Promise<void>) | undefined;
  return {
    ...{ traffic, proxy, split, raw, foreignWrite, hasty: opened(server.rootTokenFile, 1_000) },
    ownMembers: /^(?:ModifyIndex|Meta\.meshscope-intent)$/,
    invalid: INVALID,
    reader: opened(await server.tokenFile(consulRules("consul-read", service))),
    dangling: () => makeDangling(server),
    emptyCanary: () => registerInstance(server, service, "v2", "critical"),
    owned: [
      {
        name: "Consul on Kubernetes",
        make: async () => {
          const { target } = await makeService(server);
          const meta = { "external-source": "kubernetes" };
          await putEntry(server, { Kind: "service-splitter", Name: target.name, Splits: splitsOf(10), Meta: meta });
          return target;
        },
        says: ({ writers, reverters }) => {
          equal(writers.length, 1);
          equal(writers[0]?.kind, "consulKubernetes");
          match(writers[0]?.evidence.join() ?? "", /external-source/);
          equal(reverters.length, 0);
        },
      },
    ],
    watch: {
      async start(seen) {
        restore = await server.snapshot();
        const faults: string[] = [];
        return traffic.watch(seen, ({ message }) => faults.push(message));
      },
      async forget() {
        await restore?.();
      },
    },
    byHand: async (command) => {
      await promisify(execFile)("sh", ["-c", command]);
    },
    async close() {
      await traffic.close();
      await proxy.close();
    },
  };
}
