/**
 * Rules above a split, of every mesh: requests with a header (or a cookie) that go to the canary whatever its share is, and
 * copies of requests that the canary gets besides. In: the split as read, and the object that holds such rules where that
 * is another one; out: what stands there now, and one native request that puts a rule or takes it away. What is put is
 * found again by what it says, not by its place, so that it is taken away whole and nothing else is.
 */
import { err, type Result } from "../../base/result.ts";
import { planNodeRoute, planRouterRoute, readNodeRoute, readRouterRoute } from "./app-mesh-rules.ts";
import { planRouterMatch, readRouterMatch } from "./consul-rules.ts";
import {
  CAPABILITIES,
  type HeaderMatch,
  type Plan,
  type PlanError,
  type TargetRef,
  type TrafficState,
} from "./contract.ts";
import { planGatewayMatch, planGatewayMirror, readGatewayMatch, readGatewayMirror } from "./gateway-rules.ts";
import { planIstioMatch, planIstioMirror, readIstioMatch, readIstioMirror } from "./istio-rules.ts";
import { RULE_SUFFIX, type RulePlace, type RuleWish } from "./rule-place.ts";

/** The object that holds rules above the split: often the same. */
export function rulesTarget(target: TargetRef): TargetRef {
  if (target.driver === "consul") return { ...target, part: "router" };
  return target.driver === "appMesh" ? { ...target, name: `${target.name}${RULE_SUFFIX}` } : target;
}

/** What is read of an object that is not there: made by the first write. */
export function absentState(target: TargetRef): TrafficState {
  return { target, revision: "0", routes: [], accepted: "unknown", reasons: [], intentId: null, raw: {} };
}

/** Whether the rule stands there. */
export function hasMatch(place: RulePlace, match: HeaderMatch): boolean {
  switch (place.split.target.driver) {
    case "istio":
      return readIstioMatch(place, match);
    case "httpRoute":
    case "grpcRoute":
    case "linkerdRoute":
      return readGatewayMatch(place, match);
    case "consul":
      return readRouterMatch(place, match);
    case "appMesh":
      return readNodeRoute(place, match);
    case "appMeshCrd":
      return readRouterRoute(place, match);
    case "trafficSplit":
    case "consulCrd":
      return false;
  }
}

const unsupported = (what: string, { driver }: TargetRef) =>
  err({ code: "not_supported" as const, message: `${what} cannot be written on ${driver} objects` });

/** `isOn` false takes the rule away. Errors: `no_change`, `not_supported`, `too_many_rules`, and a rule or canary that is not there. */
export function planMatch(wish: RuleWish, match: HeaderMatch, isOn: boolean): Result<Plan, PlanError> {
  if (hasMatch(wish, match) === isOn)
    return err({ code: "no_change", message: `the rule for ${match.header} is ${isOn ? "there" : "gone"} already` });
  switch (wish.split.target.driver) {
    case "istio":
      return planIstioMatch(wish, match, isOn);
    case "httpRoute":
    case "grpcRoute":
    case "linkerdRoute":
      return planGatewayMatch(wish, match, isOn);
    case "consul":
      return planRouterMatch(wish, match, isOn);
    case "appMesh":
      return planNodeRoute(wish, match, isOn);
    case "appMeshCrd":
      return planRouterRoute(wish, match, isOn);
    case "trafficSplit":
    case "consulCrd":
      return unsupported("a rule for headers", wish.split.target);
  }
}

/** Share of the requests that the canary gets copies of, basis points; null where somebody else's mirror stands there. */
export function mirrorBpOf(place: RulePlace): number | null {
  switch (place.split.target.driver) {
    case "istio":
      return readIstioMirror(place);
    case "httpRoute":
    case "grpcRoute":
    case "linkerdRoute":
      return readGatewayMirror(place);
    default:
      return 0;
  }
}

/** Zero takes the mirror away. Errors: `no_change`, `not_supported` (Linkerd as well), `mirror_taken`. */
export function planMirror(wish: RuleWish, mirrorBp: number): Result<Plan, PlanError> {
  const { target } = wish.split;
  if (!CAPABILITIES[target.driver].mirror) return unsupported("a mirror", target);
  const now = mirrorBpOf(wish);
  if (now === null) return err({ code: "mirror_taken", message: "the rule has a mirror of somebody else already" });
  if (now === mirrorBp) return err({ code: "no_change", message: "the mirror is so already" });
  switch (target.driver) {
    case "istio":
      return planIstioMirror(wish, mirrorBp);
    case "httpRoute":
    case "grpcRoute":
    case "linkerdRoute":
      return planGatewayMirror(wish, mirrorBp);
    default:
      return unsupported("a mirror", target);
  }
}
