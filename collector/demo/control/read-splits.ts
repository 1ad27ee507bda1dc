/**
 * What proxies would make of the stored routes: weights by workload. In: the stores of the simulated control planes. Out:
 * splits for the world. Istio: the first rule without matches, subsets by the labels of their DestinationRule. Linkerd: the
 * first rule of the service's HTTPRoute. Consul: the splitter, subsets by their filter. App Mesh: the route's targets.
 */
import { meshPlaceOf } from "../../../lib/world/appmesh-style.ts";
import type { Atlas } from "../../../lib/world/estate.ts";
import { meshOf, type ServiceSpec } from "../../../lib/world/spec.ts";
import type { Splits } from "../../../lib/world/splits.ts";
import type { AppMeshStore } from "./app-mesh-store.ts";
import { podLabels } from "./cluster-objects.ts";
import { type ConsulEntries, filterOf } from "./consul-entries.ts";
import { at, type Json, listOf, numberAt, objectOf, textAt } from "./document.ts";
import { KINDS } from "./kubernetes-kinds.ts";
import type { ObjectStore } from "./object-store.ts";

export interface Stores {
  readonly atlas: Atlas;
  readonly cluster: ObjectStore;
  readonly consul: ConsulEntries;
  readonly appMesh: AppMeshStore;
}

type Weights = readonly (readonly [workload: string | undefined, weight: number])[];

function istio({ atlas, cluster }: Stores, { name, namespace, backends }: ServiceSpec): Weights {
  const rules = listOf(at(cluster.read({ kind: KINDS.virtualService, namespace, name }), "spec", "http"));
  const rule = rules.find((one) => listOf(at(one, "match")).length === 0);
  const subsets = listOf(at(cluster.read({ kind: KINDS.destinationRule, namespace, name }), "spec", "subsets"));
  const destinations = listOf(at(rule, "route"));
  const only = destinations.length === 1;
  return destinations.map((destination) => {
    const subset = subsets.find((one) => textAt(one, "name") === textAt(destination, "destination", "subset"));
    const wanted = Object.entries(objectOf(at(subset, "labels")));
    const found = backends.find(({ workload }) => {
      const labels = podLabels(atlas.workload(workload));
      return subset !== undefined && wanted.every(([key, value]) => labels[key] === value);
    });
    return [found?.workload, numberAt(destination, "weight") ?? (only ? 100 : 0)];
  });
}

function linkerd({ atlas, cluster }: Stores, { route, name, namespace, backends }: ServiceSpec): Weights {
  const object = cluster.read({ kind: KINDS.httpRoute, namespace, name: route ?? name });
  const refs = listOf(at(object, "spec", "rules", 0, "backendRefs"));
  return refs.map((ref) => [
    backends.find(({ workload }) => (atlas.workload(workload).calledAs ?? name) === textAt(ref, "name"))?.workload,
    numberAt(ref, "weight") ?? 1,
  ]);
}

function consul({ atlas, consul: entries }: Stores, { name, backends }: ServiceSpec): Weights {
  const subsets = entries.read("service-resolver", name)?.["Subsets"];
  return listOf(entries.read("service-splitter", name)?.["Splits"]).map((split) => {
    const filter = filterOf(textAt(subsets, textAt(split, "ServiceSubset"), "Filter"));
    const found = backends.find(({ workload }) => atlas.workload(workload).version === filter?.value);
    return [found?.workload, numberAt(split, "Weight") ?? 0];
  });
}

function appMesh({ atlas, appMesh: store }: Stores, { name, backends }: ServiceSpec): Weights {
  const spec = store.route(name, name)?.["spec"];
  const targets: readonly Json[] = listOf(at(spec, "httpRoute", "action", "weightedTargets"));
  return targets.map((target) => [
    backends.find(({ workload }) => meshPlaceOf(atlas.workload(workload)).node === textAt(target, "virtualNode"))
      ?.workload,
    numberAt(target, "weight") ?? 0,
  ]);
}

const READERS = { istio, linkerd, consul, appmesh: appMesh } as const;

function readerOf(
  stores: Stores,
  { backends }: ServiceSpec,
): ((stores: Stores, service: ServiceSpec) => Weights) | undefined {
  const [first] = backends;
  const mesh = first === undefined ? null : meshOf(stores.atlas.workload(first.workload).role);
  return mesh === null || mesh === "envoy" ? undefined : READERS[mesh];
}

/** A service that has no route any more has the weights of the estate. */
export function readSplits(stores: Stores): Splits {
  const splits = new Map<string, ReadonlyMap<string, number>>();
  for (const service of stores.atlas.estate.services.filter(({ backends }) => backends.length > 1)) {
    const weights = readerOf(stores, service)?.(stores, service) ?? [];
    if (weights.length === 0) continue;
    const sums = new Map<string, number>();
    for (const [workload, weight] of weights) {
      if (workload !== undefined) sums.set(workload, (sums.get(workload) ?? 0) + weight);
    }
    splits.set(service.name, sums);
  }
  return splits;
}
