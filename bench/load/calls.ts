/**
 * The traffic that load is made of: traces that go down a chain of five services, a server and a client span in each, as
 * sidecars of Istio write them, 18 attributes a span. In: which spans of which traces a body holds. Out: their shape.
 *
 * A span is (trace, place): place 2d is the server span of the chain's service d, 2d + 1 its client span. Its parent is the
 * place above, or two above where the caller's client span is nobody's (what a proxy sees of a service without tracing).
 * What identifies a span differs in every body that is sent and looks random: ids, times and the request's id.
 */
export interface CallSpan {
  readonly trace: number;
  readonly place: number;
  /** Undefined: it is where the trace begins. */
  readonly parentPlace: number | undefined;
}

export const CHAIN = 5;
/** What ids are patched over, of the length of what is patched in. */
export const REQUEST_MARK = "@@@@@@@@@@@@";

export type Shape = "sdk" | "proxy";
export const SPANS_A_BODY: Readonly<Record<Shape, number>> = { sdk: 512, proxy: 5 };

function server(trace: number, depth: number, callerSeen: boolean): CallSpan {
  const place = 2 * depth;
  return { trace, place, parentPlace: depth === 0 ? undefined : place - (callerSeen ? 1 : 2) };
}

const client = (trace: number, depth: number): CallSpan => ({
  trace,
  place: 2 * depth + 1,
  parentPlace: 2 * depth,
});

/** The spans of service `depth` of the chain that go out in one body. */
export function spansOf(shape: Shape, depth: number): readonly CallSpan[] {
  const traces = SPANS_A_BODY[shape] >> 1;
  const pairs = Array.from({ length: traces }, (_, trace) => [server(trace, depth, true), client(trace, depth)]).flat();
  return SPANS_A_BODY[shape] % 2 === 0 ? pairs : [...pairs, server(traces, depth, false)];
}

const SENDERS = ["GET", "GET", "GET", "POST"] as const;

/** Of the span at `place` of service number `service`; text and numbers, 18 of them. */
export function attributesOf(service: number, span: CallSpan): readonly (readonly [string, string | number])[] {
  const i = span.trace;
  const name = `svc-${service}`;
  const host = `${name}.shop.svc.cluster.local`;
  const failed = i % 97 === 3;
  return [
    ["component", "proxy"],
    ["node_id", `sidecar~10.244.${service >> 8}.${service & 255}~${name}-675fc69cf-x9kq2.shop~shop.svc.cluster.local`],
    ["guid:x-request-id", `e4e8c177-3962-9359-945e-${REQUEST_MARK}`],
    ["http.url", `http://${host}:9080/item/${i % 97}?u=${(i * 7919) % 1009}`],
    ["http.method", SENDERS[i & 3] ?? "GET"],
    ["http.protocol", "HTTP/1.1"],
    ["http.response.status_code", failed ? 503 : 200],
    ["downstream_cluster", "-"],
    ["user_agent", i % 5 === 0 ? "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36" : "Go-http-client/1.1"],
    ["request_size", `${(i * 31) % 700}`],
    ["response_size", `${4000 + ((i * 7919) % 1500)}`],
    ["response_flags", failed ? "UH" : "-"],
    ["upstream_cluster", upstream(service, span, host)],
    ["peer.address", `10.244.${(i * 3) % 8}.${(i * 7919) % 250}`],
    ["istio.canonical_service", name],
    ["istio.canonical_revision", i % 10 === 0 ? "v2" : "v1"],
    ["istio.mesh_id", "cluster.local"],
    ["istio.namespace", "shop"],
  ];
}

function upstream(service: number, { place }: CallSpan, host: string): string {
  return place % 2 === 0
    ? "inbound|9080||"
    : `outbound|9080||${host.replace(`svc-${service}.`, `svc-${service + 1}.`)}`;
}

export const operationOf = (service: number, { trace, place }: CallSpan): string =>
  `svc-${place % 2 === 0 ? service : service + 1}.shop.svc.cluster.local:9080/item/${trace % 13}`;

function mix(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** 32 bits that look random, the same for the same round, trace and use. */
export function word(round: number, trace: number, use: number): number {
  return mix(mix(round) + Math.imul(trace, 0x9e3779b1) + Math.imul(use, 0x27d4eb2f));
}

export const SPAN_ID_USE = 16;

/** Of a call, µs: 2 to 30 ms, and one of 128 over half a second. */
export function durationUs(round: number, trace: number): number {
  const bits = word(round, trace, 8);
  return 10_000 + (bits % 20_000) + (bits >>> 25 === 0 ? 500_000 : 0);
}

/** What is below takes less: 500 µs a place. */
export const placeUs = (place: number): number => 500 * place;
