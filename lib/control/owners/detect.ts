/**
 * Who owns a route, before anything is written to it. In: the route's object and the objects that may own it (Argo
 * Rollouts, Flagger Canaries, Argo CD Applications), as read. Out: the writer that the button must speak to, and whoever
 * may revert it, each with the evidence. The first controller that claims the route is its writer: two are a conflict that
 * is shown. Nothing is guessed: without evidence nobody owns it.
 */
import { at, type Json, type JsonObject, listOf, objectOf, textOf } from "../traffic/document.ts";

export type WriterKind = "argoRollouts" | "flagger" | "consulKubernetes" | "appMeshController";
export type ReverterKind = "argoCd" | "flux";

export interface Writer {
  readonly kind: WriterKind;
  /** `namespace/name` of the owning object, where there is one. */
  readonly ref: string | null;
  readonly evidence: readonly string[];
}

export interface Reverter {
  readonly kind: ReverterKind;
  readonly ref: string;
  readonly evidence: readonly string[];
  /** Whether it writes back what it finds changed; null where that is not known. */
  readonly reverts: boolean | null;
}

export interface Ownership {
  readonly writers: readonly Writer[];
  readonly reverters: readonly Reverter[];
}

export interface Claimants {
  /** `argoproj.io` Rollouts of the route's namespace. */
  readonly rollouts: readonly JsonObject[];
  /** `flagger.app` Canaries of the route's namespace. */
  readonly canaries: readonly JsonObject[];
  /** `argoproj.io` Applications, where they may be read. */
  readonly applications: readonly JsonObject[];
}

export const NO_CLAIMANTS: Claimants = { rollouts: [], canaries: [], applications: [] };

const nameOf = (object: JsonObject): string => textOf(at(object, "metadata", "name")) ?? "";
const namespaceOf = (object: JsonObject): string => textOf(at(object, "metadata", "namespace")) ?? "";
const refOf = (object: JsonObject): string => `${namespaceOf(object)}/${nameOf(object)}`;

/** Where a Rollout names the routes that it writes, by the kind of the route. */
function claimedByRollout(rollout: JsonObject, kind: string): readonly string[] {
  const routing = at(rollout, "spec", "strategy", "canary", "trafficRouting");
  const service = textOf(at(rollout, "spec", "strategy", "canary", "stableService")) ?? nameOf(rollout);
  switch (kind) {
    case "VirtualService": {
      const one = textOf(at(routing, "istio", "virtualService", "name"));
      const many = listOf(at(routing, "istio", "virtualServices")).map((each) => textOf(at(each, "name")));
      return [one, ...many].filter((name) => name !== undefined);
    }
    case "VirtualRouter": {
      const name = textOf(at(routing, "appMesh", "virtualService", "name"));
      return name === undefined ? [] : [name];
    }
    case "TrafficSplit": {
      if (at(routing, "smi") === undefined) return [];
      return [textOf(at(routing, "smi", "trafficSplitName")) ?? nameOf(rollout), service];
    }
    case "HTTPRoute":
    case "GRPCRoute": {
      const plugin = at(routing, "plugins", "argoproj-labs/gatewayAPI");
      const lists = kind === "HTTPRoute" ? [at(plugin, "httpRoutes")] : [at(plugin, "grpcRoutes")];
      const many = lists.flatMap((list) => listOf(list).map((each) => textOf(at(each, "name"))));
      const one = kind === "HTTPRoute" ? textOf(at(plugin, "httpRoute")) : textOf(at(plugin, "grpcRoute"));
      return [one, ...many].filter((name) => name !== undefined);
    }
    case "ServiceSplitter": {
      const name = textOf(at(routing, "plugins", "hashicorp/consul", "serviceName"));
      return name === undefined ? [] : [name];
    }
    default:
      return [];
  }
}

