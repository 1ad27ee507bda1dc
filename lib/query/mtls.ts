/**
 * The security share of an edge (contracts/health-and-mtls.md §2). In: counts of requests or connections by what the
 * accepting proxy says, or, where no request carries that (Envoy family), TLS state since the processes started.
 * Out: counts that add up over edges, and then shares. Requests that never left their source are outside.
 */
import type { SecurityCounts } from "../model/edge-stats.ts";
import type { Security } from "../model/meaning.ts";
import type { ListenerState, TlsState } from "../model/rollup-row.ts";
import { countingFamily } from "./counting-family.ts";
import type { EdgeFact } from "./edge-facts.ts";
import { digits4, ratio } from "./numbers.ts";
import type { Mtls } from "./schema/graph.ts";

/** One edge's part in a merged figure; `requests`: of its own, whatever its evidence counts. */
export interface SecurityPart {
  readonly evidence: SecurityEvidence;
  readonly requests: number;
}

export interface SecurityEvidence {
  readonly counts: SecurityCounts;
  readonly unit: Mtls["unit"];
  readonly family: string;
  readonly reporter: string;
  /** Why what is not mutual is so, in the unit of `counts`, by `reasonKey`; empty where nobody says. */
  readonly reasons: Reasons;
}

export type Reasons = ReadonlyMap<string, number>;
const NO_REASONS: Reasons = new Map();

export function reasonKey(security: Security, code: string): string {
  return `${security}/${code}`;
}

const codeIn = (key: string): string => key.slice(key.indexOf("/") + 1);

/** Of reasons, the one that holds for most of `security`. */
export function mainReason(reasons: Reasons, security: Security): string | undefined {
  const own = new Map([...reasons].filter(([key]) => key.startsWith(`${security}/`)));
  return ranked(own)[0]?.[0];
}

