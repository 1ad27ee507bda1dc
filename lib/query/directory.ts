/** How traces find their place in the graph: names of services to the graph's ids, and an edge's id to its two ends. */
import type { Span } from "../model/span.ts";

/** A service as a span names it; a part that it leaves out matches any. */
export interface ServiceClaim {
  readonly name: string;
  readonly namespace?: string;
  readonly cluster?: string;
}

/** Who a span speaks for, and whom it names upstream, by whatever names its mesh has. */
export interface SpanNames {
  /** In the order in which they are tried. */
  claims(span: Span): readonly ServiceClaim[];
  upstream(span: Span): ServiceClaim | undefined;
}

export interface ServiceRef {
  /** Id of the node in the `service` view. */
  readonly nodeId: string;
  readonly cluster: string;
  readonly namespace: string;
  /** Canonical service. */
  readonly name: string;
}

/** Calls that services answer, or that they make where nobody is known to call them. */
export interface ServiceCalls {
  readonly services: readonly ServiceRef[];
  readonly side: "server" | "client";
}

export interface GraphDirectory {
  /** How spans name services; Istio's and SDKs' names alone where it is not given. */
  readonly names?: SpanNames;
  /** Services known from metrics; a part that is left out matches any. */
  services(match: {
    readonly cluster?: string;
    readonly namespace?: string;
    readonly name: string;
  }): readonly ServiceRef[];
  /** The services at both ends of an edge id of any view seen in the last hours. */
  edge(id: string): { readonly source: ServiceRef; readonly target: ServiceRef } | undefined;
  /** The services at a node of any view seen in the last hours. */
  node(id: string): ServiceCalls | undefined;
  /** Id of the edge between two services in the `service` view, where metrics know one. */
  edgeBetween(source: ServiceRef, target: ServiceRef): string | undefined;
}
