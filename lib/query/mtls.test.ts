/** Security shares: verdicts from state evidence, exact ends, unlike units never in one total. */
import fc from "fast-check";
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
    origin: "",
    source: end,
    target: end,
    candidate: null,
    flow: {
      service: "",
      role: "sent",
      identified: false,
      within: true,
      nameable: false,
      candidate: null,
      volume: { counts: 0, perSec: 0 },
    },
    protocol: "http",
    layer: "L7",
    rows: [],
    part: 1,
    counts,
    perSec: emptyStats(),
    caller: null,
    callee: null,
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
  expect(verdict(tls)).toMatchObject({ counts: { tls: 3 }, reasons: new Map([["tls/peer_listener_unknown", 3]]) });
  const asks = { handshakes: 9, noCertificate: 0, connections: 9 };
  expect(verdict(tls, listeners(asks))).toMatchObject({ counts: { mutual: 3 } });
  expect(verdict(tls, listeners({ ...asks, connections: 12 }))).toMatchObject({
    counts: { unknown: 3 },
    reasons: new Map([["unknown/listener_serves_both", 3]]),
  });
  expect(verdict(tls, listeners({ ...asks, noCertificate: 9 }))).toMatchObject({ counts: { tls: 3 } });
  expect(verdict(tls, listeners({ ...asks, noCertificate: 4 }))).toMatchObject({
    counts: { unknown: 3 },
    reasons: new Map([["unknown/some_clients_without_certificate", 3]]),
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
    reasons: new Map([["unknown/listener_serves_both", 3]]),
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

const evidence = (
  unit: SecurityEvidence["unit"],
  counts: Partial<SecurityEvidence["counts"]>,
  reasons: SecurityEvidence["reasons"] = new Map(),
): SecurityEvidence => ({
  counts: { mutual: 0, tls: 0, plaintext: 0, unknown: 0, ...counts },
  unit,
  family: "f",
  reporter: "destination",
  reasons,
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

test("reasons of merged edges are added too, and none is lost to the order of the edges", () => {
  const few = evidence("requests", { plaintext: 2 }, new Map([["plaintext/port_skipped", 2]]));
  const many = evidence("requests", { mutual: 10, plaintext: 8 }, new Map([["plaintext/no_tls_from_remote", 8]]));
  const parts = [few, many].map((one) => ({ evidence: one, requests: 0 }));
  const merged = mergeSecurity(parts);
  expect(merged?.evidence).toEqual({
    family: "f",
    reporter: "destination",
    reason: "no_tls_from_remote",
    reasons: [
      { code: "no_tls_from_remote", share: 0.4 },
      { code: "port_skipped", share: 0.1 },
    ],
  });
  expect(mergeSecurity(parts.toReversed())?.evidence).toEqual(merged?.evidence);
  expect(mergeSecurity(parts.slice(0, 1))?.evidence).not.toHaveProperty("reasons");
});

test("a proxy's own reasons are read with the counts, by unit", () => {
  const said = fact();
  said.counts.security.requests.plaintext = 3;
  said.counts.securityReasons.set("requests/plaintext/port_skipped", 3);
  said.counts.securityReasons.set("connections/unknown/identity_disabled", 9);
  expect(verdict(said)).toMatchObject({ unit: "requests", reasons: new Map([["plaintext/port_skipped", 3]]) });
});

test("nothing seen has no share", () => {
  expect(mergeSecurity([])).toBeNull();
});

test("shares of merged edges are those of the sums, in every order: 10 mutual, 30 mutual and 20 plain are 66.7 %", () => {
  const count = fc.integer({ min: 0, max: 500 });
  const counts = fc.record({ mutual: count, tls: count, plaintext: count, unknown: count });
  const part = (of: { mutual: number; tls: number; plaintext: number; unknown: number }) => ({
    evidence: { counts: of, unit: "requests" as const, family: "f", reporter: "destination", reasons: new Map() },
    requests: of.mutual + of.tls + of.plaintext + of.unknown,
  });
  const orders = fc
    .array(counts, { minLength: 1, maxLength: 6 })
    .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
  fc.assert(
    fc.property(orders, ([all, shuffled]) => {
      const merged = mergeSecurity(shuffled.map(part));
      const total = all.reduce((sum, one) => sum + part(one).requests, 0);
      if (total === 0) return expect(merged).toBeNull();
      for (const kind of ["mutual", "tls", "plaintext", "unknown"] as const) {
        const sum = all.reduce((added, one) => added + one[kind], 0);
        expect(merged?.[kind]).toBeCloseTo(sum / total, 4);
        expect(merged?.[kind] === 1).toBe(sum === total);
        expect(merged?.[kind] === 0).toBe(sum === 0);
      }
    }),
  );
  const none = { mutual: 0, tls: 0, plaintext: 0, unknown: 0 };
  const told = [
    { ...none, mutual: 10 },
    { ...none, mutual: 30 },
    { ...none, plaintext: 20 },
  ].map(part);
  expect(mergeSecurity(told)).toMatchObject({ mutual: 0.6667, plaintext: 0.3333, total: 60 });
});
