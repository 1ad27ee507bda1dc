/**
 * What stands beside a route and changes what its weights do. In: the state that was read and the other routes of the same
 * mesh; out: warnings that name them. Two VirtualServices of one host are not merged; a Gateway API route of another
 * namespace with the same parent speaks for the callers of that namespace alone, and silently; a TrafficSplit and a route
 * on one Service fight.
 */
import type { Plan, TrafficState } from "./contract.ts";
import { coversHost, fullHost, isExportedTo, namespaceOf } from "./destination-rules.ts";
import { at, type Json, type JsonObject, listOf, textOf } from "./document.ts";

type Warnings = Plan["warnings"];

const nameOf = (raw: JsonObject): string => textOf(at(raw, "metadata", "name")) ?? "";
const kindOf = (raw: JsonObject): string => textOf(at(raw, "kind")) ?? "route";
const refOf = (raw: JsonObject): string => `${namespaceOf(raw)}/${nameOf(raw)}`;

/** Whether it is of the mesh's own callers, not of an ingress alone. */
function isOfMesh(raw: JsonObject): boolean {
  const gateways = listOf(at(raw, "spec", "gateways"));
  return gateways.length === 0 || gateways.includes("mesh");
}

export function besideVirtualService(state: TrafficState, services: readonly JsonObject[]): Warnings {
  const { namespace, name } = state.target;
  const hosts = listOf(at(state.raw, "spec", "hosts")).flatMap((host) => {
    const text = textOf(host);
    return text === undefined ? [] : [fullHost(text, namespace)];
  });
  const others = services.filter(
    (other) =>
      !(nameOf(other) === name && namespaceOf(other) === namespace) &&
      isOfMesh(other) &&
      isOfMesh(state.raw) &&
      (isExportedTo(other, namespace) || namespaceOf(other) === namespace) &&
      listOf(at(other, "spec", "hosts")).some((host) =>
        hosts.some((full) => coversHost(textOf(host) ?? "", namespaceOf(other), full)),
      ),
  );
  return others.map((other) => ({
    code: "route_beside",
    message: `VirtualService ${refOf(other)} has the same host: the two are not merged, and one of them is ignored`,
  }));
}

interface Parent {
  readonly namespace: string;
  readonly name: string;
}

/** Parents that are Services, of a route. */
function serviceParents(raw: JsonObject): readonly Parent[] {
  return listOf(at(raw, "spec", "parentRefs")).flatMap((parent: Json) => {
    const name = textOf(at(parent, "name"));
    if (at(parent, "kind") !== "Service" || name === undefined) return [];
    return [{ name, namespace: textOf(at(parent, "namespace")) ?? namespaceOf(raw) }];
  });
}

const sharesParent = (a: readonly Parent[], b: readonly Parent[]): Parent | undefined =>
  a.find((one) => b.some((other) => other.name === one.name && other.namespace === one.namespace));

/** `routes`: HTTPRoutes and GRPCRoutes of either group; `splits`: TrafficSplits. */
export function besideGatewayRoute(
  state: TrafficState,
  routes: readonly JsonObject[],
  splits: readonly JsonObject[],
): Warnings {
  const parents = serviceParents(state.raw);
  const own = { ref: refOf(state.raw), group: textOf(at(state.raw, "apiVersion"))?.split("/")[0] };
  const others = routes.flatMap((other): Warnings => {
    const group = textOf(at(other, "apiVersion"))?.split("/")[0];
    const shared = sharesParent(serviceParents(other), parents);
    const isSelf = refOf(other) === own.ref && group === own.group && kindOf(other) === kindOf(state.raw);
    if (isSelf || shared === undefined) return [];
    const isConsumer = namespaceOf(other) !== shared.namespace;
    const message = isConsumer
      ? `${kindOf(other)} ${refOf(other)} speaks for the callers in ${namespaceOf(other)}: this split does not reach them`
      : `${kindOf(other)} ${refOf(other)} has the same parent Service: the more specific, then the older rule wins`;
    return [{ code: "route_beside", message }];
  });
  const fighting = splits.filter((split) =>
    parents.some(({ name, namespace }) => namespaceOf(split) === namespace && at(split, "spec", "service") === name),
  );
  return [...others, ...fighting.map((split) => twoKinds(refOf(split), own.ref))];
}

/** `routes`: HTTPRoutes and GRPCRoutes of either group. */
export function besideTrafficSplit(state: TrafficState, routes: readonly JsonObject[]): Warnings {
  const apex = { namespace: state.target.namespace, name: textOf(at(state.raw, "spec", "service")) ?? "" };
  return routes
    .filter((route) => sharesParent(serviceParents(route), [apex]) !== undefined)
    .map((route) => twoKinds(refOf(state.raw), refOf(route)));
}

function twoKinds(split: string, route: string): Warnings[number] {
  return {
    code: "route_beside",
    message: `TrafficSplit ${split} and route ${route} split one Service: which of them counts is not defined`,
  };
}
