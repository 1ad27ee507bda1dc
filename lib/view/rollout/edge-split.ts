/**
 * The release behind what an edge says of a split. In: the versions of the edge's split, and rollouts near its target, whole;
 * out: the one route that leads to all of them, with its share over time. Undefined where none does, or more
 * than one: a guess would be drawn as a fact.
 */
import type { GraphNode } from "../../query/schema/graph.ts";
import type { RolloutDetail, RolloutSummary } from "../../query/schema/rollouts.ts";
import { versionOf } from "../../query/splits.ts";
import type { ShareSeries } from "./share-chart.ts";

export interface EdgeRelease {
  readonly id: string;
  readonly name: string;
  readonly series: ShareSeries;
}

type Target = Pick<GraphNode, "mesh" | "namespace" | "name" | "service" | "app">;

/** Those that may move the target's traffic: of its mesh, and of its namespace or its service. Control planes have names of their own for places. */
export function nearTo<R extends Pick<RolloutSummary, "mesh" | "namespace" | "service">>(
  { mesh, namespace, name, service, app }: Target,
  rollouts: readonly R[],
): readonly R[] {
  const names = [name, service, app];
  return rollouts.filter((one) => one.mesh === mesh && (one.namespace === namespace || names.includes(one.service)));
}

interface Told extends Pick<RolloutDetail, "id" | "name" | "splits"> {
  readonly routes: readonly Pick<RolloutDetail["routes"][number], "id" | "stable" | "canary">[];
}

export function releaseOf(versions: readonly string[], rollouts: readonly Told[]): EdgeRelease | undefined {
  const found = rollouts.flatMap(({ id, name, routes, splits }) =>
    routes.flatMap((route): EdgeRelease[] => {
      const arms = [versionOf(route.canary), versionOf(route.stable)];
      const series = splits?.find((split) => split.route === route.id);
      if (series === undefined || !versions.every((version) => arms.includes(version))) return [];
      return [{ id, name, series }];
    }),
  );
  return found.length === 1 ? found[0] : undefined;
}
