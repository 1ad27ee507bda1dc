/**
 * Who else writes the routes while an incident is on. In: the stores and the time. Out: writes under their names: a second
 * operator who moves every canary by a percent, and Argo CD, which puts the Kubernetes routes back to what was there when it
 * came. It marks them as its own and takes its marks along when it goes.
 */
import { isSame, type Json, type JsonObject, numberAt, objectOf, withMember } from "./document.ts";
import { KINDS } from "./kubernetes-kinds.ts";
import type { ObjectKey } from "./object-store.ts";
import type { Stores } from "./read-splits.ts";

const OPERATOR_EVERY_MS = 10_000;
const REVERT_AFTER_MS = 3_000;
const ARGO_CD = "argocd-application-controller";
const TRACKING = "argocd.argoproj.io/tracking-id";

/** Routes that nobody's controller owns. */
export const OPEN_ROUTES = {
  istio: { kind: KINDS.virtualService, namespace: "finance", name: "payments" },
  linkerd: { kind: KINDS.httpRoute, namespace: "orders", name: "fulfilment" },
  consul: "rates",
  appMesh: "offers",
} as const;

const LISTS = {
  istio: ["spec", "http", 0, "route"],
  linkerd: ["spec", "rules", 0, "backendRefs"],
} as const;

type Path = readonly (string | number)[];

interface Nudge {
  readonly list: Path;
  readonly member: string;
  readonly up: boolean;
}

/** One percent to the canary or from it, as far as it has that: the members of a list of two. */
function nudged(object: JsonObject, { list, member, up }: Nudge): JsonObject {
  const [stable = 0, canary = 0] = [0, 1].map((i) => numberAt(object, ...list, i, member) ?? 0);
  const percent = (stable + canary) / 100;
  const towards = up ? stable >= percent : canary < percent;
  const step = towards ? percent : -percent;
  return withMember(withMember(object, [...list, 0, member], stable - step), [...list, 1, member], canary + step);
}

export class SecondOperator {
  private readonly stores: Stores;
  private lastMs = Number.NEGATIVE_INFINITY;
  private up = false;

  constructor(stores: Stores) {
    this.stores = stores;
  }

  step(isOn: boolean, nowMs: number): void {
    if (!isOn || nowMs - this.lastMs < OPERATOR_EVERY_MS) return;
    this.lastMs = nowMs;
    this.up = !this.up;
    const { up } = this;
    const { cluster, consul, appMesh } = this.stores;
    for (const mesh of ["istio", "linkerd"] as const) {
      const object = cluster.read(OPEN_ROUTES[mesh]);
      if (object === undefined) continue;
      cluster.replace(OPEN_ROUTES[mesh], nudged(object, { list: LISTS[mesh], member: "weight", up }), {
        manager: "kubectl-edit",
      });
    }
    const splitter = consul.read("service-splitter", OPEN_ROUTES.consul);
    if (splitter !== undefined) consul.put(nudged(splitter, { list: ["Splits"], member: "Weight", up }), null);
    const spec = objectOf(appMesh.route(OPEN_ROUTES.appMesh, OPEN_ROUTES.appMesh)?.["spec"]);
    const list = ["httpRoute", "action", "weightedTargets"];
    appMesh.update(OPEN_ROUTES.appMesh, OPEN_ROUTES.appMesh, nudged(spec, { list, member: "weight", up }), "");
  }
}

interface Tracked {
  readonly spec: Json;
  changedMs: number | null;
}

export class ArgoCd {
  private readonly stores: Stores;
  private readonly tracked = new Map<"istio" | "linkerd", Tracked>();

  constructor(stores: Stores) {
    this.stores = stores;
  }

  step(isOn: boolean, nowMs: number): void {
    for (const mesh of ["istio", "linkerd"] as const) {
      const key = OPEN_ROUTES[mesh];
      const object = this.stores.cluster.read(key);
      if (object === undefined) continue;
      const tracked = this.tracked.get(mesh);
      if (isOn && tracked === undefined) this.come(mesh, key, object);
      else if (!isOn && tracked !== undefined) this.go(mesh, key, object);
      else if (tracked !== undefined) this.revert(tracked, key, object, nowMs);
    }
  }

  private mark(key: ObjectKey, object: JsonObject, value: string | undefined): void {
    const marked = withMember(object, ["metadata", "annotations", TRACKING], value);
    this.stores.cluster.replace(key, marked, { manager: ARGO_CD });
  }

  private come(mesh: "istio" | "linkerd", key: ObjectKey, object: JsonObject): void {
    this.tracked.set(mesh, { spec: object["spec"] ?? null, changedMs: null });
    const { group, kind } = key.kind;
    this.mark(key, object, `${mesh}-routes:${group}/${kind}:${key.namespace}/${key.name}`);
    const application = {
      metadata: { name: `${mesh}-routes`, namespace: "argocd" },
      spec: {
        destination: { namespace: key.namespace, server: "https://kubernetes.default.svc" },
        syncPolicy: { automated: { selfHeal: true, prune: false } },
      },
      status: {
        sync: { status: "Synced" },
        resources: [{ group, kind, namespace: key.namespace, name: key.name, status: "Synced" }],
      },
    };
    this.stores.cluster.create(KINDS.application, application, { manager: ARGO_CD });
  }

  private go(mesh: "istio" | "linkerd", key: ObjectKey, object: JsonObject): void {
    this.tracked.delete(mesh);
    this.mark(key, object, undefined);
    this.stores.cluster.remove({ kind: KINDS.application, namespace: "argocd", name: `${mesh}-routes` });
  }

  private revert(tracked: Tracked, key: ObjectKey, object: JsonObject, nowMs: number): void {
    if (isSame(object["spec"], tracked.spec)) {
      tracked.changedMs = null;
      return;
    }
    tracked.changedMs ??= nowMs;
    if (nowMs - tracked.changedMs < REVERT_AFTER_MS) return;
    this.stores.cluster.replace(key, withMember(object, ["spec"], tracked.spec), { manager: ARGO_CD });
  }
}
