/** What to put into Git so that a GitOps tool and a rollout live together. In: the reverter and the route; out: YAML. */
import type { DriverKind, TargetRef } from "../traffic/contract.ts";
import type { Reverter } from "./detect.ts";

interface Weights {
  readonly group: string;
  readonly kind: string;
  readonly path: string;
}

const WEIGHTS: Readonly<Partial<Record<DriverKind, Weights>>> = {
  istio: { group: "networking.istio.io", kind: "VirtualService", path: ".spec.http[].route[].weight" },
  httpRoute: { group: "gateway.networking.k8s.io", kind: "HTTPRoute", path: ".spec.rules[].backendRefs[].weight" },
  linkerdRoute: { group: "policy.linkerd.io", kind: "HTTPRoute", path: ".spec.rules[].backendRefs[].weight" },
  consulCrd: { group: "consul.hashicorp.com", kind: "ServiceSplitter", path: ".spec.splits[].weight" },
  grpcRoute: { group: "gateway.networking.k8s.io", kind: "GRPCRoute", path: ".spec.rules[].backendRefs[].weight" },
  trafficSplit: { group: "split.smi-spec.io", kind: "TrafficSplit", path: ".spec.backends[].weight" },
  appMeshCrd: {
    group: "appmesh.k8s.aws",
    kind: "VirtualRouter",
    path: ".spec.routes[].httpRoute.action.weightedTargets[].weight",
  },
};

/** Null where there is nothing to put anywhere: it reverts nothing, or the route is no Kubernetes object. */
export function detectSnippet(reverter: Reverter, { driver, name }: TargetRef): string | null {
  const weights = WEIGHTS[driver];
  if (weights === undefined || reverter.reverts === false) return null;
  if (reverter.kind === "flux") {
    return ["metadata:", "  annotations:", "    kustomize.toolkit.fluxcd.io/reconcile: disabled"].join("\n");
  }
  return [
    "spec:",
    "  ignoreDifferences:",
    `    - group: ${weights.group}`,
    `      kind: ${weights.kind}`,
    `      name: ${name}`,
    "      jqPathExpressions:",
    `        - ${weights.path}`,
    "  syncPolicy:",
    "    syncOptions:",
    "      - RespectIgnoreDifferences=true",
    "      - ApplyOutOfSyncOnly=true",
  ].join("\n");
}
