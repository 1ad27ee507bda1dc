/**
 * Two callers behind real Envoys that send to `web` by weighted clusters, and real Envoys in front of its two versions. In:
 * the weights, loaded into each caller's proxy on its own; out: what to scrape, and traffic that runs until it is paused.
 * Loading moves a file to where that Envoy watches; until then what is stored elsewhere is nothing to it.
 */
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { Agent } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findEnvoy, type Skip } from "../../real/envoy/binary.ts";
import type { Json } from "../../real/envoy/config-parts.ts";
import { type EnvoyProcess, startEnvoy } from "../../real/envoy/envoy-process.ts";
import { freePorts, get, sleep } from "../../real/envoy/http-client.ts";
import { callerBootstrap, podBootstrap, routesOf, SUBSETS, type Subset } from "./bootstrap.ts";

export const CALLERS = ["a", "b"] as const;
export type Caller = (typeof CALLERS)[number];

export interface SplitEstate {
  readonly scrapeUrl: (caller: Caller) => string;
  /** The share of v2, of 10,000, that this caller's proxy is given; resolves when the proxy has loaded it. */
  load(caller: Caller, canaryBp: number): Promise<void>;
  /** Another process on the same ports, whose counters begin at zero. */
  restart(caller: Caller): Promise<void>;
  /** Requests that each version answered, by caller, since the start: what really happened. */
  readonly answered: Readonly<Record<Caller, Record<Subset, number>>>;
  /** Begins to send, or ends it; resolves when it is so. */
  traffic(on: boolean): Promise<void>;
  stop(): Promise<void>;
}

const PAUSE_MS = 4;

class Traffic {
  readonly answered: Record<Caller, Record<Subset, number>> = { a: { v1: 0, v2: 0 }, b: { v1: 0, v2: 0 } };
  private readonly agent = new Agent({ keepAlive: true });
  private running: Promise<unknown> | undefined;
  private isOn = false;
  private readonly ports: Readonly<Record<Caller, number>>;

  constructor(ports: Readonly<Record<Caller, number>>) {
    this.ports = ports;
  }

  private async send(caller: Caller): Promise<void> {
    while (this.isOn) {
      // A proxy that is restarting refuses: nobody was asked.
      const answer = await get({ port: this.ports[caller], path: "/", agent: this.agent }).catch(() => undefined);
      for (const subset of SUBSETS) if (answer?.body === subset) this.answered[caller][subset]++;
      await sleep(PAUSE_MS);
    }
  }

  async turn(on: boolean): Promise<void> {
    if (on === this.isOn) return;
    this.isOn = on;
    if (on) this.running = Promise.all(CALLERS.flatMap((caller) => [this.send(caller), this.send(caller)]));
    else await this.running;
  }

  async stop(): Promise<void> {
    await this.turn(false);
    this.agent.destroy();
  }
}

async function loadedVersion(admin: number): Promise<string> {
  const { body } = await get({ port: admin, path: "/config_dump?resource=dynamic_route_configs" });
  return /"version_info": "([^"]*)"/.exec(body)?.[1] ?? "";
}

export async function startSplitEstate(firstBp: number): Promise<SplitEstate | Skip> {
  const envoy = await findEnvoy();
  if ("skip" in envoy) return envoy;
  const folder = await mkdtemp(join(tmpdir(), "meshscope-split-"));
  const [adminA = 0, adminB = 0, outA = 0, outB = 0, podV1 = 0, podV2 = 0, adminV1 = 0, adminV2 = 0] =
    await freePorts(8);
  const admin = { a: adminA, b: adminB };
  const outbound = { a: outA, b: outB };
  const pods = { v1: podV1, v2: podV2 };
  const envoys = new Map<string, EnvoyProcess>();
  const start = async (name: string, bootstrap: Json, port: number): Promise<void> => {
    const file = join(folder, `${name}.json`);
    await writeFile(file, JSON.stringify(bootstrap));
    envoys.set(name, await startEnvoy(envoy.path, file, port));
  };
  const routesFile = (caller: Caller) => join(folder, `routes-${caller}.json`);
  const startCaller = (caller: Caller): Promise<void> => {
    const ports = { admin: admin[caller], outbound: outbound[caller], pods };
    return start(caller, callerBootstrap(caller, ports, routesFile(caller)), ports.admin);
  };
  let version = 0;
  const store = async (caller: Caller, canaryBp: number): Promise<string> => {
    const id = String(++version);
    const next = `${routesFile(caller)}.next`;
    await writeFile(next, JSON.stringify(routesOf({ v1: 10_000 - canaryBp, v2: canaryBp }, id)));
    await rename(next, routesFile(caller));
    return id;
  };
  const load = async (caller: Caller, canaryBp: number): Promise<void> => {
    const id = await store(caller, canaryBp);
    while ((await loadedVersion(admin[caller])) !== id) await sleep(20);
  };
  await start("v1", podBootstrap("v1", adminV1, pods.v1), adminV1);
  await start("v2", podBootstrap("v2", adminV2, pods.v2), adminV2);
  for (const caller of CALLERS) {
    await store(caller, firstBp);
    await startCaller(caller);
  }
  const traffic = new Traffic(outbound);
  return {
    scrapeUrl: (caller) => `http://127.0.0.1:${admin[caller]}/stats/prometheus`,
    load,
    answered: traffic.answered,
    traffic: (on) => traffic.turn(on),
    restart: async (caller) => {
      await envoys.get(caller)?.stop();
      await startCaller(caller);
    },
    stop: async () => {
      await traffic.stop();
      await Promise.all([...envoys.values()].map((one) => one.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
