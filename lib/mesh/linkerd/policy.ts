/**
 * What a Linkerd proxy refuses on its inbound side: denials, rate limits, shed load. In: one series and the workload behind
 * the proxy. Out: meanings on the edge from its unnamed callers. Not handled: `outbound_http_errors_total`, which names no
 * destination (the route metrics do); `inbound_http_authz_allow_total`, the requests that are counted already.
 */
import type { Endpoint } from "../../model/identity.ts";
import type { Measure, SeriesMeaning } from "../../model/meaning.ts";
import type { Series } from "../../wire/exposition/parse-series.ts";
import { isOwnAffair, placeOf } from "./legacy.ts";

const REFUSALS: ReadonlyMap<string, { readonly protocol: "http" | "tcp"; readonly kind: Measure["kind"] }> = new Map([
  ["inbound_http_authz_deny_total", { protocol: "http", kind: "denied" }],
  ["inbound_tcp_authz_deny_total", { protocol: "tcp", kind: "denied" }],
  ["inbound_tcp_authz_terminate_total", { protocol: "tcp", kind: "denied" }],
  ["inbound_http_local_ratelimit_total", { protocol: "http", kind: "rateLimited" }],
  ["inbound_http_errors_total", { protocol: "http", kind: "overflow" }],
  ["inbound_tcp_errors_total", { protocol: "tcp", kind: "overflow" }],
]);
const OVERFLOWS = new Set(["failfast", "loadshed"]);

export function isPolicy(name: string): boolean {
  return REFUSALS.has(name);
}

export function policyMeanings({ name, labels }: Series, own: Endpoint): readonly SeriesMeaning[] {
  const refusal = REFUSALS.get(name);
  if (refusal === undefined || isOwnAffair(labels)) return [];
  const { protocol, kind } = refusal;
  if (kind === "overflow" && !OVERFLOWS.has(labels.get("error") ?? "")) return [];
  if (kind !== "denied" && kind !== "rateLimited" && kind !== "overflow") return [];
  const { edge, reporter, principals } = placeOf(labels, own, "inbound", protocol);
  const named = principals === undefined ? {} : { principals };
  return [{ kind: "counter", edge, reporter, measure: { kind }, family: name, ...named }];
}
