/** How large a graph is: nodes, edges, and the boxes its real nodes stand in. In: the members a query chose. */
import type { GraphSize } from "./schema/graph.ts";
import type { Snapshot } from "./snapshot.ts";
import type { ViewEdge, ViewNode } from "./view-graph.ts";

interface Members {
  readonly nodes: readonly { readonly of: ViewNode }[];
  readonly edges: readonly { readonly of: ViewEdge }[];
}

export function graphSize({ window }: Snapshot, { nodes, edges }: Members): GraphSize {
  const namespaces = new Set<string>();
  const clusters = new Set<string>();
  const meshes = new Set<string>();
  for (const { of } of nodes) {
    const { cluster, namespace } = of.identity;
    if (namespace !== "") namespaces.add(JSON.stringify([cluster, namespace]));
    if (cluster !== "") clusters.add(cluster);
    if (of.meshes.size > 0) meshes.add([...of.meshes].sort().join("+"));
  }
  const boxes = { namespace: namespaces.size, cluster: clusters.size, mesh: meshes.size };
  return { window, nodes: nodes.length, edges: edges.length, boxes };
}
