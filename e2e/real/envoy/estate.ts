/**
 * The real estate: three Envoys and the apps behind them, on loopback, driven by an exact number of requests.
 *
 * In: the URLs of a Zipkin and an OTLP/HTTP collector on loopback (only their ports and paths are used), a variant. Out: scrape targets, and
 * the means to drive, scrape, restart and stop; or the reason why it cannot be had here. Counts are requests.
 * Nothing but `drive` sends traffic through a sidecar, so the increase of every edge equals what was driven, exactly.
 * Not handled: more than one estate per `ports`; machines where loopback is not 127.0.0.1.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { Agent } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, FAIL_HEADER, startApp } from "./apps.ts";
import { type EnvoyBinary, findEnvoy, type Skip } from "./binary.ts";
import { bootstrapOf } from "./bootstrap.ts";
import { type Certificates, makeCertificates } from "./certificates.ts";
import { hostPort } from "./config-parts.ts";
import { type EnvoyProcess, startEnvoy } from "./envoy-process.ts";
import { freePorts, get } from "./http-client.ts";
import {
  CLUSTER,
  hopsOf,
  identityOf,
  NAMESPACE,
  type Outcome,
  PORTS_NEEDED,
  type PortPlan,
  planPorts,
  SERVICES,
  type ServiceName,
  type Variant,
} from "./topology.ts";

export type EstateOptions = {
  readonly zipkinUrl: string;
  readonly otlpHttpUrl: string;
  readonly variant: Variant;
  /** Default 300, to be quick; Envoy's own default is 5000. */
  readonly traceFlushMs?: number;
  /** How long histograms lag behind counters; default 300, Envoy's own default is 5000. */
  readonly statsFlushMs?: number;
  /** Fixed ports, for captures that stay alike; else free ones are picked. */
  readonly ports?: readonly number[];
  /** Lifetime of the leaf certificates; default 30. */
  readonly certificateDays?: number;
};

export type Target = {
  readonly name: ServiceName;
  readonly cluster: string;
  readonly namespace: string;
  readonly workload: string;
  readonly url: string;
};

/** `failures` requests end in a 5xx at every hop, then `missing` in a 404, the rest in 200. */
export type DriveOptions = { readonly failures?: number; readonly missing?: number; readonly concurrency?: number };

/** What the client saw: requests by status. Their sum is the number driven. */
export type Driven = ReadonlyMap<number, number>;

export type Estate = {
  readonly envoy: EnvoyBinary;
  readonly targets: readonly Target[];
  readonly ports: PortPlan;
  readonly certificates: Certificates;
  /** Sends exactly `requests` requests and waits for every answer; rejects if one is not answered. */
  readonly drive: (requests: number, options?: DriveOptions) => Promise<Driven>;
  /** The Prometheus text of one sidecar, whole. */
  readonly scrape: (name: ServiceName) => Promise<string>;
  /** Any admin page of one sidecar, such as `/server_info` or `/config_dump`. */
  readonly admin: (name: ServiceName, path: string) => Promise<string>;
  /** Ends one sidecar: its callers find nobody there. `restart` brings it back. */
  readonly halt: (name: ServiceName) => Promise<void>;
  /** Ends one sidecar, if it runs, and starts it anew on the same ports: all its counters begin at zero. */
  readonly restart: (name: ServiceName) => Promise<void>;
  /** The process ids of the running sidecars. */
  readonly pids: () => readonly number[];
  /** Ends everything and removes the temporary files. May be called twice. */
  readonly stop: () => Promise<void>;
};

const START_TRIES = 3;
const DEFAULT_FLUSH_MS = 300;
const DEFAULT_DAYS = 30;

type Running = {
  readonly apps: App[];
  readonly envoys: Map<ServiceName, EnvoyProcess>;
};

type Plan = {
  readonly envoy: EnvoyBinary;
  readonly folder: string;
  readonly certificates: Certificates;
  readonly options: EstateOptions;
};

async function stopAll(running: Running): Promise<void> {
  const envoys = [...running.envoys.values()].map((envoy) => envoy.stop());
  await Promise.allSettled([...envoys, ...running.apps.map((app) => app.stop())]);
}

async function startOne(plan: Plan, ports: PortPlan, service: ServiceName): Promise<EnvoyProcess> {
  const file = join(plan.folder, `${service}.bootstrap.json`);
  const bootstrap = bootstrapOf({
    service,
    variant: plan.options.variant,
    ports,
    certificates: plan.certificates,
    zipkin: hostPort(plan.options.zipkinUrl),
    otlp: hostPort(plan.options.otlpHttpUrl),
    traceFlushMs: plan.options.traceFlushMs ?? DEFAULT_FLUSH_MS,
    statsFlushMs: plan.options.statsFlushMs ?? DEFAULT_FLUSH_MS,
  });
  await writeFile(file, JSON.stringify(bootstrap, null, 2));
  return startEnvoy(plan.envoy.path, file, ports[service].admin);
}

