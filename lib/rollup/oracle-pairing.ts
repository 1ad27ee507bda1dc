/**
 * The pairing as plain objects in maps: what span-pairing.ts is held against in tests, and nothing else.
 * Spans → calls, as they arrive in any order (api.md "Edges from spans"; telemetry contract §6.3). In: sides of calls and
 * the time. Out: each call once, to the sink: at once where client and server have met, after 10 s where they have not.
 *
 * - A client and the server span below it are one call, told by the server: its code and time. So are the two halves of
 *   one id (Zipkin's shared spans). Several servers below one client are several calls: a proxy that retried.
 * - A client below a client of the same service is the same call seen again by its proxy: the lower one stands.
 * - A server below a span of another service that is no client is a call whose client side is missing. Below one of its own
 *   service it is no call: a proxy and the application behind it. What is internal is looked through.
 * - A span that carries both ends (a waypoint's) is the call; those above and below it are not.
 * - Producers and consumers each make a call with the broker.
 * - A lone client or server is half of a call after 10 s, the other end as it names it, or unknown with a reason. A server
 *   that is a root and names no caller is where a trace begins, and no call.
 *
 * A partner that arrives after its call was counted adds nothing (`span_late`). Pairing is by ids alone: clocks may differ.
 * Not handled: links between spans; the client half of a shared id that has unshared server spans right below it, which
 * pairs with whichever came first; cycles, whose clients are each other's proxies and make no call.
 */
import type { Endpoint } from "../model/identity.ts";
import { isSameService, type PairingLoss, type SpanCall, type SpanSide, serviceKeyOf } from "../model/span-side.ts";
import { type Held, type HeldBatch, HeldSpans, MAX_HELD } from "./oracle-held.ts";
import { SpanVerdicts } from "./span-verdicts.ts";

/** Further from now than this and a span's end is in no slot that anybody looks at. */
export const MAX_OFF_MS = 600_000;
/** Internal spans that are looked through on the way to a caller. */
const MAX_INTERNAL = 64;

export type Wants = (side: SpanSide) => boolean;

export interface PairingSink {
  call(call: SpanCall): void;
  /** A client, whom it named, and the service that turned out to answer there under another name. */
  learn(source: Endpoint, named: Endpoint, target: Endpoint): void;
}

function nobody(reason: string, { cluster }: Endpoint): Endpoint {
  return { cluster, namespace: "", kind: "unknown", name: "unknown", mesh: null, reason };
}

/** Of the halves of a parent's id: the one of the child's own service, else the server's, whose work the child is. */
function halfAbove(halves: readonly Held[], child: Held): Held | undefined {
  const others = halves.filter((half) => half !== child);
  return (
    others.find((half) => isSameService(half.side.own, child.side.own)) ??
    others.find((half) => half.side.role === "server") ??
    others[0]
  );
}

export class SpanPairing {
  private readonly held: HeldSpans;
  private readonly verdicts = new SpanVerdicts();
  private readonly sink: PairingSink;
  private lost = new Map<PairingLoss, number>();
  /** Up to when everything that spans wait for had a way here; infinity while it has. */
  heldUpMs: () => number = () => Number.POSITIVE_INFINITY;

  constructor(sink: PairingSink, limit = MAX_HELD) {
    this.sink = sink;
    this.held = new HeldSpans(limit);
  }

  get size(): number {
    return this.held.size;
  }

  /** `batch`: where they can be read again, `first` the place of the first of them in it. */
  /** `wants`: the others are left out, and keep their places. */
  see(sides: readonly SpanSide[], nowMs: number, batch?: HeldBatch, first = 0, wants?: Wants): void {
    let place = first;
    for (const side of sides) {
      if (wants === undefined || wants(side)) this.arrive(side, nowMs, place, batch);
      place++;
    }
    this.settle(nowMs);
  }

  /** Forgets spans before their ten minutes are over, as when there are too many: their bodies are kept for them alone. */
  giveUp(inTheWay: (batch: HeldBatch) => boolean): number {
    return this.held.giveUp(inTheWay);
  }

