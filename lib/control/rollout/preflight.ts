/**
 * What must hold before a write, and what a person should know. In: what stands behind the backends, the plan, the object;
 * out: findings, each a reason to refuse or to warn. A write of the way back asks for one thing: a stable version that is
 * ready. Counts that cannot be read say nothing; a subset that the mesh does not know, or that selects the other arm's
 * pods, is refused before it answers people with 503.
 */

import { base64url } from "../../base/encoding.ts";
import { sha256 } from "../../base/sha256.ts";
import type { Plan, PlanErrorCode, TrafficState, WarningCode } from "../traffic/contract.ts";
import { at, listOf, textOf } from "../traffic/document.ts";
import { isLinkerds } from "../traffic/gateway-rules.ts";
import type { RouteRef, Step } from "./definition.ts";

export interface ReadyFacts {
  readonly id: string;
  /** Null where it cannot be asked. */
  readonly readyEndpoints: number | null;
  readonly exists: boolean | null;
  readonly pods: readonly { readonly name: string; readonly version: string; readonly ready: boolean }[];
  /** Of what runs there: a hash of the pod template, where the mesh has one. */
  readonly revision?: string;
}

export type FindingCode =
  | "backend_missing"
  | "no_ready_endpoint"
  | "same_pods"
  | "same_version"
  | "fewer_ready"
  | "mirror_unconfirmed"
  | "mirror_refused"
  | "not_accepted"
  | "rules_above";

export interface Finding {
  readonly code: FindingCode | PlanErrorCode | WarningCode | "owned" | "forbidden";
  readonly severity: "refuses" | "warns";
  readonly message: string;
}

const refuses = (code: FindingCode, message: string): Finding => ({ code, severity: "refuses", message });
const warns = (code: FindingCode, message: string): Finding => ({ code, severity: "warns", message });

function missing(facts: readonly ReadyFacts[], asked: readonly string[]): readonly Finding[] {
  return facts
    .filter(({ id, exists }) => asked.includes(id) && exists === false)
    .map(({ id }) => refuses("backend_missing", `${id} does not exist in the mesh`));
}

function empty(facts: readonly ReadyFacts[], asked: readonly string[]): readonly Finding[] {
  return facts
    .filter(({ id, exists, readyEndpoints }) => asked.includes(id) && exists !== false && readyEndpoints === 0)
    .map(({ id }) => refuses("no_ready_endpoint", `${id} has no ready endpoint`));
}

/** Both arms are the same pods, or the same version: the label that tells them apart is wrong. */
function confused(facts: readonly ReadyFacts[], { stable, canary }: RouteRef): readonly Finding[] {
  const podsOf = (id: string) => facts.find((fact) => fact.id === id)?.pods ?? [];
  const stables = podsOf(stable);
  const shared = podsOf(canary).find(({ name }) => stables.some((pod) => pod.name === name));
  if (shared !== undefined)
    return [refuses("same_pods", `${shared.name} stands behind ${stable} and ${canary}: a label selects both`)];
  const versions = (id: string) => new Set(podsOf(id).flatMap(({ version }) => (version === "" ? [] : [version])));
  const old = versions(stable);
  const fresh = versions(canary);
  if (fresh.size === 0 || ![...fresh].every((version) => old.has(version))) return [];
  return [refuses("same_version", `${canary} runs ${[...fresh].join(", ")}, as ${stable} does`)];
}

/** Before a write of shares or rules. `plan`: who is sent anything by it. */
export function preflightOf(
  facts: readonly ReadyFacts[],
  ref: RouteRef,
  plan: Pick<Plan, "changes">,
  isRollback: boolean,
): readonly Finding[] {
  if (isRollback) return [...missing(facts, [ref.stable]), ...empty(facts, [ref.stable])];
  const weighted = [...new Set(plan.changes.filter(({ toBp }) => toBp > 0).map(({ backend }) => backend))];
  const asked = [...new Set([...weighted, ref.stable, ref.canary])];
  const isSent = weighted.includes(ref.canary);
  return [...missing(facts, asked), ...empty(facts, weighted), ...(isSent ? confused(facts, ref) : [])];
}

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/** Whether a rule takes requests alone that change nothing: then a copy does no harm. */
export function isSafeRule({ target, raw, routes }: TrafficState, routeKey: string): boolean {
  const index = routes.findIndex(({ key }) => key === routeKey);
  const isIstio = target.driver === "istio";
  const matches = isIstio
    ? listOf(at(raw, "spec", "http", index, "match"))
    : listOf(at(raw, "spec", "rules", index, "matches"));
  const methods = matches.map((match) => textOf(isIstio ? at(match, "method", "exact") : at(match, "method")));
  return methods.length > 0 && methods.every((method) => method !== undefined && SAFE.has(method));
}

