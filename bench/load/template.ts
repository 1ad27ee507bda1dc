/**
 * Bodies of spans that are encoded once and then made another body by writing over what identifies their spans: ids,
 * times, the request's id. In: shape, format and the service whose spans they are. Out: `fill`, ready to be sent.
 * Offsets are found by looking for the marks that were encoded, in the order in which they were.
 */
import root from "otlp-transformer-oracle/build/src/generated/root.js";
import { referenceCodec, TRACE_REQUEST } from "../../lib/wire/otlp/reference-codec.ts";
import {
  attributesOf,
  type CallSpan,
  durationUs,
  operationOf,
  placeUs,
  REQUEST_MARK,
  type Shape,
  SPAN_ID_USE,
  spansOf,
  word,
} from "./calls.ts";

export type Format = "otlp" | "zipkin";

interface Place {
  readonly span: CallSpan;
  readonly traceAt: number;
  readonly spanAt: number;
  /** -1: none. */
  readonly parentAt: number;
  readonly timeAt: number;
  readonly requestAt: number;
}

export interface Template {
  readonly body: Buffer;
  readonly format: Format;
  readonly places: readonly Place[];
}

const TRACE_MARK = Buffer.from("a1a2a3a4a5a6a7a8a9aaabacadaeafb0", "hex");
const SPAN_MARK = Buffer.from("b1b2b3b4b5b6b7b8", "hex");
const PARENT_MARK = Buffer.from("c1c2c3c4c5c6c7c8", "hex");
const TIME_MARK = Buffer.from("d1d2d3d4d5d6d7d8", "hex");
const MARK_TIME = { low: TIME_MARK.readInt32LE(0), high: TIME_MARK.readInt32LE(4), unsigned: true };
/** Micros of 16 digits and a duration of 6 digits. */
const MARK_MICROS = 1_111_222_233_334_444;
const MARK_DURATION = 555_666;
const DURATION_OFFSET = `${MARK_MICROS},"duration":`.length;

function otlpBody(service: number, spans: readonly CallSpan[]): Buffer {
  const codec = referenceCodec(root, TRACE_REQUEST);
  if (codec === undefined) throw new Error("the protobufjs reference is not installed");
  const attribute = ([key, value]: readonly [string, string | number]): unknown => ({
    key,
    value: typeof value === "string" ? { stringValue: value } : { intValue: value },
  });
  const spanOf = (span: CallSpan): unknown => ({
    traceId: TRACE_MARK,
    spanId: SPAN_MARK,
    ...(span.parentPlace === undefined ? {} : { parentSpanId: PARENT_MARK }),
    name: operationOf(service, span),
    kind: span.place % 2 === 0 ? 2 : 3,
    startTimeUnixNano: MARK_TIME,
    endTimeUnixNano: MARK_TIME,
    attributes: attributesOf(service, span).map(attribute),
    status: span.trace % 97 === 3 ? { code: 2 } : {},
  });
  const name = `svc-${service}`;
  const resource = [
    ["service.name", `${name}.shop`],
    ["k8s.cluster.name", "c1"],
    ["k8s.namespace.name", "shop"],
    ["k8s.pod.name", `${name}-675fc69cf-x9kq2`],
  ] as const;
  const scopeSpans = [{ scope: { name: "envoy", version: "1.31" }, spans: spans.map(spanOf) }];
  const request = { resourceSpans: [{ resource: { attributes: resource.map(attribute) }, scopeSpans }] };
  return Buffer.from(codec.encode(request).finish());
}

function zipkinBody(service: number, spans: readonly CallSpan[]): Buffer {
  const made = spans.map((span) => ({
    traceId: TRACE_MARK.toString("hex"),
    id: SPAN_MARK.toString("hex"),
    ...(span.parentPlace === undefined ? {} : { parentId: PARENT_MARK.toString("hex") }),
    kind: span.place % 2 === 0 ? "SERVER" : "CLIENT",
    name: operationOf(service, span),
    timestamp: MARK_MICROS,
    duration: MARK_DURATION,
    localEndpoint: { serviceName: `svc-${service}.shop`, ipv4: "10.244.0.14", port: 9080 },
    tags: Object.fromEntries(attributesOf(service, span).map(([key, value]) => [key, String(value)])),
  }));
  return Buffer.from(JSON.stringify(made));
}

