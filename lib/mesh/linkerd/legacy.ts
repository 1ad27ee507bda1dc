/**
 * Linkerd's per-endpoint metrics: HTTP and TCP, inbound and outbound, told apart by `direction` and not by name. In: one
 * series and the workload behind the proxy. Out: meanings. Units: ms to the first byte, bytes.
 *
 * Requests are counted where they end, by `response_total`, which has the code; `request_total` counts the same requests
 * again when they begin and says only that there are some, which matters where none ever ends.
 * Whether a request was gRPC is told by `response_total` alone, so all are `http` edges, with their gRPC status.
 * TCP metrics count every connection, those under HTTP too, hence `transportOf`; and each connection on both of the
 * proxy's sides, so that only the far one is read: `dst` of outbound, `src` of inbound.
 * Left out: the proxy's own admin port, probes of the kubelet, and connections within the pod. No one calls by them.
 * Not handled: `route_*` and `route_actual_*` of ServiceProfiles, which are the same requests a third time.
 */
import type { EdgeRef, Endpoint } from "../../model/identity.ts";
import type { Measure, Principals, Reporter, SeriesMeaning } from "../../model/meaning.ts";
import type { Series } from "../../wire/exposition/parse-series.ts";
import { boundOf } from "../bounds.ts";
import { callerEnd, destinationEnd, hostOf } from "./ends.ts";
import { errorFlags, grpcStatusOf, leftProxy } from "./outcome.ts";
import { type Direction, type Labels, type SecuritySaid, securityOf } from "./security.ts";

const LATENCY = "response_latency_ms";
const ADMIN_PORT = "4191";

const HTTP = ["request_total", "response_total", `${LATENCY}_bucket`, `${LATENCY}_sum`, `${LATENCY}_count`];
const TCP = [
  "tcp_open_total",
  "tcp_close_total",
  "tcp_read_bytes_total",
  "tcp_write_bytes_total",
  "tcp_open_connections",
];
const NAMES = new Set([...HTTP, ...TCP]);

export function isLegacy(name: string): boolean {
  return NAMES.has(name);
}

export function directionOf(labels: Labels): Direction | undefined {
  const direction = labels.get("direction");
  return direction === "inbound" || direction === "outbound" ? direction : undefined;
}

/** What is no call of anybody: see the head of the file. */
export function isOwnAffair(labels: Labels): boolean {
  if (labels.get("no_tls_reason") === "loopback") return true;
  if (labels.get("direction") === "outbound") return false;
  const probe = labels.get("authz_name") === "probe" || labels.get("route_name") === "probe";
  return probe || labels.get("target_port") === ADMIN_PORT;
}

/** What all meanings of one series share. */
export interface Place {
  readonly edge: EdgeRef;
  readonly reporter: Reporter;
  readonly said: SecuritySaid | undefined;
  readonly principals?: Principals;
  /** Where the workload that answered was dialled. */
  readonly address?: string;
}

export function placeOf(labels: Labels, own: Endpoint, direction: Direction, protocol: "http" | "tcp"): Place {
  const said = securityOf(labels, direction, protocol === "http");
  const layer = protocol === "tcp" ? "L4" : "L7";
  if (direction === "outbound") {
    const edge: EdgeRef = { source: own, target: destinationEnd(labels, own), protocol, layer };
    const principals = said?.principal === undefined ? {} : { principals: { destination: said.principal } };
    const ip = edge.target.kind === "workload" ? (labels.get("target_ip") ?? "") : "";
    return { edge, reporter: "outbound", said, ...principals, ...(ip === "" ? {} : { address: ip }) };
  }
  const edge: EdgeRef = { source: callerEnd(own, said?.security === "mutual"), target: own, protocol, layer };
  const principals = said?.principal === undefined ? {} : { principals: { source: said.principal } };
  return { edge, reporter: "inbound", said, ...principals };
}

function securityIn(said: SecuritySaid | undefined): Pick<SecuritySaid, "security" | "securityReason"> | undefined {
  if (said === undefined) return undefined;
  const { security, securityReason } = said;
  return securityReason === undefined ? { security } : { security, securityReason };
}