function argoWriters(object: JsonObject, kind: string, rollouts: readonly JsonObject[]): readonly Writer[] {
  return rollouts
    .filter((rollout) => namespaceOf(rollout) === namespaceOf(object))
    .filter((rollout) => claimedByRollout(rollout, kind).includes(nameOf(object)))
    .map((rollout) => ({
      kind: "argoRollouts",
      ref: refOf(rollout),
      evidence: [`Rollout ${refOf(rollout)} names ${kind} ${nameOf(object)} in spec.strategy.canary.trafficRouting`],
    }));
}

const ORIGINAL = "flagger.kubernetes.app/original-configuration";

function flaggerWriters(object: JsonObject, kind: string, canaries: readonly JsonObject[]): readonly Writer[] {
  const owners = listOf(at(object, "metadata", "ownerReferences"))
    .filter((owner) => at(owner, "kind") === "Canary")
    .map((owner) => textOf(at(owner, "name")));
  const noted = at(object, "metadata", "annotations", ORIGINAL) !== undefined;
  const named = canaries.filter((canary) => {
    const routed = textOf(at(canary, "spec", "service", "name")) ?? textOf(at(canary, "spec", "targetRef", "name"));
    return (
      namespaceOf(canary) === namespaceOf(object) && (routed === nameOf(object) || owners.includes(nameOf(canary)))
    );
  });
  const evidence = (canary: JsonObject): readonly string[] => [
    ...(owners.includes(nameOf(canary)) ? [`ownerReference to Canary ${nameOf(canary)}`] : []),
    ...(noted ? [`annotation ${ORIGINAL}`] : []),
    `Canary ${refOf(canary)} routes ${kind} ${nameOf(object)}`,
  ];
  if (named.length > 0)
    return named.map((canary) => ({ kind: "flagger", ref: refOf(canary), evidence: evidence(canary) }));
  if (owners.length === 0 && !noted) return [];
  const ref = owners[0] === undefined ? null : `${namespaceOf(object)}/${owners[0]}`;
  const found = owners.map((owner) => `ownerReference to Canary ${owner}`);
  return [{ kind: "flagger", ref, evidence: [...found, ...(noted ? [`annotation ${ORIGINAL}`] : [])] }];
}

function externalWriters(object: JsonObject): readonly Writer[] {
  if (at(object, "Meta", "external-source") !== "kubernetes") return [];
  return [{ kind: "consulKubernetes", ref: null, evidence: ['Meta["external-source"] is "kubernetes"'] }];
}

const TRACKING = "argocd.argoproj.io/tracking-id";
const INSTANCE = "app.kubernetes.io/instance";

function applicationName(object: JsonObject): { name: string; evidence: string } | undefined {
  for (const place of ["annotations", "labels"] as const) {
    const tracking = textOf(at(object, "metadata", place, TRACKING));
    const name = tracking?.split(":")[0];
    if (name !== undefined && name !== "") return { name, evidence: `${place.slice(0, -1)} ${TRACKING}: ${tracking}` };
  }
  return undefined;
}

/** Whether one of the rules leaves the weights of this kind to others. */
function ignoresWeights(application: JsonObject, kind: string): boolean {
  return listOf(at(application, "spec", "ignoreDifferences")).some((rule) => {
    const paths = [...listOf(at(rule, "jqPathExpressions")), ...listOf(at(rule, "jsonPointers"))].map(String);
    const applies = at(rule, "kind") === kind || at(rule, "kind") === "*";
    return applies && paths.some((path) => /weight|\/spec\/(?:http|rules|backends|routes)$/i.test(path));
  });
}

function respectsIgnores(application: JsonObject): boolean {
  return listOf(at(application, "spec", "syncPolicy", "syncOptions")).includes("RespectIgnoreDifferences=true");
}

