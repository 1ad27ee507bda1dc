/**
 * Stats of what an Envoy accepts: connection managers, TCP proxies, listeners. In: one series, the workload behind the
 * proxy. Out: the `inbound` view, in which the caller is not known, and TLS evidence of listeners.
 * Which connection manager faces the callers is told by its name only: `ingress…`, `inbound…`, `public_listener`; the
 * others (`egress…`, `outbound…`, `admin`) repeat what the clusters count.
 */
import type { EdgeRef, Endpoint } from "../../model/identity.ts";
import type { ListenerMeasure, Measure, SeriesMeaning } from "../../model/meaning.ts";
import type { Series } from "../../wire/exposition/parse-series.ts";
import { special } from "../endpoints.ts";
import { type StatName, tag } from "./stat-names.ts";
import { requestsOf, timeOf } from "./upstream.ts";

const FACES_CALLERS = /^(?:ingress|inbound|public_listener)/;

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

function inboundEdge(own: Endpoint, protocol: "http" | "tcp"): EdgeRef {
  const { cluster, mesh } = own;
  const source = special("unknown", "unknown", "caller_not_named", { cluster, mesh });
  return { source, target: own, protocol, layer: protocol === "tcp" ? "L4" : "L7" };
}

function counter(series: Series, edge: EdgeRef, measure: Measure): readonly SeriesMeaning[] {
  return [{ kind: "counter", edge, reporter: "inbound", measure, family: series.name }];
}

function isDenial(series: Series, stat: string): boolean {
  return stat === "rbac_denied" || (stat === "rbac" && series.labels.get("authz_enforce_result") === "denied");
}

function httpMeanings(series: Series, { stat, infix }: StatName, own: Endpoint): readonly SeriesMeaning[] | undefined {
  const edge = inboundEdge(own, "http");
  // A local rate limit names neither listener nor manager; it guards what comes in.
  if (stat === "local_rate_limit_rate_limited") return counter(series, edge, { kind: "rateLimited" });
  // With the manager's name cut at a dot, its first part is still in the label, unless no label was made at all.
  const manager = tag(series.labels, "http_conn_manager_prefix") || infix;
  if (!FACES_CALLERS.test(manager)) return [];
  if (stat === "downstream_cx_ssl_total") {
    const measure = { kind: "tlsConnections" } as const;
    return [{ kind: "listener", workload: own, measure, family: series.name, listener: `manager ${manager}` }];
  }
  if (stat.startsWith("downstream_rq_time_")) return timeOf(series, edge, "inbound");
  if (stat === "downstream_rq" || stat === "downstream_rq_xx") return requestsOf(series, edge, "inbound");
  return isDenial(series, stat) ? counter(series, edge, { kind: "denied" }) : [];
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
): readonly SeriesMeaning[] | undefined {
  if (name.scope === "listener") return listenerMeanings(series, name.stat, own);
  if (name.scope === "http") return httpMeanings(series, name, own);
  const measure = TCP.get(name.stat);
  if (measure === undefined || !FACES_CALLERS.test(tag(series.labels, "tcp_prefix"))) return [];
  return counter(series, inboundEdge(own, "tcp"), measure);
}
