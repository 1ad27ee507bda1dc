/**
 * Writes the static bootstrap of one sidecar, as the JSON that Envoy reads. Pure.
 *
 * In: service, variant, ports of all, certificate files, addresses of the trace collectors. Out: a JSON value.
 * A sidecar has an inbound listener (to its app; TLS with a required client certificate, plaintext, or both), an
 * outbound listener (by host name to the peers' inbound listeners), an admin port, a tracer, and everything in `stats`.
 * Not handled: discovery services, HTTP/2 between sidecars, health checks (they would add requests to the counts).
 */
import type { Certificates } from "./certificates.ts";
import { clusterOf, endpoint, type HostPort, type Json, socketAddress } from "./config-parts.ts";
import { statsOf } from "./stats-config.ts";
import { clientSocket, secretsOf, serverSocket } from "./tls-config.ts";
import {
  CONSUL_DATACENTER,
  hopsOf,
  hostOf,
  inboundCluster,
  listenerName,
  nodeOf,
  outboundCluster,
  type PortPlan,
  SERVICE_PORT,
  type ServiceName,
  tracerOf,
  type Variant,
} from "./topology.ts";

export type BootstrapInput = {
  readonly service: ServiceName;
  readonly variant: Variant;
  readonly ports: PortPlan;
  readonly certificates: Certificates;
  readonly zipkin: HostPort;
  readonly otlp: HostPort;
  /** How long a tracer holds spans back, ms; Envoy's default is 5000. */
  readonly traceFlushMs: number;
  /** How long Envoy holds histograms back, ms; its default is 5000. Counters and gauges are always those of the moment. */
  readonly statsFlushMs: number;
};

const NETWORK = "type.googleapis.com/envoy.extensions.filters.network";
const HTTP = "type.googleapis.com/envoy.extensions.filters.http";

function tracingOf(input: BootstrapInput): Json {
  const tracer = tracerOf(input.variant, input.service);
  if (tracer === "otlp") {
    return {
      name: "envoy.tracers.opentelemetry",
      typed_config: {
        "@type": "type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig",
        service_name: nodeOf(input.variant, input.service).cluster,
        http_service: {
          http_uri: {
            uri: `http://${input.otlp.host}:${input.otlp.port}${input.otlp.path}`,
            cluster: "otlp",
            timeout: "5s",
          },
        },
      },
    };
  }
  return {
    name: "envoy.tracers.zipkin",
    typed_config: {
      "@type": "type.googleapis.com/envoy.config.trace.v3.ZipkinConfig",
      collector_cluster: "zipkin",
      collector_endpoint: input.zipkin.path,
      collector_endpoint_version: "HTTP_JSON",
      collector_hostname: `${input.zipkin.host}:${input.zipkin.port}`,
      trace_id_128bit: true,
      shared_span_context: tracer === "zipkinShared",
      // B3 alone would cut the trace where an OTLP tracer, which reads traceparent only, takes over.
      trace_context_option: input.variant.tracing === "mixed" ? "USE_B3_WITH_W3C_PROPAGATION" : "USE_B3",
    },
  };
}

/** Filters that let everything pass: here for the stats that they print. */
function httpFilters(): Json {
  const bucket = { max_tokens: 1_000_000, tokens_per_fill: 1_000_000, fill_interval: "1s" };
  const all = { numerator: 100, denominator: "HUNDRED" };
  return [
    {
      name: "envoy.filters.http.rbac",
      typed_config: {
        "@type": `${HTTP}.rbac.v3.RBAC`,
        rules: { action: "ALLOW", policies: { all: { permissions: [{ any: true }], principals: [{ any: true }] } } },
      },
    },
    {
      name: "envoy.filters.http.local_ratelimit",
      typed_config: {
        "@type": `${HTTP}.local_ratelimit.v3.LocalRateLimit`,
        stat_prefix: "http_local_rate_limiter",
        token_bucket: bucket,
        filter_enabled: { default_value: all, runtime_key: "local_rate_limit_enabled" },
        filter_enforced: { default_value: all, runtime_key: "local_rate_limit_enforced" },
      },
    },
  ];
}

const router: Json = { name: "envoy.filters.http.router", typed_config: { "@type": `${HTTP}.router.v3.Router` } };

function connectionManager(input: BootstrapInput, prefix: string, hosts: readonly Json[], extra: Json): Json {
  const before = Array.isArray(extra) ? extra : [];
  return {
    name: "envoy.filters.network.http_connection_manager",
    typed_config: {
      "@type": `${NETWORK}.http_connection_manager.v3.HttpConnectionManager`,
      stat_prefix: prefix,
      codec_type: "AUTO",
      generate_request_id: true,
      tracing: { provider: tracingOf(input), random_sampling: { value: 100 } },
      route_config: { name: prefix, virtual_hosts: hosts },
      http_filters: [...before, router],
    },
  };
}

/** Sends all that matches `domains` to `cluster`; named as Istio decorates its routes in that variant. */
function virtualHost(input: BootstrapInput, domains: readonly string[], cluster: string, to: ServiceName): Json {
  const decorator =
    input.variant.names === "istio" ? { decorator: { operation: `${hostOf(to)}:${SERVICE_PORT}/*` } } : {};
  return {
    name: domains[0] ?? "none",
    domains,
    routes: [{ match: { prefix: "/" }, route: { cluster, timeout: "10s" }, ...decorator }],
  };
}

