/**
 * Which routes an owner moves, and which of their backends are the new version and the old one. In: a Rollout or a Canary as
 * read; out: where its routes may be, and how its arms are called there. A route's share is read from the route itself: what
 * an owner says of it may be something else (Flagger's is 0 while it waits for promotion).
 */
import type { DriverKind } from "../../query/schema/rollout-definition.ts";
import type { TargetRef, TrafficRoute, TrafficState } from "../traffic/contract.ts";
import { at, type Json, type JsonObject, listOf, textOf } from "../traffic/document.ts";

/** One side of a split: a service, a subset of one, or a virtual node. */
export interface Arm {
  readonly service: string | null;
  readonly subset: string | null;
}

export interface OwnedRoute {
  /** Where it may be, the likeliest first: the first that can be read is it. */
  readonly targets: readonly TargetRef[];
  /** Names of the rules that it moves; empty: every rule that has both arms. */
  readonly rules: readonly string[];
  readonly stable: Arm;
  readonly canary: Arm;
}

const nameOf = (object: JsonObject): string => textOf(at(object, "metadata", "name")) ?? "";
const namespaceOf = (object: JsonObject): string => textOf(at(object, "metadata", "namespace")) ?? "";
const armOf = (service: string | undefined, subset?: string): Arm => ({
  service: service ?? null,
  subset: subset ?? null,
});

interface Place {
  readonly cluster: string;
  readonly namespace: string;
  readonly stable: Arm;
  readonly canary: Arm;
}

function routeAt(place: Place, driver: DriverKind, name: string | undefined, rules: readonly Json[] = []) {
  if (name === undefined) return [];
  const { cluster, namespace, stable, canary } = place;
  const names = rules.map(textOf).filter((rule) => rule !== undefined);
  // Another namespace may stand in front of the name.
  const [there = name, within] = name.split(".", 2);
  const target = { driver, cluster, namespace: within ?? namespace, name: there };
  return [{ targets: [target], rules: names, stable, canary }];
}

function istioRoutes(routing: Json | undefined, place: Place): readonly OwnedRoute[] {
  const istio = at(routing, "istio");
  const stableSubset = textOf(at(istio, "destinationRule", "stableSubsetName"));
  const canarySubset = textOf(at(istio, "destinationRule", "canarySubsetName"));
  const armed =
    stableSubset === undefined || canarySubset === undefined
      ? place
      : { ...place, stable: armOf(undefined, stableSubset), canary: armOf(undefined, canarySubset) };
  const one = at(istio, "virtualService");
  return [...(one === undefined ? [] : [one]), ...listOf(at(istio, "virtualServices"))].flatMap((each) =>
    routeAt(armed, "istio", textOf(at(each, "name")), listOf(at(each, "routes"))),
  );
}

function gatewayRoutes(routing: Json | undefined, place: Place): readonly OwnedRoute[] {
  const plugin = at(routing, "plugins", "argoproj-labs/gatewayAPI");
  const namespace = textOf(at(plugin, "namespace")) ?? place.namespace;
  const there = { ...place, namespace };
  const kinds = [
    ["httpRoute", at(plugin, "httpRoute"), at(plugin, "httpRoutes")],
    ["grpcRoute", at(plugin, "grpcRoute"), at(plugin, "grpcRoutes")],
  ] as const;
  return kinds.flatMap(([driver, one, many]) =>
    [textOf(one), ...listOf(many).map((each) => textOf(at(each, "name")))].flatMap((name) =>
      routeAt(there, driver, name),
    ),
  );
}