/** Starts everything on `ports`; on failure nothing is left running. */
async function startOn(plan: Plan, ports: PortPlan): Promise<Running> {
  const running: Running = { apps: [], envoys: new Map() };
  try {
    for (const service of SERVICES) {
      running.apps.push(await startApp(service, plan.options.variant, ports[service]));
      running.envoys.set(service, await startOne(plan, ports, service));
    }
    return running;
  } catch (error) {
    await stopAll(running);
    throw error;
  }
}

/** A port that was free when picked may be taken when bound: picks again, but only for that reason. */
async function startSomewhere(plan: Plan): Promise<{ readonly ports: PortPlan; readonly running: Running }> {
  for (let left = START_TRIES; ; left -= 1) {
    const ports = planPorts(plan.options.ports ?? (await freePorts(PORTS_NEEDED)));
    try {
      return { ports, running: await startOn(plan, ports) };
    } catch (error) {
      const taken = /address already in use|EADDRINUSE|cannot bind/i.test(String(error));
      if (left <= 1 || !taken || plan.options.ports !== undefined) throw error;
    }
  }
}

function outcomeAt(index: number, options: DriveOptions): Outcome {
  const failures = options.failures ?? 0;
  if (index < failures) return "fail";
  return index < failures + (options.missing ?? 0) ? "missing" : "ok";
}

async function drive(port: number, agent: Agent, requests: number, options: DriveOptions): Promise<Driven> {
  const statuses = new Map<number, number>();
  let next = 0;
  async function worker(): Promise<void> {
    while (next < requests) {
      const index = next;
      next += 1;
      const outcome = outcomeAt(index, options);
      const told = outcome === "ok" ? undefined : { [FAIL_HEADER]: outcome };
      const headers = { host: "shop.example", "user-agent": "harness", ...told };
      const answer = await get({ port, path: `/items/${index % 5}`, headers, agent });
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    }
  }
  await Promise.all(Array.from({ length: options.concurrency ?? 2 }, () => worker()));
  return statuses;
}

function estateOf(plan: Plan, ports: PortPlan, running: Running): Estate {
  const agent = new Agent({ keepAlive: true });
  let stopped: Promise<void> | undefined;
  const admin: Estate["admin"] = async (name, path) => {
    const answer = await get({ port: ports[name].admin, path });
    if (answer.status !== 200) throw new Error(`admin of ${name} answered ${answer.status} to ${path}`);
    return answer.body;
  };
  const halt: Estate["halt"] = async (name) => {
    await running.envoys.get(name)?.stop();
    running.envoys.delete(name);
  };
  async function shutDown(): Promise<void> {
    agent.destroy();
    await stopAll(running);
    await rm(plan.folder, { recursive: true, force: true });
  }
  return {
    envoy: plan.envoy,
    ports,
    certificates: plan.certificates,
    targets: SERVICES.map((name) => ({
      name,
      cluster: CLUSTER,
      namespace: NAMESPACE,
      workload: name,
      url: `http://127.0.0.1:${ports[name].admin}/stats/prometheus`,
    })),
    drive: (requests, options = {}) => drive(ports.a.inbound, agent, requests, options),
    admin,
    scrape: (name) => admin(name, "/stats/prometheus"),
    halt,
    restart: async (name) => {
      await halt(name);
      running.envoys.set(name, await startOne(plan, ports, name));
    },
    pids: () => [...running.envoys.values()].map((envoy) => envoy.pid),
    stop: () => {
      stopped ??= shutDown();
      return stopped;
    },
  };
}

/** Boots the estate; `{skip}` says why there is none to be had here. A start that fails for another reason rejects. */
export async function startEstate(options: EstateOptions): Promise<Estate | Skip> {
  const envoy = await findEnvoy();
  if ("skip" in envoy) return envoy;
  const folder = await mkdtemp(join(tmpdir(), "meshscope-envoy-"));
  try {
    const days = options.certificateDays ?? DEFAULT_DAYS;
    const ids = new Map(SERVICES.map((service) => [service, identityOf(options.variant, service)]));
    const certificates = await makeCertificates(folder, ids, days);
    if ("skip" in certificates) {
      await rm(folder, { recursive: true, force: true });
      return certificates;
    }
    const plan = { envoy, folder, certificates, options };
    const { ports, running } = await startSomewhere(plan);
    return estateOf(plan, ports, running);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Requests per hop after `requests` were driven: each hop carries each request once. */
export function expectedPerHop(variant: Variant, requests: number): ReadonlyMap<string, number> {
  return new Map(hopsOf(variant).map((hop) => [`${hop.from}->${hop.to}`, requests]));
}