  /** Halves whose 10 s are over become calls; what is too old or too much is forgotten. */
  settle(nowMs: number): void {
    const next = (): Held | undefined => this.held.nextDue(nowMs, this.heldUpMs());
    for (let due = next(); due !== undefined; due = next()) this.close(due, nowMs);
    this.held.trim(nowMs, (early) => {
      if (!early.settled) this.lose("pairing_full");
      this.close(early, nowMs);
    });
  }

  /** What was left out of edges since this was last asked. */
  takeLosses(): ReadonlyMap<PairingLoss, number> {
    const { lost } = this;
    if (lost.size > 0) this.lost = new Map();
    return lost;
  }

  unpairedShare(nowMs: number): number | null {
    this.settle(nowMs);
    return this.verdicts.unpairedShare(nowMs);
  }

  private lose(code: PairingLoss): void {
    this.lost.set(code, (this.lost.get(code) ?? 0) + 1);
  }

  private arrive(side: SpanSide, nowMs: number, place: number, batch: HeldBatch | undefined): void {
    if (Math.abs(side.endMs - nowMs) > MAX_OFF_MS) {
      this.lose("span_out_of_time");
      return;
    }
    const held = this.held.add(side, nowMs, place, batch);
    if (held === undefined) return;
    for (const other of this.held.halves(held)) if (other !== held) this.relateHalves(held, other, nowMs);
    for (const parent of this.held.parents(held)) if (parent !== held) this.relate(held, parent, nowMs);
    for (const child of this.held.awaiting(held)) this.relate(child, held, nowMs);
    this.held.await(held);
    this.tellAtOnce(held);
  }

  /** What needs no partner: both ends are named. */
  private tellAtOnce(held: Held): void {
    const { role, own, peer, through } = held.side;
    if (role === "server" && through !== undefined) {
      held.settled = true;
      this.tell(through.source, through.target, held);
    } else if (role === "producer") {
      held.settled = true;
      this.tell(own, peer ?? nobody("queue:", own), held);
    } else if (role === "consumer" && peer !== undefined) {
      held.settled = true;
      this.tell(peer, own, held);
    }
  }

  /** Client and server under one id, where the server's says that it shares it. */
  private relateHalves(a: Held, b: Held, nowMs: number): void {
    const [client, server] = a.side.role === "client" ? [a, b] : [b, a];
    if (client.side.role !== "client" || server.side.role !== "server") return;
    if (server.side.shared || server.settled) this.pair(client, server, nowMs);
  }

  private relate(child: Held, parent: Held, nowMs: number): void {
    const { role, own, through, shared } = child.side;
    if (role === "client" && through !== undefined && parent.side.through !== undefined) child.answered = true;
    if (parent.side.role !== "client") return;
    if (role === "server") {
      if (through !== undefined) this.passBy(parent, through.source);
      else if (parent.side.through === undefined && (!shared || child.halved)) this.pair(parent, child, nowMs);
    } else if (role === "client" && isSameService(own, parent.side.own)) this.nest(child, parent);
    else if (!isSameService(own, parent.side.own)) this.standBelow(parent, own);
  }

  /** A waypoint's span below a client tells of the client's own call, or of one by whoever the client called. */
  private passBy(client: Held, source: Endpoint): void {
    if (isSameService(source, client.side.own)) client.answered = true;
    else this.standBelow(client, source);
  }

  /** Of several the first by name, whichever came first. */
  private standBelow(client: Held, service: Endpoint): void {
    const { below } = client;
    if (below === undefined || serviceKeyOf(service) < serviceKeyOf(below)) client.below = service;
  }

  /** The application's span and its proxy's: the lower one stands, unless the upper was counted before it came. */
  private nest(child: Held, parent: Held): void {
    parent.answered = true;
    if (!parent.halved || child.muted) return;
    child.muted = true;
    child.answered = true;
    this.lose("span_late");
  }

