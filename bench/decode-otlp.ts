/**
 * OTLP protobuf decode against the protobufjs static decoder that OpenTelemetry publishes, on the same bytes in the same
 * run. Two bodies: 512 spans (an SDK's batch) and 5 spans (what Envoy sends), 18 attributes a span.
 *
 * What each side does. protobufjs: the whole body into objects, every attribute included. Ours: one bounds-checked pass
 * into columns with trace, span and parent ids, times, kind, status, name and service (as dictionary ids), scope, resource
 * and the checked byte range of every attribute, event and link; the text inside attributes is not decoded. That this is
 * less is the design: what a query does not ask for is not made. So that nothing is hidden, a second line has the ratio
 * with every attribute decoded and canonical spans built, without a goal.
 * The figure is the median, over many short rounds, of the ratio within a round, so that a busy machine slows both sides
 * alike. protobufjs counts with the faster of its two readers (Uint8Array, Buffer). Both sides' results are read, so that neither can be optimised away.
 */
import root from "otlp-transformer-oracle/build/src/generated/root.js";
import { decodeOtlpTraces } from "../lib/wire/otlp/protobuf.ts";
import { type ReferenceCodec, referenceCodec, TRACE_REQUEST } from "../lib/wire/otlp/reference-codec.ts";
import { translateOtlp } from "../lib/wire/otlp/translate.ts";
import { type BenchOptions, PLAIN_RUN } from "./options.ts";

const GOAL = 15;
/** Of the goal; below it even a smoke run is short. */
const SMOKE_SHARE = 0.8;
const WARM_MS = 300;

function attribute(key: string, value: string): unknown {
  return { key, value: { stringValue: value } };
}

/** The tags of an Istio sidecar's server span, with an int and values that differ from span to span. */
function attributesOf(i: number): unknown[] {
  const requestId = `e4e8c177-3962-9359-945e-${(61_000_000_000 + i).toString(16).padStart(12, "0")}`;
  return [
    attribute("component", "proxy"),
    attribute("node_id", "sidecar~10.244.0.14~productpage-v1-675fc69cf-x9kq2.bookinfo~bookinfo.svc.cluster.local"),
    attribute("guid:x-request-id", requestId),
    attribute("http.url", `http://productpage.bookinfo.svc.cluster.local:9080/productpage?u=${i % 97}`),
    attribute("http.method", i % 7 === 0 ? "POST" : "GET"),
    attribute("http.protocol", "HTTP/1.1"),
    { key: "http.response.status_code", value: { intValue: i % 11 === 0 ? 503 : 200 } },
    attribute("downstream_cluster", "-"),
    attribute("user_agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"),
    attribute("request_size", "0"),
    attribute("response_size", String(4000 + (i % 1500))),
    attribute("response_flags", "-"),
    attribute("upstream_cluster", "outbound|9080||productpage.bookinfo.svc.cluster.local"),
    attribute("peer.address", `10.244.0.${i % 250}`),
    attribute("istio.canonical_service", "productpage"),
    attribute("istio.canonical_revision", "v1"),
    attribute("istio.mesh_id", "cluster.local"),
    attribute("istio.namespace", "bookinfo"),
  ];
}

function idOf(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (Math.imul(seed + 1, 2_654_435_761) >>> (i % 4)) & 0xff);
}

function nanos(ns: bigint): { low: number; high: number; unsigned: boolean } {
  return { low: Number(BigInt.asIntN(32, ns)), high: Number(BigInt.asIntN(32, ns >> 32n)), unsigned: true };
}

function spanOf(i: number): unknown {
  const start = 1_701_779_876_570_888_000n + BigInt(i) * 1_000_003n;
  return {
    traceId: idOf(16, i >> 3),
    spanId: idOf(8, i),
    parentSpanId: idOf(8, i ^ 1),
    name: `productpage.bookinfo.svc.cluster.local:9080/${i % 13 === 0 ? "login" : "productpage"}`,
    kind: 2 + (i % 2),
    startTimeUnixNano: nanos(start),
    endTimeUnixNano: nanos(start + 11_932_000n),
    attributes: attributesOf(i),
    status: i % 11 === 0 ? { code: 2 } : {},
  };
}

