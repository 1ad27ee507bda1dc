/** The cluster as `GET /meta` shows it. */
import type { Completeness } from "../../lib/query/schema/common.ts";
import type { Meta } from "../../lib/query/schema/estate.ts";
import type { Cluster } from "./cluster.ts";

/** Of every answer that holds their part. */
export function othersOf(cluster: Cluster): NonNullable<Completeness["others"]> {
  const others = cluster.list().filter(({ state }) => state !== "self");
  return others.map(({ name, state, partAgeMs }) => ({ member: name, state, ageMs: partAgeMs }));
}

export function clusterView(cluster: Cluster): NonNullable<Meta["cluster"]> {
  const { self, control, isControl } = cluster.members;
  return { self, control, isControl, members: cluster.list() };
}
