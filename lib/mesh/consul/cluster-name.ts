/**
 * Names of Consul's clusters, which are the SNI of their far end. In: a name as Envoy has it (never cut at a dot). Out: what
 * it stands for, or undefined for a name that is not Consul's.
 *
 *   [passthrough~][<hash>~][<subset>.]<service>.<namespace>.<datacenter>.internal.<trust domain>.consul
 *   …[<subset>.]<service>.<namespace>.<partition>.<datacenter>.internal-v1.<trust domain>.consul
 *   …<service>.<namespace>[.<partition>].<peer>.external.<trust domain>.consul
 *   …<query>.default.<datacenter>.query.<trust domain>.consul
 *
 * Read from the right: Consul's own tags read from the left and take `pong.default.east.dc2.internal-v1…` for the service
 * `default`. What is left over on the left is the subset, dots and all, so that every name can be written back as it was.
 * Not handled: a mesh gateway's clusters for whole datacenters and servers, which name no service.
 */
export interface ConsulService {
  readonly kind: "service";
  readonly routing: "internal" | "external" | "query";
  /** Of a prepared query, its name. */
  readonly service: string;
  readonly namespace: string;
  /** Undefined: the default partition. */
  readonly partition: string | undefined;
  /** Undefined of a peered service: its peer's name stands in place of a datacenter. */
  readonly datacenter: string | undefined;
  readonly peer: string | undefined;
  readonly subset: string | undefined;
  /** Of a discovery chain with overrides of its own, or that it is where a failover leads (`failover-target~0`). */
  readonly hash: string | undefined;
  readonly trustDomain: string;
  /** Dialled by address under a transparent proxy, not through the load balancer. */
  readonly dialedDirectly: boolean;
}

export type ConsulCluster =
  | ConsulService
  /** Where the caller's own address for the callee is used: the callee is not known. */
  | { readonly kind: "passthrough"; readonly name: string }
  /** The application behind this proxy: the same requests again, after they arrived. */
  | { readonly kind: "ownApplication" }
  | { readonly kind: "infrastructure" };

const OWN_APPLICATION = /^(?:local_app|exposed_cluster_[0-9]+)$/;
const INFRASTRUCTURE = new Set(["prometheus_backend", "self_admin", "consul-dataplane", "local_agent"]);
const PASSTHROUGH = "original-destination";
const DIRECT = "passthrough~";
const SUFFIX = ".consul";

type Places = Pick<ConsulService, "routing" | "service" | "namespace" | "partition" | "datacenter" | "peer" | "subset">;

/** `count` labels off the right end, leftmost first; undefined where there are not as many, or one is empty. */
function lastLabels(labels: readonly string[], count: number): readonly string[] | undefined {
  return labels.length < count || labels.includes("") ? undefined : labels.slice(labels.length - count);
}

function subsetOf(labels: readonly string[], used: number): string | undefined {
  return labels.length > used ? labels.slice(0, labels.length - used).join(".") : undefined;
}

function placesOf(routing: string, labels: readonly string[]): Places | undefined {
  const none = { partition: undefined, datacenter: undefined, peer: undefined, subset: undefined };
  if (routing === "internal" || routing === "query") {
    const [service, namespace, datacenter] = lastLabels(labels, 3) ?? [];
    if (service === undefined || namespace === undefined) return undefined;
    return { ...none, routing, service, namespace, datacenter, subset: subsetOf(labels, 3) };
  }
  if (/^internal-v[0-9]+$/.test(routing)) {
    const [service, namespace, partition, datacenter] = lastLabels(labels, 4) ?? [];
    if (service === undefined || namespace === undefined) return undefined;
    return { ...none, routing: "internal", service, namespace, partition, datacenter, subset: subsetOf(labels, 4) };
  }
  if (routing !== "external") return undefined;
  const used = labels.length > 3 ? 4 : 3;
  const [service, namespace, ...rest] = lastLabels(labels, used) ?? [];
  if (service === undefined || namespace === undefined) return undefined;
  const partition = used === 4 ? rest[0] : undefined;
  return { ...none, routing, service, namespace, partition, peer: rest.at(-1), subset: subsetOf(labels, used) };
}

/** The same of a tag `consul_destination_full_target`: a cluster's name without `passthrough~` and `.consul`. */
export function consulTarget(target: string): ConsulService | undefined {
  const at = target.lastIndexOf("~");
  const labels = target.slice(at + 1).split(".");
  const trustDomain = labels.pop();
  const routing = labels.pop();
  if (routing === undefined || trustDomain === undefined || trustDomain === "") return undefined;
  const places = placesOf(routing, labels);
  if (places === undefined || at === 0) return undefined;
  const hash = at < 0 ? undefined : target.slice(0, at);
  return { kind: "service", ...places, hash, trustDomain: `${trustDomain}${SUFFIX}`, dialedDirectly: false };
}

export function consulCluster(name: string): ConsulCluster | undefined {
  if (OWN_APPLICATION.test(name)) return { kind: "ownApplication" };
  if (INFRASTRUCTURE.has(name)) return { kind: "infrastructure" };
  if (name === PASSTHROUGH) return { kind: "passthrough", name };
  if (!name.endsWith(SUFFIX)) return undefined;
  const isDirect = name.startsWith(DIRECT);
  const service = consulTarget(name.slice(isDirect ? DIRECT.length : 0, -SUFFIX.length));
  return service === undefined ? undefined : { ...service, dialedDirectly: isDirect };
}
