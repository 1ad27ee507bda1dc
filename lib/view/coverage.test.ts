/** Rows and words of the mTLS page. */
import { expect, test } from "vitest";
import type { Mtls } from "../query/schema/graph.ts";
import type { Certificate, PlaceCoverage } from "../query/schema/security.ts";
import { certificateAdvice, roleWords, stateCounts, timeLeft } from "./certificate-words.ts";
import {
  coverageHead,
  coverageRows,
  lockOfShares,
  plaintextLine,
  plaintextReason,
  securityEvidence,
} from "./coverage.ts";
import { plain } from "./format.ts";

const shares = (over: Partial<Mtls> = {}): Mtls => ({
  mutual: 1,
  tls: 0,
  plaintext: 0,
  unknown: 0,
  total: 100,
  unit: "requests",
  evidence: { family: "istio_requests_total", reporter: "destination" },
  ...over,
});
const unit = (mtls: Mtls | null, edges = 2) => ({ mtls, edges, plaintextEdges: 0, unknownEdges: 0 });
const place = (name: string, over: Partial<PlaceCoverage> = {}): PlaceCoverage => ({
  name,
  cluster: "c1",
  http: unit(shares()),
  tcp: unit(null, 0),
  ...over,
});

test("a place has a row for each kind of edges that it has, also where nothing was counted", () => {
  const tcp = unit(shares({ unit: "connections" }));
  const none = unit(null, 0);
  const places = [place("both", { tcp }), place("tcp", { http: none, tcp }), place("none", { http: unit(null) })];
  const rows = coverageRows(places, "namespace");
  expect(rows.map(({ name, traffic, mtls }) => [name, traffic, mtls?.unit])).toEqual([
    ["both", "HTTP, gRPC", "requests"],
    ["both", "TCP", "connections"],
    ["none", "HTTP, gRPC", undefined],
    ["tcp", "TCP", "connections"],
  ]);
  expect(new Set(rows.map(({ id }) => id)).size).toBe(4);
});

test("plaintext stands before what is unknown, and what is outside of all places is last", () => {
  const rows = coverageRows(
    [
      place("", { http: unit(shares({ mutual: 0, plaintext: 1 })) }),
      place("fine"),
      place("dark", { http: unit(shares({ mutual: 0, unknown: 1 })) }),
      place("plain", { http: unit(shares({ mutual: 0.9, plaintext: 0.1 })) }),
    ],
    "mesh",
  );
  expect(rows.map(({ name }) => name)).toEqual(["plain", "dark", "fine", "no mesh, or none known"]);
});

test("locks of shares: closed only at all mutual, open at none, unknown where nothing is known", () => {
  expect(lockOfShares(shares())).toBe("closed");
  expect(lockOfShares(shares({ mutual: 0.9999, plaintext: 0.0001 }))).toBe("half");
  expect(lockOfShares(shares({ mutual: 0, tls: 1 }))).toBe("open");
  expect(lockOfShares(shares({ mutual: 0, unknown: 1 }))).toBe("unknown");
  expect(lockOfShares(null)).toBe("none");
});

test("the evidence says what counts, who says so, since when, and why", () => {
  expect(securityEvidence(shares())).toBe("istio_requests_total · destination");
  const state = { family: "envoy_cluster_ssl_handshake", reporter: "outbound", reason: "no_handshake" };
  expect(securityEvidence(shares({ unit: "connections", evidence: state }))).toBe(
    "envoy_cluster_ssl_handshake · outbound proxy · since the proxies started · no_handshake",
  );
  expect(securityEvidence(null)).toBe("");
});

test("lines for people: singular, plural, nothing", () => {
  expect(plaintextLine(0)).toBe("no caller was seen to send plaintext");
  expect([plaintextLine(1), plaintextLine(3)]).toEqual(["1 caller sends plaintext", "3 callers send plaintext"]);
  const coverage = { http: unit(shares({ total: 1 })), tcp: unit(null, 0) };
  expect(coverageHead(coverage, "http")).toBe("100 % mutual of 1 request");
  expect(coverageHead(coverage, "tcp")).toBe("no traffic");
  expect(plaintextReason(null)).toBe("");
  expect(plaintextReason("no_source_workload")).toContain("could not be named");
  expect(plaintextReason("port_skipped")).toContain("skipped");
});

const certificate = (over: Partial<Certificate> = {}): Certificate => ({
  id: "i",
  mesh: "istio",
  cluster: "c1",
  namespace: "shop",
  workload: "web",
  instance: "web-1",
  instances: 1,
  name: "default",
  role: "leaf",
  family: "f",
  expiresAtMs: 1,
  leftSec: 43_200,
  refreshedAtMs: null,
  lifetimeSec: null,
  lateAtMs: null,
  state: "ok",
  lastReadMs: 0,
  ...over,
});

test("time left: hours, days at least, since when it has expired, and why there is none", () => {
  expect(plain(timeLeft(certificate()))).toBe("12 h");
  expect(plain(timeLeft(certificate({ leftSec: 2 * 86_400, atLeast: true })))).toBe("≥ 2 d");
  expect(plain(timeLeft(certificate({ leftSec: -30, atLeast: true })))).toBe("< 1 d");
  expect(plain(timeLeft(certificate({ leftSec: -600 })))).toBe("expired 10 min ago");
  expect(plain(timeLeft(certificate({ leftSec: null, absent: { leftSec: "notCollected" } })))).toBe("not collected");
});

test("states are counted worst first, and each says what to do", () => {
  const states = { expired: 1, missedRotation: 0, expiring: 2, notCollected: 0, ok: 30 };
  expect(stateCounts(states).map(({ words }) => words)).toEqual(["1 expired", "2 expiring", "30 ok"]);
  for (const state of ["expired", "missedRotation", "expiring", "notCollected"] as const) {
    for (const role of ["leaf", "root", null] as const) {
      expect(certificateAdvice(certificate({ state, role })).length).toBeGreaterThan(20);
    }
  }
  expect([roleWords("leaf"), roleWords(null)]).toEqual(["workload", "not said"]);
});
