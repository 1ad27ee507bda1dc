/**
 * Bootstraps of the split's Envoys, as the JSON that Envoy reads. Pure. In: ports, the file of the caller's routes; out: a
 * caller's sidecar, whose one outbound listener takes its routes from that file whenever another is moved there, or the
 * proxy in front of one pod of `web`, which answers by itself. Names and tags are Consul's.
 */
import { endpoint, type Json, socketAddress } from "../../real/envoy/config-parts.ts";
import { statsOf } from "../../real/envoy/stats-config.ts";
import { CONSUL_DATACENTER, CONSUL_SHAPE, CONSUL_TRUST_DOMAIN, type ServiceName } from "../../real/envoy/topology.ts";

export const SUBSETS = ["v1", "v2"] as const;
export type Subset = (typeof SUBSETS)[number];

export const clusterName = (subset: Subset): string =>
  `${subset}.web.default.${CONSUL_DATACENTER}.internal.${CONSUL_TRUST_DOMAIN}.consul`;

const NETWORK = "type.googleapis.com/envoy.extensions.filters.network";
const ROUTER = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";
const ROUTES = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration";

function manager(statPrefix: string, routes: { readonly [key: string]: Json }): Json {
  return {
    name: "envoy.filters.network.http_connection_manager",
    typed_config: {
      "@type": `${NETWORK}.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: statPrefix,
      ...routes,
      http_filters: [{ name: "envoy.filters.http.router", typed_config: { "@type": ROUTER } }],
    },
  };
}

function listener(name: string, port: number, filter: Json): Json {
  return { name, address: socketAddress("127.0.0.1", port), filter_chains: [{ filters: [filter] }] };
}

function cluster(subset: Subset, port: number): Json {
  const name = clusterName(subset);
  const load_assignment = {
    cluster_name: name,
    endpoints: [{ lb_endpoints: [{ endpoint: endpoint("127.0.0.1", port) }] }],
  };
  return { name, type: "STATIC", connect_timeout: "2s", load_assignment };
}

export interface CallerPorts {
  readonly admin: number;
  readonly outbound: number;
  readonly pods: Readonly<Record<Subset, number>>;
}

export function callerBootstrap(service: ServiceName, ports: CallerPorts, routesFile: string): Json {
  const rds = {
    route_config_name: "web",
    config_source: { path_config_source: { path: routesFile }, resource_api_version: "V3" },
  };
  return {
    node: { id: service, cluster: service },
    admin: { address: socketAddress("127.0.0.1", ports.admin) },
    ...statsOf(CONSUL_SHAPE, service),
    stats_flush_interval: "0.3s",
    static_resources: {
      listeners: [listener("outbound", ports.outbound, manager(`upstream.web.${CONSUL_DATACENTER}`, { rds }))],
      clusters: SUBSETS.map((subset) => cluster(subset, ports.pods[subset])),
    },
  };
}

/** One virtual host that answers `status` to everything. */
export function podBootstrap(subset: Subset, admin: number, port: number): Json {
  const routes = [{ match: { prefix: "/" }, direct_response: { status: 200, body: { inline_string: subset } } }];
  const route_config = { name: "web", virtual_hosts: [{ name: "web", domains: ["*"], routes }] };
  return {
    node: { id: `web-${subset}`, cluster: "web" },
    admin: { address: socketAddress("127.0.0.1", admin) },
    static_resources: { listeners: [listener("inbound", port, manager("public_listener", { route_config }))] },
  };
}

/** A discovery response with one route whose clusters have these weights, of 10,000. */
export function routesOf(weights: Readonly<Record<Subset, number>>, version: string): Json {
  const clusters = SUBSETS.map((subset) => ({ name: clusterName(subset), weight: weights[subset] }));
  const routes = [{ match: { prefix: "/" }, route: { weighted_clusters: { clusters } } }];
  const virtual_hosts = [{ name: "web", domains: ["*"], routes }];
  return { version_info: version, resources: [{ "@type": ROUTES, name: "web", virtual_hosts }] };
}
