/**
 * The chain of spans behind one call, for tests: spans → calls → slots → the answer, beside the rig's scrapes and in the
 * same table. Unix ms; a moment's spans end when they are sent unless they say otherwise.
 */
import { parseSpanId, parseTraceId, type Span } from "../../lib/model/span.ts";
import { NO_SPAN_PEERS, type SpanPeers } from "../../lib/query/peers.ts";
import { SpanEdges } from "./span-edges.ts";
import { Rig } from "./truth-rig.ts";

export interface SpanFields extends Partial<Omit<Span, "attributes" | "resource">> {
  readonly trace?: number;
  readonly parent?: number;
  readonly tags?: Readonly<Record<string, string | number>>;
  readonly of?: Readonly<Record<string, string>>;
  /** Unix ms. */
  readonly endMs?: number;
}

let nextId = 1;

/** An id that no span of this run has had. */
export function freshId(): number {
  return nextId++;
}

export function spanOf(id: number, kind: Span["kind"], service: string, fields: SpanFields = {}): Span {
  const { trace = 1, parent, tags = {}, of = {}, endMs = 0, durationNs = 5_000_000n, ...rest } = fields;
  const traceId = parseTraceId(trace.toString(16).padStart(32, "0"));
  const spanId = parseSpanId(id.toString(16).padStart(16, "0"));
  const parentSpanId = parent === undefined ? undefined : parseSpanId(parent.toString(16).padStart(16, "0"));
  if (traceId === undefined || spanId === undefined) throw new Error("malformed id in a test");
  return {
    traceId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    shared: false,
    kind,
    startNs: BigInt(endMs) * 1_000_000n - durationNs,
    durationNs,
    service,
    operation: "x",
    status: "unset",
    attributes: new Map(Object.entries(tags)),
    resource: new Map(Object.entries(of)),
    events: [],
    links: [],
    ...rest,
  };
}

export class SpanRig extends Rig {
  readonly edges: SpanEdges;

  constructor() {
    const learnt: { peers: SpanPeers } = { peers: NO_SPAN_PEERS };
    const spans: SpanPeers = {
      get generation() {
        return learnt.peers.generation;
      },
      peerOf: (source, host) => learnt.peers.peerOf(source, host),
    };
    super({ spans });
    this.edges = new SpanEdges(this.clock, this.slots);
    learnt.peers = this.edges.peers;
  }

  send(atMs: number, ...spans: readonly Span[]): ReadonlyMap<string, number> {
    this.at(atMs);
    return this.edges.take(spans);
  }

  /** Time goes on: what waits may be settled. */
  at(atMs: number): void {
    for (let ms = this.nowMs + 1000; ms < atMs; ms += 1000) {
      this.nowMs = ms;
      this.edges.tick();
    }
    this.nowMs = Math.max(this.nowMs, atMs);
    this.edges.tick();
  }

  /** A client and its server's span of one call that ended at `endMs`. */
  call(from: string, to: string, endMs: number, fields: SpanFields = {}): Span[] {
    const [trace, client, server] = [freshId(), freshId(), freshId()];
    return [
      spanOf(client, "client", from, { ...fields, trace, endMs }),
      spanOf(server, "server", to, { ...fields, trace, parent: client, endMs }),
    ];
  }
}
