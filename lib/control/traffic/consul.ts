/**
 * Consul service-splitter. In: the entry as read, and the service-router above it where there is one; out: the rules that
 * requests meet before the split, one rule of splits, and the whole entry with new weights, to be put with
 * `cas=<ModifyIndex>`. Weights are percents with two decimals that must sum to 100 exactly. Consul answers a lost race
 * with 200 and the body `false`, and what it finds invalid with 500 and text: both are told apart here.
 */
import { ok, type Result } from "../../base/result.ts";
import {
  type ApplyResult,
  type DesiredSplit,
  INTENT_META,
  type Plan,
  type PlanError,
  type TargetRef,
  type TrafficRoute,
  type TrafficState,
} from "./contract.ts";
import { at, type Json, type JsonObject, listOf, numberOf, objectOf, textOf, withMember } from "./document.ts";
import { changesOf, digestOf, writtenWish } from "./planning.ts";
import { toBp, WHOLE_BP } from "./weights.ts";

/** `web/v2`, `web` or `other`: service and subset, as the chain resolves them. */
export function splitId(service: Json | undefined, subset: Json | undefined, name: string): string {
  const [of, part] = [textOf(service) ?? "", textOf(subset) ?? ""];
  return `${of === "" ? name : of}${part === "" ? "" : `/${part}`}`;
}

/** What a route of the router asks for, in few words. */
function matchLabel(match: Json | undefined): string {
  const http = objectOf(at(match, "HTTP")) ?? {};
  const members = Object.entries(http).filter(([, value]) => listOf(value).length > 0 || textOf(value) !== undefined);
  return members
    .map(([member, value]) => {
      const named = listOf(value).map((one) => textOf(at(one, "Name")) ?? textOf(one));
      return `${member} ${textOf(value) ?? named.join(", ")}`;
    })
    .join(", ");
}

/**
 * Routes that take requests past the split: to a subset, or to another service. The others lead to it. A route that matches
 * everything leaves nothing to those after it, and to the split.
 */
function routesAbove(target: TargetRef, router: JsonObject | undefined): readonly TrafficRoute[] {
  return listOf(at(router, "Routes")).flatMap((route, i) => {
    const [service, subset] = [at(route, "Destination", "Service"), at(route, "Destination", "ServiceSubset")];
    const id = splitId(service, subset, target.name);
    if (id === target.name) return [];
    const label = matchLabel(at(route, "Match"));
    const rule = `router rule ${i + 1} (${label === "" ? "every request" : label})`;
    const backends = [{ id, weightBp: WHOLE_BP, native: 100 }];
    return [{ key: `router-${digestOf(at(route, "Match"), id)}`, label: rule, matched: true, backends }];
  });
}

export function readSplitter(target: TargetRef, raw: JsonObject, router?: JsonObject): TrafficState {
  const splits = listOf(at(raw, "Splits"));
  const native = splits.map((split) => numberOf(at(split, "Weight")) ?? 0);
  const bp = toBp(native) ?? native.map(() => 0);
  return {
    target,
    revision: String(numberOf(at(raw, "ModifyIndex")) ?? 0),
    routes: [
      ...routesAbove(target, router),
      {
        key: target.name,
        label: target.name,
        matched: false,
        backends: splits.map((split, i) => ({
          id: splitId(at(split, "Service"), at(split, "ServiceSubset"), target.name),
          weightBp: bp[i] ?? 0,
          native: native[i] ?? 0,
        })),
      },
    ],
    accepted: "unknown",
    reasons: [],
    intentId: textOf(at(raw, "Meta", INTENT_META)) ?? null,
    raw,
  };
}

/** Members that Consul keeps itself. */
const OWN_MEMBERS = new Set(["CreateIndex", "ModifyIndex", "Hash"]);

/** Errors: those of the wish. Every share can be written: two decimals of a percent are basis points. */
export function planSplitter(state: TrafficState, desired: DesiredSplit, intentId: string): Result<Plan, PlanError> {
  const above = state.routes.filter(({ key }) => key !== state.target.name);
  const split = { ...state, routes: state.routes.filter(({ key }) => key === state.target.name) };
  const wish = writtenWish(split, desired, () => WHOLE_BP);
  if (!wish.ok) return wish;
  const native = wish.value.native.map((bp) => bp / 100);
  const kept = Object.fromEntries(Object.entries(state.raw).filter(([key]) => !OWN_MEMBERS.has(key)));
  const weighed = native.reduce<Json>((entry, weight, i) => withMember(entry, ["Splits", i, "Weight"], weight), kept);
  const noted = withMember(weighed, ["Meta"], { ...objectOf(at(weighed, "Meta")), [INTENT_META]: intentId });
  return ok({
    target: state.target,
    revision: state.revision,
    changes: changesOf(wish.value, native, (i) => `Splits[${i}].Weight`),
    request: {
      api: "consul",
      method: "PUT",
      path: `/v1/config?cas=${encodeURIComponent(state.revision)}`,
      body: objectOf(noted) ?? {},
    },
    warnings:
      above.length === 0
        ? []
        : [
            {
              code: "matched_rules_above",
              message: `requests that match ${above.map(({ label }) => label).join(", ")} are not moved: those rules stand above`,
            },
          ],
  });
}

/** Texts of Consul's own validation; what else it answers with 500 is a fault of its cluster. */
const INVALID = [
  /no splits configured/,
  /the sum of all split weights must be 100/,
  /split destination occurs more than once/,
  /does not permit advanced routing or splitting/,
  /does not have a subset named/,
  /is not a valid (?:expression|subset)/,
  /Redirect and Failover cannot both be set/,
];

export type PutOutcome = "applied" | "conflict" | Extract<ApplyResult, { readonly message: string }>;

/** What a PUT of an entry came to, by its status and body. */
export function putOutcome(status: number, body: string): PutOutcome {
  const message = body.trim();
  if (status === 200) return message === "false" ? "conflict" : "applied";
  if (status === 403) return { kind: "forbidden", message };
  if (status === 400) return { kind: "invalid", message };
  if (status === 500 && INVALID.some((text) => text.test(message))) return { kind: "invalid", message };
  return { kind: "unavailable", message: `${status}: ${message}` };
}
