/** How a number is known, in words. In: the API's evidence and codes; out: short lines for the panel. */
import type { Evidence, GraphEdge, Mtls } from "../query/schema/graph.ts";
import { codeWords, type WordTable } from "./code-words.ts";
import { count, type Figure, percent, plain } from "./format.ts";
import { trafficSeen } from "./traffic-seen.ts";

export const JOIN_WORDS: WordTable = {
  same_key: "ends matched by name",
  service_host: "joined by the service's host name",
  address: "joined by the address that was called",
  span_pair: "joined by spans of both sides",
  alias: "joined by an alias of the configuration",
  span_name: "ends found by the service names in spans",
};

export const NOTE_WORDS: WordTable = {
  inbound_remainder: "what the destination accepted, less what named callers sent it",
  joined_part: "as much of the calls to this host as arrived at the service behind it",
  not_arrived: "calls to a host that is known as a service of another mesh, which did not see them arrive",
  no_destination_report: "the destination does not report: this is the caller's view",
  through_waypoint: "through a waypoint: the connections on its two sides are not drawn beside it",
  sampling_unknown: "no metrics: calls that were traced are counted, and how many were not is not known",
};

export const REPORTER_WORDS: WordTable = {
  destination: "destination",
  waypoint: "waypoint",
  source: "source",
  sourceOnly: "source, where nothing can have arrived",
  outbound: "outbound proxy",
  outboundRoute: "outbound proxy, by route",
  inbound: "inbound proxy",
  span: "spans",
};

export function reporterWords(reporter: string): string {
  return codeWords(REPORTER_WORDS, reporter);
}

/** Family · reporter · join, each part only where it is known. */
export function evidenceParts(evidence: Evidence): readonly string[] {
  const sampled = evidence.sampledShare;
  return [
    evidence.families.length > 0 ? evidence.families.join(", ") : `from ${evidence.from}`,
    evidence.reporters.map(reporterWords).join(" + "),
    evidence.join === undefined ? "" : codeWords(JOIN_WORDS, evidence.join),
    evidence.note === undefined ? "" : codeWords(NOTE_WORDS, evidence.note),
    sampled === undefined ? "" : `sampled ${plain(percent(sampled))}`,
    evidence.stale === true ? "stale: its metrics stopped less than 15 minutes ago" : "",
  ].filter((part) => part !== "");
}

export type SecurityClass = "mutual" | "tls" | "plaintext" | "unknown";

export interface SecurityShare {
  readonly name: SecurityClass;
  readonly words: string;
  readonly share: number;
}

export function securityShares(mtls: Mtls): readonly SecurityShare[] {
  return [
    { name: "mutual", words: "mutual TLS", share: mtls.mutual },
    { name: "tls", words: "server TLS only", share: mtls.tls },
    { name: "plaintext", words: "plaintext", share: mtls.plaintext },
    { name: "unknown", words: "not known", share: mtls.unknown },
  ];
}

export const SECURITY_REASON_WORDS: WordTable = {
  accepted_plaintext:
    "both ends are in the mesh and the called proxy took it without TLS: its policy is permissive, or the caller's turns TLS off",
  application_tls: "the application's own TLS passes through: whether the caller shows a certificate is not looked at",
  caller_in_other_mesh: "caller and destination are in different meshes, which do not know each other's certificates",
  caller_outside_mesh: "the caller has no proxy of a mesh, or is not named by one",
  destination_outside_mesh: "the destination has no proxy of a mesh",
  identity_disabled: "identity is turned off in the proxy",
  ingress_without_override: "the proxy is in ingress mode and the request named no destination for it",
  loopback: "within one pod",
  no_authority_in_http_request: "the request named no host that the proxy could look up",
  no_connection_opened: "no connection was opened in the window, and how those were that are still open is not kept",
  no_handshake: "connections were made and none shook hands for TLS",
  no_client_identity: "TLS, and the caller showed no identity",
  no_tls_from_remote: "the caller sent no TLS: it has no proxy, or its proxy is passed by",
  no_tls_reason_not_said: "the proxy does not say why",
  not_told: "no proxy tells how it was secured",
  not_provided_by_service_discovery:
    "the control plane knows no identity for the destination: it has no proxy, or was called by an address outside its services",
  port_skipped: "the port is skipped: the proxy passes its bytes on unseen",
  listener_serves_both: "the called proxy takes both TLS and plaintext: which of them this caller used cannot be said",
  only_spans: "only spans tell of it, and they do not say how it was secured",
  peer_listener_unknown: "TLS, and the called proxy is not scraped: mutual or not cannot be said",
  some_clients_without_certificate: "some of the called proxy's TLS clients show a certificate and some do not",
  source_cannot_know: "only the destination's proxy can know it, and it does not report",
};

/** "100 % mutual of 6,390 requests", "plaintext: 0 % mutual of 18 connections". */
export function securityLine(mtls: Mtls): string {
  return `${plain(percent(mtls.mutual))} mutual of ${plain(count(mtls.total))} ${mtls.unit}`;
}

export function securityReason(code: string): string {
  return codeWords(SECURITY_REASON_WORDS, code);
}

/** The mutual share of an edge, or why there is none: the answer's own reason first, then that nothing ran on it. */
export function mutualFigure(edge: Pick<GraphEdge, "mtls" | "absent" | "requestsPerSec" | "tcp">): Figure {
  const reason = edge.absent?.["mtls"];
  if (edge.mtls !== null || reason !== undefined) return percent(edge.mtls?.mutual, reason);
  if (trafficSeen(edge) !== false) return percent(null);
  return { text: "no traffic seen", unit: "", exact: "no traffic seen", absent: "notApplicable" };
}

export const NODE_REASON_WORDS: WordTable = {
  allow_any: "traffic to hosts outside the mesh that policy lets through",
  block_all: "traffic to hosts that no route or policy allows",
  caller_by_identity: "callers with an identity of the mesh whose own proxies are not scraped, or were not counted yet",
  caller_not_named: "callers that no proxy names: they have none, or it is not scraped",
  caller_without_identity: "callers without an identity of the mesh: they have no proxy, or it is passed by",
  egress_network: "hosts outside the mesh that an EgressNetwork lets through",
  database: "a database that spans name; it has no proxy of its own here",
  edge_limit: "there are more than 50,000 edges: the rest of this namespace stands here, so that totals hold",
  inbound_passthrough: "traffic to a port that the mesh was told nothing of",
  no_destination_workload: "the destination could not be named by the caller's proxy",
  no_source_workload: "the callers could not be named: they have no proxy, or come from outside",
  outside_address: "an address of which the mesh knows no pod",
  outside_host: "a host that stands outside the mesh",
  series_limit: "a label has too many values: the series over the limit stand here, so that totals hold",
  queue: "a broker between those who send messages and those who take them, as spans name it",
  span_caller_missing: "callers whose own spans did not arrive within 10 s",
  span_host: "a host that spans name, and nothing else",
  span_peer_unknown: "callees that neither answered with a span nor are named by the caller's",
  span_service_unnamed: "senders of spans that do not say their name",
  service_entry: "a host outside the mesh that a ServiceEntry names",
};

/** Why a special node is there. A code may go on with a name, as in `database:postgresql`. */
export function nodeReason(code: string): string {
  const [head = "", name = ""] = code.split(":", 2);
  const words = codeWords(NODE_REASON_WORDS, head);
  return name === "" ? words : `${name}: ${words}`;
}
