/**
 * Stats of what an Envoy accepts: connection managers, TCP proxies, listeners. In: one series, the workload behind the
 * proxy. Out: the `inbound` view, in which the caller is not known, and TLS evidence of listeners.
 * Which connection manager faces the callers is told by its name only: `ingress…`, `inbound…`, `public_listener`, or what
 * a mesh calls it; the others (`egress…`, `outbound…`, `upstream…`, `admin`) repeat what the clusters count.
 */
import type { EdgeRef, Endpoint } from "../../model/identity.ts";
import type { ListenerMeasure, Measure, SeriesMeaning } from "../../model/meaning.ts";
import type { Series } from "../../wire/exposition/parse-series.ts";
import { special } from "../endpoints.ts";
import { type StatName, tag } from "./stat-names.ts";
import { requestsOf, timeOf } from "./upstream.ts";

/** How a mesh's proxies look to their callers. */
export interface Front {
  /** Names of connection managers and TCP proxies that callers connect to. */
  readonly facesCallers: RegExp;
  /** What is spoken there, where more is known than that it is HTTP. */
  readonly requests?: "http" | "grpc";
}

const USUAL_FRONT: Front = { facesCallers: /^(?:ingress|inbound|public_listener)/ };

const LISTENER: ReadonlyMap<string, ListenerMeasure> = new Map([
  ["ssl_handshake", { kind: "handshakes" }],
  ["ssl_no_certificate", { kind: "noCertificate" }],
  ["downstream_cx_total", { kind: "connections" }],
]);

/** The client of an accepted connection is the caller: what is received from it runs towards the workload. */
const TCP: ReadonlyMap<string, Measure> = new Map([
  ["downstream_cx_total", { kind: "connectionsOpened", flags: [] }],
  ["downstream_cx_rx_bytes_total", { kind: "requestBytes" }],
  ["downstream_cx_tx_bytes_total", { kind: "responseBytes" }],
]);

/** What arrives at `own` from a caller that is not known. */
export function inboundEdge(own: Endpoint, protocol: "http" | "grpc" | "tcp"): EdgeRef {
  const { cluster, mesh } = own;
  const source = special("unknown", "unknown", "caller_not_named", { cluster, mesh });
  return { source, target: own, protocol, layer: protocol === "tcp" ? "L4" : "L7" };
}

export function inboundCounter(series: Series, edge: EdgeRef, measure: Measure): readonly SeriesMeaning[] {
  return [{ kind: "counter", edge, reporter: "inbound", measure, family: series.name }];
}

function isDenial(series: Series, stat: string): boolean {
  return stat === "rbac_denied" || (stat === "rbac" && series.labels.get("authz_enforce_result") === "denied");
}

function httpMeanings(
  series: Series,
  { stat, infix }: StatName,
  own: Endpoint,
  front: Front,
): readonly SeriesMeaning[] | undefined {
  const edge = inboundEdge(own, front.requests ?? "http");
  // A local rate limit names neither listener nor manager; it guards what comes in.
  if (stat === "local_rate_limit_rate_limited") return inboundCounter(series, edge, { kind: "rateLimited" });
  // With the manager's name cut at a dot, its first part is still in the label, unless no label was made at all.
  const manager = tag(series.labels, "http_conn_manager_prefix") || infix;
  if (!front.facesCallers.test(manager)) return [];
  if (stat === "downstream_cx_ssl_total") {
    const measure = { kind: "tlsConnections" } as const;
    return [{ kind: "listener", workload: own, measure, family: series.name, listener: `manager ${manager}` }];
  }
  if (stat.startsWith("downstream_rq_time_")) return timeOf(series, edge, "inbound");
  if (stat === "downstream_rq" || stat === "downstream_rq_xx") return requestsOf(series, edge, "inbound");
  return isDenial(series, stat) ? inboundCounter(series, edge, { kind: "denied" }) : [];
}

function listenerMeanings(series: Series, stat: string, own: Endpoint): readonly SeriesMeaning[] {
  const measure = LISTENER.get(stat);
  const listener = tag(series.labels, "listener_address");
  if (measure === undefined) return [];
  return [{ kind: "listener", workload: own, measure, family: series.name, ...(listener === "" ? {} : { listener }) }];
}

/** Undefined where a label that is needed is odd. */
export function downstreamMeanings(
  series: Series,
  name: StatName,
  own: Endpoint,
  front: Front = USUAL_FRONT,
): readonly SeriesMeaning[] | undefined {
  if (name.scope === "listener") return listenerMeanings(series, name.stat, own);
  if (name.scope === "http") return httpMeanings(series, name, own, front);
  const measure = TCP.get(name.stat);
  const facesCallers = front.facesCallers.test(tag(series.labels, "tcp_prefix") || name.infix);
  return measure !== undefined && facesCallers ? inboundCounter(series, inboundEdge(own, "tcp"), measure) : [];
}
