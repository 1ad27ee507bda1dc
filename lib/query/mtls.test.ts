/** Security shares: verdicts from state evidence, exact ends, unlike units never in one total. */
import { expect, test } from "vitest";
import { emptyStats } from "../model/edge-stats.ts";
import type { ListenerState, TlsState } from "../model/rollup-row.ts";
import type { EdgeFact } from "./edge-facts.ts";
import { mergeSecurity, type SecurityEvidence, securityOf } from "./mtls.ts";

function fact(...states: Omit<TlsState, "atMs" | "family">[]): EdgeFact {
  const end = { cluster: "c", namespace: "n", kind: "workload", name: "w", mesh: "envoy" } as const;
  const counts = emptyStats();
  for (const [i, state] of states.entries()) {
    counts.tls.set(`t${i}`, { atMs: 10, family: "envoy_cluster_ssl_handshake", ...state });
  }
  return {
    source: end,
    target: end,
    protocol: "http",
    layer: "L7",
    rows: [],
    counts,
    perSec: emptyStats(),
    caller: null,
    coveredMs: 1,
    stale: false,
    join: "same_key",
    ends: "",
    service: "",
    lastSeenMs: 0,
    everActive: true,
    transportOnly: false,
    targetWorkloads: ["w"],
  };
}

const listeners = (...states: Omit<ListenerState, "atMs">[]) =>
  new Map([["w", new Map(states.map((state, i) => [`l${i}`, { atMs: 10, ...state }] as const))]]);

const verdict = (of: EdgeFact, peers = listeners()) => securityOf(of, peers, 0);

test("handshakes are mutual only if the peer's listener asked every client for a certificate", () => {
  const tls = fact({ handshakes: 3, connections: 3 });
  expect(verdict(tls)).toMatchObject({ counts: { tls: 3 }, reason: "peer_listener_unknown" });
  const asks = { handshakes: 9, noCertificate: 0, connections: 9 };
  expect(verdict(tls, listeners(asks))).toMatchObject({ counts: { mutual: 3 } });
  expect(verdict(tls, listeners({ ...asks, connections: 12 }))).toMatchObject({
    counts: { unknown: 3 },
    reason: "listener_serves_both",
  });
  expect(verdict(tls, listeners({ ...asks, noCertificate: 9 }))).toMatchObject({ counts: { tls: 3 } });
  expect(verdict(tls, listeners({ ...asks, noCertificate: 4 }))).toMatchObject({
    counts: { unknown: 3 },
    reason: "some_clients_without_certificate",
  });
  // A sidecar's own outbound listener takes plaintext from its app and says nothing about peers.
  expect(verdict(tls, listeners(asks, { handshakes: 0, connections: 50 }))).toMatchObject({ counts: { mutual: 3 } });
});

test("a connection over TLS that never finished its handshake is no plaintext caller", () => {
  const tls = fact({ handshakes: 3, connections: 3 });
  const scanned = { handshakes: 9, noCertificate: 0, connections: 12 };
  expect(verdict(tls, listeners(scanned, { tlsConnections: 12 }))).toMatchObject({ counts: { mutual: 3 } });
  expect(verdict(tls, listeners(scanned, { tlsConnections: 11 }))).toMatchObject({
    counts: { unknown: 3 },
    reason: "listener_serves_both",
  });
});

test("connections without a handshake are plaintext, and attempts that never came up are nothing", () => {
  expect(verdict(fact({ handshakes: 0, connections: 4 }))).toMatchObject({ counts: { plaintext: 4, mutual: 0 } });
  expect(verdict(fact({ handshakes: 0, connections: 4, connectFailures: 4 }))).toBeNull();
  expect(verdict(fact())).toBeNull();
});

test("state from before the window is no evidence for it", () => {
  expect(securityOf(fact({ handshakes: 0, connections: 4 }), listeners(), 11)).toBeNull();
});

const evidence = (unit: SecurityEvidence["unit"], counts: Partial<SecurityEvidence["counts"]>): SecurityEvidence => ({
  counts: { mutual: 0, tls: 0, plaintext: 0, unknown: 0, ...counts },
  unit,
  family: "f",
  reporter: "destination",
});

test("shares of merged edges are of the added counts, and all is exactly 1", () => {
  const parts = [10, 30].map((mutual) => ({ evidence: evidence("requests", { mutual }), requests: mutual }));
  expect(mergeSecurity(parts)).toMatchObject({ mutual: 1, plaintext: 0, total: 40 });
  const plain = { evidence: evidence("requests", { plaintext: 20 }), requests: 20 };
  expect(mergeSecurity([...parts, plain])).toMatchObject({ mutual: 0.6667, plaintext: 0.3333, total: 60 });
  expect(
    mergeSecurity([{ evidence: evidence("requests", { mutual: 999_999, plaintext: 1 }), requests: 1e6 }])?.mutual,
  ).toBe(0.9999);
});

test("connections and requests never meet in one total", () => {
  const merged = mergeSecurity([
    { evidence: evidence("requests", { mutual: 900 }), requests: 900 },
    { evidence: evidence("connections", { plaintext: 2 }), requests: 100 },
  ]);
  expect(merged).toMatchObject({ mutual: 0.9, plaintext: 0.1, total: 1000, unit: "requests" });
});

test("nothing seen has no share", () => {
  expect(mergeSecurity([])).toBeNull();
});