export function requestOf(spans: number): unknown {
  const resource = {
    attributes: [attribute("service.name", "productpage.bookinfo"), attribute("k8s.namespace.name", "bookinfo")],
  };
  const scopeSpans = [
    { scope: { name: "envoy", version: "1.31" }, spans: Array.from({ length: spans }, (_, i) => spanOf(i)) },
  ];
  return { resourceSpans: [{ resource, scopeSpans }] };
}

/** Keeps results alive. */
let sink = 0;

function ours(body: Uint8Array): void {
  const columns = decodeOtlpTraces(body);
  if (!columns.ok) throw new Error(columns.error.code);
  sink += columns.value.count + (columns.value.tape[columns.value.stringsAt - 1] ?? 0);
}

function translated(body: Uint8Array): void {
  const columns = decodeOtlpTraces(body);
  if (!columns.ok) throw new Error(columns.error.code);
  sink += translateOtlp(columns.value).spans.length;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/** Nanoseconds a call. */
function time(work: () => void, calls: number): number {
  const began = process.hrtime.bigint();
  for (let i = 0; i < calls; i++) work();
  return Number(process.hrtime.bigint() - began) / calls;
}

function callsFor(work: () => void, ms: number): number {
  return Math.max(1, Math.round((ms * 1e6) / Math.max(100, time(work, 20))));
}

/** Warm, then `rounds` rounds in turn: nanoseconds a call, by round and side. */
function compare(works: readonly (() => void)[], rounds: number, ms: number): number[][] {
  for (const work of works) time(work, callsFor(work, WARM_MS));
  const sides = works.map((work) => ({ work, calls: callsFor(work, ms) }));
  return Array.from({ length: rounds }, () => sides.map((side) => time(side.work, side.calls)));
}

function lineOf(codec: ReferenceCodec, spans: number, options: BenchOptions): string[] {
  const body = codec.encode(requestOf(spans)).finish();
  const plain = new Uint8Array(body);
  const buffer = Buffer.from(body);
  const read = (message: unknown): void => {
    sink += typeof message === "object" ? 1 : 0;
  };
  const works = [
    () => read(codec.decode(plain)),
    () => read(codec.decode(buffer)),
    () => ours(plain),
    () => translated(plain),
  ];
  const rounds = compare(works, options.smoke ? 101 : 401, 2).map(([array = 0, buffered = 0, own = 1, whole = 1]) => {
    const reference = Math.min(array, buffered);
    return { reference, own, whole, ratio: reference / own, wholeRatio: reference / whole };
  });
  const of = (figure: "reference" | "own" | "whole" | "ratio" | "wholeRatio"): number =>
    median(rounds.map((round) => round[figure]));
  const ratio = of("ratio");
  const verdict = verdictOf(ratio, options.smoke);
  const each = (ns: number): string => (ns / spans).toFixed(0);
  const what = `${spans} spans a body (${plain.length} bytes), ns/span: protobufjs ${each(of("reference"))}, ours ${each(of("own"))}`;
  return [
    `BENCH decode-otlp ${ratio.toFixed(1)}x goal ${GOAL}x ${verdict} ${what}; ours: ids, times, kind, status, name, service, scope, checked ranges of all attributes, their text not decoded`,
    `decode-otlp with all attributes decoded and canonical spans built: ${of("wholeRatio").toFixed(1)}x (${each(of("whole"))} ns/span), no goal`,
  ];
}

/** A smoke run is short: what lies a little below the goal there is noise until the whole bench says so. */
function verdictOf(ratio: number, smoke: boolean): string {
  if (ratio >= GOAL) return "PASS";
  return smoke && ratio >= SMOKE_SHARE * GOAL ? "NOISY" : "SHORT";
}

export async function run(options: BenchOptions = PLAIN_RUN): Promise<string[]> {
  const codec = referenceCodec(root, TRACE_REQUEST);
  if (codec === undefined) return ["BENCH decode-otlp - goal 15x SKIP the protobufjs reference is not installed"];
  const lines = [512, 5].flatMap((spans) => lineOf(codec, spans, options));
  return sink > 0 ? lines : [];
}
