/**
 * The two ends of an Istio series. In: its labels and the labels of the scrape target. Out: endpoints, or why the series
 * says too little. Sentinels are per label: `unknown`, `-` and empty everywhere, `latest` only for canonical revisions,
 * whose absence Istio prints that way. Any label may be missing, since telemetry dimensions are edited by users: what is
 * missing is not said, what is `unknown` is said to be unknown.
 */
import { err, ok, type Result } from "../../base/result.ts";
import { inClusterHost, isIpAddress } from "../../model/host-names.ts";
import type { Endpoint } from "../../model/identity.ts";
import type { TargetLabels } from "../../model/meaning.ts";
import type { RefusalCode } from "../adapter.ts";
import { serviceEndpoint, special, workloadKind } from "../endpoints.ts";

export type Labels = ReadonlyMap<string, string>;
type Side = "source" | "destination";

const SENTINELS = new Set(["", "unknown", "-"]);
/** Istio's cluster id where the operator set none: no name to tell two clusters apart, so a configured one wins. */
const DEFAULT_CLUSTER = "Kubernetes";

export function clean(labels: Labels, name: string): string {
  const value = labels.get(name) ?? "";
  return SENTINELS.has(value) ? "" : value;
}

function isSentinel(labels: Labels, name: string): boolean {
  const value = labels.get(name);
  return value !== undefined && SENTINELS.has(value);
}

/**
 * `*_canonical_revision` falling back to `*_version`; empty when neither says. Where both print `latest`, the version was
 * filled in from the revision's default: gateways, which carry no version label, print it so.
 */
function versionOf(labels: Labels, side: Side): string {
  const revision = clean(labels, `${side}_canonical_revision`);
  if (revision !== "" && revision !== "latest") return revision;
  const version = clean(labels, `${side}_version`);
  return revision === "latest" && version === "latest" ? "" : version;
}

function clusterOf(labels: Labels, side: Side, target: TargetLabels): string {
  const printed = clean(labels, `${side}_cluster`);
  return printed === "" || (printed === DEFAULT_CLUSTER && target.cluster !== "") ? target.cluster : printed;
}

interface Names {
  readonly workload: string;
  readonly namespace: string;
  readonly service: string;
  readonly app: string;
  readonly version: string;
}

function printedNames(labels: Labels, side: Side): Names {
  return {
    workload: clean(labels, `${side}_workload`),
    namespace: clean(labels, `${side}_workload_namespace`),
    service: clean(labels, `${side}_canonical_service`),
    app: clean(labels, `${side}_app`),
    version: versionOf(labels, side),
  };
}

/** The reporting proxy's own side: the scrape configuration fills what labels leave out. */
function ownNames(printed: Names, target: TargetLabels): Names {
  if (printed.workload !== "" || target.workload === "") return printed;
  return {
    workload: target.workload,
    namespace: printed.namespace || target.namespace,
    service: printed.service || target.service,
    app: printed.app || target.app,
    version: printed.version || target.version,
  };
}

/** A workload, or an `app` where the workload label was edited away and a canonical service or app is left. */
function namedEndpoint(names: Names, cluster: string, fallbackService: string): Endpoint | undefined {
  const { workload, namespace, app, version } = names;
  const service = names.service || fallbackService || app || workload;
  const name = workload || names.service || app;
  if (name === "") return undefined;
  return {
    cluster,
    namespace,
    kind: workload === "" ? "app" : workloadKind(workload, names.service, app),
    name,
    mesh: "istio",
    service,
    ...(version === "" ? {} : { version }),
    ...(app === "" ? {} : { app }),
  };
}

/** The source of a series; `isOwn` when the reporting proxy is the source's. */
export function sourceOf(labels: Labels, target: TargetLabels, isOwn: boolean): Result<Endpoint, RefusalCode> {
  const printed = printedNames(labels, "source");
  const names = isOwn ? ownNames(printed, target) : printed;
  const cluster = clusterOf(labels, "source", target);
  const named = namedEndpoint(names, cluster, "");
  const nameless = isSentinel(labels, "source_workload") && named === undefined;
  if (nameless && names.namespace !== "") return err("source_half_known");
  if (names.namespace !== "" && isSentinel(labels, "source_cluster") && !isOwn) return err("cluster_unknown");
  return ok(named ?? special("unknown", "unknown", "no_source_workload", { cluster, mesh: "istio" }));
}

const PASSTHROUGH = new Map([
  ["PassthroughCluster", { kind: "passthrough", reason: "allow_any" }],
  ["BlackHoleCluster", { kind: "blackhole", reason: "block_all" }],
] as const);

function specialCluster(
  name: string,
): { readonly kind: "passthrough" | "blackhole"; readonly reason: string } | undefined {
  for (const [cluster, what] of PASSTHROUGH) if (name === cluster) return what;
  return name.startsWith("InboundPassthroughCluster")
    ? { kind: "passthrough", reason: "inbound_passthrough" }
    : undefined;
}

/** The destination by what the request asked for, where no workload is known to have answered. */
function hostEndpoint(labels: Labels, cluster: string): Result<Endpoint, RefusalCode> {
  const host = clean(labels, "destination_service");
  const serviceName = clean(labels, "destination_service_name");
  const place = { cluster, mesh: "istio" } as const;
  const reserved = specialCluster(serviceName) ?? specialCluster(host);
  if (reserved !== undefined) return ok(special(reserved.kind, serviceName || host, reserved.reason, place));
  if (host !== "" && host === serviceName && isIpAddress(host)) return err("destination_is_ip");
  const inside = inClusterHost(host);
  if (inside !== undefined) return ok(serviceEndpoint(inside.name, inside.namespace, cluster, "istio"));
  const namespace = clean(labels, "destination_service_namespace");
  const name = serviceName || host;
  if (name === "") return ok(special("unknown", "unknown", "no_destination_workload", place));
  // A short name is a service's; a name with dots that is not the cluster's own is a ServiceEntry's host.
  if (!name.includes(".") && namespace !== "") return ok(serviceEndpoint(name, namespace, cluster, "istio"));
  return ok(special("external", host || name, "service_entry", place));
}

/**
 * The destination of a series. A known workload wins over the reserved cluster names: a request through
 * `InboundPassthroughCluster` or to a pod's address did arrive at that workload.
 */
export function destinationOf(labels: Labels, target: TargetLabels, isOwn: boolean): Result<Endpoint, RefusalCode> {
  const printed = printedNames(labels, "destination");
  const names = isOwn ? ownNames(printed, target) : printed;
  const cluster = clusterOf(labels, "destination", target);
  const serviceName = clean(labels, "destination_service_name");
  const service = specialCluster(serviceName) === undefined && !serviceName.includes(".") ? serviceName : "";
  const named = namedEndpoint(names, cluster, service);
  if (named === undefined) return hostEndpoint(labels, cluster);
  const unknownCluster = names.namespace !== "" && isSentinel(labels, "destination_cluster");
  return unknownCluster && !isOwn ? err("cluster_unknown") : ok(named);
}

/** True where the proxy says that it does not know which workload the request went to, if any. */
export function destinationUnknown(labels: Labels): boolean {
  return isSentinel(labels, "destination_workload");
}
