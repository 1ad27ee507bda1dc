/**
 * What reaches a mesh's traffic splits, whichever API they are behind. Reads, dry-runs and writes; no decision is made
 * here: what is written was planned by lib/control from what was read. Every failure is a value. One request per `apply`.
 */
import type { Result } from "../../lib/base/result.ts";
import type { Ownership } from "../../lib/control/owners/detect.ts";
import type { ApplyResult, Plan, TargetRef, TrafficState } from "../../lib/control/traffic/contract.ts";
import type { JsonObject } from "../../lib/control/traffic/document.ts";

export interface ReadFailure {
  /** `slow`: no answer yet, where somebody waits for a page. */
  readonly code: "not_found" | "forbidden" | "unavailable" | "unreadable" | "not_configured" | "slow";
  readonly message: string;
}

/** Readiness of what a backend sends to: null where it cannot be asked. */
export interface BackendFacts {
  readonly id: string;
  readonly readyEndpoints: number | null;
  /** False where the mesh knows no such subset, node or service. */
  readonly exists: boolean | null;
  readonly pods: readonly { readonly name: string; readonly version: string; readonly ready: boolean }[];
  /** Of what runs there, where the mesh has one (a hash of the pod template): what approvals are bound to. */
  readonly revision?: string;
}

/** Undefined where the API has no dry run. */
export type DryRunResult = Result<null, { readonly code: string; readonly message: string }> | undefined;

export interface Watching {
  /** Resolves when nothing more is called. */
  stop(): Promise<void>;
}

export interface TrafficApi {
  /** Splits that may be read, of all namespaces that are configured. */
  list(): Promise<Result<readonly TargetRef[], ReadFailure>>;
  read(target: TargetRef): Promise<Result<TrafficState, ReadFailure>>;
  owners(state: TrafficState): Promise<Result<Ownership, ReadFailure>>;
  backends(state: TrafficState, routeKey: string): Promise<Result<readonly BackendFacts[], ReadFailure>>;
  dryRun(plan: Plan): Promise<DryRunResult>;
  apply(plan: Plan, intentId: string): Promise<ApplyResult>;
  /** The command that makes the same request by hand. */
  breakGlass(plan: Plan): string;
  /** What stands beside the route and changes what a weight does: other routes of the same host, rules of other namespaces. */
  hazards?(state: TrafficState, routeKey: string): Promise<Result<Plan["warnings"], ReadFailure>>;
  /** Whether the API would let us write the route, where it can be asked. */
  mayWrite?(target: TargetRef): Promise<Result<boolean, ReadFailure>>;
  /**
   * Calls `seen` with each split that is there, then with each that changes, until stopped; faults are told and waited out.
   * Of an API with several kinds those of `drivers`, or all.
   */
  watch?(
    seen: (target: TargetRef) => void,
    onFault: (failure: ReadFailure) => void,
    drivers?: readonly TargetRef["driver"][],
  ): Watching;
  close(): Promise<void>;
}

/** What an owning controller works on, and who keeps it in Git (`argoproj.io` Applications). The workloads are read for their template's hash, and touched to try a Canary again. */
export type OwnerKind = "Rollout" | "AnalysisRun" | "Canary" | "Application" | "Deployment" | "DaemonSet";

export interface OwnerName {
  readonly namespace: string;
  readonly name: string;
}

export interface PatchFailure {
  /** `unknown`: it was sent and no answer came, so it may have been carried out. */
  readonly code: "conflict" | "not_found" | "forbidden" | "invalid" | "unavailable" | "unknown";
  readonly message: string;
}

/** Objects of owning controllers, read and patched where the API has them (Argo Rollouts, Flagger). */
export interface OwnerApi {
  /** Of all namespaces that are configured; empty where the API has no such kind. */
  list(kind: OwnerKind): Promise<Result<readonly JsonObject[], ReadFailure>>;
  read(kind: OwnerKind, namespace: string, name: string): Promise<Result<JsonObject, ReadFailure>>;
  /** A merge patch; `conflict` where the revision in it is old. */
  patch(
    kind: OwnerKind,
    name: OwnerName,
    subresource: "status" | null,
    body: JsonObject,
  ): Promise<Result<JsonObject, PatchFailure>>;
  /** The command line of kubectl that speaks to this cluster. */
  readonly kubectl?: string;
}
