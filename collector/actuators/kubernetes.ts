/**
 * Traffic splits behind a Kubernetes API: Istio VirtualServices, Gateway API routes (Linkerd's own among them), SMI
 * TrafficSplits, and the objects from which consul-k8s and the App Mesh controller make theirs. Which of them there are is
 * asked of the server. A write is one JSON Patch that fails as a whole when the object is another than the one that was
 * planned from; an object that only its status made newer is no conflict, and the patch is sent for its new revision.
 */
import { err, ok, type Result } from "../../lib/base/result.ts";
import { detectOwners, type Ownership } from "../../lib/control/owners/detect.ts";
import type { ApplyResult, Plan, TargetRef, TrafficState } from "../../lib/control/traffic/contract.ts";
import { at, type JsonObject, textOf } from "../../lib/control/traffic/document.ts";
import { readSplit } from "../../lib/control/traffic/drivers.ts";
import {
  generationOf,
  intentOf,
  isKubernetesDriver,
  KINDS,
  KUBERNETES_DRIVERS,
  type KubernetesDriver,
  listPath,
  revisionOf,
  withoutRevision,
  withRevision,
} from "../../lib/control/traffic/kubernetes.ts";
import { patchOutcome } from "../../lib/control/traffic/kubernetes-answer.ts";
import { mayPatch } from "./kubernetes-access.ts";
import { backendFacts } from "./kubernetes-backends.ts";
import { hazardsOf } from "./kubernetes-beside.ts";
import { claimantsOf } from "./kubernetes-claimants.ts";
import { type ClientOptions, KubernetesClient, readFailureOf } from "./kubernetes-client.ts";
import { kubectl } from "./kubernetes-connection.ts";
import { watchSplits } from "./kubernetes-watch.ts";
import { shellWord } from "./shell-word.ts";
import type { BackendFacts, DryRunResult, ReadFailure, TrafficApi, Watching } from "./traffic-api.ts";

type PatchRequest = Extract<Plan["request"], { readonly api: "kubernetes" }>;
type Failed = Extract<ApplyResult, { readonly message: string } | { readonly kind: "unknown" }>;

/** Our name in managedFields; members that the schema does not know are refused, not dropped. */
const QUERY = "fieldManager=meshscope&fieldValidation=Strict";
/** A status may be written again between a look and a write. */
const TRIES = 4;

const hasTwoBackends = ({ routes }: TrafficState): boolean => routes.some(({ backends }) => backends.length > 1);

export class KubernetesTraffic implements TrafficApi {
  readonly client: KubernetesClient;
  private readonly options: ClientOptions;

  constructor(options: ClientOptions) {
    this.options = options;
    this.client = new KubernetesClient(options);
  }

  private refOf(driver: KubernetesDriver, raw: JsonObject): TargetRef {
    const name = textOf(at(raw, "metadata", "name")) ?? "";
    const namespace = textOf(at(raw, "metadata", "namespace")) ?? "";
    return { driver, cluster: this.options.name, namespace, name };
  }

  /** Objects with a rule of two backends at least; kinds that may not be read are left out where another may. */
  async list(): Promise<Result<readonly TargetRef[], ReadFailure>> {
    const targets: TargetRef[] = [];
    let refused: ReadFailure | undefined;
    let isRead = false;
    for (const driver of KUBERNETES_DRIVERS) {
      const found = await this.listKind(driver);
      if (found.ok) {
        targets.push(...(found.value ?? []));
        isRead ||= found.value !== null;
      } else if (found.error.code === "forbidden") refused = found.error;
      else return found;
    }
    return refused !== undefined && !isRead ? err(refused) : ok(targets);
  }

  /** Null where the kind is not served. */
  private async listKind(driver: KubernetesDriver): Promise<Result<readonly TargetRef[] | null, ReadFailure>> {
    const kind = KINDS[driver];
    const version = await this.client.servedVersion(kind);
    if (!version.ok) return err(readFailureOf(version.error));
    if (version.value === null) return ok(null);
    const targets: TargetRef[] = [];
    for (const namespace of this.options.namespaces ?? [null]) {
      const listed = await this.client.list(listPath(kind, version.value, namespace));
      if (!listed.ok) return err(readFailureOf(listed.error));
      for (const raw of listed.value.items) {
        const target = this.refOf(driver, raw);
        if (hasTwoBackends(readSplit(target, raw))) targets.push(target);
      }
    }
    return ok(targets);
  }

  async read(target: TargetRef): Promise<Result<TrafficState, ReadFailure>> {
    const { driver } = target;
    if (!isKubernetesDriver(driver))
      return err({ code: "not_configured", message: `${driver} is no Kubernetes object` });
    for (let tries = 1; ; tries++) {
      const version = await this.client.servedVersion(KINDS[driver]);
      if (!version.ok) return err(readFailureOf(version.error));
      if (version.value === null) return err({ code: "not_found", message: `${KINDS[driver].kind} is not served` });
      const path = `${listPath(KINDS[driver], version.value, target.namespace)}/${encodeURIComponent(target.name)}`;
      const object = await this.client.get(path);
      if (object.ok) return ok(readSplit(target, object.value));
      if (object.error.code !== "not_served" || tries === 2) return err(readFailureOf(object.error));
      this.client.forgetVersions();
    }
  }

