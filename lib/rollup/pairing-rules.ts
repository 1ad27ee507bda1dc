/**
 * Which spans are one call (api.md "Edges from spans"; telemetry contract §6.3). In: spans in the table of those held, as
 * they arrive and as their 10 s are over. Out: each call once, to the sink.
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
import { type PairingLoss, serviceKeyOf } from "../model/span-side.ts";
import { MAX_OFF_MS } from "./coverage.ts";
import { ANSWERED, type Arrival, HALVED, type HeldTable, MUTED, SETTLED } from "./kernel-held.ts";
import type { SideBatch } from "./side-batch.ts";
import { CLIENT, CONSUMER, INTERNAL, isSameEnd, type KnownEnd, PRODUCER, SERVER, type SideBook } from "./side-book.ts";
import type { SpanVerdicts } from "./span-verdicts.ts";
import type { PairingSink, ToldCall } from "./told-call.ts";

/** Internal spans that are looked through on the way to a caller. */
const MAX_INTERNAL = 64;
const NONE = -1;
/** A server's caller is another span of its own service. */
const ITSELF = -2;

function nobody(reason: string, { cluster }: Endpoint): Endpoint {
  return { cluster, namespace: "", kind: "unknown", name: "unknown", mesh: null, reason };
}

export interface RuleParts {
  readonly held: HeldTable;
  readonly sink: PairingSink;
  readonly book: SideBook;
  readonly verdicts: SpanVerdicts;
}

export class PairingRules {
  /** What was left out of edges. */
  lost = new Map<PairingLoss, number>();
  private readonly held: HeldTable;
  private readonly sink: PairingSink;
  private readonly book: SideBook;
  private readonly verdicts: SpanVerdicts;
  private told: ToldCall | undefined;

  constructor({ held, sink, book, verdicts }: RuleParts) {
    this.held = held;
    this.sink = sink;
    this.book = book;
    this.verdicts = verdicts;
  }

  lose(code: PairingLoss): void {
    this.lost.set(code, (this.lost.get(code) ?? 0) + 1);
  }

  /** The nth of a batch, `place` in its body. */
  arrive(sides: SideBatch, nth: number, place: number, arrival: Arrival): void {
    const { nowMs } = arrival;
    const { held } = this;
    if (Math.abs(sides.endMs(nth) - nowMs) > MAX_OFF_MS) {
      this.lose("span_out_of_time");
      return;
    }
    const span = held.add(sides, nth, place, arrival);
    if (span === NONE) return;
    for (let half = held.firstHalf(span); half !== NONE; half = held.nextHalf(half, span)) {
      if (half !== span) this.relateHalves(span, half, nowMs);
    }
    for (let above = held.firstParent(span); above !== NONE; above = held.nextParent(above, span)) {
      if (above !== span) this.relate(span, above, nowMs);
    }
    for (let child = held.firstChild(span); child !== NONE; child = held.nextChild(child, span)) {
      this.relate(child, span, nowMs);
    }
    held.await(span);
    this.tellAtOnce(span);
  }

  /** What needs no partner: both ends are named. */
  private tellAtOnce(span: number): void {
    const { held } = this;
    const { role, own, peer, source, target } = held.reading(span);
    if (role === SERVER && source !== null && target !== null) {
      held.mark(span, SETTLED);
      this.tell(source, target, span);
    } else if (role === PRODUCER) {
      held.mark(span, SETTLED);
      this.tell(own, peer ?? this.nobody("queue:", own), span);
    } else if (role === CONSUMER && peer !== null) {
      held.mark(span, SETTLED);
      this.tell(peer, own, span);
    }
  }

  private nobody(reason: string, own: KnownEnd): KnownEnd {
    return this.book.end(nobody(reason, own.end));
  }

  /** Client and server under one id, where the server's says that it shares it. */
  private relateHalves(a: number, b: number, nowMs: number): void {
    const { held } = this;
    const [client, server] = held.reading(a).role === CLIENT ? [a, b] : [b, a];
    if (held.reading(client).role !== CLIENT || held.reading(server).role !== SERVER) return;
    if (held.reading(server).shared || held.is(server, SETTLED)) this.pair(client, server, nowMs);
  }

  private relate(child: number, parent: number, nowMs: number): void {
    const { held } = this;
    const [lower, upper] = [held.reading(child), held.reading(parent)];
    if (lower.role === CLIENT && lower.source !== null && upper.source !== null) held.mark(child, ANSWERED);
    if (upper.role !== CLIENT) return;
    if (lower.role === SERVER) {
      if (lower.source !== null) this.passBy(parent, lower.source);
      else if (upper.source === null && (!lower.shared || held.is(child, HALVED))) this.pair(parent, child, nowMs);
    } else if (!isSameEnd(lower.own, upper.own)) this.standBelow(parent, lower.own);
    else if (lower.role === CLIENT) this.nest(child, parent);
  }

  /** A waypoint's span below a client tells of the client's own call, or of one by whoever the client called. */
  private passBy(client: number, source: KnownEnd): void {
    if (isSameEnd(source, this.held.reading(client).own)) this.held.mark(client, ANSWERED);
    else this.standBelow(client, source);
  }

  /** Of several the first by name, whichever came first. */
  private standBelow(client: number, service: KnownEnd): void {
    const below = this.held.below(client);
    if (below === undefined || service.service < serviceKeyOf(below)) this.held.setBelow(client, service.end);
  }

  /** The application's span and its proxy's: the lower one stands, unless the upper was counted before it came. */
  private nest(child: number, parent: number): void {
    const { held } = this;
    held.mark(parent, ANSWERED);
    if (!held.is(parent, HALVED) || held.is(child, MUTED)) return;
    held.mark(child, MUTED | ANSWERED);
    this.lose("span_late");
  }