/** Before a mirror: a mesh that drops it, and writes that would be done twice without anybody having said so. */
export function mirrorFindings(
  split: TrafficState,
  ref: RouteRef,
  step: Extract<Step, { readonly kind: "mirror" }>,
  mesh: string,
): readonly Finding[] {
  if (step.mirrorBp === 0) return [];
  const isLinkerd = mesh === "linkerd" || isLinkerds(split.raw);
  return [
    ...(isLinkerd ? [refuses("mirror_refused", "Linkerd drops a whole route that has a mirror")] : []),
    ...(step.isConfirmed || isSafeRule(split, ref.routeKey)
      ? []
      : [
          refuses(
            "mirror_unconfirmed",
            "the canary would carry out every write a second time: confirm it in the step, or mirror a rule of GET requests",
          ),
        ]),
  ];
}

/** What a person should know of the route, whatever is written. */
export function routeFindings(state: TrafficState, { routeKey, canary }: RouteRef): readonly Finding[] {
  const index = state.routes.findIndex(({ key }) => key === routeKey);
  const isOrdered = state.target.driver === "istio";
  const above = state.routes.filter((route, i) => route.matched && (isOrdered ? i < index : i !== index));
  const rules = above.map(({ label, backends }) => {
    const most = backends.find(({ weightBp }) => weightBp > 0)?.id ?? "nobody";
    return `${label} → ${backends.some(({ id }) => id === canary) ? canary : most}`;
  });
  return [
    ...(above.length === 0
      ? []
      : [warns("rules_above", `asked before the split, and not moved by its shares: ${rules.join("; ")}`)]),
    ...(state.accepted === "no"
      ? [warns("not_accepted", `a controller refuses the route: ${state.reasons.join(", ")}`)]
      : []),
  ];
}

/** A canary that is to take everything with fewer endpoints than the stable version has. */
export function readyFindings(facts: readonly ReadyFacts[], { stable, canary }: RouteRef): readonly Finding[] {
  const ready = (id: string) => facts.find((fact) => fact.id === id)?.readyEndpoints ?? null;
  const [old, fresh] = [ready(stable), ready(canary)];
  if (old === null || fresh === null || fresh >= old) return [];
  return [warns("fewer_ready", `${canary} has ${fresh} ready endpoints, ${stable} ${old}`)];
}

/** What approvals are bound to: a hash, or the versions that run there; null where nothing is known. */
export function workloadOf({ revision, pods }: ReadyFacts): string | null {
  if (revision !== undefined) return revision;
  const versions = [...new Set(pods.flatMap(({ version }) => (version === "" ? [] : [version])))].sort();
  if (versions.length === 0) return null;
  const text = versions.join(", ");
  return text.length <= 80 ? text : base64url(sha256(new TextEncoder().encode(text))).slice(0, 12);
}

/** Whether every canary has as many ready endpoints as a check step asks for, in words. */
export function readiness(
  facts: readonly ReadyFacts[],
  { id, stable, canary }: RouteRef,
  leastReady: number | "asStable",
): { readonly isReady: boolean; readonly message: string } {
  const ready = (backend: string) => facts.find((fact) => fact.id === backend)?.readyEndpoints ?? null;
  const fresh = ready(canary);
  const least = leastReady === "asStable" ? ready(stable) : leastReady;
  if (fresh === null || least === null)
    return {
      isReady: false,
      message: `${id}: the control plane does not say how many endpoints of ${canary} are ready`,
    };
  const isReady = fresh >= Math.max(1, least);
  return { isReady, message: `${id}: ${fresh} of ${Math.max(1, least)} endpoints of ${canary} are ready` };
}