  async owners(state: TrafficState): Promise<Result<Ownership, ReadFailure>> {
    const claimants = await claimantsOf(this.client, state.target.namespace);
    if (!claimants.ok) return claimants;
    const { driver } = state.target;
    const kind = isKubernetesDriver(driver) ? KINDS[driver].kind : "";
    return ok(detectOwners(state.raw, kind, claimants.value));
  }

  async backends(state: TrafficState, routeKey: string): Promise<Result<readonly BackendFacts[], ReadFailure>> {
    return backendFacts(this.client, state, routeKey);
  }

  async hazards(state: TrafficState, routeKey: string): Promise<Result<Plan["warnings"], ReadFailure>> {
    return hazardsOf(this.client, state, routeKey);
  }

  async mayWrite(target: TargetRef): Promise<Result<boolean, ReadFailure>> {
    return mayPatch(this.client, target);
  }

  watch(
    seen: (target: TargetRef) => void,
    onFault: (failure: ReadFailure) => void,
    drivers?: readonly TargetRef["driver"][],
  ): Watching {
    const tell = (driver: KubernetesDriver, raw: JsonObject) => seen(this.refOf(driver, raw));
    return watchSplits(this.client, { seen: tell, onFault }, drivers);
  }

  private patch(request: PatchRequest, flags: string) {
    return this.client.send({
      method: "PATCH",
      path: `${request.path}?${QUERY}${flags}`,
      contentType: request.contentType,
      body: JSON.stringify(request.body),
    });
  }

  async dryRun({ request, target }: Plan): Promise<DryRunResult> {
    if (request.api !== "kubernetes") return err({ code: "invalid", message: `a plan for ${request.api}` });
    let current = request;
    for (let tries = 1; ; tries++) {
      const answer = await this.patch(current, "&dryRun=All");
      if (!("status" in answer)) return err({ code: "unavailable", message: this.client.silence(answer) });
      const outcome = patchOutcome(answer.status, answer.text);
      if (outcome.kind === "applied") return ok(null);
      if (outcome.kind === "unknown") return err({ code: "unavailable", message: "the dry run was not answered" });
      if (outcome.kind !== "stale") return err({ code: outcome.kind, message: outcome.message });
      const again = await this.afterStale({ request: current, target, message: outcome.message }, null);
      if ("kind" in again || tries === TRIES) {
        const isOther = !("kind" in again) || again.kind === "conflict";
        return err({
          code: isOther ? "conflict" : again.kind,
          message: "message" in again ? again.message : "the route was changed meanwhile",
        });
      }
      current = again;
    }
  }

  async apply({ request, target }: Plan, intentId: string): Promise<ApplyResult> {
    if (request.api !== "kubernetes") return { kind: "invalid", message: `a plan for ${request.api}` };
    let current = request;
    for (let tries = 1; ; tries++) {
      const sent = await this.applyOnce(current, target, intentId);
      if (!("stale" in sent)) return sent;
      const again = await this.afterStale({ request: current, target, message: sent.stale }, intentId);
      if ("kind" in again) return again;
      if (tries === TRIES) return { kind: "unavailable", message: "the route's status changes too often to write it" };
      current = again;
    }
  }

  private async applyOnce(
    request: PatchRequest,
    target: TargetRef,
    intentId: string,
  ): Promise<Failed | Extract<ApplyResult, { readonly kind: "applied" }> | { readonly stale: string }> {
    const answer = await this.patch(request, "");
    if (!("status" in answer)) {
      return answer.maySucceed
        ? { kind: "unknown", intentId }
        : { kind: "unavailable", message: this.client.silence(answer) };
    }
    const outcome = patchOutcome(answer.status, answer.text);
    switch (outcome.kind) {
      case "applied":
        return { kind: "applied", after: readSplit(target, outcome.object) };
      case "stale":
        return { stale: outcome.message };
      case "unknown":
        return { kind: "unknown", intentId };
      default:
        return outcome;
    }
  }

  /**
   * A patch was refused, and nothing was written by it: what is there now says why. The intent stands there already: noop.
   * The same generation: only its status or its labels are newer, and the patch for that revision is returned.
   */
  private async afterStale(
    { request, target, message }: { request: PatchRequest; target: TargetRef; message: string },
    intentId: string | null,
  ): Promise<ApplyResult | PatchRequest> {
    const now = await this.read(target);
    if (!now.ok) {
      const { code, message: why } = now.error;
      if (code === "forbidden" || code === "unavailable") return { kind: code, message: why };
      return { kind: "invalid", message: why };
    }
    const { raw } = now.value;
    if (intentId !== null && intentOf(raw) === intentId) return { kind: "noop", current: now.value };
    if (request.generation === null || generationOf(raw) !== request.generation)
      return { kind: "conflict", current: now.value };
    const renewed = withRevision(request, revisionOf(raw));
    // The very revision that was planned from: it is the request itself that does not fit.
    const isSame = JSON.stringify(renewed.body) === JSON.stringify(request.body);
    return isSame ? { kind: "invalid", message } : renewed;
  }

  /** Without the test of the revision, which may be old by the time that somebody types it: destinations stay tested. */
  breakGlass({ request, target }: Plan): string {
    if (request.api !== "kubernetes") return "";
    const [, , group = "", version = "", , , resource = ""] = request.path.split("/");
    const patch = JSON.stringify(withoutRevision(request).body);
    const what = `${resource}.${version}.${group} ${shellWord(target.name)}`;
    return `${kubectl(this.options)} --namespace=${shellWord(target.namespace)} patch ${what} --type=json --patch=${shellWord(patch)}`;
  }

  async close(): Promise<void> {}
}
