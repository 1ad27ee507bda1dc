/**
 * What spans say of calls but for ids and times, each once: a service makes the same kinds of calls again and again, so
 * that a span is its ids, its times and one of these. In: sides as readers make them. Out: ends and readings with numbers,
 * which tables use in place of texts. Bounded: when a table is full it begins anew (counted), and what was handed out
 * before stays good. Two numbers may then stand for one end: whoever keeps something by number finds it again by its text.
 */
import type { Endpoint } from "../model/identity.ts";
import { isSameService, type SpanRole, type SpanSide, serviceKeyOf } from "../model/span-side.ts";

export type SideFacts = Omit<SpanSide, "traceId" | "spanId" | "parentSpanId" | "endMs" | "durationMs">;

const MAX_ENDS = 50_000;
const MAX_READINGS = 20_000;

export const CLIENT = 0;
export const SERVER = 1;
export const PRODUCER = 2;
export const CONSUMER = 3;
export const INTERNAL = 4;
/** In the order of their numbers. */
export const ROLES: readonly SpanRole[] = ["client", "server", "producer", "consumer", "internal"];

export class KnownEnd {
  /** All of it. */
  readonly text: string;
  readonly end: Endpoint;
  /** Its service: the key of covered time. */
  readonly service: string;
  readonly number: number;

  constructor(text: string, end: Endpoint, number: number) {
    this.text = text;
    this.end = end;
    this.service = serviceKeyOf(end);
    this.number = number;
  }
}

export function isSameEnd(a: KnownEnd, b: KnownEnd): boolean {
  return a === b || a.service === b.service || isSameService(a.end, b.end);
}

export class Reading {
  readonly facts: SideFacts;
  readonly role: number;
  readonly shared: boolean;
  readonly own: KnownEnd;
  readonly peer: KnownEnd | null;
  /** Both ends of the call that it stands between. */
  readonly source: KnownEnd | null;
  readonly target: KnownEnd | null;
  readonly isGrpc: boolean;
  /** Number of its code and gRPC status. */
  readonly outcome: number;
  readonly sampled: number | null;
  readonly hasFlags: boolean;

  constructor(facts: SideFacts, ends: ReadingEnds, outcome: number) {
    this.facts = facts;
    this.role = ROLES.indexOf(facts.role);
    this.shared = facts.shared;
    this.own = ends.own;
    this.peer = ends.peer;
    this.source = ends.source;
    this.target = ends.target;
    this.isGrpc = facts.protocol === "grpc";
    this.outcome = outcome;
    this.sampled = facts.sampled;
    this.hasFlags = facts.flags.length > 0;
  }
}

export interface ReadingEnds {
  readonly own: KnownEnd;
  readonly peer: KnownEnd | null;
  readonly source: KnownEnd | null;
  readonly target: KnownEnd | null;
}

function endText({ cluster, namespace, kind, name, version, mesh, meshes, service, app, reason }: Endpoint): string {
  return JSON.stringify([cluster, namespace, kind, name, mesh, version, meshes, service, app, reason]);
}

const numberOf = (end: KnownEnd | null): number => (end === null ? 0 : end.number);

export class SideBook {
  /** Times that a table was full and began anew. */
  begun = 0;
  private readonly ends = new Map<string, KnownEnd>();
  private readonly readings = new Map<string, Reading>();
  private readonly outcomes = new Map<string, number>();
  private lastEnd = 0;
  private lastOutcome = 0;
  private readonly maxEnds: number;
  private readonly maxReadings: number;

  constructor(maxEnds = MAX_ENDS, maxReadings = MAX_READINGS) {
    this.maxEnds = maxEnds;
    this.maxReadings = maxReadings;
  }

  end(endpoint: Endpoint): KnownEnd {
    const text = endText(endpoint);
    const known = this.ends.get(text);
    if (known !== undefined) return known;
    if (this.ends.size >= this.maxEnds) {
      this.ends.clear();
      this.begun++;
    }
    const made = new KnownEnd(text, endpoint, ++this.lastEnd);
    this.ends.set(text, made);
    return made;
  }

  reading(side: SideFacts): Reading {
    const { own, peer, through } = side;
    return this.readingOf(side, {
      own: this.end(own),
      peer: peer === undefined ? null : this.end(peer),
      source: through === undefined ? null : this.end(through.source),
      target: through === undefined ? null : this.end(through.target),
    });
  }

  /** `facts` may have ids and times beside: they are not kept. */
  readingOf(facts: Omit<SideFacts, "own" | "peer" | "through">, ends: ReadingEnds): Reading {
    const { shared, role, protocol, code, grpcStatus, flags, sampled } = facts;
    const { own, peer, source, target } = ends;
    const numbers = `${own.number},${numberOf(peer)},${numberOf(source)},${numberOf(target)},${role},${shared}`;
    const said = flags.length === 0 ? "" : JSON.stringify(flags);
    const text = `${numbers},${protocol},${sampled},${code.length},${code}${grpcStatus},${said}`;
    const known = this.readings.get(text);
    if (known !== undefined) return known;
    if (this.readings.size >= this.maxReadings) {
      this.readings.clear();
      this.begun++;
    }
    const through = source === null || target === null ? {} : { through: { source: source.end, target: target.end } };
    const kept: SideFacts = {
      ...{ shared, role, own: own.end, protocol, code, grpcStatus, flags, sampled },
      ...(peer === null ? {} : { peer: peer.end }),
      ...through,
    };
    const made = new Reading(kept, ends, this.outcome(code, grpcStatus));
    this.readings.set(text, made);
    return made;
  }

  private outcome(code: string, grpcStatus: string): number {
    const text = `${code.length},${code}${grpcStatus}`;
    const known = this.outcomes.get(text);
    if (known !== undefined) return known;
    if (this.outcomes.size >= this.maxReadings) this.outcomes.clear();
    this.outcomes.set(text, ++this.lastOutcome);
    return this.lastOutcome;
  }
}

/** One a process: bodies of all receivers say the same of the same services. */
export const sideBook = new SideBook();