/** By code, whatever the class: the most first, and of equals the first by name. */
function ranked(reasons: Reasons): readonly (readonly [string, number])[] {
  const byCode = new Map<string, number>();
  for (const [key, count] of reasons) byCode.set(codeIn(key), (byCode.get(codeIn(key)) ?? 0) + count);
  return [...byCode].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

type Listeners = ReadonlyMap<string, ReadonlyMap<string, ListenerState>>;

const sumOf = (counts: SecurityCounts): number => counts.mutual + counts.tls + counts.plaintext + counts.unknown;

const total = (states: readonly ListenerState[], of: "connections" | "tlsConnections"): number =>
  states.reduce((sum, state) => sum + (state[of] ?? 0), 0);

/**
 * Whether some connection was accepted in plaintext. One without a handshake may be a plaintext caller, and may be a probe
 * or still be shaking hands; where the connection managers say that as many came in over TLS, it was none of the first.
 */
function servesBoth(listeners: readonly ListenerState[], spoken: readonly ListenerState[]): boolean {
  if (spoken.every((state) => (state.handshakes ?? 0) >= (state.connections ?? 0))) return false;
  return total(listeners, "tlsConnections") < total(spoken, "connections");
}

interface Verdict {
  readonly security: Security;
  readonly reason?: string;
}

/** What the accepting side knows of peers that connected by TLS; listeners that never had a handshake say nothing. */
function listenerVerdict(listeners: readonly ListenerState[]): Verdict {
  const spoken = listeners.filter((state) => (state.handshakes ?? 0) > 0);
  if (spoken.length === 0) return { security: "tls", reason: "peer_listener_unknown" };
  if (servesBoth(listeners, spoken)) return { security: "unknown", reason: "listener_serves_both" };
  if (spoken.every((state) => (state.noCertificate ?? 0) === 0)) return { security: "mutual" };
  const none = spoken.every((state) => (state.noCertificate ?? 0) >= (state.handshakes ?? 0));
  return none ? { security: "tls" } : { security: "unknown", reason: "some_clients_without_certificate" };
}

const NO_HANDSHAKE: Verdict = { security: "plaintext", reason: "no_handshake" };

/**
 * State evidence, in connections: an upstream with connections and no handshake is plaintext; one with handshakes is at
 * least TLS, and mutual only if its peer's listener is known to have asked every client for a certificate.
 */
function stateEvidence(fact: EdgeFact, listeners: Listeners, since: number): SecurityEvidence | null {
  const states = [...fact.counts.tls.values()].filter((state) => state.atMs >= since);
  const counts: SecurityCounts = { mutual: 0, tls: 0, plaintext: 0, unknown: 0 };
  const peers = fact.targetWorkloads.flatMap((key) => [...(listeners.get(key)?.values() ?? [])]);
  const verdict = listenerVerdict(peers.filter((state) => state.atMs >= since));
  let family = "";
  const reasons = new Map<string, number>();
  for (const state of states) {
    const made = established(state);
    if (made <= 0) continue;
    family = state.family;
    const { security, reason } = (state.handshakes ?? 0) > 0 ? verdict : NO_HANDSHAKE;
    counts[security] += made;
    const key = reason === undefined ? undefined : reasonKey(security, reason);
    if (key !== undefined) reasons.set(key, (reasons.get(key) ?? 0) + made);
  }
  if (sumOf(counts) === 0) return null;
  return { counts, unit: "connections", family, reporter: "outbound", reasons };
}

/**
 * What the accepting side knows of every connection, whoever opened it: listeners that finished handshakes and took no
 * plaintext. Undefined where a caller may have come in another way.
 */
function acceptedOnly(fact: EdgeFact, listeners: Listeners, since: number): "mutual" | "tls" | undefined {
  const states = fact.targetWorkloads.flatMap((key) => [...(listeners.get(key)?.values() ?? [])]);
  const { security, reason } = listenerVerdict(states.filter((state) => state.atMs >= since));
  if (reason !== undefined) return undefined;
  return security === "mutual" || security === "tls" ? security : undefined;
}

function established(state: TlsState): number {
  return (state.connections ?? 0) - (state.connectFailures ?? 0);
}

/** `since`: state older than this is not evidence for the window. */
export function securityOf(fact: EdgeFact, listeners: Listeners, since: number): SecurityEvidence | null {
  const { requests, connections } = fact.counts.security;
  const unit = fact.protocol === "tcp" ? "connections" : "requests";
  const counts = unit === "requests" ? requests : connections;
  if (sumOf(counts) === 0) return stateEvidence(fact, listeners, since);
  if (fact.securityBy !== undefined) return { counts, unit, ...fact.securityBy, reasons: reasonsOf(fact, unit) };
  const { legs } = fact;
  // Of requests that nobody knows the security of, the connections that carried them tell.
  if (unit === "requests" && legs !== undefined && counts.unknown === sumOf(counts)) {
    const { connections, family, reporter } = legs;
    return { counts: connections, unit: "connections", family, reporter, reasons: NO_REASONS };
  }
  const reporters = [...fact.counts.reporters].sort();
  const reporter = reporters[0] ?? "";
  const accepted = fact.calleeKnows === true ? acceptedOnly(fact, listeners, since) : undefined;
  if (accepted !== undefined && counts.unknown > 0) {
    const told = { ...counts, unknown: 0, [accepted]: counts[accepted] + counts.unknown };
    const family = "envoy_listener_ssl_handshake";
    return { counts: told, unit, family, reporter: "inbound", reasons: reasonsOf(fact, unit) };
  }
  const sourceOnly = reporter === "source" || reporter === "sourceOnly";
  const blind = counts.unknown > 0 && sourceOnly;
  const reasons = blind
    ? new Map([[reasonKey("unknown", "source_cannot_know"), counts.unknown]])
    : reasonsOf(fact, unit);
  return { counts, unit, family: countingFamily(fact.counts.families, unit), reporter, reasons };
}

function reasonsOf(fact: EdgeFact, unit: Mtls["unit"]): Reasons {
  const { securityReasons } = fact.counts;
  if (securityReasons.size === 0) return NO_REASONS;
  const reasons = new Map<string, number>();
  for (const [key, count] of securityReasons) {
    if (key.startsWith(`${unit}/`)) reasons.set(codeIn(key), count);
  }
  return reasons;
}

/**
 * Adds the evidence of merged edges, and their reasons. Unlike units never meet in one total: requests stand where any
 * edge has them, and an edge that only has connections then counts by its own requests, in its own shares.
 */
export function mergeSecurity(parts: readonly SecurityPart[]): Mtls | null {
  const units = new Set(parts.map((part) => part.evidence.unit));
  const mixed = units.size > 1;
  const counts: SecurityCounts = { mutual: 0, tls: 0, plaintext: 0, unknown: 0 };
  const reasons = new Map<string, number>();
  for (const { evidence, requests } of parts) {
    const scale = mixed && evidence.unit === "connections" ? requests / sumOf(evidence.counts) : 1;
    for (const [reason, count] of evidence.reasons) reasons.set(reason, (reasons.get(reason) ?? 0) + count * scale);
    for (const key of ["mutual", "tls", "plaintext", "unknown"] as const) counts[key] += evidence.counts[key] * scale;
  }
  const total = sumOf(counts);
  const first = parts[0]?.evidence;
  if (first === undefined || total === 0) return null;
  const share = (count: number): number => ratio(count, total) ?? 0;
  const all = ranked(reasons).map(([code, count]) => ({ code, share: share(count) }));
  const [main] = all;
  return {
    mutual: share(counts.mutual),
    tls: share(counts.tls),
    plaintext: share(counts.plaintext),
    unknown: share(counts.unknown),
    total: digits4(total),
    unit: mixed ? "requests" : first.unit,
    evidence: {
      family: first.family,
      reporter: first.reporter,
      ...(main === undefined ? {} : { reason: main.code }),
      ...(all.length > 1 ? { reasons: all } : {}),
    },
  };
}
