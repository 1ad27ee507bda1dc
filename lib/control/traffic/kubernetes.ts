/**
 * What Kubernetes objects share: paths, revisions, the intent's annotation, and the guarded JSON Patch (RFC 6902) that
 * fails as a whole when the object is another than the one that was read.
 */
import { INTENT_ANNOTATION, type NativeRequest, type TargetRef } from "./contract.ts";
import { at, type Json, type JsonObject, pointer, textOf } from "./document.ts";

export interface ResourceKind {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

export type PatchOperation =
  | { readonly op: "test" | "add"; readonly path: readonly (string | number)[]; readonly value: Json }
  | { readonly op: "remove"; readonly path: readonly (string | number)[] };

export function objectPath({ group, version, resource }: ResourceKind, { namespace, name }: TargetRef): string {
  const parts = [group, version, "namespaces", namespace, resource, name].map(encodeURIComponent);
  return `/apis/${parts.join("/")}`;
}

export function revisionOf(raw: JsonObject): string {
  return textOf(at(raw, "metadata", "resourceVersion")) ?? "";
}

export function intentOf(raw: JsonObject): string | null {
  return textOf(at(raw, "metadata", "annotations", INTENT_ANNOTATION)) ?? null;
}

/** `operations` between a test of the revision and the note of the intent. */
export function guardedPatch(
  path: string,
  raw: JsonObject,
  operations: readonly PatchOperation[],
  intentId: string,
): NativeRequest {
  const noted = at(raw, "metadata", "annotations") === undefined;
  const whole: readonly PatchOperation[] = [
    { op: "test", path: ["metadata", "resourceVersion"], value: revisionOf(raw) },
    ...operations,
    ...(noted ? [{ op: "add", path: ["metadata", "annotations"], value: {} } as const] : []),
    { op: "add", path: ["metadata", "annotations", INTENT_ANNOTATION], value: intentId },
  ];
  return {
    api: "kubernetes",
    method: "PATCH",
    path,
    contentType: "application/json-patch+json",
    body: whole.map(({ path: to, ...rest }) => ({ ...rest, path: pointer(...to) })),
  };
}
