/** What Consul and App Mesh hold as they begin: entries, instances and routes of the services that are split. Pure. */
import { assert } from "../../../lib/base/result.ts";
import { meshPlaceOf } from "../../../lib/world/appmesh-style.ts";
import type { Atlas } from "../../../lib/world/estate.ts";
import { splitServices } from "../../../lib/world/estate-canaries.ts";
import type { Pod } from "../../../lib/world/hop.ts";
import type { AppMeshStore } from "./app-mesh-store.ts";
import { isOf } from "./cluster-objects.ts";
import type { ConsulInstance } from "./consul-api.ts";
import type { ConsulEntries } from "./consul-entries.ts";

/** Every service of Consul speaks HTTP; those with two versions have subsets and a splitter. */
export function fillConsul(entries: ConsulEntries, atlas: Atlas): void {
  const put = (entry: Parameters<ConsulEntries["put"]>[0]): void => {
    const stored = entries.put(entry, null);
    assert(stored.ok, `Consul refuses ${JSON.stringify(entry)}`);
  };
  for (const service of splitServices(atlas.estate.services).filter((one) => isOf(one, atlas, "consul"))) {
    const { name: Name, backends } = service;
    const versions = backends.map(({ workload }) => atlas.workload(workload).version);
    put({ Kind: "service-defaults", Name, Protocol: "http" });
    const subsets = versions.map((version) => [version, { Filter: `Service.Meta.version == ${version}` }] as const);
    put({ Kind: "service-resolver", Name, DefaultSubset: versions[0] ?? "", Subsets: Object.fromEntries(subsets) });
    const Splits = backends.map(({ weight }, i) => ({ Weight: weight, ServiceSubset: versions[i] ?? "" }));
    put({ Kind: "service-splitter", Name, Splits, Meta: { team: "billing" } });
  }
}

export function consulInstances(pods: readonly Pod[], atlas: Atlas): readonly ConsulInstance[] {
  return pods
    .filter(({ role }) => role === "consul")
    .map(({ name, ip, workload }) => ({
      id: name,
      service: workload.service,
      address: ip,
      port: atlas.service(workload.service).port,
      meta: workload.version === "" ? {} : { version: workload.version },
    }));
}

export function fillAppMesh(store: AppMeshStore, atlas: Atlas): void {
  for (const service of splitServices(atlas.estate.services).filter((one) => isOf(one, atlas, "appmesh"))) {
    const weightedTargets = service.backends.map(({ workload, weight }) => ({
      virtualNode: meshPlaceOf(atlas.workload(workload)).node,
      weight,
      port: service.port,
    }));
    store.add(service.name, service.name, {
      priority: 10,
      httpRoute: {
        match: { prefix: "/" },
        action: { weightedTargets },
        timeout: { perRequest: { unit: "ms", value: 2000 } },
      },
    });
  }
}
