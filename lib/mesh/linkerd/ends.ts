/**
 * Ends of Linkerd's edges. In: labels of a series and of the scrape target. Out: endpoints.
 *
 * The proxy never prints its own workload: that is the scrape target's. A destination is the owner of the pod that
 * answered, as the control plane labels it; `dst_pod_template_hash` names a ReplicaSet and is no version. A service is
 * set only where it is said, so that a workload's own word for it is not taken for a second service.
 * Not handled: the multicluster labels of a mirrored service; such a destination is the gateway that answered.
 */

import { inClusterHost, isIpAddress } from "../../model/host-names.ts";
import type { Endpoint, Mesh } from "../../model/identity.ts";
import type { TargetLabels } from "../../model/meaning.ts";
import { special, workloadKind } from "../endpoints.ts";
import type { Labels } from "./security.ts";

export const MESH = "linkerd";

/** Owner kinds in the order in which they are looked for: a Job's pods carry only that, a Deployment's also a hash. */
const OWNERS = [
  "dst_deployment",
  "dst_statefulset",
  "dst_daemonset",
  "dst_cronjob",
  "dst_job",
  "dst_k8s_job",
  "dst_replicaset",
  "dst_replicationcontroller",
  "dst_external_workload",
  "dst_pod",
];

/** The workload behind the scraped proxy; undefined when the configuration does not name it. */
export function ownEnd(target: TargetLabels): Endpoint | undefined {
  const { cluster, namespace, service, app, version } = target;
  const name = target.workload || service || app;
  if (name === "") return undefined;
  return {
    cluster,
    namespace,
    kind: workloadKind(name),
    name,
    mesh: MESH,
    ...(service === "" ? {} : { service }),
    ...(version === "" ? {} : { version }),
    ...(app === "" ? {} : { app }),
  };
}

const PORT = /:[0-9]{1,5}$/;
const SHORT_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** An authority without its port; empty for an address, which is no host name. */
export function hostOf(authority: string): string {
  if (authority === "" || isIpAddress(authority)) return "";
  return authority.replace(PORT, "");
}

export function serviceEnd(name: string, namespace: string, cluster: string, mesh: Mesh | null): Endpoint {
  return { cluster, namespace, kind: "service", name, mesh, service: name };
}

/** Where the control plane knows no pod behind the address: a host or an address, as far as the proxy says it. */
function unlabelledEnd(labels: Labels, own: Endpoint): Endpoint {
  const { cluster, namespace } = own;
  const place = { cluster, mesh: null };
  const host = hostOf(labels.get("authority") ?? "");
  const inside = inClusterHost(host);
  if (inside !== undefined) return serviceEnd(inside.name, inside.namespace, cluster, null);
  // Resolved by the pod's DNS search list, whose first entry is its own namespace.
  if (SHORT_NAME.test(host)) return serviceEnd(host, namespace, cluster, null);
  if (host !== "") return special("external", host, "outside_host", place);
  const address = labels.get("target_addr") ?? "";
  if (address !== "") return special("external", address, "outside_address", place);
  return special("unknown", "unknown", "no_destination_workload", place);
}

export function destinationEnd(labels: Labels, own: Endpoint): Endpoint {
  const { cluster } = own;
  const namespace = labels.get("dst_namespace") ?? "";
  const service = labels.get("dst_service") ?? "";
  const owner = OWNERS.find((label) => (labels.get(label) ?? "") !== "");
  // The control plane labels pods without a proxy too; only those with one have a control plane.
  const mesh = (labels.get("dst_control_plane_ns") ?? "") !== "" || labels.get("tls") === "true" ? MESH : null;
  if (namespace !== "" && owner !== undefined) {
    const name = labels.get(owner) ?? "";
    return {
      cluster,
      namespace,
      kind: workloadKind(name),
      name,
      mesh,
      ...(service === "" ? {} : { service }),
    };
  }
  return namespace !== "" && service !== ""
    ? serviceEnd(service, namespace, cluster, mesh)
    : unlabelledEnd(labels, own);
}

/**
 * Who sent what came in. Without an identity it is somebody without a proxy. With one it is a service account, which is no
 * workload: the caller's own proxy names the edge, and this one holds what no scraped proxy accounts for.
 */
export function callerEnd(own: Endpoint, meshed: boolean): Endpoint {
  const place = { cluster: own.cluster, mesh: meshed ? MESH : null } as const;
  return meshed
    ? special("unknown", "unknown (meshed)", "caller_by_identity", place)
    : special("unknown", "unknown", "caller_without_identity", place);
}
