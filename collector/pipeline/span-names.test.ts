/** Places of spans in the graph by each mesh's own names. */
import { expect, test } from "vitest";
import { graphPlaces, spansBetween } from "../../lib/query/trace-places.ts";
import { LiveDirectory } from "./graph-directory.ts";
import { meshSpanNames } from "./span-names.ts";
import { spanOf } from "./span-rig.ts";
import { istio, Rig, T0 } from "./truth-rig.ts";

const LINKERD = { "linkerd.io/proxy-deployment": "web", "linkerd.io/workload-ns": "shop" };

function directory(): LiveDirectory {
  const rig = new Rig();
  for (const at of [0, 10]) rig.scrape(T0 + at * 1000, istio(at));
  return new LiveDirectory(rig.slots, rig.ids);
}

test("Linkerd's, Consul's and App Mesh's spans find node and edge", () => {
  const known = directory();
  const [web, api] = ["web", "api"].map((name) => known.services({ name })[0]);
  if (web === undefined || api === undefined) throw new Error("the graph lacks a service");
  const edge = known.edgeBetween(web, api);
  const server = spanOf(2, "server", "x", { parent: 1, tags: { node_id: "mesh/apps/virtualNode/api_shop" } });
  const consul = { upstream_cluster: "api.default.dc1.internal.e5b08d03-bfc3-c870-1833-baddb116e648.consul" };
  const appmesh = { upstream_cluster: "cds_egress_apps_api_shop_http_8080" };
  const spans = [
    spanOf(1, "client", "linkerd-proxy", { of: LINKERD }),
    server,
    spanOf(3, "client", "web", { tags: consul }),
    spanOf(4, "client", "web", { tags: appmesh }),
  ];
  expect(edge).toBeDefined();
  expect(graphPlaces(known, spans)).toEqual([
    { node: web.nodeId, edge },
    { node: api.nodeId, edge },
    { node: web.nodeId, edge },
    { node: web.nodeId, edge },
  ]);
  const between = { source: web, target: api };
  expect(spansBetween(spans, between, meshSpanNames)).toEqual([false, true, true, true]);
  expect(spansBetween(spans, between)).toEqual([false, false, false, false]);
});