  private pair(client: Held, server: Held, nowMs: number): void {
    client.answered = true;
    if (server.settled) {
      if (server.halved) this.lose("span_late");
      // Its time is up, or a proxy's span stands for it: either way the call was counted.
      return;
    }
    server.settled = true;
    this.judge(server, false, nowMs);
    if (client.halved) this.lose("span_late");
    if (client.halved || client.muted) return;
    const { own, peer } = client.side;
    if (peer !== undefined && !isSameService(peer, server.side.own)) this.sink.learn(own, peer, server.side.own);
    this.tell(own, server.side.own, server, client);
  }

  private judge({ side }: Held, isUnpaired: boolean, nowMs: number): void {
    // A root has no client: Envoy calls the span of a request that nobody traced before it shared as well.
    if (side.parentSpanId !== undefined) this.verdicts.add(nowMs, isUnpaired);
  }

  private close(held: Held, nowMs: number): void {
    if (held.settled) return;
    const { role } = held.side;
    if (role === "server") this.closeServer(held, nowMs);
    else if (role === "client") this.closeClient(held);
    else if (role === "consumer") this.closeConsumer(held);
    held.settled = true;
  }

  private closeServer(server: Held, nowMs: number): void {
    const { side } = server;
    const client = this.held.halves(server).find((half) => half.side.role === "client");
    if (client !== undefined) {
      this.pair(client, server, nowMs);
      return;
    }
    const above = this.callerAbove(server);
    // The client half of a shared id is missing, whoever the parent is.
    this.judge(server, side.shared || above === undefined, nowMs);
    if (above === "itself") return;
    if (above === undefined) {
      server.halved = true;
      // A root was called by somebody who sends no spans: nothing of that call is missing here.
      const isRoot = side.parentSpanId === undefined;
      if (side.peer !== undefined || !isRoot)
        this.tell(side.peer ?? nobody("span_caller_missing", side.own), side.own, server);
      return;
    }
    const isClient = above.side.role === "client";
    if (isClient) above.answered = true;
    if (isClient && above.halved) this.lose("span_late");
    else this.tell(above.side.own, side.own, server);
  }

  /** The nearest span above of another service; "itself" where the server is below its own service's. */
  private callerAbove(server: Held): Held | "itself" | undefined {
    let at = server;
    for (let step = 0; step < MAX_INTERNAL; step++) {
      const above = halfAbove(this.held.parents(at), at);
      if (above === undefined) return undefined;
      if (above.side.through !== undefined) return "itself";
      if (!isSameService(above.side.own, server.side.own) || above.side.role === "client") return above;
      if (above.side.role !== "internal") return "itself";
      at = above;
    }
    return "itself";
  }

  private closeClient(client: Held): void {
    const { side, below } = client;
    if (client.answered || this.held.halves(client).some((half) => half.side.role === "server")) return;
    client.halved = true;
    if (side.through !== undefined) this.tell(side.through.source, side.through.target, client);
    else this.tell(side.own, below ?? side.peer ?? nobody("span_peer_unknown", side.own), client);
  }

  /** A consumer that does not name its broker takes the producer's. */
  private closeConsumer(consumer: Held): void {
    const above = halfAbove(this.held.parents(consumer), consumer);
    const broker = above?.side.role === "producer" ? above.side.peer : undefined;
    this.tell(broker ?? nobody("queue:", consumer.side.own), consumer.side.own, consumer);
  }

  private tell(source: Endpoint, target: Endpoint, { side }: Held, client?: Held): void {
    const { endMs, durationMs, code, grpcStatus, flags, sampled, own } = side;
    const protocol = side.protocol === "grpc" || client?.side.protocol === "grpc" ? "grpc" : "http";
    this.sink.call({
      edge: { source, target, protocol, layer: "L7" },
      ...{ protocol, endMs, durationMs, code, grpcStatus, flags },
      sampled: sampled ?? client?.side.sampled ?? null,
      speaker: serviceKeyOf(own),
    });
  }
}
