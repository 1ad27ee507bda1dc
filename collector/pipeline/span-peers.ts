/**
 * The hosts whose service is known from pairs of spans (lib/query/peers.ts). In: a caller, the host that it named, and the
 * service that answered. Out: one service for each caller and host; none where two answered, until the older is forgotten.
 * Bounded: 10,000 callers' hosts, the one not seen for longest goes first; forgotten after six hours without a pair.
 */
import type { Endpoint } from "../../lib/model/identity.ts";
import { type PeerClaim, peerKey, type SpanPeers } from "../../lib/query/peers.ts";

const MAX_HOSTS = 10_000;
const FORGET_MS = 6 * 3_600_000;
/** Services remembered for one host: with two it names none. */
const MAX_CLAIMS = 4;

interface Learnt {
  atMs: number;
  readonly claims: Map<string, { readonly claim: PeerClaim; atMs: number }>;
}

const claimOf = ({ cluster, namespace, service, name }: Endpoint): PeerClaim => ({
  cluster,
  namespace,
  name: service ?? name,
});

export class LearntPeers implements SpanPeers {
  generation = 0;
  /** Oldest first. */
  private readonly learnt = new Map<string, Learnt>();
  private answer: { readonly generation: number; readonly targets: ReadonlyMap<string, PeerClaim> } | undefined;

  get size(): number {
    return this.learnt.size;
  }

  learn(source: Endpoint, host: Endpoint, target: Endpoint, nowMs: number): void {
    if (target.kind === "unknown") return;
    const key = peerKey(claimOf(source), host.name.toLowerCase());
    const known: Learnt = this.learnt.get(key) ?? { atMs: nowMs, claims: new Map() };
    const claim = claimOf(target);
    const name = JSON.stringify(claim);
    const before = known.claims.size;
    for (const [other, { atMs }] of known.claims) if (atMs < nowMs - FORGET_MS) known.claims.delete(other);
    if (known.claims.has(name) || known.claims.size < MAX_CLAIMS) known.claims.set(name, { claim, atMs: nowMs });
    known.atMs = nowMs;
    this.learnt.delete(key);
    this.learnt.set(key, known);
    if (known.claims.size !== before) this.generation++;
    for (const [oldest, { atMs }] of this.learnt) {
      if (this.learnt.size <= MAX_HOSTS && atMs >= nowMs - FORGET_MS) break;
      this.learnt.delete(oldest);
      this.generation++;
    }
  }

  hostTargets(): ReadonlyMap<string, PeerClaim> {
    if (this.answer?.generation === this.generation) return this.answer.targets;
    const targets = new Map<string, PeerClaim>();
    for (const [key, { claims }] of this.learnt) {
      const [only] = claims.values();
      if (only !== undefined && claims.size === 1) targets.set(key, only.claim);
    }
    this.answer = { generation: this.generation, targets };
    return targets;
  }
}