  private pair(client: number, server: number, nowMs: number): void {
    const { held } = this;
    held.mark(client, ANSWERED);
    if (held.is(server, SETTLED)) {
      if (held.is(server, HALVED)) this.lose("span_late");
      // Its time is up, or a proxy's span stands for it: either way the call was counted.
      return;
    }
    held.mark(server, SETTLED);
    this.judge(server, false, nowMs);
    if (held.is(client, HALVED)) this.lose("span_late");
    if (held.is(client, HALVED | MUTED)) return;
    const { own, peer } = held.reading(client);
    const { own: target } = held.reading(server);
    if (peer !== null && !isSameEnd(peer, target)) this.sink.learn(own.end, peer.end, target.end);
    this.tell(own, target, server, client);
  }

  private judge(span: number, isUnpaired: boolean, nowMs: number): void {
    // A root has no client: Envoy calls the span of a request that nobody traced before it shared as well.
    if (this.held.hasParent(span)) this.verdicts.add(nowMs, isUnpaired);
  }

  /** Its time is up. */
  close(span: number, nowMs: number): void {
    const { held } = this;
    if (held.is(span, SETTLED)) return;
    const { role } = held.reading(span);
    if (role === SERVER) this.closeServer(span, nowMs);
    else if (role === CLIENT) this.closeClient(span);
    else if (role === CONSUMER) this.closeConsumer(span);
    held.mark(span, SETTLED);
  }

  /** The first half of this role under the span's id, itself among them. */
  private halfOf(span: number, role: number): number {
    const { held } = this;
    let half = held.firstHalf(span);
    while (half !== NONE && held.reading(half).role !== role) half = held.nextHalf(half, span);
    return half;
  }

  private closeServer(server: number, nowMs: number): void {
    const { held } = this;
    const client = this.halfOf(server, CLIENT);
    if (client !== NONE) {
      this.pair(client, server, nowMs);
      return;
    }
    const { own, peer, shared } = held.reading(server);
    const above = this.callerAbove(server);
    // The client half of a shared id is missing, whoever the parent is.
    this.judge(server, shared || above === NONE, nowMs);
    if (above === ITSELF) return;
    if (above === NONE) {
      held.mark(server, HALVED);
      // A root was called by somebody who sends no spans: nothing of that call is missing here.
      if (peer !== null || held.hasParent(server))
        this.tell(peer ?? this.nobody("span_caller_missing", own), own, server);
      return;
    }
    const caller = held.reading(above);
    const isClient = caller.role === CLIENT;
    if (isClient) held.mark(above, ANSWERED);
    if (isClient && held.is(above, HALVED)) this.lose("span_late");
    else this.tell(caller.own, own, server);
  }

  /** The nearest span above of another service; ITSELF where the server is below its own service's; NONE: none is known. */
  private callerAbove(server: number): number {
    const { held } = this;
    const { own } = held.reading(server);
    let at = server;
    for (let step = 0; step < MAX_INTERNAL; step++) {
      const above = this.halfAbove(at);
      if (above === NONE) return NONE;
      const reading = held.reading(above);
      if (reading.source !== null) return ITSELF;
      if (reading.role === CLIENT || !isSameEnd(reading.own, own)) return above;
      if (reading.role !== INTERNAL) return ITSELF;
      at = above;
    }
    return ITSELF;
  }

  /** Of the halves of a parent's id: the one of the child's own service, else the server's, whose work the child is. */
  private halfAbove(child: number): number {
    const { held } = this;
    const { own } = held.reading(child);
    let [first, server] = [NONE, NONE];
    for (let half = held.firstParent(child); half !== NONE; half = held.nextParent(half, child)) {
      if (half === child) continue;
      const reading = held.reading(half);
      if (isSameEnd(reading.own, own)) return half;
      if (server === NONE && reading.role === SERVER) server = half;
      if (first === NONE) first = half;
    }
    return server === NONE ? first : server;
  }

  private closeClient(client: number): void {
    const { held } = this;
    if (held.is(client, ANSWERED) || this.halfOf(client, SERVER) !== NONE) return;
    held.mark(client, HALVED);
    const { own, peer, source, target } = held.reading(client);
    if (source !== null && target !== null) {
      this.tell(source, target, client);
      return;
    }
    const below = held.below(client);
    const answered = below === undefined ? peer : this.book.end(below);
    this.tell(own, answered ?? this.nobody("span_peer_unknown", own), client);
  }

  /** A consumer that does not name its broker takes the producer's. */
  private closeConsumer(consumer: number): void {
    const above = this.halfAbove(consumer);
    const producer = above === NONE ? undefined : this.held.reading(above);
    const broker = producer?.role === PRODUCER ? producer.peer : null;
    const { own } = this.held.reading(consumer);
    this.tell(broker ?? this.nobody("queue:", own), own, consumer);
  }

  private tell(source: KnownEnd, target: KnownEnd, span: number, client = NONE): void {
    const { held } = this;
    const by = held.reading(span);
    const caller = client === NONE ? undefined : held.reading(client);
    const isGrpc = by.isGrpc || caller?.isGrpc === true;
    const sampled = by.sampled ?? caller?.sampled ?? null;
    const [endMs, durationMs] = [held.endMs(span), held.durationMs(span)];
    this.told ??= { source, target, isGrpc, by, sampled, endMs, durationMs };
    const { told } = this;
    told.source = source;
    told.target = target;
    told.isGrpc = isGrpc;
    told.by = by;
    told.sampled = sampled;
    told.endMs = endMs;
    told.durationMs = durationMs;
    this.sink.call(told);
  }
}
