/**
 * What state a certificate is in (contracts/health-and-mtls.md §4). In: facts, the mesh, and the time as of which they hold.
 * Out: a state and the figures behind it. Seconds.
 *
 * A workload's own certificate lives hours and is renewed long before its end, so it is judged by its age: late once it
 * should have been renewed and was not. Its lifetime is known from the refresh time that the proxy prints, or from a renewal
 * that was seen to happen; before either, only by what is left. Issuers and roots are renewed by people and judged by days.
 */
import type { CertificateFacts } from "../model/certificate.ts";
import type { Mesh } from "../model/identity.ts";
import type { CertificateRole } from "../model/meaning.ts";

export const CERTIFICATE_STATES = ["expired", "missedRotation", "expiring", "notCollected", "ok"] as const;
export type CertificateState = (typeof CERTIFICATE_STATES)[number];

const DAY = 86_400;
/** Days before its end at which a certificate that people renew is called expiring. */
export const EXPIRING_DAYS: Readonly<Record<"root" | "issuer" | "other", number>> = { root: 60, issuer: 30, other: 14 };
/** A leaf of unknown lifetime is called expiring below this many seconds. */
export const LEAF_LEFT_SEC = 3600;

/**
 * The share of its lifetime after which an unrenewed leaf is late: two thirds, or later where the mesh itself renews later.
 * Linkerd's proxies ask for the next one at 70 % (linkerd2-proxy, identity-client `refresh_in`); Consul's agents at a
 * random moment up to 90 %, and Istio's at half.
 */
export function lateAfter(mesh: Mesh | null): number {
  if (mesh === "linkerd") return 0.75;
  return mesh === "consul" ? 0.95 : 2 / 3;
}

/** Meshes that sign certificates for workloads themselves, so that one without a role is a leaf. */
const SIGNS_LEAVES: ReadonlySet<Mesh> = new Set(["istio", "linkerd", "consul"]);

export function roleOf({ role }: CertificateFacts, mesh: Mesh | null): CertificateRole | null {
  return role ?? (mesh !== null && SIGNS_LEAVES.has(mesh) ? "leaf" : null);
}

export interface Lifetime {
  readonly issuedAtSec: number;
  readonly lifetimeSec: number;
}

/** Null where neither the proxy nor the history tells when it was issued. */
export function lifetimeOf({ expiresAtSec, refreshedAtSec, renewedAtSec }: CertificateFacts): Lifetime | null {
  const issuedAtSec = refreshedAtSec ?? renewedAtSec;
  if (expiresAtSec === null || issuedAtSec === null || expiresAtSec <= issuedAtSec) return null;
  return { issuedAtSec, lifetimeSec: expiresAtSec - issuedAtSec };
}

function leafState(facts: CertificateFacts, mesh: Mesh | null, left: number, asOfSec: number): CertificateState {
  const lifetime = lifetimeOf(facts);
  // Of an expiry in whole days the age is not known to the hour.
  if (lifetime === null || facts.resolutionSec > 0) {
    return left + facts.resolutionSec < LEAF_LEFT_SEC ? "expiring" : "ok";
  }
  const age = asOfSec - lifetime.issuedAtSec;
  return age > lateAfter(mesh) * lifetime.lifetimeSec ? "missedRotation" : "ok";
}

export function stateOf(facts: CertificateFacts, mesh: Mesh | null, asOfSec: number): CertificateState {
  if (facts.expiresAtSec === null) return "notCollected";
  const left = facts.expiresAtSec - asOfSec;
  if (left + facts.resolutionSec <= 0) return "expired";
  const role = roleOf(facts, mesh);
  if (role === "leaf") return leafState(facts, mesh, left, asOfSec);
  return left < EXPIRING_DAYS[role ?? "other"] * DAY ? "expiring" : "ok";
}
