/**
 * The simulated Argo Rollouts controller: looks at its one Rollout, writes what comes of it, and puts back at once what
 * somebody else wrote into its VirtualService. In: a store and the time. Out: writes to the store, as `rollouts-controller`.
 */
import type { WorkloadSpec } from "../../../lib/world/spec.ts";
import { reconcileRollout } from "./argo-rollout.ts";
import { ARGO_SERVICE, HASH_LABEL, type Seed, templateHash } from "./cluster-objects.ts";
import { at, isSame, listOf, textAt, withMember } from "./document.ts";
import { KINDS } from "./kubernetes-kinds.ts";
import type { ObjectStore } from "./object-store.ts";

const MANAGER = "rollouts-controller";
const NAMESPACE = "shop";
const WHOLE = 100;

export function rolloutSeeds(stable: WorkloadSpec, canary: WorkloadSpec, nowMs: number): readonly Seed[] {
  const labels = { app: ARGO_SERVICE, version: canary.version };
  const image = `registry.example/${ARGO_SERVICE}:2.0.0`;
  const at20 = { reason: "CanaryPauseStep", startTime: new Date(nowMs).toISOString() };
  const rollout = {
    metadata: { name: ARGO_SERVICE, namespace: NAMESPACE, annotations: { "rollout.argoproj.io/revision": "2" } },
    spec: {
      replicas: stable.replicas + canary.replicas,
      selector: { matchLabels: { app: ARGO_SERVICE } },
      template: { metadata: { labels }, spec: { containers: [{ name: ARGO_SERVICE, image }] } },
      strategy: {
        canary: {
          trafficRouting: {
            istio: {
              virtualService: { name: ARGO_SERVICE, routes: ["primary"] },
              destinationRule: { name: ARGO_SERVICE, canarySubsetName: "canary", stableSubsetName: "stable" },
            },
          },
          steps: [
            { setWeight: 20 },
            { pause: {} },
            { setWeight: 50 },
            { pause: {} },
            { setWeight: 80 },
            { pause: { duration: "30s" } },
          ],
        },
      },
    },
    status: {
      currentPodHash: templateHash(canary),
      stableRS: templateHash(stable),
      currentStepIndex: 1,
      controllerPause: true,
      pauseConditions: [at20],
      replicas: stable.replicas + canary.replicas,
      updatedReplicas: canary.replicas,
    },
  };
  const sets = [stable, canary].map((workload): Seed => {
    const hash = templateHash(workload);
    const owner = { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout", name: ARGO_SERVICE, controller: true };
    const name = `${ARGO_SERVICE}-${hash}`;
    const metadata = {
      name,
      namespace: NAMESPACE,
      labels: { app: ARGO_SERVICE, [HASH_LABEL]: hash },
      ownerReferences: [owner],
    };
    const status = { replicas: workload.replicas, readyReplicas: workload.replicas };
    return [KINDS.replicaSet, { metadata, spec: { replicas: workload.replicas }, status }];
  });
  return [[KINDS.rollout, rollout], ...sets];
}

export class ArgoController {
  private readonly store: ObjectStore;

  constructor(store: ObjectStore) {
    this.store = store;
  }

  reconcile(nowMs: number): void {
    const key = { kind: KINDS.rollout, namespace: NAMESPACE, name: ARGO_SERVICE };
    const rollout = this.store.read(key);
    if (rollout === undefined) return;
    const { status, canaryWeight, isPromoted } = reconcileRollout(rollout, nowMs);
    if (isPromoted) this.moveStable(textAt(status, "stableRS"));
    this.write(canaryWeight);
    if (isSame(status, rollout["status"])) return;
    this.store.replace(key, withMember(rollout, ["status"], status), { manager: MANAGER, subresource: "status" });
  }

  /** Both subsets lead to the new version from now on. */
  private moveStable(hash: string): void {
    const key = { kind: KINDS.destinationRule, namespace: NAMESPACE, name: ARGO_SERVICE };
    const rule = this.store.read(key);
    if (rule === undefined) return;
    const subsets = listOf(at(rule, "spec", "subsets")).map((subset) =>
      withMember(subset, ["labels", HASH_LABEL], hash),
    );
    this.store.replace(key, withMember(rule, ["spec", "subsets"], subsets), { manager: MANAGER });
  }

  private write(canaryWeight: number): void {
    const key = { kind: KINDS.virtualService, namespace: NAMESPACE, name: ARGO_SERVICE };
    const object = this.store.read(key);
    if (object === undefined) return;
    const path = ["spec", "http", 0, "route"] as const;
    const stable = withMember(object, [...path, 0, "weight"], WHOLE - canaryWeight);
    this.store.replace(key, withMember(stable, [...path, 1, "weight"], canaryWeight), { manager: MANAGER });
  }
}
