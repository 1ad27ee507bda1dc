/** How traces find their place in the graph: names of services to the graph's ids, and an edge's id to its two ends. */

export interface ServiceRef {
  /** Id of the node in the `service` view. */
  readonly nodeId: string;
  readonly cluster: string;
  readonly namespace: string;
  /** Canonical service. */
  readonly name: string;
}

export interface GraphDirectory {
  /** Services known from metrics; a part that is left out matches any. */
  services(match: {
    readonly cluster?: string;
    readonly namespace?: string;
    readonly name: string;
  }): readonly ServiceRef[];
  /** The services at both ends of an edge id of any view seen in the last hours. */
  edge(id: string): { readonly source: ServiceRef; readonly target: ServiceRef } | undefined;
  /** Id of the edge between two services in the `service` view, where metrics know one. */
  edgeBetween(source: ServiceRef, target: ServiceRef): string | undefined;
}
