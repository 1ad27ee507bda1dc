/**
 * Argo Rollouts' Rollouts, Flagger's Canaries and what stands beside them, read and patched as their own tools do: merge
 * patches, of the object or of its status, that carry the revision they were made from. One request a patch.
 */
import { err, ok, type Result } from "../../lib/base/result.ts";
import { at, type JsonObject, textOf } from "../../lib/control/traffic/document.ts";
import { listPath } from "../../lib/control/traffic/kubernetes.ts";
import { patchOutcome } from "../../lib/control/traffic/kubernetes-answer.ts";
import { allOf, OWNER_KINDS } from "./kubernetes-claimants.ts";
import { type KubernetesClient, readFailureOf } from "./kubernetes-client.ts";
import { kubectl } from "./kubernetes-connection.ts";
import type { OwnerApi, OwnerKind, OwnerName, PatchFailure, ReadFailure } from "./traffic-api.ts";

export class KubernetesOwners implements OwnerApi {
  private readonly client: KubernetesClient;

  constructor(client: KubernetesClient) {
    this.client = client;
  }

  get kubectl(): string {
    return kubectl(this.client.options);
  }

  async list(kind: OwnerKind): Promise<Result<readonly JsonObject[], ReadFailure>> {
    // Argo CD keeps its Applications in a namespace of its own.
    if (kind === "Application") return allOf(this.client, OWNER_KINDS.Application, null);
    const items: JsonObject[] = [];
    for (const namespace of this.client.options.namespaces ?? [null]) {
      const some = await allOf(this.client, OWNER_KINDS[kind], namespace);
      if (!some.ok) return some;
      items.push(...some.value);
    }
    return ok(items);
  }

  private pathOf(kind: OwnerKind, namespace: string, name: string): string {
    const { versions } = OWNER_KINDS[kind];
    return `${listPath(OWNER_KINDS[kind], versions[0], namespace)}/${encodeURIComponent(name)}`;
  }

  async read(kind: OwnerKind, namespace: string, name: string): Promise<Result<JsonObject, ReadFailure>> {
    const object = await this.client.get(this.pathOf(kind, namespace, name));
    return object.ok ? object : err(readFailureOf(object.error));
  }

  async patch(
    kind: OwnerKind,
    { namespace, name }: OwnerName,
    subresource: "status" | null,
    body: JsonObject,
  ): Promise<Result<JsonObject, PatchFailure>> {
    const path = `${this.pathOf(kind, namespace, name)}${subresource === null ? "" : `/${subresource}`}`;
    const answer = await this.client.send({
      method: "PATCH",
      path: `${path}?fieldManager=meshscope`,
      contentType: "application/merge-patch+json",
      body: JSON.stringify(body),
    });
    if (!("status" in answer)) {
      return err({ code: answer.maySucceed ? "unknown" : "unavailable", message: this.client.silence(answer) });
    }
    const outcome = patchOutcome(answer.status, answer.text);
    if (answer.status === 404) return err({ code: "not_found", message: `there is no ${kind} ${namespace}/${name}` });
    switch (outcome.kind) {
      case "applied":
        return ok(outcome.object);
      case "stale": {
        const revision = textOf(at(body, "metadata", "resourceVersion"));
        const message = revision === undefined ? outcome.message : `changed since revision ${revision}`;
        return err({ code: "conflict", message });
      }
      case "unknown":
        return err({ code: "unknown", message: "the API server did not say whether it was done: look again" });
      default:
        return err({ code: outcome.kind, message: outcome.message });
    }
  }
}
