/**
 * What pairs of spans taught about hosts: a caller's proxy could name only a host, and the span of whoever answered names
 * its service. Filled by the pipeline, asked where metric edges are joined. A host that two services answered for one
 * caller names neither.
 */

/** A service as a span names it; a part that is empty was not said. */
export interface PeerClaim {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
}

export interface SpanPeers {
  /** Moves with every change. */
  readonly generation: number;
  /** By `peerKey`. */
  hostTargets(): ReadonlyMap<string, PeerClaim>;
}

/** `source`: the caller as its own span names it; `host`: in lower case and without port. */
export function peerKey({ cluster, namespace, name }: PeerClaim, host: string): string {
  return JSON.stringify([cluster, namespace, name, host]);
}
