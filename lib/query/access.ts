/**
 * Who may do what. In: a subject with its grants, what is asked and where. Out: yes or no, with the grant that is missing.
 * Roles hold each other: an approver may all that an operator may, an operator all that a viewer may. A grant without a
 * mesh, cluster or namespace holds for all of them. What has no place (the graph, traces) asks for any grant of the role.
 */
import { z } from "zod";
import { MESHES } from "../model/identity.ts";

export const ROLES = ["viewer", "operator", "approver"] as const;
export const roleSchema = z.enum(ROLES);
/** Viewer: reads. Operator: starts, pauses, resumes, retries, aborts and rolls back. Approver: promotes. */
export type Role = z.infer<typeof roleSchema>;

export const grantSchema = z.strictObject({
  role: roleSchema,
  mesh: z.enum(MESHES).optional(),
  cluster: z.string().min(1).optional(),
  namespace: z.string().min(1).optional(),
});
export type Grant = z.infer<typeof grantSchema>;

export interface Subject {
  readonly name: string;
  readonly grants: readonly Grant[];
}

/** Where something is done. */
export interface Place {
  readonly mesh?: string;
  readonly cluster?: string;
  readonly namespace?: string;
}

/** Everybody where no login is configured: the machine's own users, who may do all. */
export const LOCAL_SUBJECT: Subject = { name: "local-unauthenticated", grants: [{ role: "approver" }] };

const holds = (given: Role, needed: Role): boolean => ROLES.indexOf(given) >= ROLES.indexOf(needed);

function covers(grant: Grant, place: Place): boolean {
  return (
    (grant.mesh === undefined || grant.mesh === place.mesh) &&
    (grant.cluster === undefined || grant.cluster === place.cluster) &&
    (grant.namespace === undefined || grant.namespace === place.namespace)
  );
}

/** Without a place any grant of the role will do. */
export function isAllowed({ grants }: Subject, needed: Role, place?: Place): boolean {
  return grants.some((grant) => holds(grant.role, needed) && (place === undefined || covers(grant, place)));
}

/** `approver in istio, cluster c1, namespace shop`: what a refusal says is missing. */
export function describeNeed(needed: Role, place: Place | undefined): string {
  const { mesh, cluster, namespace } = place ?? {};
  const parts = [
    ...(mesh === undefined ? [] : [mesh]),
    ...(cluster === undefined ? [] : [`cluster ${cluster}`]),
    ...(namespace === undefined ? [] : [`namespace ${namespace}`]),
  ];
  return parts.length === 0 ? needed : `${needed} in ${parts.join(", ")}`;
}
