/**
 * `/services/{id}` and `/workloads/{id}`: a node of the `service` or `workload` view with the edges that touch it, its
 * versions side by side and how it is secured. In: a snapshot and an id. Everything beside the edges is what an edge of
 * the same facts would say, so that a version and its edge on the map agree. Certificates have an answer of their own.
 */

import { err, ok, type Result } from "../base/result.ts";
import { requestTotals } from "../model/edge-stats.ts";
import type { EdgeFact } from "./edge-facts.ts";
import { type Together, together } from "./edges-together.ts";
import { NO_FOLDS } from "./folds.ts";
import { type AnswerContext, nodeAnswer } from "./graph-answer.ts";
import { ratio } from "./numbers.ts";
import type { AbsentReason, ApiError } from "./schema/common.ts";
import type { EntityAnswer, EntityVersion } from "./schema/entity.ts";
import type { EdgeDetail } from "./schema/graph.ts";
import type { Snapshot } from "./snapshot.ts";
import { type ViewGraph, viewGraph } from "./view-graph.ts";
import { type Ids, identityIn } from "./view-key.ts";

export interface EntityKind {
  readonly view: "service" | "workload";
  readonly kinds: ReadonlySet<string>;
  readonly notFound: ApiError;
}

export const SERVICE: EntityKind = {
  view: "service",
  kinds: new Set(["service"]),
  notFound: { code: "service_not_found", message: "no service has this id", field: "id" },
};

export const WORKLOAD: EntityKind = {
  view: "workload",
  kinds: new Set(["workload", "service", "app", "gateway", "waypoint"]),
  notFound: { code: "workload_not_found", message: "no workload has this id", field: "id" },
};

function requestsOf(facts: readonly EdgeFact[]): number {
  return facts.reduce((sum, { counts }) => sum + requestTotals(counts).total, 0);
}

function workloadsOf(facts: readonly EdgeFact[], ids: Ids): EntityVersion["workloads"] {
  const found = new Map<string, string>();
  for (const { target } of facts) {
    const identity = identityIn("workload", target);
    found.set(ids.node(identity), identity.name);
  }
  return [...found].map(([id, name]) => ({ id, name })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function versionOf(facts: readonly EdgeFact[], all: number, presenter: Together): EntityVersion[] {
  const shown = together(facts, presenter);
  const [first] = facts;
  if (shown === null || first === undefined) return [];
  const { requestsPerSec, errorRatio, latencyMs, health, absent } = shown;
  const share = ratio(requestsOf(facts), all);
  const why: Record<string, AbsentReason> = share === null ? { share: "notApplicable" } : {};
  for (const name of ["requestsPerSec", "errorRatio", "latencyMs"]) {
    const reason = absent?.[name];
    if (reason !== undefined) why[name] = reason;
  }
  const known = {
    version: first.target.version ?? null,
    id: presenter.ids.node(identityIn("version", first.target)),
    workloads: workloadsOf(facts, presenter.ids),
    ...{ requestsPerSec, errorRatio, latencyMs, share, health },
  };
  return [{ ...known, ...(Object.keys(why).length === 0 ? {} : { absent: why }) }];
}

function versionsOf(inbound: readonly EdgeFact[], presenter: Together): EntityVersion[] {
  const groups = new Map<string, EdgeFact[]>();
  for (const fact of inbound) {
    const key = fact.target.version ?? "";
    groups.set(key, [...(groups.get(key) ?? []), fact]);
  }
  const all = requestsOf(inbound);
  const versions = [...groups.values()].flatMap((facts) => versionOf(facts, all, presenter));
  const name = ({ version }: EntityVersion): string => version ?? "";
  return versions.sort((a, b) => (b.requestsPerSec ?? 0) - (a.requestsPerSec ?? 0) || (name(a) < name(b) ? -1 : 1));
}

const unite = (sets: readonly ReadonlySet<string>[]): string[] => [...new Set(sets.flatMap((set) => [...set]))].sort();

function securityOf(
  inbound: readonly EdgeFact[],
  outbound: readonly EdgeFact[],
  presenter: Together,
): EntityAnswer["security"] {
  const into = together(inbound, presenter);
  const outOf = together(outbound, presenter);
  const absent: Record<string, AbsentReason> = {};
  const why = (shown: EdgeDetail | null): AbsentReason => shown?.absent?.["mtls"] ?? "notApplicable";
  if ((into?.mtls ?? null) === null) absent["inbound"] = why(into);
  if ((outOf?.mtls ?? null) === null) absent["outbound"] = why(outOf);
  const principals = (facts: readonly EdgeFact[], end: "source" | "destination") =>
    facts.map(({ counts }) => counts.principals[end]);
  return {
    inbound: into?.mtls ?? null,
    outbound: outOf?.mtls ?? null,
    principals: {
      own: unite([...principals(inbound, "destination"), ...principals(outbound, "source")]),
      callers: unite(principals(inbound, "source")),
      called: unite(principals(outbound, "destination")),
    },
    ...(Object.keys(absent).length === 0 ? {} : { absent }),
  };
}

function factsOf(graph: ViewGraph, id: string, end: "source" | "target"): EdgeFact[] {
  return graph.edges.filter((edge) => edge[end] === id).flatMap((edge) => [...edge.facts]);
}

/** Errors: the kind's `notFound`. */
export function entityAnswer(
  snapshot: Snapshot,
  id: string,
  { view, kinds, notFound }: EntityKind,
  context: AnswerContext,
): Result<EntityAnswer, ApiError> {
  const found = nodeAnswer(snapshot, id, { view }, context);
  const graph = viewGraph(snapshot.facts, view, NO_FOLDS, context.ids);
  const node = graph.nodes.get(id);
  if (!found.ok || node === undefined || !kinds.has(found.value.node.kind)) return err(notFound);
  const seen = { listeners: snapshot.estate.live.listeners, start: snapshot.window.start };
  const presenter = { self: node.id, ids: context.ids, context: seen };
  const inbound = factsOf(graph, id, "target");
  const whole = together(inbound, presenter);
  const latencyMs = whole?.latencyMs ?? null;
  return ok({
    ...found.value,
    meshes: [...node.meshes].sort(),
    versions: versionsOf(inbound, presenter),
    latencyMs,
    security: securityOf(inbound, factsOf(graph, id, "source"), presenter),
    ...(latencyMs === null ? { absent: { latencyMs: whole?.absent?.["latencyMs"] ?? "notApplicable" } } : {}),
  });
}
