/**
 * App Mesh's metrics extension (`APPMESH_METRIC_EXTENSION_VERSION=1`), whose names are CamelCase: `envoy_appmesh_…`, or bare
 * at the agent's `?filter=metrics_extension`. In: one series. Out: what it means. Units: ms.
 *
 * Its outbound metrics are the requests that the clusters count too, by class only. A virtual node's proxy prints both
 * side by side, so there the clusters' stand and these are left alone; bare names come without the clusters', and Service
 * Connect names its services here only. Those are the view `outboundRoute`, which is silent where the clusters speak: the
 * agent's port and Envoy's may both be scraped. Requests of a cluster on a target of ECS are named by no tag.
 *
 * Not handled: inbound counts (no codes), bytes (both directions in one), connections, and the virtual service, which the
 * agent cuts at the first capital M, V or T: it is a request's host where what is left is certainly whole, and no node.
 */

import { inClusterHost } from "../../model/host-names.ts";
import type { EdgeRef, Endpoint } from "../../model/identity.ts";
import type { Measure, SeriesMeaning, TargetLabels } from "../../model/meaning.ts";
import type { Series } from "../../wire/exposition/parse-series.ts";
import { type Adapted, means, NOTHING, refuses } from "../adapter.ts";
import { serviceEndpoint } from "../endpoints.ts";
import { timeOf } from "../envoy/upstream.ts";
import { isServiceConnect, meshOf, nodeEndpoint, ownEndpoint } from "./peers.ts";

const PREFIX = "envoy_appmesh_";
/** Bare names begin so; an application on a merged port may use them too, but not with these labels. */
export const EXTENSION_PREFIXES = ["HTTPCode_Target_", "TargetResponseTime_"];
const METRIC =
  /^(envoy_appmesh_)?(?:HTTPCode_Target_([1-5])XX_Count|TargetResponseTime_(?:bucket|sum|count))(?:_total)?$/;

export function isExtension(name: string): boolean {
  return METRIC.test(name);
}

/** Truncation leaves the beginning of a name: one that has all of a service and its namespace has lost nothing of them. */
function hostOf(labels: Series["labels"]): { host?: string } {
  const host = labels.get("TargetVirtualService") ?? "";
  return inClusterHost(host) === undefined ? {} : { host };
}

function targetOf(labels: Series["labels"], own: Endpoint, target: TargetLabels): Endpoint | undefined {
  const discovered = labels.get("TargetDiscoveryName") ?? "";
  if (isServiceConnect(labels)) {
    if (discovered === "") return undefined;
    return serviceEndpoint(discovered, own.namespace, own.cluster, "appmesh");
  }
  const node = labels.get("TargetVirtualNode") ?? "";
  return node === "" || meshOf(labels) === "" ? undefined : nodeEndpoint(node, meshOf(labels), target);
}

export function adaptExtension(series: Series, target: TargetLabels): Adapted {
  const { name, labels } = series;
  const match = METRIC.exec(name);
  if (match === null || (match[1] === PREFIX && !isServiceConnect(labels))) return NOTHING;
  const own = ownEndpoint(labels, target);
  const peer = own === undefined ? undefined : targetOf(labels, own, target);
  if (own === undefined || peer === undefined) return NOTHING;
  const edge: EdgeRef = { source: own, target: peer, protocol: "http", layer: "L7" };
  const reporter = "outboundRoute";
  if (match[2] === undefined) {
    const times = timeOf(series, edge, reporter);
    return times === undefined ? refuses("bad_labels") : means(...times);
  }
  const measure: Measure = { kind: "requests", code: `${match[2]}xx`, flags: [], left: true, ...hostOf(labels) };
  const counted: SeriesMeaning = { kind: "counter", edge, reporter, measure, family: name };
  return means(counted);
}