/** Walks through the body from mark to mark. */
function finder(body: Buffer): (mark: Buffer | string) => number {
  let from = 0;
  return (mark) => {
    const at = body.indexOf(mark, from);
    if (at < 0) throw new Error("a mark is not where it was written");
    from = at + mark.length;
    return at;
  };
}

export function template(format: Format, shape: Shape, service: number, depth: number): Template {
  const spans = spansOf(shape, depth);
  const body = format === "otlp" ? otlpBody(service, spans) : zipkinBody(service, spans);
  const find = finder(body);
  const mark = (bytes: Buffer): Buffer | string => (format === "otlp" ? bytes : bytes.toString("hex"));
  const places = spans.map((span) => ({
    span,
    traceAt: find(mark(TRACE_MARK)),
    spanAt: find(mark(SPAN_MARK)),
    parentAt: span.parentPlace === undefined ? -1 : find(mark(PARENT_MARK)),
    timeAt: find(format === "otlp" ? TIME_MARK : String(MARK_MICROS)),
    requestAt: find(REQUEST_MARK),
  }));
  return { body, format, places };
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const hex = (value: number): string =>
  `${HEX[value >>> 24]}${HEX[(value >>> 16) & 255]}${HEX[(value >>> 8) & 255]}${HEX[value & 255]}`;

interface Ids {
  readonly round: number;
  readonly span: CallSpan;
}

const idWord = ({ round, span }: Ids, place: number, half: number): number =>
  word(round, span.trace, SPAN_ID_USE + 2 * place + half);

const TWO_32 = 2 ** 32;

/** Nanoseconds as a fixed64; to within 256 ns, which is what a double holds. */
function writeTime(body: Buffer, at: number, us: number): void {
  const ns = us * 1000;
  body.writeUInt32LE(ns % TWO_32, at);
  body.writeUInt32LE(Math.floor(ns / TWO_32), at + 4);
}

function fillBinary(body: Buffer, place: Place, ids: Ids, endUs: number): void {
  const { span } = place;
  for (let i = 0; i < 4; i++) body.writeUInt32BE(word(ids.round, span.trace, i), place.traceAt + 4 * i);
  for (let half = 0; half < 2; half++) {
    body.writeUInt32BE(idWord(ids, span.place, half), place.spanAt + 4 * half);
    if (span.parentPlace !== undefined)
      body.writeUInt32BE(idWord(ids, span.parentPlace, half), place.parentAt + 4 * half);
  }
  // Start and end are two fixed64 with a tag between them.
  writeTime(body, place.timeAt, endUs - durationUs(ids.round, span.trace) + placeUs(span.place));
  writeTime(body, place.timeAt + 9, endUs - placeUs(span.place));
}

function fillText(body: Buffer, place: Place, ids: Ids, endUs: number): void {
  const { span } = place;
  const id = (of: number): string => hex(idWord(ids, of, 0)) + hex(idWord(ids, of, 1));
  const trace = [0, 1, 2, 3].map((i) => hex(word(ids.round, span.trace, i))).join("");
  body.write(trace, place.traceAt, "latin1");
  body.write(id(span.place), place.spanAt, "latin1");
  if (span.parentPlace !== undefined) body.write(id(span.parentPlace), place.parentAt, "latin1");
  const lengthUs = 100_000 + durationUs(ids.round, span.trace) - 2 * placeUs(span.place);
  body.write(`${Math.floor(endUs - lengthUs)}`, place.timeAt, "latin1");
  body.write(`${Math.floor(lengthUs)}`, place.timeAt + DURATION_OFFSET, "latin1");
}

/** Writes the ids of a round into the template's body, whose spans end just before `nowMs`; the same buffer every time. */
export function fill({ body, format, places }: Template, round: number, nowMs: number): Buffer {
  const endUs = nowMs * 1000;
  for (const place of places) {
    const ids = { round, span: place.span };
    if (format === "otlp") fillBinary(body, place, ids, endUs);
    else fillText(body, place, ids, endUs);
    const request = word(round, place.span.trace, 9);
    body.write(hex(request) + hex(Math.imul(request, 31)).slice(4), place.requestAt, "latin1");
  }
  return body;
}