/** A code that is printed stands. Without one the request had no answer, unless it is classified as a success. */
function codeOf(labels: Labels): string {
  const code = labels.get("status_code") ?? "";
  if (/^[1-9][0-9]{2}$/.test(code)) return code;
  return labels.get("classification") === "success" ? "unknown" : "none";
}

function requestMeasure(labels: Labels, said: SecuritySaid | undefined): Measure {
  const error = labels.get("error") ?? "";
  const grpcStatus = grpcStatusOf(labels);
  const host = hostOf(labels.get("authority") ?? "");
  return {
    kind: "requests",
    code: codeOf(labels),
    ...(grpcStatus === undefined ? {} : { grpcStatus }),
    flags: errorFlags(error),
    ...(host === "" ? {} : { host }),
    ...securityIn(said),
    left: leftProxy(error),
  };
}

/** Who was at the ends and where, as far as it is known. */
function namedIn({ principals, address }: Place): Pick<Place, "principals" | "address"> {
  return { ...(principals === undefined ? {} : { principals }), ...(address === undefined ? {} : { address }) };
}

function httpMeaning(series: Series, place: Place): SeriesMeaning | undefined {
  const { name, labels } = series;
  const { edge, reporter, said } = place;
  if (name.startsWith(LATENCY)) {
    const part = boundOf(series);
    if (part === undefined) return undefined;
    return { kind: "latency", edge, reporter, of: "firstByte", ...part, toMs: 1, family: LATENCY };
  }
  const measure: Measure = name === "response_total" ? requestMeasure(labels, said) : { kind: "requestsStarted" };
  return {
    kind: "counter",
    edge,
    reporter,
    measure,
    family: name,
    ...namedIn(place),
    ...addressOf(labels, edge.target),
  };
}

const NOWHERE = /^(?:127\.|0\.|::1$)|^$/;

/** Where the pod answered that the series names: what another mesh calls by its address is then known by name. */
function addressOf(labels: Labels, target: Endpoint): { readonly address?: string } {
  const address = labels.get("target_ip") ?? "";
  const isPod = target.kind === "workload" || target.kind === "gateway";
  return isPod && !NOWHERE.test(address) ? { address } : {};
}

/** What is read from the destination runs back to the source; what is read from a caller runs on to the workload. */
function tcpMeasure(name: string, outbound: boolean, said: SecuritySaid | undefined): Measure {
  if (name === "tcp_open_total") return { kind: "connectionsOpened", flags: [], ...securityIn(said) };
  if (name === "tcp_close_total") return { kind: "connectionsClosed" };
  return { kind: (name === "tcp_read_bytes_total") === outbound ? "responseBytes" : "requestBytes" };
}

function tcpMeaning({ name }: Series, place: Place): SeriesMeaning {
  const { edge, reporter, said } = place;
  if (name === "tcp_open_connections") {
    return { kind: "state", edge, reporter, measure: { kind: "activeConnections" }, family: name };
  }
  const measure = tcpMeasure(name, reporter === "outbound", said);
  return { kind: "counter", edge, reporter, measure, family: name, transportOf: "http", ...namedIn(place) };
}

/** Undefined where a label that is needed is odd; empty for a series that is nobody's call. */
export function legacyMeanings(series: Series, own: Endpoint): readonly SeriesMeaning[] | undefined {
  const { name, labels } = series;
  const direction = directionOf(labels);
  // An application's own metric may have such a name: only the proxy's has a direction.
  if (direction === undefined || isOwnAffair(labels)) return [];
  const isTcp = name.startsWith("tcp_");
  if (isTcp && labels.get("peer") !== (direction === "outbound" ? "dst" : "src")) return [];
  const place = placeOf(labels, own, direction, isTcp ? "tcp" : "http");
  if (isTcp) return [tcpMeaning(series, place)];
  const meaning = httpMeaning(series, place);
  return meaning === undefined ? undefined : [meaning];
}