function argoCdReverters(object: JsonObject, kind: string, applications: readonly JsonObject[]): readonly Reverter[] {
  const tracked = applicationName(object);
  // The instance label is Helm's as well: it speaks only where an Application of that name is known.
  const labelled = textOf(at(object, "metadata", "labels", INSTANCE));
  const name = tracked?.name ?? labelled;
  const application = applications.find((one) => nameOf(one) === name);
  if (name === undefined || (tracked === undefined && application === undefined)) return [];
  const evidence = [tracked?.evidence ?? `label ${INSTANCE}: ${name}`];
  if (application === undefined) return [{ kind: "argoCd", ref: name, evidence, reverts: null }];
  const heals = at(application, "spec", "syncPolicy", "automated", "selfHeal") === true;
  const left = ignoresWeights(application, kind) && respectsIgnores(application);
  return [
    {
      kind: "argoCd",
      ref: refOf(application),
      evidence: [...evidence, `Application ${refOf(application)}: selfHeal ${heals ? "on" : "off"}`],
      reverts: heals && !left,
    },
  ];
}

const KUSTOMIZE = "kustomize.toolkit.fluxcd.io";
const HELM = "helm.toolkit.fluxcd.io";

function fluxReverters(object: JsonObject): readonly Reverter[] {
  return [KUSTOMIZE, HELM].flatMap((group) => {
    const name = textOf(at(object, "metadata", "labels", `${group}/name`));
    if (name === undefined) return [];
    const namespace = textOf(at(object, "metadata", "labels", `${group}/namespace`)) ?? "";
    const off =
      at(object, "metadata", "annotations", `${KUSTOMIZE}/reconcile`) === "disabled" ||
      at(object, "metadata", "annotations", `${HELM}/driftDetection`) === "disabled";
    const evidence = [`label ${group}/name: ${name}`, ...(off ? ["reconciliation is disabled by annotation"] : [])];
    // A Helm release corrects drift only where it is told to.
    return [
      { kind: "flux", ref: `${namespace}/${name}`, evidence, reverts: off ? false : group === HELM ? null : true },
    ];
  });
}

/** `kind` is the object's Kubernetes kind, or `ServiceSplitter` for a Consul entry. */
export function detectOwners(object: JsonObject, kind: string, claimants: Claimants): Ownership {
  return {
    writers: [
      ...argoWriters(object, kind, claimants.rollouts),
      ...flaggerWriters(object, kind, claimants.canaries),
      ...externalWriters(object),
    ],
    reverters: [...argoCdReverters(object, kind, claimants.applications), ...fluxReverters(object)],
  };
}

/** What GitOps tools call themselves in managedFields. */
const GITOPS = /^(?:argocd|argo-cd|kustomize-controller|helm-controller|flux)/;

export function isGitOps(manager: string): boolean {
  return GITOPS.test(manager);
}

/** Our own name there. */
export const FIELD_MANAGER = "meshscope";

/** Who wrote a member last, by managedFields; null where the API does not say. */
export function lastManager(
  object: JsonObject,
  isAsked: (manager: string) => boolean = () => true,
): { readonly manager: string; readonly atMs: number | null } | null {
  const entries = listOf(at(object, "metadata", "managedFields")).flatMap((entry: Json) => {
    const manager = textOf(at(entry, "manager"));
    const time = textOf(at(entry, "time"));
    const subresource = at(entry, "subresource");
    if (manager === undefined || !isAsked(manager)) return [];
    if (subresource !== undefined || objectOf(at(entry, "fieldsV1")) === undefined) return [];
    const atMs = time === undefined ? Number.NaN : Date.parse(time);
    return [{ manager, atMs: Number.isNaN(atMs) ? null : atMs }];
  });
  const newest = [...entries].sort((a, b) => (b.atMs ?? 0) - (a.atMs ?? 0))[0];
  return newest ?? null;
}

/** Who but us wrote last: of two writes within a second the times do not tell which was first. */
export function foreignManager(object: JsonObject): ReturnType<typeof lastManager> {
  return lastManager(object, (manager) => manager !== FIELD_MANAGER);
}
