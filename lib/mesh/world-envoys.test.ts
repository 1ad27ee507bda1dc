/** The simulated Consul, App Mesh and Service Connect estates, printed by their proxies and read back: what happened is what is read. */
import { describe, expect, test } from "vitest";
import { isFailure } from "../model/failure.ts";
import type { TargetLabels } from "../model/meaning.ts";
import { jobOf, targetLabelsOf } from "../world/estate-jobs.ts";
import { expose } from "../world/exposition.ts";
import type { Pod } from "../world/hop.ts";
import { graphEdges } from "../world/truth.ts";
import { World } from "../world/world.ts";
import { appmeshAdapter } from "./appmesh/adapter.ts";
import { consulAdapter } from "./consul/adapter.ts";
import { readBody } from "./reading-rig.ts";

const startMs = Date.UTC(2026, 0, 5);
const world = new World({ seed: 7, startMs, arrivalsEndMs: 20_000 });
world.advance(startMs + 40_000);

interface Sums {
  requests: number;
  failures: number;
  opened: number;
}

/** As the demo's scrape jobs have it: no more than what the proxy does not say. */
function configured(pod: Pod): TargetLabels {
  const job = jobOf(pod);
  const labels = targetLabelsOf(pod);
  const { clusters = {}, namespaces = {} } = job?.names ?? {};
  return {
    cluster: labels["cluster"] ?? "",
    namespace: labels["namespace"] ?? "",
    workload: labels["workload"] ?? "",
    service: labels["service"] ?? "",
    version: labels["version"] ?? "",
    app: labels["app"] ?? "",
    names: { clusters: new Map(Object.entries(clusters)), namespaces: new Map(Object.entries(namespaces)) },
  };
}

/** Outbound counts by `caller callee`, of all pods of some dialects; the agent's own counts of them apart. */
function readBack(wanted: (pod: Pod) => boolean, reporter = "outbound"): Map<string, Sums> {
  const edges = new Map<string, Sums>();
  for (const pod of world.pods.filter(wanted)) {
    const exposition = expose(pod, { startMs, nowMs: world.nowMs }, 1);
    if (exposition === null) continue;
    const body = readBody(
      exposition.text,
      configured(pod),
      pod.workload.role === "consul" ? consulAdapter : appmeshAdapter,
    );
    expect(body.drops).toEqual({});
    for (const { meaning, value } of body.rows) {
      if (meaning.kind !== "counter" || meaning.reporter !== reporter) continue;
      const { source, target } = meaning.edge;
      const key = `${source.cluster}/${source.namespace}/${source.name} ${target.cluster}/${target.namespace}/${target.name}`;
      const sums = edges.get(key) ?? { requests: 0, failures: 0, opened: 0 };
      edges.set(key, sums);
      const { measure } = meaning;
      if (measure.kind === "connectionsOpened") sums.opened += value;
      if (measure.kind !== "requests" || measure.code.endsWith("xx") !== (reporter === "outboundRoute")) continue;
      sums.requests += value;
      if (isFailure(measure.code, "")) sums.failures += value;
    }
  }
  return edges;
}

/** What one mesh's workloads sent each other. Of a migrating workload only one replica has this mesh's proxy. */
function truthOf(mesh: "consul" | "appmesh", wanted: (cluster: string) => boolean) {
  const migrating = new Set(
    world.pods.filter((pod) => pod.workload.replicaRoles !== undefined).map((p) => p.workload.name),
  );
  return graphEdges(world.truth())
    .filter(({ source, target }) => source.mesh === mesh && target.mesh === mesh && wanted(source.cluster))
    .filter(({ source, target }) => !migrating.has(source.name) && !migrating.has(target.name))
    .map((edge) => ({
      key: [edge.source, edge.target].map((end) => `${end.cluster}/${end.namespace}/${end.name}`).join(" "),
      ...edge,
    }));
}

const cases = [
  ["consul", "consul", () => true, "outbound"],
  ["appmesh", "appmesh", (cluster: string) => cluster === "aws", "outbound"],
  ["serviceConnect", "appmesh", (cluster: string) => cluster === "ecs", "outbound"],
  ["serviceConnect", "appmesh", (cluster: string) => cluster === "ecs", "outboundRoute"],
] as const;

describe.each(cases)("%s, read as %s", (role, mesh, inCluster, reporter) => {
  test(`every edge has what its caller sent, by ${reporter}`, () => {
    const seen = readBack((pod) => pod.workload.role === role, reporter);
    const truth = truthOf(mesh, inCluster);
    expect(truth.length).toBeGreaterThan(0);
    for (const { key, protocol, requests, failures, tcp } of truth) {
      const read = seen.get(key);
      if (protocol === "tcp") expect([key, read?.opened, read?.requests]).toEqual([key, tcp.opened, 0]);
      // A gRPC status is in no statistic of a stock Envoy.
      else
        expect([key, read?.requests, protocol === "grpc" || read?.failures === failures]).toEqual([
          key,
          requests,
          true,
        ]);
    }
  });
});
