/** Kinds that the simulated API server knows, and what its webhooks and schemas refuse. Pure. */
import { at, type Json, type JsonObject, listOf, numberAt, textAt } from "./document.ts";

export interface ResourceKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  /** Its status is a subresource of its own. */
  readonly hasStatus: boolean;
}

const kind = (group: string, version: string, resource: string, name: string, hasStatus = true): ResourceKind => ({
  group,
  version,
  resource,
  kind: name,
  hasStatus,
});

export const KINDS = {
  pod: kind("", "v1", "pods", "Pod"),
  service: kind("", "v1", "services", "Service"),
  endpointSlice: kind("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", false),
  deployment: kind("apps", "v1", "deployments", "Deployment"),
  replicaSet: kind("apps", "v1", "replicasets", "ReplicaSet"),
  virtualService: kind("networking.istio.io", "v1", "virtualservices", "VirtualService"),
  destinationRule: kind("networking.istio.io", "v1", "destinationrules", "DestinationRule"),
  httpRoute: kind("gateway.networking.k8s.io", "v1", "httproutes", "HTTPRoute"),
  grpcRoute: kind("gateway.networking.k8s.io", "v1", "grpcroutes", "GRPCRoute"),
  linkerdRoute: kind("policy.linkerd.io", "v1beta3", "httproutes", "HTTPRoute"),
  trafficSplit: kind("split.smi-spec.io", "v1alpha4", "trafficsplits", "TrafficSplit", false),
  rollout: kind("argoproj.io", "v1alpha1", "rollouts", "Rollout"),
  analysisRun: kind("argoproj.io", "v1alpha1", "analysisruns", "AnalysisRun", false),
  application: kind("argoproj.io", "v1alpha1", "applications", "Application", false),
  canary: kind("flagger.app", "v1beta1", "canaries", "Canary"),
  virtualRouter: kind("appmesh.k8s.aws", "v1beta2", "virtualrouters", "VirtualRouter"),
  virtualNode: kind("appmesh.k8s.aws", "v1beta2", "virtualnodes", "VirtualNode"),
  serviceSplitter: kind("consul.hashicorp.com", "v1alpha1", "servicesplitters", "ServiceSplitter"),
  serviceResolver: kind("consul.hashicorp.com", "v1alpha1", "serviceresolvers", "ServiceResolver"),
} as const satisfies Readonly<Record<string, ResourceKind>>;

export const ALL_KINDS: readonly ResourceKind[] = Object.values(KINDS);

export const fullName = ({ group, resource }: ResourceKind): string =>
  group === "" ? resource : `${resource}.${group}`;
export const apiVersionOf = ({ group, version }: ResourceKind): string =>
  group === "" ? version : `${group}/${version}`;

export interface Refusal {
  readonly code: 400 | 422;
  readonly message: string;
}

function istioRefusal(object: JsonObject): Refusal | undefined {
  const denied = (what: string): Refusal => ({
    code: 400,
    message: `admission webhook "validation.istio.io" denied the request: configuration is invalid: ${what}`,
  });
  if (listOf(at(object, "spec", "hosts")).length === 0) return denied("virtual service must have at least one host");
  for (const rule of listOf(at(object, "spec", "http"))) {
    const weights = listOf(at(rule, "route")).map((one) => numberAt(one, "weight") ?? 0);
    const negative = weights.find((weight) => weight < 0);
    if (negative !== undefined) return denied(`weight ${negative} < 0`);
    if (weights.length > 1 && weights.every((weight) => weight === 0)) return denied("total destination weight = 0");
  }
  return undefined;
}

