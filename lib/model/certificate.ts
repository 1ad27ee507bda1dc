/**
 * What is known of the certificates of one scraped process: as the fold keeps it, and as answers read it. Unix seconds
 * for what certificates say, Unix ms for when they were read. Null is "never said"; a certificate that is printed as a
 * sentinel only (no certificate, whole days of one that lives hours) has no expiry.
 */
import type { Mesh } from "./identity.ts";
import type { CertificateRole } from "./meaning.ts";

export interface CertificateFacts {
  /** As the proxy names it: a resource, a file, `identity`. */
  readonly name: string;
  readonly role: CertificateRole | null;
  /** Metric family that tells of it. */
  readonly family: string;
  readonly expiresAtSec: number | null;
  /** The expiry is at most this much later than `expiresAtSec`: a day, where whole days are printed. */
  readonly resolutionSec: number;
  /** When the proxy says that it last got a new one. */
  readonly refreshedAtSec: number | null;
  /** When a later expiry was first read here: renewed between that reading and the one before. */
  readonly renewedAtSec: number | null;
  readonly firstReadMs: number;
  readonly lastReadMs: number;
}

/** One process and whose it is. A mesh of null is not known: the configuration leaves it open and no family tells it. */
export interface TargetCertificates {
  readonly target: string;
  /** Pod or instance, for people to read. */
  readonly instance: string;
  readonly mesh: Mesh | null;
  readonly cluster: string;
  readonly namespace: string;
  readonly workload: string;
  readonly intervalMs: number;
  /** When the process was last read at all. */
  readonly lastReadMs: number;
  readonly certificates: readonly CertificateFacts[];
}

export interface CertificateSource {
  /** Processes read within the last hour. */
  certificates(nowMs: number): readonly TargetCertificates[];
}
