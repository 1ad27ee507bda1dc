/**
 * HTTP connections that a pod keeps to its peers: up to four each, and one is replaced after every 500 requests.
 * In: a peer's name per request. Out: what the request does with the connections.
 */
export class ConnectionPool {
  private readonly served = new Map<string, number>();

  take(peer: string): "added" | "replaced" | "kept" {
    const served = this.served.get(peer) ?? 0;
    this.served.set(peer, served + 1);
    if (served < 4) return "added";
    return served % 500 === 0 ? "replaced" : "kept";
  }
}
