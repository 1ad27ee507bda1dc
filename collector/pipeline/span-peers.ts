/**
 * The hosts whose service is known from pairs of spans (lib/query/peers.ts). In: a caller, whom it named, and the service
 * that answered. Out: one service for a caller and a host; none where two answered, until the older is forgotten. Callers
 * are compared as span ends are: by canonical service, parts that either side does not know agree.
 * Bounded: 10,000 hosts of callers, the one not seen for longest goes first; forgotten after six hours without a pair.
 */
import type { Endpoint } from "../../lib/model/identity.ts";
import { agree } from "../../lib/model/span-side.ts";
import type { PeerName, SpanPeers } from "../../lib/query/peers.ts";

const MAX_HOSTS = 10_000;
const FORGET_MS = 6 * 3_600_000;
/** Services remembered for one host: with two it names none. */
const MAX_ANSWERS = 4;

interface Learnt {
  readonly source: Endpoint;
  readonly host: string;
  readonly answers: Map<string, { readonly peer: PeerName; atMs: number }>;
  atMs: number;
}

/** `<svc>.<ns>.svc` for a service inside a cluster, as hosts are compared where edges are joined. */
function hostOf(named: Endpoint): string | undefined {
  if (named.kind === "external") return named.name.toLowerCase();
  return named.kind === "service" && named.namespace !== "" ? `${named.name}.${named.namespace}.svc` : undefined;
}

function peerName({ cluster, namespace, service, name }: Endpoint): PeerName {
  return {
    ...(cluster === "" ? {} : { cluster }),
    ...(namespace === "" ? {} : { namespace }),
    service: service ?? name,
  };
}

const serviceOf = ({ service, name }: Endpoint): string => service ?? name;
const nameKey = (source: Endpoint, host: string): string => JSON.stringify([serviceOf(source), host]);

export class LearntPeers implements SpanPeers {
  generation = 0;
  /** By caller and host, oldest first. */
  private readonly learnt = new Map<string, Learnt>();
  /** By the caller's name and host: a caller may be known with more or fewer of its parts. */
  private readonly byName = new Map<string, Set<Learnt>>();

  get size(): number {
    return this.learnt.size;
  }

  learn(source: Endpoint, named: Endpoint, target: Endpoint, nowMs: number): void {
    const host = hostOf(named);
    if (host === undefined || target.kind === "unknown") return;
    const key = JSON.stringify([source.cluster, source.namespace, serviceOf(source), host]);
    const known: Learnt = this.learnt.get(key) ?? { source, host, answers: new Map(), atMs: nowMs };
    const peer = peerName(target);
    const answer = JSON.stringify(peer);
    const before = [...known.answers.keys()].join();
    for (const [other, { atMs }] of known.answers) if (atMs < nowMs - FORGET_MS) known.answers.delete(other);
    if (known.answers.has(answer) || known.answers.size < MAX_ANSWERS) known.answers.set(answer, { peer, atMs: nowMs });
    known.atMs = nowMs;
    this.learnt.delete(key);
    this.learnt.set(key, known);
    this.named(source, host).add(known);
    if ([...known.answers.keys()].join() !== before) this.generation++;
    this.trim(nowMs);
  }

  private named(source: Endpoint, host: string): Set<Learnt> {
    const key = nameKey(source, host);
    const known = this.byName.get(key);
    if (known !== undefined) return known;
    const made = new Set<Learnt>();
    this.byName.set(key, made);
    return made;
  }

  private trim(nowMs: number): void {
    for (const [key, oldest] of this.learnt) {
      if (this.learnt.size <= MAX_HOSTS && oldest.atMs >= nowMs - FORGET_MS) return;
      this.learnt.delete(key);
      const name = nameKey(oldest.source, oldest.host);
      const others = this.byName.get(name);
      others?.delete(oldest);
      if (others?.size === 0) this.byName.delete(name);
      this.generation++;
    }
  }

  peerOf(source: Endpoint, host: string): PeerName | undefined {
    const answers = new Map<string, PeerName>();
    for (const known of this.byName.get(nameKey(source, host)) ?? []) {
      const fits = agree(known.source.cluster, source.cluster) && agree(known.source.namespace, source.namespace);
      if (fits) for (const [answer, { peer }] of known.answers) answers.set(answer, peer);
    }
    const [only] = answers.values();
    return answers.size === 1 ? only : undefined;
  }
}
