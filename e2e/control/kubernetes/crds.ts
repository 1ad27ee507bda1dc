/**
 * The custom resources of meshes and of those who own routes, as small as they can be: the schema of the weights is that of
 * the real ones, every other member is kept unread. Written here: no vendor's file is copied.
 */
import type { Json, JsonObject } from "../../../lib/control/traffic/document.ts";

const OPEN = { type: "object", "x-kubernetes-preserve-unknown-fields": true } as const;
const open = (properties: JsonObject): JsonObject => ({ ...OPEN, properties });
const listOf = (properties: JsonObject): JsonObject => ({ type: "array", items: open(properties) });
const integer = (maximum: number | null): JsonObject => ({
  ...{ type: "integer", format: "int32", minimum: 0 },
  ...(maximum === null ? {} : { maximum }),
});

const WEIGHTED_REFS = open({ rules: listOf({ backendRefs: listOf({ weight: integer(1_000_000) }) }) });
const TARGETS = open({ action: open({ weightedTargets: listOf({ weight: integer(100) }) }) });

interface Kind {
  readonly group: string;
  readonly versions: readonly string[];
  readonly plural: string;
  readonly kind: string;
  readonly spec: JsonObject;
  readonly hasStatus: boolean;
}

const kind = (group: string, versions: string, names: string, spec: JsonObject = OPEN, hasStatus = true): Kind => {
  const [plural = "", name = ""] = names.split(" ");
  return { group, versions: versions.split(" "), plural, kind: name, spec, hasStatus };
};

const VIRTUAL_SERVICE = open({ http: listOf({ route: listOf({ weight: { type: "integer", format: "int32" } }) }) });

const KINDS: readonly Kind[] = [
  kind("networking.istio.io", "v1 v1beta1 v1alpha3", "virtualservices VirtualService", VIRTUAL_SERVICE),
  kind("networking.istio.io", "v1 v1beta1 v1alpha3", "destinationrules DestinationRule"),
  kind("gateway.networking.k8s.io", "v1", "httproutes HTTPRoute", WEIGHTED_REFS),
  kind("gateway.networking.k8s.io", "v1", "grpcroutes GRPCRoute", WEIGHTED_REFS),
  kind("policy.linkerd.io", "v1beta3", "httproutes HTTPRoute", WEIGHTED_REFS),
  // It has no status at all.
  kind(
    "split.smi-spec.io",
    "v1alpha2",
    "trafficsplits TrafficSplit",
    open({ backends: listOf({ weight: integer(null) }) }),
    false,
  ),
  kind(
    "consul.hashicorp.com",
    "v1alpha1",
    "servicesplitters ServiceSplitter",
    open({ splits: listOf({ weight: { type: "number" } }) }),
  ),
  kind("consul.hashicorp.com", "v1alpha1", "serviceresolvers ServiceResolver"),
  kind("appmesh.k8s.aws", "v1beta2", "virtualrouters VirtualRouter", open({ routes: listOf({ httpRoute: TARGETS }) })),
  kind("appmesh.k8s.aws", "v1beta2", "virtualnodes VirtualNode"),
  kind("argoproj.io", "v1alpha1", "rollouts Rollout"),
  kind("argoproj.io", "v1alpha1", "analysisruns AnalysisRun"),
  kind("argoproj.io", "v1alpha1", "analysistemplates AnalysisTemplate"),
  kind("argoproj.io", "v1alpha1", "experiments Experiment"),
  kind("argoproj.io", "v1alpha1", "applications Application"),
  kind("flagger.app", "v1beta1", "canaries Canary"),
  kind("flagger.app", "v1beta1", "metrictemplates MetricTemplate"),
  kind("flagger.app", "v1beta1", "alertproviders AlertProvider"),
];

function definition({ group, versions, plural, kind: name, spec, hasStatus }: Kind): JsonObject {
  const openAPIV3Schema = { type: "object", properties: { spec, ...(hasStatus ? { status: OPEN } : {}) } };
  const isApproved = group.endsWith(".k8s.io");
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      ...(isApproved ? { annotations: { "api-approved.kubernetes.io": "unapproved, a test's own" } } : {}),
    },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural, singular: name.toLowerCase(), kind: name, listKind: `${name}List` },
      versions: versions.map(
        (version, i): Json => ({
          ...{ name: version, served: true, storage: i === 0, schema: { openAPIV3Schema } },
          ...(hasStatus ? { subresources: { status: {} } } : {}),
        }),
      ),
    },
  };
}

export const DEFINITIONS: readonly JsonObject[] = KINDS.map(definition);
