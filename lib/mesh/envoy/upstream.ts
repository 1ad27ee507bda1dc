/**
 * Stats of Envoy's clusters: what the proxy sent out. In: one series and the ends of its edge. Out: what it means.
 *
 * One cluster is an http edge or a tcp edge, and no single series says which: connections and bytes are counted for both.
 * They are given to the tcp edge, marked `transportOf: "http"`: where the http edge between the same ends has requests they
 * are its transport. `upstream_rq_total` is left alone, since it counts TCP streams too and not what Envoy answers itself;
 * codes are complete. Codes come twice, single (`200`) and by class (`2xx`): the fold takes codes where there are any.
 * TLS is evidence in connections since the proxy started: a cluster without TLS has no `ssl_handshake` at all.
 */
import type { EdgeRef, Endpoint } from "../../model/identity.ts";
import type { Measure, Reporter, SeriesMeaning, StateMeasure } from "../../model/meaning.ts";
import type { Series } from "../../wire/exposition/parse-series.ts";
import { boundOf } from "../bounds.ts";
import { tag } from "./stat-names.ts";

export interface Ends {
  readonly source: Endpoint;
  readonly target: Endpoint;
  readonly reporter: Reporter;
  /** What the requests are, where more is known than that they are HTTP. */
  readonly requests?: "http" | "grpc";
}

/** Timeouts of a try and of the whole request are different events; pending and active overflow share one cause. */
const RESILIENCE: ReadonlyMap<
  string,
  Measure["kind"] & ("retries" | "timeouts" | "overflow" | "ejections" | "rateLimited")
> = new Map([
  ["upstream_rq_retry", "retries"],
  ["upstream_rq_timeout", "timeouts"],
  ["upstream_rq_per_try_timeout", "timeouts"],
  ["upstream_rq_pending_overflow", "overflow"],
  ["upstream_rq_active_overflow", "overflow"],
  ["outlier_detection_ejections_enforced_total", "ejections"],
  ["ratelimit_over_limit", "rateLimited"],
]);

const TRANSPORT: ReadonlyMap<string, Measure> = new Map([
  ["upstream_cx_total", { kind: "connectionsOpened", flags: [] }],
  ["upstream_cx_destroy", { kind: "connectionsClosed" }],
  ["upstream_cx_tx_bytes_total", { kind: "requestBytes" }],
  ["upstream_cx_rx_bytes_total", { kind: "responseBytes" }],
]);

const STATES: ReadonlyMap<string, StateMeasure> = new Map([
  ["ssl_handshake", { kind: "upstreamHandshakes" }],
  ["upstream_cx_total", { kind: "upstreamConnections" }],
  ["upstream_cx_connect_fail", { kind: "upstreamConnectFailures" }],
  ["upstream_cx_active", { kind: "activeConnections" }],
]);

function httpEdge(ends: Ends): EdgeRef {
  return { source: ends.source, target: ends.target, protocol: ends.requests ?? "http", layer: "L7" };
}

function tcpEdge(ends: Ends): EdgeRef {
  return { source: ends.source, target: ends.target, protocol: "tcp", layer: "L4" };
}

/** Retries, timeouts, overflow, ejections and open circuit breakers: what Istio's own metrics do not have. */
export function resilienceOf(series: Series, stat: string, ends: Ends): readonly SeriesMeaning[] {
  const { reporter } = ends;
  const family = series.name;
  const kind = RESILIENCE.get(stat);
  if (kind !== undefined) {
    return [{ kind: "counter", edge: httpEdge(ends), reporter, measure: { kind }, family }];
  }
  if (!stat.startsWith("circuit_breakers_")) return [];
  // A breaker on connections is the tcp edge's too, and a state makes no edge.
  return [httpEdge(ends), tcpEdge(ends)].map((edge) => ({
    kind: "state",
    edge,
    reporter,
    measure: { kind: "circuitOpen" },
    family,
  }));
}

/** `200`, or `2xx` for a class, which Envoy labels `2` and Istio's tags `2xx` under the very name of the codes. */
export function codeOf(series: Series): string | undefined {
  const code = tag(series.labels, "response_code");
  if (/^[0-9]{3}$/.test(code)) return code;
  const match = /^([0-9])(?:xx)?$/.exec(tag(series.labels, "response_code_class"));
  return match === null ? undefined : `${match[1] ?? ""}xx`;
}

export function requestsOf(series: Series, edge: EdgeRef, reporter: Reporter): readonly SeriesMeaning[] {
  const code = codeOf(series);
  if (code === undefined) return [];
  const measure: Measure = { kind: "requests", code, flags: [], left: true };
  return [{ kind: "counter", edge, reporter, measure, family: series.name }];
}

/** Milliseconds; timed from the request's end at the proxy to the response's end. */
export function timeOf(series: Series, edge: EdgeRef, reporter: Reporter): readonly SeriesMeaning[] | undefined {
  const part = boundOf(series);
  if (part === undefined) return undefined;
  const family = series.name.replace(/_(?:bucket|sum|count)$/, "");
  return [{ kind: "latency", edge, reporter, of: "response", ...part, toMs: 1, family }];
}

function connectionMeanings(series: Series, stat: string, ends: Ends): readonly SeriesMeaning[] {
  const { reporter } = ends;
  const family = series.name;
  const measure = TRANSPORT.get(stat);
  const state = STATES.get(stat);
  const out: SeriesMeaning[] = [];
  if (measure !== undefined) {
    out.push({ kind: "counter", edge: tcpEdge(ends), reporter, measure, family, transportOf: "http" });
  }
  if (state !== undefined) {
    for (const edge of [httpEdge(ends), tcpEdge(ends)]) {
      out.push({ kind: "state", edge, reporter, measure: state, family });
    }
  }
  return out;
}

/** Undefined where a label that is needed is odd. */
export function upstreamMeanings(series: Series, stat: string, ends: Ends): readonly SeriesMeaning[] | undefined {
  if (stat === "upstream_rq" || stat === "upstream_rq_xx") return requestsOf(series, httpEdge(ends), ends.reporter);
  if (stat.startsWith("upstream_rq_time_")) return timeOf(series, httpEdge(ends), ends.reporter);
  return [...resilienceOf(series, stat, ends), ...connectionMeanings(series, stat, ends)];
}
