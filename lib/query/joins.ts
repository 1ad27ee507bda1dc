/**
 * What joins a call that leaves one mesh to the service that answers it in another (design §2 "Joining"). In: the end that
 * called, the host it called, and three books: addresses known from elsewhere, span pairs, the user's aliases. Out: the
 * name of the service, and which book said so. The first that knows wins.
 */
import { hostAndPort, inClusterHost, isIpAddress } from "../model/host-names.ts";
import type { Endpoint } from "../model/identity.ts";
import { NO_SPAN_PEERS, type PeerName, type SpanPeers } from "./peers.ts";

/** One entry of `aliases:`: what is called by this host is that service. */
export interface Alias extends PeerName {
  /** A host, with a port where it matters, or `*.` and a domain for every host below it. */
  readonly host: string;
}

export type Join = "same_key" | "service_host" | "address" | "span_pair" | "alias" | "span_name";

export interface JoinBooks {
  /** By IP address without a port: who is scraped there. */
  readonly addresses: ReadonlyMap<string, PeerName>;
  readonly spans: SpanPeers;
  readonly aliases: readonly Alias[];
}

export const NO_JOINS: JoinBooks = { addresses: new Map(), spans: NO_SPAN_PEERS, aliases: [] };

export interface Found {
  readonly peer: PeerName;
  readonly join: Join;
}

/** The host behind a target that no proxy answered for; undefined where it has none. */
export function hostOf(target: Endpoint): string | undefined {
  if (target.kind === "external") return target.name;
  return target.kind === "service" ? `${target.name}.${target.namespace}.svc` : undefined;
}

/** A host as tables hold it: lower case, no port, `<svc>.<ns>.svc` for one inside a cluster. */
export function joinHost(text: string): string {
  const { host } = hostAndPort(text);
  const inside = inClusterHost(host);
  return inside === undefined ? host : `${inside.name}.${inside.namespace}.svc`;
}

/** Aliases by how much they say: host and port, host, the longest wildcard. */
export class AliasBook {
  private readonly exact = new Map<string, Alias>();
  private readonly below: { readonly suffix: string; readonly port: string; readonly alias: Alias }[] = [];

  constructor(aliases: readonly Alias[]) {
    for (const alias of aliases) {
      const { port } = hostAndPort(alias.host);
      const host = joinHost(alias.host);
      if (host.startsWith("*.")) this.below.push({ suffix: host.slice(1), port, alias });
      else this.exact.set(`${host}:${port}`, alias);
    }
    this.below.sort((a, b) => b.suffix.length - a.suffix.length || b.port.length - a.port.length);
  }

  find(text: string): Alias | undefined {
    const { port } = hostAndPort(text);
    const host = joinHost(text);
    const exact = this.exact.get(`${host}:${port}`) ?? this.exact.get(`${host}:`);
    if (exact !== undefined) return exact;
    const covers = (entry: { suffix: string; port: string }): boolean =>
      host.endsWith(entry.suffix) && (entry.port === "" || entry.port === port);
    return this.below.find(covers)?.alias;
  }
}

/** `known`: addresses that proxies themselves told of, by IP. */
export function peerBehind(
  source: Endpoint,
  host: string,
  { books, aliases, known }: { books: JoinBooks; aliases: AliasBook; known: ReadonlyMap<string, PeerName> },
): Found | undefined {
  const { host: bare } = hostAndPort(host);
  const address = isIpAddress(bare) ? (books.addresses.get(bare) ?? known.get(bare)) : undefined;
  if (address !== undefined) return { peer: address, join: "address" };
  const paired = books.spans.peerOf(source, joinHost(host));
  if (paired !== undefined) return { peer: paired, join: "span_pair" };
  const alias = aliases.find(host);
  return alias === undefined ? undefined : { peer: alias, join: "alias" };
}
