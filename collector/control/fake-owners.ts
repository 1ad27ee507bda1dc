/** An API server's Rollouts, Canaries and workloads: merge patches with compare-and-set, and what can go wrong. For tests. */
import { err, ok, type Result } from "../../lib/base/result.ts";
import { at, type Json, type JsonObject, objectOf, textOf, withMember } from "../../lib/control/traffic/document.ts";
import type { OwnerApi, OwnerKind, OwnerName, PatchFailure, ReadFailure } from "../actuators/traffic-api.ts";

/** RFC 7386. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  const wanted = objectOf(patch);
  if (wanted === undefined) return patch;
  const merged: Record<string, Json> = { ...(objectOf(target) ?? {}) };
  for (const [key, value] of Object.entries(wanted)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

export class FakeOwners implements OwnerApi {
  readonly objects = new Map<string, JsonObject>();
  /** Requests that changed something. */
  readonly patches: { readonly kind: OwnerKind; readonly subresource: string | null; readonly body: JsonObject }[] = [];
  fault: "none" | "down" | "lostAnswer" | "lostRequest" | "forbidden" = "none";
  /** While it is set nothing is answered; what it resolves with is when the answers come. */
  silence: Promise<void> | undefined;
  /** While it is set a patch is neither carried out nor answered. */
  held: Promise<void> | undefined;
  reads = 0;
  /** What the controller does after a patch; a change of its own moves the revision. */
  controller: (kind: OwnerKind, raw: JsonObject) => JsonObject = (_, raw) => raw;
  /** Before the next patch somebody else's heartbeat moves the revision so often. */
  heartbeats = 0;

  put(kind: OwnerKind, raw: JsonObject): void {
    const { namespace, name } = {
      namespace: textOf(at(raw, "metadata", "namespace")),
      name: textOf(at(raw, "metadata", "name")),
    };
    this.objects.set(`${kind}/${namespace}/${name}`, this.moved(raw));
  }

  private moved(raw: JsonObject): JsonObject {
    const next = String(Number(textOf(at(raw, "metadata", "resourceVersion")) ?? "0") + 1);
    return objectOf(withMember(raw, ["metadata", "resourceVersion"], next)) ?? raw;
  }

  get(kind: OwnerKind, namespace: string, name: string): JsonObject {
    return this.objects.get(`${kind}/${namespace}/${name}`) ?? {};
  }

  private async asked(): Promise<void> {
    this.reads++;
    await this.silence;
  }

  async list(kind: OwnerKind): Promise<Result<readonly JsonObject[], ReadFailure>> {
    await this.asked();
    if (this.fault === "down") return err({ code: "unavailable", message: "connection refused" });
    return ok([...this.objects].filter(([key]) => key.startsWith(`${kind}/`)).map(([, raw]) => raw));
  }

  async read(kind: OwnerKind, namespace: string, name: string): Promise<Result<JsonObject, ReadFailure>> {
    await this.asked();
    if (this.fault === "down") return err({ code: "unavailable", message: "connection refused" });
    const raw = this.objects.get(`${kind}/${namespace}/${name}`);
    return raw === undefined ? err({ code: "not_found", message: `${kind} ${namespace}/${name}` }) : ok(raw);
  }

  async patch(
    kind: OwnerKind,
    { namespace, name }: OwnerName,
    subresource: "status" | null,
    body: JsonObject,
  ): Promise<Result<JsonObject, PatchFailure>> {
    await this.held;
    if (this.fault === "down") return err({ code: "unavailable", message: "connection refused" });
    if (this.fault === "forbidden") return err({ code: "forbidden", message: "rollouts/status is forbidden" });
    if (this.fault === "lostRequest") return err({ code: "unknown", message: "timeout" });
    const key = `${kind}/${namespace}/${name}`;
    const raw = this.objects.get(key);
    if (raw === undefined) return err({ code: "not_found", message: key });
    if (this.heartbeats > 0) {
      this.heartbeats--;
      this.objects.set(key, this.moved(raw));
      return err({ code: "conflict", message: "the object has been modified" });
    }
    const given = at(body, "metadata", "resourceVersion");
    if (given !== undefined && given !== at(raw, "metadata", "resourceVersion"))
      return err({ code: "conflict", message: "the object has been modified" });
    this.patches.push({ kind, subresource, body });
    const merged = objectOf(mergePatch(raw, body)) ?? raw;
    this.objects.set(key, this.controller(kind, this.moved(merged)));
    return this.fault === "lostAnswer"
      ? err({ code: "unknown", message: "timeout" })
      : ok(this.get(kind, namespace, name));
  }
}
