/** OTLP JSON: what is read, what is refused with which path, and damage. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decodeOtlpJson, translateOtlpJson } from "./json.ts";
import { parseJson, quoteLongIntegers } from "./json-text.ts";
import type { Translation } from "./rejects.ts";

const encoder = new TextEncoder();
const TRACE = "5B8EFFF798038103D269B633813FC60C";
const SPAN = {
  traceId: TRACE,
  spanId: "EEE19B7EC3C1B174",
  parentSpanId: "",
  name: "I'm a server span",
  startTimeUnixNano: "1544712660000000001",
  endTimeUnixNano: "1544712661000000003",
  kind: 2,
  attributes: [{ key: "my.span.attr", value: { stringValue: "some value" } }],
};

function bodyOf(span: unknown, resource: unknown = undefined): string {
  return JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "lib" }, spans: [span] }] }] });
}

function read(body: string): Translation {
  const decoded = decodeOtlpJson(encoder.encode(body));
  if (!decoded.ok) throw new Error(`${decoded.error.code} at ${decoded.error.path}`);
  return translateOtlpJson(decoded.value);
}

function refusal(body: string): unknown {
  const decoded = decodeOtlpJson(encoder.encode(body));
  return decoded.ok ? "accepted" : [decoded.error.code, decoded.error.path];
}

test("the specification's own example", () => {
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "my.service" } }] };
  expect(read(bodyOf(SPAN, resource))).toEqual({
    rejects: [],
    spans: [
      {
        traceId: TRACE.toLowerCase(),
        spanId: "eee19b7ec3c1b174",
        shared: false,
        kind: "server",
        startNs: 1544712660000000001n,
        durationNs: 1000000002n,
        service: "my.service",
        operation: "I'm a server span",
        status: "unset",
        attributes: new Map([["my.span.attr", "some value"]]),
        resource: new Map([["service.name", "my.service"]]),
        scope: { name: "lib", version: "" },
        events: [],
        links: [],
      },
    ],
  });
});

test("int64 as a number keeps every digit", () => {
  const body = bodyOf(SPAN)
    .replace('"1544712660000000001"', "1544712660000000001")
    .replace('"1544712661000000003"', " 1544712661000000003 ");
  expect(read(body).spans[0]).toMatchObject({ startNs: 1544712660000000001n, durationNs: 1000000002n });
});

test("long integers are only touched outside text, and only whole numbers are", () => {
  const text =
    '{"a":"x:1234567890123456789 \\" ,1234567890123456789","b":[1234567890123456789,-1234567890123456789],"c":1234567890123456.5,"d":1.2345678901234567e3}';
  expect(quoteLongIntegers(text)).toBe(
    '{"a":"x:1234567890123456789 \\" ,1234567890123456789","b":["1234567890123456789","-1234567890123456789"],"c":1234567890123456.5,"d":1.2345678901234567e3}',
  );
});

test("every type of attribute", () => {
  const values: readonly [unknown, unknown][] = [
    [{ intValue: "-9223372036854775808" }, -9223372036854775808n],
    [{ intValue: 42 }, 42],
    [{ doubleValue: 0.5 }, 0.5],
    [{ doubleValue: "NaN" }, Number.NaN],
    [{ doubleValue: "-Infinity" }, Number.NEGATIVE_INFINITY],
    [{ boolValue: false }, false],
    [{ bytesValue: "AP8" }, { bytes: "AP8=" }],
    [{ arrayValue: { values: [{ stringValue: "a" }, { intValue: "1" }] } }, ["a", 1]],
    [{ arrayValue: {} }, []],
    [{ kvlistValue: { values: [{ key: "k", value: { boolValue: true } }] } }, { map: new Map([["k", true]]) }],
    [{}, ""],
    [{ stringValue: "" }, ""],
  ];
  const attributes = values.map(([value], i) => ({ key: `k${i}`, value }));
  expect(read(bodyOf({ ...SPAN, attributes })).spans[0]?.attributes).toEqual(
    new Map(values.map(([, v], i) => [`k${i}`, v])),
  );
});

test("events, links, status and enum names", () => {
  const link = { traceId: TRACE, spanId: SPAN.spanId, attributes: [{ key: "a", value: { intValue: 1 } }] };
  const span = {
    ...SPAN,
    kind: "SPAN_KIND_CLIENT",
    status: { code: 2, message: "no" },
    events: [{ timeUnixNano: "7", name: "e", attributes: [] }],
    links: [link, { ...link, spanId: "zz" }],
    future: { unknown: [1] },
  };
  const { spans, rejects } = read(bodyOf(span));
  expect(spans[0]).toMatchObject({
    kind: "client",
    status: "error",
    statusMessage: "no",
    events: [{ timeNs: 7n, name: "e" }],
  });
  expect(spans[0]?.links).toEqual([
    { traceId: TRACE.toLowerCase(), spanId: "eee19b7ec3c1b174", attributes: new Map([["a", 1]]) },
  ]);
  expect(rejects).toEqual([
    { code: "link_id_invalid", of: "part", count: 1, first: "$.resourceSpans[0].scopeSpans[0].spans[0].links[1]" },
  ]);
});

test("an id in base64 is a rejected span, never a misread one", () => {
  expect(read(bodyOf({ ...SPAN, traceId: "W47/95gDgQPSabYzgT/GDA==" })).rejects).toMatchObject([
    { code: "trace_id_invalid" },
  ]);
});

test("null and absent are the same", () => {
  expect(
    read(bodyOf({ ...SPAN, attributes: null, events: null, status: null, parentSpanId: null })).spans,
  ).toHaveLength(1);
  expect(read('{"resourceSpans":null}').spans).toEqual([]);
  expect(read("{}").spans).toEqual([]);
});

describe("wrong shapes are refused with their path", () => {
  const at = "$.resourceSpans[0].scopeSpans[0].spans[0]";
  const cases: readonly [string, string, string][] = [
    ["not JSON", "json_syntax", "$"],
    ["[]", "json_shape", "$"],
    ['{"resourceSpans":{}}', "json_shape", "$.resourceSpans"],
    ['{"resourceSpans":[5]}', "json_shape", "$.resourceSpans[0]"],
    [bodyOf({ ...SPAN, name: 5 }), "json_shape", `${at}.name`],
    [bodyOf({ ...SPAN, kind: "SERVER" }), "json_shape", `${at}.kind`],
    [bodyOf({ ...SPAN, startTimeUnixNano: "yesterday" }), "json_shape", `${at}.startTimeUnixNano`],
    [bodyOf({ ...SPAN, endTimeUnixNano: -1 }), "json_shape", `${at}.endTimeUnixNano`],
    [
      bodyOf({ ...SPAN, attributes: [{ key: "k", value: { intValue: 1.5 } }] }),
      "json_shape",
      `${at}.attributes[0].value.intValue`,
    ],
    [
      bodyOf({ ...SPAN, attributes: [{ key: "k", value: { intValue: "9223372036854775808" } }] }),
      "json_shape",
      `${at}.attributes[0].value.intValue`,
    ],
    ['{"batches":[]}', "tempo_json", "$.batches"],
    ['{"resource_spans":[]}', "json_snake_case", "$.resource_spans"],
  ];
  test.each(cases)("%s", (body, code, path) => {
    expect(refusal(body)).toEqual([code, path]);
  });
});

test("nesting deeper than 64 rejects the span", () => {
  const value = (levels: number): string =>
    `${'{"arrayValue":{"values":['.repeat(levels)}{"intValue":1}${"]}}".repeat(levels)}`;
  const withValue = (levels: number): string =>
    bodyOf({ ...SPAN, attributes: [{ key: "k", value: "?" }] }).replace('"?"', value(levels));
  expect(read(withValue(64)).rejects).toEqual([]);
  expect(read(withValue(65)).rejects).toMatchObject([{ code: "span_too_deep", count: 1 }]);
  expect(read(withValue(20_000)).rejects).toMatchObject([{ code: "span_too_deep", count: 1 }]);
});

const TEMPO = new URL("../../../../shared/samples/istio-bookinfo-trace.tempo.json", import.meta.url);
test.skipIf(!existsSync(TEMPO))("Tempo's JSON of a real trace is refused (skipped where the sample is absent)", () => {
  expect(refusal(readFileSync(TEMPO, "utf8"))).toEqual(["tempo_json", "$.batches"]);
});

test("10,000 mutations of a valid body never throw", () => {
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "späße" } }] };
  const valid = encoder.encode(
    bodyOf({ ...SPAN, events: [{ timeUnixNano: "7", name: "e" }], status: { code: 1 } }, resource),
  );
  let state = 99;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  const outcomes = new Set<string>();
  for (let i = 0; i < 10_000; i++) {
    const body = valid.slice();
    for (let hits = 1 + random(3); hits > 0; hits--)
      body[random(body.length)] = random(4) === 0 ? random(256) : 32 + random(95);
    const decoded = decodeOtlpJson(body);
    if (!decoded.ok) outcomes.add(decoded.error.code);
    else for (const { code } of translateOtlpJson(decoded.value).rejects) outcomes.add(code);
  }
  expect([...outcomes].sort()).toEqual(
    expect.arrayContaining(["json_shape", "json_syntax", "trace_id_invalid", "utf8_invalid"]),
  );
});

test("a text of many escapes and digits takes linear time", () => {
  const text = `["${'\\"1'.repeat(300_000)}",${"1234567890123456789,".repeat(20_000)}0]`;
  expect(parseJson(encoder.encode(text)).ok).toBe(true);
});
