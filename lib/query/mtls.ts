/**
 * The security share of an edge (contracts/health-and-mtls.md §2). In: counts of requests or connections by what the
 * accepting proxy says, or, where no request carries that (Envoy family), TLS state since the processes started.
 * Out: counts that add up over edges, and then shares. Requests that never left their source are outside.
 */
import type { SecurityCounts } from "../model/edge-stats.ts";
import type { ListenerState, TlsState } from "../model/rollup-row.ts";
import type { EdgeFact } from "./edge-facts.ts";
import { digits4, ratio } from "./numbers.ts";
import type { Mtls } from "./schema/graph.ts";

export interface SecurityEvidence {
  readonly counts: SecurityCounts;
  readonly unit: Mtls["unit"];
  readonly family: string;
  readonly reporter: string;
  readonly reason?: string;
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

/** What the accepting side knows of peers that connected by TLS; listeners that never had a handshake say nothing. */
function listenerVerdict(listeners: readonly ListenerState[]): {
  security: "mutual" | "tls" | "unknown";
  reason?: string;
} {
  const spoken = listeners.filter((state) => (state.handshakes ?? 0) > 0);
  if (spoken.length === 0) return { security: "tls", reason: "peer_listener_unknown" };
  if (servesBoth(listeners, spoken)) return { security: "unknown", reason: "listener_serves_both" };
  if (spoken.every((state) => (state.noCertificate ?? 0) === 0)) return { security: "mutual" };
  const none = spoken.every((state) => (state.noCertificate ?? 0) >= (state.handshakes ?? 0));
  return none ? { security: "tls" } : { security: "unknown", reason: "some_clients_without_certificate" };
}

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
  let reason: string | undefined;
  for (const state of states) {
    const made = established(state);
    if (made <= 0) continue;
    family = state.family;
    const secured = (state.handshakes ?? 0) > 0;
    counts[secured ? verdict.security : "plaintext"] += made;
    if (secured) reason = verdict.reason;
  }
  if (sumOf(counts) === 0) return null;
  return { counts, unit: "connections", family, reporter: "outbound", ...(reason === undefined ? {} : { reason }) };
}

function established(state: TlsState): number {
  return (state.connections ?? 0) - (state.connectFailures ?? 0);
}

function familyOf(fact: EdgeFact, unit: Mtls["unit"]): string {
  const families = [...fact.counts.families].sort();
  const pattern = unit === "requests" ? /requests|_rq/ : /opened|_cx_total/;
  return families.find((family) => pattern.test(family)) ?? families[0] ?? "";
}

/** `since`: state older than this is not evidence for the window. */
export function securityOf(fact: EdgeFact, listeners: Listeners, since: number): SecurityEvidence | null {
  const { requests, connections } = fact.counts.security;
  const unit = fact.protocol === "tcp" ? "connections" : "requests";
  const counts = unit === "requests" ? requests : connections;
  if (sumOf(counts) === 0) return stateEvidence(fact, listeners, since);
  const { legs } = fact;
  // Of requests that nobody knows the security of, the connections that carried them tell.
  if (unit === "requests" && legs !== undefined && counts.unknown === sumOf(counts)) {
    return { counts: legs.connections, unit: "connections", family: legs.family, reporter: legs.reporter };
  }
  const reporters = [...fact.counts.reporters].sort();
  const reporter = reporters[0] ?? "";
  const sourceOnly = reporter === "source" || reporter === "sourceOnly";
  const reason = counts.unknown > 0 && sourceOnly ? { reason: "source_cannot_know" } : {};
  return { counts, unit, family: familyOf(fact, unit), reporter, ...reason };
}

/**
 * Adds the evidence of merged edges. Unlike units never meet in one total: requests stand where any edge has them, and an
 * edge that only has connections then counts by its own requests, in its own shares.
 */
export function mergeSecurity(parts: readonly { evidence: SecurityEvidence; requests: number }[]): Mtls | null {
  const units = new Set(parts.map((part) => part.evidence.unit));
  const mixed = units.size > 1;
  const counts: SecurityCounts = { mutual: 0, tls: 0, plaintext: 0, unknown: 0 };
  for (const { evidence, requests } of parts) {
    const scale = mixed && evidence.unit === "connections" ? requests / sumOf(evidence.counts) : 1;
    for (const key of ["mutual", "tls", "plaintext", "unknown"] as const) counts[key] += evidence.counts[key] * scale;
  }
  const total = sumOf(counts);
  const first = parts[0]?.evidence;
  if (first === undefined || total === 0) return null;
  const reason = parts.map((part) => part.evidence.reason).find((known) => known !== undefined);
  const share = (count: number): number => ratio(count, total) ?? 0;
  return {
    mutual: share(counts.mutual),
    tls: share(counts.tls),
    plaintext: share(counts.plaintext),
    unknown: share(counts.unknown),
    total: digits4(total),
    unit: mixed ? "requests" : first.unit,
    evidence: { family: first.family, reporter: first.reporter, ...(reason === undefined ? {} : { reason }) },
  };
}
