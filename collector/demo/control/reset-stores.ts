/**
 * Stores as they began: routes, and how far owners' releases are. In: stores, and fresh ones of the same world. Out: writes
 * under a name of their own, each a new revision, as if somebody had undone it all. What is only there since (a router of
 * Consul) goes. Readiness, workloads and what asks for no reset stay.
 */
import { isSame, type JsonObject, objectOf, textAt, withMember } from "./document.ts";
import { KINDS, type ResourceKind } from "./kubernetes-kinds.ts";
import type { ObjectStore } from "./object-store.ts";
import type { Stores } from "./read-splits.ts";

const MANAGER = "demo-reset";
/** The rules before the routes that name their subsets. */
const RESET: readonly ResourceKind[] = [
  KINDS.destinationRule,
  KINDS.rollout,
  KINDS.canary,
  KINDS.virtualService,
  KINDS.httpRoute,
];

function resetObject(store: ObjectStore, kind: ResourceKind, began: JsonObject): void {
  const key = { kind, namespace: textAt(began, "metadata", "namespace"), name: textAt(began, "metadata", "name") };
  const now = store.read(key);
  if (now === undefined) return;
  if (!isSame(now["spec"], began["spec"]))
    store.replace(key, withMember(now, ["spec"], objectOf(began["spec"])), { manager: MANAGER });
  const current = objectOf(store.read(key));
  if (began["status"] === undefined || isSame(current["status"], began["status"])) return;
  const next = withMember(current, ["status"], objectOf(began["status"]));
  store.replace(key, next, { manager: MANAGER, subresource: "status" });
}

export function resetStores({ cluster, consul, appMesh }: Stores, began: Stores): void {
  for (const kind of RESET) for (const object of began.cluster.list(kind)) resetObject(cluster, kind, object);
  for (const router of consul.list("service-router")) consul.remove("service-router", textAt(router, "Name"), null);
  for (const splitter of began.consul.list("service-splitter")) consul.put(splitter, null);
  for (const router of began.appMesh.routers) {
    for (const route of began.appMesh.routes(router))
      appMesh.update(router, textAt(route, "routeName"), objectOf(route["spec"]), "");
  }
}