function meshRoutes(rollout: JsonObject, routing: Json | undefined, place: Place): readonly OwnedRoute[] {
  const smi = at(routing, "smi");
  const group = at(routing, "appMesh", "virtualNodeGroup");
  const nodes = {
    ...place,
    stable: armOf(textOf(at(group, "stableVirtualNodeRef", "name"))),
    canary: armOf(textOf(at(group, "canaryVirtualNodeRef", "name"))),
  };
  const routed = at(routing, "appMesh", "virtualService");
  return [
    ...(smi === undefined
      ? []
      : routeAt(place, "trafficSplit", textOf(at(smi, "trafficSplitName")) ?? nameOf(rollout))),
    ...routeAt(nodes, "appMeshCrd", textOf(at(routed, "name")), listOf(at(routed, "routes"))),
  ];
}

/** Empty for a Rollout without traffic routing: then shares are made of pods. */
export function routesOfRollout(rollout: JsonObject, cluster: string): readonly OwnedRoute[] {
  const canary = at(rollout, "spec", "strategy", "canary");
  const routing = at(canary, "trafficRouting");
  const place = {
    cluster,
    namespace: namespaceOf(rollout),
    stable: armOf(textOf(at(canary, "stableService"))),
    canary: armOf(textOf(at(canary, "canaryService"))),
  };
  return [...istioRoutes(routing, place), ...gatewayRoutes(routing, place), ...meshRoutes(rollout, routing, place)];
}

/** By Flagger's provider; one that is not named is any of them, for Flagger takes its own default. */
const PROVIDER_DRIVERS: readonly (readonly [RegExp, readonly DriverKind[]])[] = [
  [/^istio$/, ["istio"]],
  [/^gatewayapi/, ["httpRoute"]],
  [/^(?:smi|linkerd|osm)/, ["trafficSplit"]],
  [/^appmesh/, ["appMeshCrd"]],
  [/^(?:kubernetes|none|knative)$/, []],
];
const ANY_DRIVER: readonly DriverKind[] = ["istio", "httpRoute", "trafficSplit", "appMeshCrd"];

/** What Flagger routes is called by `spec.service.name`, else by its target, and its arms after that. */
export function routesOfCanary(canary: JsonObject, cluster: string): readonly OwnedRoute[] {
  const workload = textOf(at(canary, "spec", "targetRef", "name")) ?? nameOf(canary);
  const name = textOf(at(canary, "spec", "service", "name")) ?? workload;
  const provider = textOf(at(canary, "spec", "provider")) ?? "";
  const drivers = PROVIDER_DRIVERS.find(([pattern]) => pattern.test(provider))?.[1] ?? ANY_DRIVER;
  if (drivers.length === 0) return [];
  const namespace = namespaceOf(canary);
  return [
    {
      targets: drivers.map((driver) => ({ driver, cluster, namespace, name })),
      rules: [],
      stable: armOf(`${name}-primary`),
      canary: armOf(`${name}-canary`),
    },
  ];
}

/** The service and the subset that a backend's id names. */
function partsOf(id: string, driver: DriverKind): Arm {
  if (driver === "istio") {
    const [host = "", subset] = id.split("/");
    return armOf(host.split(":")[0]?.split(".")[0], subset);
  }
  const last = id.split("/").at(-1) ?? id;
  return armOf(last.split(":")[0]);
}

export function isArm(id: string, driver: DriverKind, { service, subset }: Arm): boolean {
  const parts = partsOf(id, driver);
  if (subset !== null) return parts.subset === subset;
  return service !== null && parts.service === service;
}

export interface SeenArms {
  readonly route: TrafficRoute;
  readonly stable: string;
  readonly canary: string;
  readonly canaryBp: number;
}

/** The rules of a route that have both arms, with the new version's share. */
export function armsOf({ target, routes }: TrafficState, owned: OwnedRoute): readonly SeenArms[] {
  return routes.flatMap((route) => {
    if (owned.rules.length > 0 && !owned.rules.includes(route.key)) return [];
    const canary = route.backends.find(({ id }) => isArm(id, target.driver, owned.canary));
    const stable = route.backends.find(({ id }) => isArm(id, target.driver, owned.stable));
    if (canary === undefined || stable === undefined) return [];
    return [{ route, stable: stable.id, canary: canary.id, canaryBp: canary.weightBp }];
  });
}
