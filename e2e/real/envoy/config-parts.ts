/**
 * Small parts of an Envoy configuration: JSON type, addresses, static clusters. Pure.
 *
 * In: hosts and ports (TCP, loopback). Out: JSON values. Not handled: DNS, TLS (the caller adds the transport socket).
 */
import type { Variant } from "./topology.ts";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type HostPort = { readonly host: string; readonly port: number; readonly path: string };

/** Splits `http://host:port/path`; the port defaults to 80. */
export function hostPort(url: string): HostPort {
  const parsed = new URL(url);
  return { host: parsed.hostname, port: parsed.port === "" ? 80 : Number(parsed.port), path: parsed.pathname };
}

export function socketAddress(host: string, port: number): { readonly socket_address: Json } {
  return { socket_address: { address: host, port_value: port } };
}

export function endpoint(host: string, port: number): { readonly address: Json } {
  return { address: socketAddress(host, port) };
}

/**
 * A static cluster of one endpoint on loopback. In Istio's dialect its stat name ends in `;`, by which the tag extraction
 * finds the end of a name that itself contains dots.
 */
export function clusterOf(variant: Variant, name: string, port: number, extra: { readonly [key: string]: Json }): Json {
  return {
    name,
    ...(variant.stats.startsWith("istio") ? { alt_stat_name: `${name};` } : {}),
    type: "STATIC",
    connect_timeout: "2s",
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: endpoint("127.0.0.1", port) }] }],
    },
    ...extra,
  };
}
