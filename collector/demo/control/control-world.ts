/**
 * The simulated control planes put together: their stores as they begin, an API server each on a loopback port, the
 * controllers and whoever else writes. In: a world and the time, step by step, with the incidents that are on. Out: URLs, and
 * the splits that proxies go by. Nothing here is kept on disk: a new start is a fresh estate.
 */
import { meshPlaceOf } from "../../../lib/world/appmesh-style.ts";
import type { IncidentName } from "../../../lib/world/incidents.ts";
import type { Splits } from "../../../lib/world/splits.ts";
import type { World } from "../../../lib/world/world.ts";
import { ApiServer } from "./api-server.ts";
import { appMeshApi } from "./app-mesh-api.ts";
import { AppMeshStore } from "./app-mesh-store.ts";
import { ArgoController, rolloutSeeds } from "./argo-controller.ts";
import { ARGO_SERVICE, clusterSeeds, FLAGGER_SERVICE, type Seed } from "./cluster-objects.ts";
import { consulApi } from "./consul-api.ts";
import { ConsulEntries } from "./consul-entries.ts";
import { at, withMember } from "./document.ts";
import { type AskHook, canarySeed, FlaggerController } from "./flagger-controller.ts";
import { ArgoCd, SecondOperator } from "./intruders.ts";
import { kubernetesApi } from "./kubernetes-api.ts";
import { KINDS } from "./kubernetes-kinds.ts";
import { ObjectStore } from "./object-store.ts";
import { consulInstances, fillAppMesh, fillConsul } from "./plane-seeds.ts";
import { readSplits, type Stores } from "./read-splits.ts";
import { resetStores } from "./reset-stores.ts";

/** Base URLs; Istio and Linkerd are in one cluster and have a door of their own to its API each. */
export interface PlaneUrls {
  readonly istio: string;
  readonly linkerd: string;
  readonly consul: string;
  readonly appMesh: string;
}

export const PLANES = ["istio", "linkerd", "consul", "appMesh"] as const satisfies readonly (keyof PlaneUrls)[];

const DOWN: Readonly<Record<keyof PlaneUrls, IncidentName>> = {
  istio: "istio-api-down",
  linkerd: "linkerd-api-down",
  consul: "consul-api-down",
  appMesh: "app-mesh-api-down",
};

const CONTROLLERS_EVERY_MS = 500;

export const DATACENTER = "vm-dc1";
export const LOYALTY_MESH = "loyalty-mesh";

export interface ControlWorldOptions {
  readonly world: World;
  readonly now: () => number;
  readonly ask: AskHook;
}

export class ControlWorld {
  readonly stores: Stores;
  private readonly servers: Readonly<Record<keyof PlaneUrls, ApiServer>>;
  private readonly argo: ArgoController;
  private readonly flagger: FlaggerController;
  private readonly operator: SecondOperator;
  private readonly argoCd: ArgoCd;
  private readonly now: () => number;
  private readonly world: World;
  private hooks: Readonly<Record<string, string>> | undefined;
  private read: { readonly revision: string; readonly splits: Splits } | undefined;
  private actedMs = Number.NEGATIVE_INFINITY;
  private readonly up = new Map<keyof PlaneUrls, boolean>();

  constructor({ world, now, ask }: ControlWorldOptions) {
    this.now = now;
    this.world = world;
    this.stores = storesOf(world, now);
    const { cluster, consul, appMesh } = this.stores;
    this.argo = new ArgoController(cluster);
    this.flagger = new FlaggerController(cluster, ask, now());
    this.operator = new SecondOperator(this.stores);
    this.argoCd = new ArgoCd(this.stores);
    const instances = consulInstances(world.pods, world.atlas);
    this.servers = {
      istio: new ApiServer(kubernetesApi(cluster)),
      linkerd: new ApiServer(kubernetesApi(cluster)),
      consul: new ApiServer(consulApi({ entries: consul, datacenter: DATACENTER, instances })),
      appMesh: new ApiServer(appMeshApi(appMesh)),
    };
  }

