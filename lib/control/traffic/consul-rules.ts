/**
 * Rules above a Consul split: a service-router whose first route sends requests with a header to the canary's subset, past
 * the splitter. In: the splitter's state and the router's (revision 0 where there is none); out: the whole router with the
 * route at its head or without it, with compare-and-set. A router that is empty again stays: it does nothing, and servers
 * before 1.11 delete without comparing.
 */
import { ok, type Result } from "../../base/result.ts";
import {
  type HeaderMatch,
  INTENT_META,
  type Plan,
  type PlanError,
  type TargetRef,
  type TrafficState,
} from "./contract.ts";
import { at, type Json, type JsonObject, listOf, numberOf, objectOf, textOf } from "./document.ts";
import type { RulePlace, RuleWish } from "./rule-place.ts";
import { WHOLE_BP } from "./weights.ts";

const MEMBERS = { exact: "Exact", prefix: "Prefix", regex: "Regex" } as const;
const OWN_MEMBERS = new Set(["CreateIndex", "ModifyIndex", "Hash"]);

export function readRouter(target: TargetRef, raw: JsonObject): TrafficState {
  return {
    target,
    revision: String(numberOf(at(raw, "ModifyIndex")) ?? 0),
    routes: [],
    accepted: "unknown",
    reasons: [],
    intentId: textOf(at(raw, "Meta", INTENT_META)) ?? null,
    raw,
  };
}

function destinationOf({ split, canary }: RulePlace): { readonly service: string; readonly subset: string } {
  const [service = "", subset = ""] = canary.split("/");
  return { service: service === split.target.name ? "" : service, subset };
}

function routeOf(place: RulePlace, { header, how, value }: HeaderMatch): JsonObject {
  const { service, subset } = destinationOf(place);
  return {
    Match: { HTTP: { Header: [{ Name: header, [MEMBERS[how]]: value }] } },
    Destination: {
      ...(service === "" ? {} : { Service: service }),
      ...(subset === "" ? {} : { ServiceSubset: subset }),
    },
  };
}

/** By what it says: Consul fills other members in. */
function isRoute(route: Json, place: RulePlace, { header, how, value }: HeaderMatch): boolean {
  const headers = listOf(at(route, "Match", "HTTP", "Header"));
  const { service, subset } = destinationOf(place);
  const text = (member: string): string => textOf(at(route, "Destination", member)) ?? "";
  const isThere =
    service === "" ? ["", place.split.target.name].includes(text("Service")) : text("Service") === service;
  return (
    headers.length === 1 &&
    textOf(at(headers[0], "Name"))?.toLowerCase() === header.toLowerCase() &&
    textOf(at(headers[0], MEMBERS[how])) === value &&
    isThere &&
    text("ServiceSubset") === subset
  );
}

export function readRouterMatch(place: RulePlace, match: HeaderMatch): boolean {
  return listOf(at(place.rules.raw, "Routes")).some((route) => isRoute(route, place, match));
}

function nameOf({ split }: RulePlace): JsonObject {
  const namespace = textOf(at(split.raw, "Namespace"));
  const partition = textOf(at(split.raw, "Partition"));
  return {
    Kind: "service-router",
    Name: split.target.name,
    ...(namespace === undefined ? {} : { Namespace: namespace }),
    ...(partition === undefined ? {} : { Partition: partition }),
  };
}

function entryOf(wish: RuleWish, routes: readonly Json[]): JsonObject {
  const { raw } = wish.rules;
  const kept = Object.fromEntries(Object.entries(raw).filter(([key]) => !OWN_MEMBERS.has(key)));
  return {
    ...nameOf(wish),
    ...kept,
    Routes: routes,
    Meta: { ...objectOf(at(raw, "Meta")), [INTENT_META]: wish.intentId },
  };
}

/** Errors: none of its own; what Consul finds wrong it says itself. */
export function planRouterMatch(wish: RuleWish, match: HeaderMatch, isOn: boolean): Result<Plan, PlanError> {
  const { rules, routeKey, canary } = wish;
  const before = listOf(at(rules.raw, "Routes"));
  const others = before.filter((route) => !isRoute(route, wish, match));
  const routes = isOn ? [routeOf(wish, match), ...others] : others;
  const cas = `cas=${encodeURIComponent(rules.revision)}`;
  return ok({
    target: rules.target,
    revision: rules.revision,
    changes: [
      {
        ...{ routeKey, backend: canary, path: "service-router Routes", before, after: routes },
        ...(isOn ? { fromBp: 0, toBp: WHOLE_BP } : { fromBp: WHOLE_BP, toBp: 0 }),
      },
    ],
    request: { api: "consul", method: "PUT", path: `/v1/config?${cas}`, body: entryOf(wish, routes) },
    warnings: [],
  });
}
