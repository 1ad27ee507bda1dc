/**
 * Istio's certificates: the proxy's own, as its agent prints them, and those of the authority, as istiod prints them. In:
 * a series. Out: what it means. The agent and `_seconds` give seconds left, `_timestamp` Unix seconds; istiod prints both
 * of one certificate, which then have one name. NaN and absent are not collected.
 */
import type { SeriesMeaning } from "../../model/meaning.ts";
import type { Series } from "../../wire/exposition/parse-series.ts";

const AGENT = "istio_agent_cert_expiry_seconds";
const AUTHORITY = /^citadel_server_(root_cert|cert_chain)_expiry_(timestamp|seconds)$/;

export function isCertificate(name: string): boolean {
  return name === AGENT || AUTHORITY.test(name);
}

export function certificateMeaning({ name, labels }: Series): SeriesMeaning | undefined {
  if (name === AGENT) {
    const resource = labels.get("resource_name") ?? "default";
    const role = resource === "ROOTCA" ? "root" : resource === "default" ? "leaf" : undefined;
    return { kind: "certificateSeconds", name: resource, ...(role === undefined ? {} : { role }) };
  }
  const match = AUTHORITY.exec(name);
  if (match === null) return undefined;
  const role = match[1] === "root_cert" ? "root" : "issuer";
  const epoch = match[2] === "timestamp" ? ({ epoch: true } as const) : {};
  return { kind: "certificateSeconds", name: `istiod ${role}`, role, ...epoch };
}
