/** What to put into Git so that a GitOps tool and a rollout live together. In: the reverter and the route; out: YAML. */
import type { DriverKind } from "../../query/schema/rollout-definition.ts";
import type { TargetRef } from "../traffic/contract.ts";
import type { Reverter } from "./detect.ts";
import { GATES, type GateKind } from "./flagger.ts";

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

/** What Meshscope writes into an owner's own object, by its kind. */
const INTENTS: Readonly<Record<"Rollout" | "Canary", { readonly group: string; readonly paths: readonly string[] }>> = {
  Rollout: { group: "argoproj.io", paths: [".spec.paused"] },
  Canary: { group: "flagger.app", paths: [".spec.suspend", ".spec.skipAnalysis"] },
};

/** The same for the object of an owner, whose spec carries a person's intent: a pause that is healed away is none. */
export function ownerSnippet(reverter: Reverter, kind: "Rollout" | "Canary", name: string): string | null {
  if (reverter.reverts === false) return null;
  const { group, paths } = INTENTS[kind];
  if (reverter.kind === "flux") {
    return [
      `# and leave ${paths.join(" and ")} out of the file in Git`,
      "metadata:",
      "  annotations:",
      "    kustomize.toolkit.fluxcd.io/ssa: Merge",
    ].join("\n");
  }
  return [
    "spec:",
    "  ignoreDifferences:",
    `    - group: ${group}`,
    `      kind: ${kind}`,
    `      name: ${name}`,
    "      jqPathExpressions:",
    ...paths.map((path) => `        - ${path}`),
    "  syncPolicy:",
    "    syncOptions:",
    "      - RespectIgnoreDifferences=true",
  ].join("\n");
}

/** The webhooks of a Canary that ask Meshscope. `urlOf` has the token of this canary in it. */
export function gateSnippet(gates: readonly GateKind[], urlOf: (gate: GateKind) => string): string {
  const entries = GATES.filter((gate) => gates.includes(gate)).flatMap((gate) => [
    `      - name: meshscope-${gate}`,
    `        type: ${gate}`,
    `        url: ${urlOf(gate)}`,
    // A gate that is closed is no failure that anybody must be told of at each tick.
    ...(gate === "rollback" ? [] : ["        muteAlert: true"]),
  ]);
  return ["spec:", "  analysis:", "    webhooks:", ...entries].join("\n");
}