function statPrefix(input: BootstrapInput, side: "inbound" | "outbound"): string {
  switch (input.variant.names) {
    case "plain":
      return side === "inbound" ? "ingress_http" : "egress_http";
    case "istio":
      return `${side}_0.0.0.0_${SERVICE_PORT};`;
    case "consul": {
      const [hop] = hopsOf(input.variant).filter((leaving) => leaving.from === input.service);
      return side === "inbound" ? "public_listener" : `upstream.${hop?.to ?? "none"}.${CONSUL_DATACENTER}`;
    }
    case "appmesh":
      return side === "inbound" ? `ingress.http.${SERVICE_PORT}` : "egress";
  }
}

function listenerStats(input: BootstrapInput, side: "inbound" | "outbound"): { readonly [key: string]: Json } {
  const name = listenerName(input.variant, side);
  return name === undefined ? {} : { stat_prefix: name };
}

/** TLS, plaintext or both: by the hops that end here. The client's way into a is plaintext, as it has no sidecar. */
function inboundListener(input: BootstrapInput): Json {
  const arriving = hopsOf(input.variant).filter((hop) => hop.to === input.service);
  const tlsPeers = arriving.filter((hop) => hop.mtls).map((hop) => hop.from);
  const plaintext = arriving.length === 0 || arriving.some((hop) => !hop.mtls);
  const host = virtualHost(input, ["*"], inboundCluster(input.variant, input.service), input.service);
  const filters = [connectionManager(input, statPrefix(input, "inbound"), [host], httpFilters())];
  const both = tlsPeers.length > 0 && plaintext;
  const chains: Json[] = [];
  if (tlsPeers.length > 0) {
    chains.push({
      name: "tls",
      ...(both ? { filter_chain_match: { transport_protocol: "tls" } } : {}),
      filters,
      transport_socket: serverSocket(input, tlsPeers),
    });
  }
  if (plaintext) {
    chains.push({
      name: "plaintext",
      ...(both ? { filter_chain_match: { transport_protocol: "raw_buffer" } } : {}),
      filters,
    });
  }
  const inspector = {
    name: "envoy.filters.listener.tls_inspector",
    typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector" },
  };
  return {
    name: "inbound",
    ...listenerStats(input, "inbound"),
    traffic_direction: "INBOUND",
    address: socketAddress("127.0.0.1", input.ports[input.service].inbound),
    ...(both ? { listener_filters: [inspector] } : {}),
    filter_chains: chains,
  };
}

function outboundListener(input: BootstrapInput): Json {
  const leaving = hopsOf(input.variant).filter((hop) => hop.from === input.service);
  const hosts = leaving.map((hop) => {
    const domains = [`${hostOf(hop.to)}:${SERVICE_PORT}`, hostOf(hop.to)];
    return virtualHost(input, domains, outboundCluster(input.variant, hop.to), hop.to);
  });
  return {
    name: "outbound",
    ...listenerStats(input, "outbound"),
    traffic_direction: "OUTBOUND",
    address: socketAddress("127.0.0.1", input.ports[input.service].outbound),
    filter_chains: [{ filters: [connectionManager(input, statPrefix(input, "outbound"), hosts, [])] }],
  };
}

function clustersOf(input: BootstrapInput): readonly Json[] {
  const { variant, ports, service } = input;
  const leaving = hopsOf(variant).filter((hop) => hop.from === service);
  const peers = leaving.map((hop) => {
    // Counts failures, never ejects: an ejection would change the number of requests that arrive.
    const outlier = { consecutive_5xx: 5, enforcing_consecutive_5xx: 0, enforcing_success_rate: 0 };
    return clusterOf(variant, outboundCluster(variant, hop.to), ports[hop.to].inbound, {
      outlier_detection: outlier,
      ...(hop.mtls ? { transport_socket: clientSocket(input, hop.to) } : {}),
    });
  });
  return [
    ...peers,
    clusterOf(variant, inboundCluster(variant, service), ports[service].app, {}),
    tracerOf(variant, service) === "otlp"
      ? clusterOf(variant, "otlp", input.otlp.port, {})
      : clusterOf(variant, "zipkin", input.zipkin.port, {}),
  ];
}

/** The whole bootstrap of `input.service`'s sidecar. */
export function bootstrapOf(input: BootstrapInput): Json {
  const { variant, service, ports } = input;
  return {
    node: { ...nodeOf(variant, service), locality: { region: "region-1", zone: "zone-1" } },
    admin: { address: endpoint("127.0.0.1", ports[service].admin).address },
    ...statsOf(variant, service),
    stats_flush_interval: `${input.statsFlushMs / 1000}s`,
    layered_runtime: {
      layers: [
        {
          name: "harness",
          static_layer: {
            "tracing.zipkin.flush_interval_ms": input.traceFlushMs,
            "tracing.opentelemetry.flush_interval_ms": input.traceFlushMs,
          },
        },
      ],
    },
    static_resources: {
      listeners: [inboundListener(input), outboundListener(input)],
      clusters: clustersOf(input),
      ...secretsOf(input),
    },
  };
}