  async listen(): Promise<PlaneUrls> {
    const { istio, linkerd, consul, appMesh } = this.servers;
    return {
      istio: await istio.listen(),
      linkerd: await linkerd.listen(),
      consul: await consul.listen(),
      appMesh: await appMesh.listen(),
    };
  }

  /** Controllers and intruders act; APIs go down and come back. */
  step(active: ReadonlySet<IncidentName>): void {
    const nowMs = this.now();
    this.switchServers(active);
    if (nowMs - this.actedMs < CONTROLLERS_EVERY_MS) return;
    this.actedMs = nowMs;
    this.argo.reconcile(nowMs);
    void this.flagger.reconcile(nowMs);
    this.operator.step(active.has("second-operator"), nowMs);
    this.argoCd.step(active.has("gitops-revert"), nowMs);
  }

  private switchServers(active: ReadonlySet<IncidentName>): void {
    for (const plane of PLANES) {
      const isUp = !active.has("control-plane-down") && !active.has(DOWN[plane]);
      if ((this.up.get(plane) ?? true) === isUp) continue;
      this.up.set(plane, isUp);
      void this.servers[plane].setUp(isUp);
    }
  }

  /** As stored now. */
  splits(): Splits {
    const { cluster, consul, appMesh } = this.stores;
    const revision = `${cluster.revision} ${consul.index} ${appMesh.revision}`;
    if (this.read?.revision !== revision) this.read = { revision, splits: readSplits(this.stores) };
    return this.read.splits;
  }

  /** Flagger asks at these from now on, by kind of webhook; until then its Canary is suspended. */
  setHooks(urls: Readonly<Record<string, string>>): void {
    this.hooks = urls;
    const key = { kind: KINDS.canary, namespace: "orders", name: FLAGGER_SERVICE };
    const canary = this.stores.cluster.read(key);
    if (canary === undefined) return;
    const webhooks = Object.entries(urls).map(([type, url]) => ({ name: type, type, url }));
    const hooked = withMember(canary, ["spec", "analysis", "webhooks"], webhooks);
    const next = withMember(hooked, ["spec", "suspend"], false);
    this.stores.cluster.replace(key, next, { manager: "kubectl-edit" });
  }

  /** Every route, and every release that has an owner, as at the start; Flagger goes on asking where it did. */
  reset(): void {
    resetStores(this.stores, storesOf(this.world, this.now));
    if (this.hooks !== undefined) this.setHooks(this.hooks);
  }

  async close(): Promise<void> {
    await Promise.all(PLANES.map((plane) => this.servers[plane].close()));
  }
}

function storesOf({ atlas, pods }: World, now: () => number): Stores {
  const cluster = new ObjectStore(now);
  const plant = (seeds: readonly Seed[]): void => {
    for (const [kind, object] of seeds) cluster.create(kind, object, { manager: "kubectl-create" });
  };
  plant(clusterSeeds(atlas, pods));
  const [stable, canary] = atlas.service(ARGO_SERVICE).backends.map(({ workload }) => atlas.workload(workload));
  if (stable !== undefined && canary !== undefined) plant(rolloutSeeds(stable, canary, now()));
  const target = cluster.read({ kind: KINDS.deployment, namespace: "orders", name: FLAGGER_SERVICE });
  plant([canarySeed(at(target, "spec", "template"), now())]);
  const consul = new ConsulEntries();
  fillConsul(consul, atlas);
  const nodes = atlas.estate.workloads.filter(({ role }) => role === "appmesh").map((one) => meshPlaceOf(one).node);
  const appMesh = new AppMeshStore({ mesh: LOYALTY_MESH, now, nodes });
  fillAppMesh(appMesh, atlas);
  return { atlas, cluster, consul, appMesh };
}
