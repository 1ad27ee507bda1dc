/**
 * What Linkerd's TLS labels say of one series. In: its labels, the direction, and whether the proxy read HTTP. Out: the
 * security class, and why it is not mutual.
 *
 * Linkerd's own TLS always shows a client certificate, so `tls="true"` is mutual; only an inbound series without
 * `client_id` is not. A request that the proxy read as HTTP without TLS was plaintext. Bytes that it only forwarded may be
 * the application's own TLS: what was not detected there is unknown, never plaintext.
 */
import type { Security } from "../../model/meaning.ts";

export type Labels = ReadonlyMap<string, string>;
export type Direction = "inbound" | "outbound";

export interface SecuritySaid {
  readonly security: Security;
  readonly securityReason?: string;
  readonly principal?: string;
}

/** Values of `no_tls_reason`, of all versions, and the code that each becomes. */
const NO_TLS: ReadonlyMap<string, string> = new Map([
  ["no_tls_from_remote", "no_tls_from_remote"],
  ["not_provided_by_remote", "no_tls_from_remote"],
  ["port_skipped", "port_skipped"],
  ["loopback", "loopback"],
  ["disabled", "identity_disabled"],
  ["not_provided_by_service_discovery", "not_provided_by_service_discovery"],
  ["no_authority_in_http_request", "no_authority_in_http_request"],
  ["ingress_without_override", "ingress_without_override"],
]);
const OPAQUE = "application_tls";
const DISABLED = "identity_disabled";
const NO_CLIENT = "no_client_identity";
const NOT_SAID = "no_tls_reason_not_said";
/** Looked at the first bytes and found no TLS: known also where the proxy only forwarded. */
const DETECTED = "no_tls_from_remote";

/** Every code that may stand as a reason. */
export const LINKERD_SECURITY_REASONS: readonly string[] = [
  ...new Set([...NO_TLS.values(), OPAQUE, DISABLED, NO_CLIENT, NOT_SAID]),
];

function withoutTls(reason: string, readHttp: boolean): SecuritySaid {
  const known = readHttp || reason === DETECTED;
  return { security: known ? "plaintext" : "unknown", securityReason: reason };
}

function withTls(labels: Labels, direction: Direction): SecuritySaid {
  const principal = labels.get(direction === "inbound" ? "client_id" : "server_id") ?? "";
  if (principal !== "") return { security: "mutual", principal };
  return direction === "outbound" ? { security: "mutual" } : { security: "tls", securityReason: NO_CLIENT };
}

/** Undefined where the series has no `tls` label at all. */
export function securityOf(labels: Labels, direction: Direction, readHttp: boolean): SecuritySaid | undefined {
  switch (labels.get("tls")) {
    case undefined:
      return undefined;
    case "true":
      return withTls(labels, direction);
    case "opaque":
      return { security: "tls", securityReason: OPAQUE };
    case "disabled":
      return withoutTls(DISABLED, readHttp);
    case "no_identity":
      return withoutTls(NO_TLS.get(labels.get("no_tls_reason") ?? "") ?? NOT_SAID, readHttp);
    default:
      return { security: "unknown", securityReason: NOT_SAID };
  }
}
