/** Plans as a person reads them before anything is written: the change, the request itself, the command that does the same. */
import type { RouteRef } from "../../lib/control/rollout/definition.ts";
import { valueText } from "../../lib/control/rollout/planned.ts";
import type { Plan, TargetRef } from "../../lib/control/traffic/contract.ts";
import type { RolloutDetail } from "../../lib/query/schema/rollouts.ts";
import { type ControlPlanes, planeOf } from "../actuators/control-planes.ts";

export interface RoutePlans {
  readonly ref: RouteRef;
  /** In the order in which they are sent. */
  readonly plans: readonly Plan[];
}

export function requestText({ request }: Plan): string {
  if (request.api === "appMesh") return `${request.operation} ${JSON.stringify(request.input, null, 2)}`;
  return `${request.method} ${request.path}\n${JSON.stringify(request.body, null, 2)}`;
}

const KINDS: Readonly<Record<TargetRef["driver"], string>> = {
  istio: "VirtualService",
  httpRoute: "HTTPRoute",
  grpcRoute: "GRPCRoute",
  linkerdRoute: "Linkerd HTTPRoute",
  trafficSplit: "TrafficSplit",
  consul: "service-splitter",
  consulCrd: "ServiceSplitter",
  appMesh: "App Mesh route",
  appMeshCrd: "VirtualRouter",
};
const ROUTERS: Readonly<Partial<Record<TargetRef["driver"], string>>> = {
  consul: "service-router",
  consulCrd: "ServiceRouter",
};

/** In the mesh's own words. */
function objectText({ driver, part, namespace, name }: TargetRef): string {
  const kind = part === "router" ? (ROUTERS[driver] ?? KINDS[driver]) : KINDS[driver];
  return `${kind} ${namespace}/${name}`;
}

export function changesOf({ plans }: RoutePlans) {
  return plans.flatMap(({ changes, target }) =>
    changes.map(({ path, before, after }) => ({
      object: objectText(target),
      ...{ path, before: valueText(before), after: valueText(after) },
    })),
  );
}

export function previewTexts(
  all: readonly RoutePlans[],
  planes: ControlPlanes,
): Omit<RolloutDetail["previews"][number], "action"> {
  const flat = all.flatMap(({ ref, plans }) => plans.map((plan) => ({ ref, plan })));
  return {
    changes: all.flatMap(changesOf),
    request: flat.map(({ plan }) => requestText(plan)).join("\n\n"),
    warnings: flat.flatMap(({ plan }) => [...plan.warnings]),
    breakGlass: flat.map(({ ref, plan }) => planeOf(planes, ref.target)?.traffic.breakGlass(plan) ?? "").join("\n"),
  };
}
