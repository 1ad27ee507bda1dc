/** Whose certificates a fold holds: its facts with what the configuration says of the target. */
import type { CertificateFacts, TargetCertificates } from "../../lib/model/certificate.ts";
import type { Mesh } from "../../lib/model/identity.ts";
import type { TargetFold } from "../../lib/rollup/target-fold.ts";
import type { ScrapedEndpoint } from "./scrape-pipeline.ts";

const FAMILIES: readonly (readonly [RegExp, Mesh])[] = [
  [/^(?:istio_|citadel_)/, "istio"],
  [/identity_cert_|^issuer_cert_/, "linkerd"],
  [/^consul_/, "consul"],
];

/** Under `mesh: auto` the family tells it, where it is a mesh's own. */
function meshOf({ mesh }: ScrapedEndpoint, certificates: readonly CertificateFacts[]): Mesh | null {
  if (mesh !== "auto") return mesh;
  for (const { family } of certificates) {
    for (const [pattern, known] of FAMILIES) if (pattern.test(family)) return known;
  }
  return null;
}

/** The pod or instance in a target's id, which is `[cluster, namespace, name]` as JSON. */
function instanceOf(target: string): string {
  try {
    const parsed: unknown = JSON.parse(target);
    const name: unknown = Array.isArray(parsed) ? parsed[2] : undefined;
    return typeof name === "string" ? name : target;
  } catch {
    return target; // another kind of id
  }
}

export function certificatesOf(fold: TargetFold, endpoint: ScrapedEndpoint): TargetCertificates {
  const { target, targetLabels, intervalMs } = endpoint;
  const { cluster, namespace, workload, service, app } = targetLabels;
  const certificates = fold.certificates.facts();
  return {
    target,
    instance: instanceOf(target),
    mesh: meshOf(endpoint, certificates),
    cluster,
    namespace,
    workload: workload || service || app,
    intervalMs,
    lastReadMs: fold.lastReadMs,
    certificates,
  };
}
