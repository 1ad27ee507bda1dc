/**
 * Spans on their way to the other process, as one text for many. In: spans; out: JSON, and the spans again. A structured
 * clone of the same, with its maps, costs both sides several times as much. Resources and scopes that spans share are
 * written once, and are one object again over there.
 */
import { type Attributes, type AttributeValue, SPAN_KINDS, type Span } from "../../../lib/model/span.ts";

type WireValue = string | number | boolean | WireObject;
/** What JSON has no type for: int64 and NaN and the infinities as text, bytes, lists, maps. */
type WireObject =
  | { readonly i: string }
  | { readonly n: string }
  | { readonly b: string }
  | { readonly l: readonly WireValue[] }
  | { readonly m: readonly (string | WireValue)[] };
/** Key, value, key, value, … */
type WireMap = readonly (string | WireValue)[];

interface WireSpan {
  /** Ids, names, times: in the order of `encodeSpans`. */
  readonly h: readonly [Span["traceId"], Span["spanId"], Span["parentSpanId"] | 0, number, string, string];
  readonly t: readonly [service: string, operation: string, status: Span["status"]];
  readonly a: WireMap;
  /** Places in the lists of the piece. */
  readonly r: number;
  readonly s?: number;
  readonly f?: 1;
  readonly m?: string;
  readonly w?: string;
  readonly e?: readonly (readonly [string, string, WireMap])[];
  readonly k?: readonly (readonly [Span["traceId"], Span["spanId"], WireMap])[];
}

interface WirePiece {
  readonly resources: readonly WireMap[];
  readonly scopes: readonly { readonly name: string; readonly version: string }[];
  readonly spans: readonly WireSpan[];
}

function wireValue(value: AttributeValue): WireValue {
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0) ? value : { n: textOf(value) };
  if (typeof value === "bigint") return { i: String(value) };
  if (typeof value !== "object") return value;
  if ("bytes" in value) return { b: value.bytes };
  return Symbol.iterator in value ? { l: value.map(wireValue) } : { m: wireMap(value.map) };
}

function textOf(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function wireMap(attributes: Attributes): WireMap {
  const flat: WireValue[] = [];
  for (const [key, value] of attributes) flat.push(key, wireValue(value));
  return flat;
}

function readValue(value: WireValue): AttributeValue {
  if (typeof value !== "object") return value;
  if ("i" in value) return BigInt(value.i);
  if ("n" in value) return Number(value.n);
  if ("b" in value) return { bytes: value.b };
  return "l" in value ? value.l.map(readValue) : { map: readMap(value.m) };
}

function readMap(flat: WireMap): Attributes {
  const map = new Map<string, AttributeValue>();
  for (let i = 0; i + 1 < flat.length; i += 2) map.set(String(flat[i]), readValue(flat[i + 1] ?? ""));
  return map;
}

/** Places of objects that are met again and again. */
class Shared<T extends object> {
  readonly list: T[] = [];
  private readonly places = new Map<T, number>();

  at(value: T): number {
    const known = this.places.get(value);
    if (known !== undefined) return known;
    const place = this.list.push(value) - 1;
    this.places.set(value, place);
    return place;
  }
}

export function encodeSpans(spans: readonly Span[]): string {
  const resources = new Shared<Attributes>();
  const scopes = new Shared<NonNullable<Span["scope"]>>();
  const wire = spans.map((span): WireSpan => {
    const kind = SPAN_KINDS.indexOf(span.kind);
    const { traceId, spanId, parentSpanId = 0, statusMessage, traceState, scope, events, links } = span;
    return {
      h: [traceId, spanId, parentSpanId, kind, String(span.startNs), String(span.durationNs)],
      t: [span.service, span.operation, span.status],
      a: wireMap(span.attributes),
      r: resources.at(span.resource),
      ...(scope === undefined ? {} : { s: scopes.at(scope) }),
      ...(span.shared ? { f: 1 } : {}),
      ...(statusMessage === undefined ? {} : { m: statusMessage }),
      ...(traceState === undefined ? {} : { w: traceState }),
      ...(events.length === 0 ? {} : { e: events.map((e) => [String(e.timeNs), e.name, wireMap(e.attributes)]) }),
      ...(links.length === 0 ? {} : { k: links.map((l) => [l.traceId, l.spanId, wireMap(l.attributes)]) }),
    };
  });
  const piece: WirePiece = { resources: resources.list.map(wireMap), scopes: scopes.list, spans: wire };
  return JSON.stringify(piece);
}

const NOTHING: Attributes = new Map();

/** The text is our own program's: what it says is not checked again. */
export function decodeSpans(text: string): Span[] {
  const piece: WirePiece = JSON.parse(text);
  const resources = piece.resources.map(readMap);
  return piece.spans.map(({ h, t, a, r, s, f, m, w, e, k }): Span => {
    const [traceId, spanId, parentSpanId, kind, startNs, durationNs] = h;
    const [service, operation, status] = t;
    const scope = s === undefined ? undefined : piece.scopes[s];
    return {
      traceId,
      spanId,
      ...(parentSpanId === 0 || parentSpanId === undefined ? {} : { parentSpanId }),
      shared: f === 1,
      kind: SPAN_KINDS[kind] ?? "unspecified",
      startNs: BigInt(startNs),
      durationNs: BigInt(durationNs),
      ...{ service, operation, status },
      ...(m === undefined ? {} : { statusMessage: m }),
      attributes: readMap(a),
      resource: resources[r] ?? NOTHING,
      ...(scope === undefined ? {} : { scope }),
      events: (e ?? []).map(([timeNs, name, flat]) => ({ timeNs: BigInt(timeNs), name, attributes: readMap(flat) })),
      links: (k ?? []).map(([trace, span, flat]) => ({ traceId: trace, spanId: span, attributes: readMap(flat) })),
      ...(w === undefined ? {} : { traceState: w }),
    };
  });
}
