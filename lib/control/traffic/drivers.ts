/** The table of drivers: which reader and which planner speak for an object, by the kind of its target. */
import type { Result } from "../../base/result.ts";
import type { DriverKind } from "../../query/schema/rollout-definition.ts";
import { planRoute, planVirtualRouter, readRoute, readVirtualRouter } from "./app-mesh.ts";
import { planSplitter, readSplitter } from "./consul.ts";
import { planSplitterObject, readSplitterObject } from "./consul-crd.ts";
import type { DesiredSplit, Plan, PlanError, TargetRef, TrafficState } from "./contract.ts";
import type { JsonObject } from "./document.ts";
import { planGatewayRoute, readGatewayRoute } from "./gateway-route.ts";
import { planVirtualService, readVirtualService } from "./istio.ts";
import { planTrafficSplit, readTrafficSplit } from "./traffic-split.ts";

interface Driver {
  readonly read: (target: TargetRef, raw: JsonObject) => TrafficState;
  readonly plan: (state: TrafficState, desired: DesiredSplit, intentId: string) => Result<Plan, PlanError>;
}

const TABLE: Readonly<Record<DriverKind, Driver>> = {
  istio: { read: readVirtualService, plan: planVirtualService },
  httpRoute: { read: readGatewayRoute, plan: planGatewayRoute },
  grpcRoute: { read: readGatewayRoute, plan: planGatewayRoute },
  linkerdRoute: { read: readGatewayRoute, plan: planGatewayRoute },
  trafficSplit: { read: readTrafficSplit, plan: planTrafficSplit },
  consul: { read: readSplitter, plan: planSplitter },
  consulCrd: { read: readSplitterObject, plan: planSplitterObject },
  appMesh: { read: readRoute, plan: planRoute },
  appMeshCrd: { read: readVirtualRouter, plan: planVirtualRouter },
};

export function readSplit(target: TargetRef, raw: JsonObject): TrafficState {
  return TABLE[target.driver].read(target, raw);
}

export function planSplit(state: TrafficState, desired: DesiredSplit, intentId: string): Result<Plan, PlanError> {
  return TABLE[state.target.driver].plan(state, desired, intentId);
}
