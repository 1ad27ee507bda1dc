/** How a number is known, in words. In: the API's evidence and codes; out: short lines for the panel. */
import type { Evidence, Mtls } from "../query/schema/graph.ts";
import { count, percent, plain } from "./format.ts";

const JOINS: Readonly<Record<string, string>> = {
  same_key: "ends matched by name",
  service_host: "joined by the service's host name",
  address: "joined by address",
  span_pair: "joined by pairs of spans",
  alias: "joined by an alias of the configuration",
};

const NOTES: Readonly<Record<string, string>> = {
  no_destination_report: "the destination does not report: this is the caller's view",
};

const REPORTERS: Readonly<Record<string, string>> = {
  destination: "destination",
  waypoint: "waypoint",
  source: "source",
  sourceOnly: "source, where nothing can have arrived",
  outbound: "outbound proxy",
  inbound: "inbound proxy",
};

function words(table: Readonly<Record<string, string>>, code: string): string {
  return table[code] ?? code.replaceAll("_", " ");
}

export function reporterWords(reporter: string): string {
  return words(REPORTERS, reporter);
}

/** Family · reporter · join, each part only where it is known. */
export function evidenceParts(evidence: Evidence): readonly string[] {
  const sampled = evidence.sampledShare;
  return [
    evidence.families.length > 0 ? evidence.families.join(", ") : `from ${evidence.from}`,
    evidence.reporters.map(reporterWords).join(" + "),
    evidence.join === undefined ? "" : words(JOINS, evidence.join),
    evidence.note === undefined ? "" : words(NOTES, evidence.note),
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

const SECURITY_REASONS: Readonly<Record<string, string>> = {
  source_cannot_know: "only the destination's proxy can know it, and it does not report",
  mixed_listener: "the listener takes both TLS and plaintext",
  loopback: "the request never left the pod",
  not_provided_by_service_discovery: "service discovery names no identity for the peer",
};

/** "100 % mutual of 6,390 requests", "plaintext: 0 % mutual of 18 connections". */
export function securityLine(mtls: Mtls): string {
  return `${plain(percent(mtls.mutual))} mutual of ${plain(count(mtls.total))} ${mtls.unit}`;
}

export function securityReason(code: string): string {
  return words(SECURITY_REASONS, code);
}

const NODE_REASONS: Readonly<Record<string, string>> = {
  no_source_workload: "the callers could not be named: they have no proxy, or come from outside",
  no_destination_workload: "the destination could not be named by the caller's proxy",
  allow_any: "traffic to hosts outside the mesh that policy lets through",
  block: "traffic to hosts that no route or policy allows",
};

/** Why a special node is there. */
export function nodeReason(code: string): string {
  return words(NODE_REASONS, code);
}
