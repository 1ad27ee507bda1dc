/**
 * A Consul cluster's name as Envoy's own tags leave it where the bootstrap has none of Consul's: the label holds the first
 * part, and the rest stands in the metric's name with `_` for `.` and for `-` alike. In: label, infix, what is known of
 * places. Out: the service, or undefined where two readings are left: a guess would be a node that does not exist.
 * Not handled: peers and other partitions with `-` or `_` in a name, and their subsets.
 */
import type { PlaceNames } from "../../model/meaning.ts";
import type { ConsulService } from "./cluster-name.ts";

/** Where Consul says that a proxy runs. */
export interface Place {
  readonly namespace: string;
  readonly partition: string;
  readonly datacenter: string;
}

const REST = /^(.+)_(internal_v[0-9]+|internal|external|query)_(.+)_consul$/;

function flat(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9]/g, "_");
}

interface Known {
  readonly datacenters: readonly string[];
  readonly namespaces: readonly string[];
}

function knownPlaces(own: Place, names: PlaceNames | undefined): Known {
  const clusters = [...(names?.clusters.keys() ?? [])].map((key) => key.slice(key.indexOf("/") + 1));
  return {
    datacenters: [...new Set([own.datacenter, ...clusters])].filter((name) => name !== ""),
    namespaces: [...new Set([own.namespace, "default", ...(names?.namespaces.keys() ?? [])])],
  };
}

interface Parts {
  readonly service: string;
  readonly namespace: string;
  readonly datacenter: string;
  readonly subset: string | undefined;
}

/** `<namespace>_<datacenter>` after a service, or `<service>_<namespace>_<datacenter>` after a subset. */
function readings(first: string, rest: string, known: Known): readonly Parts[] {
  const found: Parts[] = [];
  for (const datacenter of known.datacenters) {
    for (const namespace of known.namespaces) {
      const tail = `${flat(namespace)}_${flat(datacenter)}`;
      if (rest === tail) found.push({ service: first, namespace, datacenter, subset: undefined });
      else if (rest.endsWith(`_${tail}`)) {
        // Services hold no `_` where names follow the rules of DNS, which Consul asks of mesh services.
        const service = rest.slice(0, -tail.length - 1).replaceAll("_", "-");
        found.push({ service, namespace, datacenter, subset: first });
      }
    }
  }
  return found;
}

export function cutService(
  label: string,
  infix: string,
  own: Place,
  names: PlaceNames | undefined,
): ConsulService | undefined {
  const match = REST.exec(infix);
  const [, rest = "", routing = "", domain = ""] = match ?? [];
  const text = label.replace(/^passthrough~/, "");
  const at = text.lastIndexOf("~");
  const name = text.slice(at + 1);
  if (match === null || name === "" || at === 0) return undefined;
  const common = {
    kind: "service",
    hash: at < 0 ? undefined : text.slice(0, at),
    trustDomain: `${domain.replaceAll("_", "-")}.consul`,
    dialedDirectly: label.startsWith("passthrough~"),
  } as const;
  const none = { partition: undefined, peer: undefined, datacenter: undefined, subset: undefined };
  const [first = "", second = "", third, ...others] = rest.split("_");
  if (routing === "internal" || routing === "query") {
    if (third === undefined && second !== "") {
      return { ...common, ...none, routing, service: name, namespace: first, datacenter: second };
    }
    const found = readings(name, rest, knownPlaces(own, names));
    const [only] = found;
    return only === undefined || found.length > 1 ? undefined : { ...common, ...none, routing, ...only };
  }
  if (others.length > 0 || second === "") return undefined;
  if (routing === "external") {
    if (third !== undefined) return undefined;
    return { ...common, ...none, routing, service: name, namespace: first, peer: second };
  }
  if (third === undefined) return undefined;
  return {
    ...common,
    ...none,
    routing: "internal",
    service: name,
    namespace: first,
    partition: second,
    datacenter: third,
  };
}
