/**
 * Whether the API would let us patch a route, before a button says so: a SelfSubjectAccessReview. What a person may do is
 * another question, and Meshscope's own roles answer it: both must hold.
 */
import { err, ok, type Result } from "../../lib/base/result.ts";
import type { TargetRef } from "../../lib/control/traffic/contract.ts";
import { at } from "../../lib/control/traffic/document.ts";
import { isKubernetesDriver, KINDS } from "../../lib/control/traffic/kubernetes.ts";
import { type KubernetesClient, readFailureOf } from "./kubernetes-client.ts";
import type { ReadFailure } from "./traffic-api.ts";

const PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/** Errors: `not_found` where the server has no such review. */
export async function mayPatch(
  client: KubernetesClient,
  { driver, namespace, name }: TargetRef,
): Promise<Result<boolean, ReadFailure>> {
  if (!isKubernetesDriver(driver)) return ok(false);
  const { group, resource } = KINDS[driver];
  const review = await client.create(PATH, {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes: { verb: "patch", group, resource, namespace, name } },
  });
  return review.ok ? ok(at(review.value, "status", "allowed") === true) : err(readFailureOf(review.error));
}