/** Consul's own check, of hundredths of a percent, by its webhook. */
function splitterRefusal(object: JsonObject): Refusal | undefined {
  const weights = listOf(at(object, "spec", "splits")).map((one) => at(one, "weight"));
  const odd = weights.find((weight) => typeof weight !== "number");
  const name = textAt(object, "metadata", "name");
  const invalid = `servicesplitter.consul.hashicorp.com "${name}" is invalid: spec.splits: Invalid value: `;
  if (odd !== undefined)
    return { code: 422, message: `${invalid}${JSON.stringify(odd)}: weight must be of type number` };
  const sum = weights.reduce<number>((total, weight) => total + Math.round(Number(weight) * 100), 0);
  if (sum === 10_000) return undefined;
  const message = `admission webhook "mutate-servicesplitter.consul.hashicorp.com" denied the request: ${invalid}the sum of weights across all splits must add up to 100 percent, but adds up to ${(sum / 100).toFixed(6)}`;
  return { code: 400, message };
}

/** `most` of infinity: the schema has no bounds, a webhook looks. */
function outOf(number: number, most: number): string | undefined {
  if (number > most) return `should be less than or equal to ${most}`;
  return number < 0 && most !== Number.POSITIVE_INFINITY ? "should be greater than or equal to 0" : undefined;
}

/** Bounds of weights as the schemas have them. */
function boundRefusal(
  what: ResourceKind,
  object: JsonObject,
  weights: readonly { readonly path: string; readonly value: Json | undefined; readonly most: number }[],
): Refusal | undefined {
  const name = textAt(object, "metadata", "name");
  for (const { path, value, most } of weights) {
    if (value === undefined) continue;
    const number = typeof value === "number" ? value : Number.NaN;
    const wrong = Number.isInteger(number) ? outOf(number, most) : "must be of type integer";
    if (wrong === undefined) continue;
    const message = `${what.kind}.${what.group} "${name}" is invalid: ${path}: Invalid value: ${JSON.stringify(value)}: ${path} in body ${wrong}`;
    return { code: 422, message };
  }
  return undefined;
}

const HIGHEST_ROUTE_WEIGHT = 1_000_000;

function routeWeights(object: JsonObject) {
  return listOf(at(object, "spec", "rules")).flatMap((rule, i) =>
    listOf(at(rule, "backendRefs")).map((ref, j) => ({
      path: `spec.rules[${i}].backendRefs[${j}].weight`,
      value: at(ref, "weight"),
      most: HIGHEST_ROUTE_WEIGHT,
    })),
  );
}

function routerWeights(object: JsonObject) {
  return listOf(at(object, "spec", "routes")).flatMap((route, i) =>
    ["httpRoute", "http2Route", "grpcRoute", "tcpRoute"].flatMap((protocol) =>
      listOf(at(route, protocol, "action", "weightedTargets")).map((target, j) => ({
        path: `spec.routes[${i}].${protocol}.action.weightedTargets[${j}].weight`,
        value: at(target, "weight"),
        most: 100,
      })),
    ),
  );
}

function ruleWeights(object: JsonObject) {
  return listOf(at(object, "spec", "http")).flatMap((rule, i) =>
    listOf(at(rule, "route")).map((one, j) => ({
      path: `spec.http[${i}].route[${j}].weight`,
      value: at(one, "weight"),
      most: Number.POSITIVE_INFINITY,
    })),
  );
}

function listWeights(object: JsonObject, list: string, most: number) {
  return listOf(at(object, "spec", list)).map((one, i) => ({
    path: `spec.${list}[${i}].weight`,
    value: at(one, "weight"),
    most,
  }));
}

/** What the server would not store. */
export function refusalOf(what: ResourceKind, object: JsonObject): Refusal | undefined {
  switch (what.kind) {
    case "VirtualService":
      return boundRefusal(what, object, ruleWeights(object)) ?? istioRefusal(object);
    case "TrafficSplit":
      return boundRefusal(what, object, listWeights(object, "backends", Number.POSITIVE_INFINITY));
    case "ServiceSplitter":
      return splitterRefusal(object);
    case "HTTPRoute":
    case "GRPCRoute":
      return boundRefusal(what, object, routeWeights(object));
    case "VirtualRouter":
      return boundRefusal(what, object, routerWeights(object));
    default:
      return undefined;
  }
}
