/** What stands beside a route in its cluster, fetched: see lib/control/traffic/beside.ts and destination-rules.ts. */
import { err, ok, type Result } from "../../lib/base/result.ts";
import { besideGatewayRoute, besideTrafficSplit, besideVirtualService } from "../../lib/control/traffic/beside.ts";
import type { Plan, TrafficState } from "../../lib/control/traffic/contract.ts";
import { fullHost, serviceOf, shadowedIn } from "../../lib/control/traffic/destination-rules.ts";
import type { JsonObject } from "../../lib/control/traffic/document.ts";
import { KINDS, type ResourceKind } from "../../lib/control/traffic/kubernetes.ts";
import { allWithin } from "./kubernetes-claimants.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";
import type { ReadFailure } from "./traffic-api.ts";

export const DESTINATION_RULES: ResourceKind = {
  group: "networking.istio.io",
  resource: "destinationrules",
  kind: "DestinationRule",
  versions: ["v1", "v1beta1", "v1alpha3"],
};

type Fetched = Result<readonly JsonObject[], ReadFailure>;

async function fetchAll(client: KubernetesClient, kinds: readonly ResourceKind[], namespace: string): Promise<Fetched> {
  const lists = await Promise.all(kinds.map((kind) => allWithin(client, kind, [namespace])));
  const objects: JsonObject[] = [];
  for (const list of lists) {
    if (list.ok) objects.push(...list.value);
    // What may not be read cannot be told of; the rest is.
    else if (list.error.code !== "forbidden") return err(list.error);
  }
  return ok(objects);
}

/** `host[:port]/subset` of a backend of a VirtualService. */
export function partsOfBackend(id: string): { readonly host: string; readonly subset: string | undefined } {
  const [address = "", subset] = id.split("/");
  return { host: address.replace(/:\d+$/, ""), subset };
}

function shadowWarnings(state: TrafficState, routeKey: string, rules: readonly JsonObject[]): Plan["warnings"] {
  const backends = state.routes.find(({ key }) => key === routeKey)?.backends ?? [];
  return backends.flatMap(({ id }) => {
    const { host, subset } = partsOfBackend(id);
    const full = fullHost(host, state.target.namespace);
    const service = serviceOf(full);
    if (subset === undefined || service === undefined) return [];
    return shadowedIn(rules, full, subset, service.namespace).map((namespace) => ({
      code: "subset_shadowed" as const,
      message: `callers in ${namespace} have a DestinationRule of their own without subset ${subset}: they get 503 for it`,
    }));
  });
}

const ROUTES = [KINDS.httpRoute, KINDS.grpcRoute, KINDS.linkerdRoute];

export async function hazardsOf(
  client: KubernetesClient,
  state: TrafficState,
  routeKey: string,
): Promise<Result<Plan["warnings"], ReadFailure>> {
  const { driver, namespace } = state.target;
  switch (driver) {
    case "istio": {
      const services = await fetchAll(client, [KINDS.istio], namespace);
      if (!services.ok) return services;
      const rules = await fetchAll(client, [DESTINATION_RULES], namespace);
      if (!rules.ok) return rules;
      return ok([...besideVirtualService(state, services.value), ...shadowWarnings(state, routeKey, rules.value)]);
    }
    case "httpRoute":
    case "grpcRoute":
    case "linkerdRoute":
    case "trafficSplit": {
      const routes = await fetchAll(client, ROUTES, namespace);
      if (!routes.ok) return routes;
      if (driver === "trafficSplit") return ok(besideTrafficSplit(state, routes.value));
      const splits = await fetchAll(client, [KINDS.trafficSplit], namespace);
      return splits.ok ? ok(besideGatewayRoute(state, routes.value, splits.value)) : splits;
    }
    default:
      return ok([]);
  }
}
