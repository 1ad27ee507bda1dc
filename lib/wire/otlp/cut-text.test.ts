/** Long texts in every format: cut at the same place, counted, told by path. */
import root from "otlp-transformer-oracle/build/src/generated/root.js";
import { expect, test } from "vitest";
import type { Span } from "../../model/span.ts";
import { decodeZipkinJson, translateZipkin } from "../zipkin/json.ts";
import { MAX_TEXT, TextCutter } from "./cut-text.ts";
import { decodeOtlpJson, translateOtlpJson } from "./json.ts";
import { decodeOtlpTraces } from "./protobuf.ts";
import { referenceCodec, TRACE_REQUEST } from "./reference-codec.ts";
import type { Translation } from "./rejects.ts";
import { translateOtlp } from "./translate.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";
const LONG = "y".repeat(MAX_TEXT + 1);
const CUT = `${"y".repeat(MAX_TEXT - 1)}…`;

function attribute(key: string, value: object) {
  return { key, value };
}

const MESSAGE = {
  name: LONG,
  kind: 2,
  status: { message: LONG, code: 2 },
  attributes: [
    attribute("long", { stringValue: LONG }),
    attribute("fits", { stringValue: "é".repeat(MAX_TEXT) }),
    attribute("wide", { stringValue: "€".repeat(MAX_TEXT + 1) }),
    attribute("pair", { stringValue: `${"y".repeat(MAX_TEXT - 2)}😀😀` }),
    attribute("list", { arrayValue: { values: [{ stringValue: LONG }, { stringValue: "short" }] } }),
    attribute(LONG, { intValue: 1 }),
  ],
};
const RESOURCE = { attributes: [attribute("service.name", { stringValue: LONG })] };

function jsonTranslation(extra: object[] = []): Translation {
  const times = { startTimeUnixNano: "1", endTimeUnixNano: "2" };
  const span = { ...MESSAGE, ...times, traceId: TRACE, spanId: SPAN, attributes: [...MESSAGE.attributes, ...extra] };
  const body = { resourceSpans: [{ resource: RESOURCE, scopeSpans: [{ scope: { name: LONG }, spans: [span] }] }] };
  const read = decodeOtlpJson(new TextEncoder().encode(JSON.stringify(body)));
  if (!read.ok) throw new Error(read.error.message);
  return translateOtlpJson(read.value);
}

function protobufTranslation(extra: object[] = []): Translation {
  const ids = { traceId: Buffer.from(TRACE, "hex"), spanId: Buffer.from(SPAN, "hex") };
  const times = { startTimeUnixNano: { low: 1, high: 0 }, endTimeUnixNano: { low: 2, high: 0 } };
  const span = { ...MESSAGE, ...times, ...ids, attributes: [...MESSAGE.attributes, ...extra] };
  const body = { resourceSpans: [{ resource: RESOURCE, scopeSpans: [{ scope: { name: LONG }, spans: [span] }] }] };
  const codec = referenceCodec(root, TRACE_REQUEST);
  const read = decodeOtlpTraces(new Uint8Array(codec?.encode(body).finish() ?? []));
  if (!read.ok) throw new Error(read.error.message);
  return translateOtlp(read.value);
}

function only({ spans }: Translation): Span {
  const span = spans[0];
  if (span === undefined || spans.length !== 1) throw new Error(`${spans.length} spans`);
  return span;
}

const FORMATS = [
  ["JSON", jsonTranslation],
  ["protobuf", protobufTranslation],
] as const;

test.each(FORMATS)("OTLP %s: texts over 65,536 characters are cut and counted", (_name, translation) => {
  const read = translation();
  const span = only(read);
  expect([span.operation === CUT, span.statusMessage === CUT, span.service === CUT]).toEqual([true, true, true]);
  expect(span.attributes.get("long")).toBe(CUT);
  expect(span.attributes.get("fits")).toBe("é".repeat(MAX_TEXT));
  expect(span.attributes.get("wide")).toBe(`${"€".repeat(MAX_TEXT - 1)}…`);
  expect(span.attributes.get("pair")).toBe(`${"y".repeat(MAX_TEXT - 2)}…`);
  expect(span.attributes.get("list")).toEqual([CUT, "short"]);
  expect(span.attributes.get(CUT)).toBe(1);
  expect(span.scope?.name).toBe(CUT);
  expect(read.rejects).toMatchObject([{ code: "attribute_cut", of: "part", count: 9 }]);
});

test("OTLP: both encodings agree on bytes that are cut", () => {
  const bytes = Buffer.alloc(70_000, 7);
  const fromJson = jsonTranslation([attribute("b", { bytesValue: bytes.toString("base64") })]);
  const fromProtobuf = protobufTranslation([attribute("b", { bytesValue: bytes })]);
  const expected = { bytes: `${bytes.toString("base64").slice(0, MAX_TEXT - 4)}…` };
  expect(only(fromJson).attributes.get("b")).toEqual(expected);
  expect(only(fromProtobuf).attributes.get("b")).toEqual(expected);
  expect([fromJson.rejects[0]?.count, fromProtobuf.rejects[0]?.count]).toEqual([10, 10]);
});

test("Zipkin: tags, names and annotations are cut and counted", () => {
  const span = {
    traceId: TRACE,
    id: SPAN,
    timestamp: 1,
    name: LONG,
    localEndpoint: { serviceName: LONG },
    tags: { long: LONG, [LONG]: "x", fits: "é".repeat(MAX_TEXT) },
    annotations: [{ timestamp: 1, value: LONG }],
  };
  const read = decodeZipkinJson(new TextEncoder().encode(JSON.stringify([span])));
  const translation = translateZipkin(read.ok ? read.value : []);
  const { operation, service, attributes, events } = only(translation);
  expect([operation === CUT, service === CUT, events[0]?.name === CUT]).toEqual([true, true, true]);
  expect([attributes.get("long") === CUT, attributes.get(CUT), attributes.get("fits")?.toString().length]).toEqual([
    true,
    "x",
    MAX_TEXT,
  ]);
  expect(translation.rejects).toEqual([{ code: "attribute_cut", of: "part", count: 5, first: "$[0]" }]);
});

test("what fits is left alone", () => {
  const cutter = new TextCutter();
  expect(cutter.text("y".repeat(MAX_TEXT))).toHaveLength(MAX_TEXT);
  expect(cutter.base64("y".repeat(MAX_TEXT))).toHaveLength(MAX_TEXT);
  expect(cutter.cuts).toBe(0);
});
