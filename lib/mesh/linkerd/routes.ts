/**
 * Linkerd's outbound metrics by Gateway API route. In: one series and the workload behind the proxy. Out: meanings in the
 * view `outboundRoute`. Units: seconds, bytes.
 *
 * A request is counted once as its caller sees it (`_request_statuses_total`, `_request_duration_seconds`) and again as
 * attempts on backends (`_backend_*`), as often as it was tried. The request is read, and of the backends only the bytes
 * that came back, which are printed nowhere else, the attempts, and which Services they are: the proxy's endpoints are
 * counted under the backend's name. The destination is the parent: the Service or EgressNetwork asked for.
 * There are no TLS labels, and none of a pod.
 */
import type { EdgeRef, Endpoint } from "../../model/identity.ts";
import type { Measure, SeriesMeaning } from "../../model/meaning.ts";
import type { Series } from "../../wire/exposition/parse-series.ts";
import { boundOf } from "../bounds.ts";
import { special } from "../endpoints.ts";
import { hostOf, MESH, serviceEnd } from "./ends.ts";
import { errorFlags, grpcStatusOf, leftProxy } from "./outcome.ts";
import type { Labels } from "./security.ts";

const NAME = /^outbound_(http|grpc|tcp|tls)_route_(.+)$/;
const DURATION = /^request_duration_seconds_(?:bucket|sum|count)$/;

type RouteMeasure = Measure["kind"] &
  ("requests" | "requestBytes" | "responseBytes" | "attempts" | "retries" | "overflow");
const MEASURES: ReadonlyMap<string, RouteMeasure> = new Map([
  ["request_statuses_total", "requests"],
  ["request_frame_size_bytes_sum", "requestBytes"],
  ["backend_response_frame_size_bytes_sum", "responseBytes"],
  ["backend_requests_total", "attempts"],
  ["retry_requests_total", "retries"],
  ["retry_overflow_total", "overflow"],
]);
const TCP_MEASURES: ReadonlyMap<string, "connectionsOpened" | "connectionsClosed"> = new Map([
  ["open_total", "connectionsOpened"],
  ["close_total", "connectionsClosed"],
]);

interface RouteName {
  readonly protocol: "http" | "grpc" | "tcp" | "tls";
  readonly rest: string;
}

function routeName(name: string): RouteName | undefined {
  const match = NAME.exec(name);
  const rest = match?.[2] ?? "";
  const protocol = match?.[1];
  if (protocol === "tcp" || protocol === "tls") return TCP_MEASURES.has(rest) ? { protocol, rest } : undefined;
  if (protocol !== "http" && protocol !== "grpc") return undefined;
  return MEASURES.has(rest) || DURATION.test(rest) ? { protocol, rest } : undefined;
}

export function isRoute(name: string): boolean {
  return routeName(name) !== undefined;
}

function parentEnd(labels: Labels, own: Endpoint): Endpoint {
  const kind = labels.get("parent_kind");
  const name = labels.get("parent_name") ?? "";
  const namespace = labels.get("parent_namespace") ?? "";
  const { cluster } = own;
  if (kind === "Service" && name !== "") return serviceEnd(name, namespace || own.namespace, cluster, MESH);
  const place = { cluster, mesh: null };
  if (kind === "EgressNetwork") {
    const host = hostOf(labels.get("hostname") ?? "");
    return special("external", host || name, "egress_network", place);
  }
  return special("unknown", "unknown", "no_destination_workload", place);
}

/** The Service that carried it, where the series is of a backend and the backend is not the parent itself. */
function backendOf(labels: Labels): { readonly address?: string } {
  const name = labels.get("backend_name") ?? "";
  const namespace = labels.get("backend_namespace") ?? "";
  const isParent = name === labels.get("parent_name") && namespace === labels.get("parent_namespace");
  if (labels.get("backend_kind") !== "Service" || name === "" || namespace === "" || isParent) return {};
  return { address: `${name}.${namespace}.svc.cluster.local` };
}

const TIMEOUTS = new Set(["REQUEST_TIMEOUT", "RESPONSE_HEADERS_TIMEOUT", "RESPONSE_STREAM_TIMEOUT", "IDLE_TIMEOUT"]);
const OVERFLOWS = new Set(["FAIL_FAST", "LOAD_SHED"]);

/** Without a status there was no answer, whatever the error. A gRPC status does not say what HTTP code carried it. */
function requestMeasures(labels: Labels): readonly Measure[] {
  const error = labels.get("error") ?? "";
  const status = labels.get("http_status") ?? "";
  const grpcStatus = grpcStatusOf(labels);
  const host = hostOf(labels.get("hostname") ?? "");
  const code = /^[1-9][0-9]{2}$/.test(status) ? status : grpcStatus === undefined ? "none" : "unknown";
  const request: Measure = {
    kind: "requests",
    code,
    ...(grpcStatus === undefined ? {} : { grpcStatus }),
    flags: errorFlags(error),
    ...(host === "" ? {} : { host }),
    left: leftProxy(error),
  };
  if (TIMEOUTS.has(error)) return [request, { kind: "timeouts" }];
  return OVERFLOWS.has(error) ? [request, { kind: "overflow" }] : [request];
}

function measuresOf({ protocol, rest }: RouteName, labels: Labels): readonly Measure[] {
  const tcp = TCP_MEASURES.get(rest);
  if (tcp === "connectionsClosed") return [{ kind: tcp }];
  if (tcp !== undefined) {
    const flags = errorFlags(labels.get("error") ?? "");
    // A TLSRoute reads the server's name out of a handshake that is the application's own.
    const tls = { security: "tls", securityReason: "application_tls" } as const;
    return [{ kind: tcp, flags, ...(protocol === "tls" ? tls : {}) }];
  }
  const kind = MEASURES.get(rest);
  if (kind === "requests") return requestMeasures(labels);
  return kind === undefined ? [] : [{ kind }];
}

/** Undefined where a label that is needed is odd. */
export function routeMeanings(series: Series, own: Endpoint): readonly SeriesMeaning[] | undefined {
  const { name, labels } = series;
  const known = routeName(name);
  if (known === undefined) return [];
  const isL4 = known.protocol === "tcp" || known.protocol === "tls";
  const protocol = known.protocol === "grpc" ? "grpc" : isL4 ? "tcp" : "http";
  const edge: EdgeRef = { source: own, target: parentEnd(labels, own), protocol, layer: isL4 ? "L4" : "L7" };
  const reporter = "outboundRoute";
  const family = name.replace(/_(?:bucket|sum|count)$/, "");
  if (DURATION.test(known.rest)) {
    const part = boundOf(series);
    return part && [{ kind: "latency", edge, reporter, of: "response", ...part, toMs: 1000, family }];
  }
  const backend = backendOf(labels);
  return measuresOf(known, labels).map((measure) => ({ kind: "counter", edge, reporter, measure, ...backend, family }));
}
