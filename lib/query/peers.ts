/**
 * Who answered at a host, as spans tell: the seam between the pairing of spans (collector/pipeline) and the joining of
 * metric edges. In: the end that called and the host it called. Out: the service whose span stood at the other side.
 */
import type { Endpoint } from "../model/identity.ts";

/** A service by name; a part that is not known is left out, and then exactly one known service has to fit. */
export interface PeerName {
  readonly cluster?: string;
  readonly namespace?: string;
  readonly service: string;
}

/** A bounded table (source service, host) → service, of pairs whose two spans came from different meshes. */
export interface SpanPeers {
  /** Changes whenever an answer may have. */
  readonly generation: number;
  /**
   * `host` as `joinHost` writes it: lower case, without a port, `<svc>.<ns>.svc` inside a cluster. Undefined where no pair
   * was seen, or pairs with more than one service.
   */
  peerOf(source: Endpoint, host: string): PeerName | undefined;
}

export const NO_SPAN_PEERS: SpanPeers = { generation: 0, peerOf: () => undefined };
