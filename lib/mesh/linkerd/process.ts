/**
 * What a Linkerd process says of itself: when it started, its version, its certificates. In: one series. Out: its meaning.
 * Units: Unix seconds. The certificate's names changed twice: `identity_cert_*` until the spring of 2024, with a count of
 * refreshes in two spellings, and `control_identity_cert_*` since, with the time of the last one. All are accepted; a count
 * says nothing that a changed expiry does not, so it is not read.
 */
import type { SeriesMeaning } from "../../model/meaning.ts";
import type { Series } from "../../wire/exposition/parse-series.ts";

const EXPIRY = new Set([
  "identity_cert_expiration_timestamp_seconds",
  "control_identity_cert_expiration_timestamp_seconds",
]);
const REFRESHED = "control_identity_cert_refresh_timestamp_seconds";
const START = "process_start_time_seconds";
const BUILD = "proxy_build_info";
/** Printed by the control plane's identity service, of the certificate that it signs with; seconds left. */
const ISSUER = "issuer_cert_ttl_seconds";

export const LEAF = "identity";

export function isProcess(name: string): boolean {
  return EXPIRY.has(name) || name === REFRESHED || name === START || name === BUILD || name === ISSUER;
}

export function processMeaning({ name, labels }: Series): SeriesMeaning | undefined {
  if (EXPIRY.has(name)) return { kind: "certificateSeconds", name: LEAF, role: "leaf", epoch: true, sentinels: [0] };
  if (name === REFRESHED) return { kind: "certificateRefreshed", name: LEAF };
  if (name === ISSUER) return { kind: "certificateSeconds", name: "issuer", role: "issuer" };
  if (name === START) return { kind: "startTimeSeconds" };
  if (name !== BUILD) return undefined;
  const version = labels.get("version") || labels.get("git_version") || "";
  return version === "" ? undefined : { kind: "build", version };
}
