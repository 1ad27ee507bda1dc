/** Zipkin JSON read by its bytes against json.ts, which parses it: the same spans wherever columns are given at all. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { damagedBodies } from "../json/damaged-bodies.ts";
import { SPAN_RECORD } from "../otlp/columns.ts";
import { translateOtlp } from "../otlp/translate.ts";
import { decodeZipkinJson, translateZipkin } from "./json.ts";
import { ZipkinColumns } from "./kernel-json-columns.ts";

const encoder = new TextEncoder();
const columns = new ZipkinColumns();

const parsed = (body: Uint8Array) => {
  const decoded = decodeZipkinJson(body);
  return decoded.ok ? translateZipkin(decoded.value) : decoded.error.code;
};

/** What the columns read as; undefined where there are none. */
function read(body: Uint8Array) {
  const given = columns.read(body);
  if (given === undefined) return undefined;
  const { tape, origin, stringsAt } = given;
  let spans = 0;
  for (let at = origin; at < stringsAt; at += (tape[at] ?? 4) >>> 2) if (((tape[at] ?? 0) & 3) === SPAN_RECORD) spans++;
  expect(given.count).toBe(spans);
  return translateOtlp(given);
}

const hex = (most: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdefABCDEF"), minLength: 1, maxLength: most });
const text = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: "grapheme", maxLength: 30 }),
  fc.string({ unit: fc.constantFrom("a", '"', "\\", "/", "\n", "é", "€"), minLength: 100, maxLength: 300 }),
  fc.integer({ min: 16_370, max: 16_390 }).map((length) => "x".repeat(length)),
  fc.constantFrom("é".repeat(60_000), "y".repeat(65_537)),
  fc.constantFrom("", "-", "unknown", "true", "false", "inbound|9080||", "outbound|80||cart.shop.svc.cluster.local"),
);
const key = fc.oneof(
  { weight: 5, arbitrary: fc.string({ unit: fc.constantFrom(..."abc._1"), maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 140 }) },
  fc.constantFrom(
    "error",
    "upstream_cluster",
    "peer.service",
    "network.local.port",
    "network.peer.address",
    "__proto__",
  ),
  fc.constantFrom("istio.canonical_service", "istio.namespace", "node_id", "component"),
);
const endpoint = fc.record(
  {
    serviceName: fc.oneof(fc.constantFrom("web", "cart", "", "-"), text),
    ipv4: fc.oneof(fc.ipV4(), fc.constant("")),
    ipv6: fc.ipV6(),
    port: fc.oneof(fc.nat(65_535), fc.constantFrom(1.5, 1e21, -1)),
  },
  { requiredKeys: [] },
);
const micros = fc.oneof(fc.nat(), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), fc.constantFrom(0, 1.5, -1));
const span = fc.record(
  {
    traceId: hex(33),
    id: hex(17),
    parentId: fc.oneof(hex(16), fc.constantFrom("", "0", null)),
    kind: fc.constantFrom("CLIENT", "SERVER", "PRODUCER", "CONSUMER", null, "WORKER"),
    name: text,
    timestamp: micros,
    duration: micros,
    localEndpoint: endpoint,
    remoteEndpoint: fc.option(endpoint),
    annotations: fc.array(fc.record({ timestamp: micros, value: text }), { maxLength: 2 }),
    tags: fc.dictionary(key, fc.oneof({ weight: 9, arbitrary: text }, fc.constantFrom<unknown>(1, true, null)), {
      maxKeys: 6,
    }),
    shared: fc.constantFrom(true, false, null, 1),
    debug: fc.boolean(),
  },
  { requiredKeys: ["traceId", "id", "timestamp"] },
);

test("of any body the columns, where there are any, read as the parsed body does", () => {
  let given = 0;
  fc.assert(
    fc.property(fc.array(span, { maxLength: 3 }), fc.constantFrom(undefined, 1), (spans, blanks) => {
      const body = encoder.encode(JSON.stringify(spans, undefined, blanks));
      const fromColumns = read(body);
      if (fromColumns === undefined) return;
      given++;
      expect(fromColumns).toEqual(parsed(body));
    }),
    { numRuns: 600 },
  );
  expect(given).toBeGreaterThan(100);
});

const plainEndpoint = fc.record(
  { serviceName: fc.constantFrom("web", "cart", "db", "-"), ipv4: fc.ipV4(), port: fc.nat(65_535) },
  { requiredKeys: [] },
);
const plainText = fc.string({ unit: fc.constantFrom("a", "Z", " ", '"', "\\", "\n", "é", "€", "/"), maxLength: 200 });
const plainSpan = fc.record(
  {
    traceId: fc.constantFrom("5af7183fb1d4cf5f", "1", "abcdef0123456789abcdef0123456789"),
    id: fc.constantFrom("352bff9a74ca9ad2", "2"),
    parentId: fc.constantFrom("6b221d5bc9e6496c", "", "0"),
    kind: fc.constantFrom("CLIENT", "SERVER"),
    name: plainText,
    timestamp: fc.integer({ min: 1, max: 2 ** 52 }),
    duration: fc.nat(),
    localEndpoint: plainEndpoint,
    remoteEndpoint: plainEndpoint,
    annotations: fc.array(fc.record({ timestamp: fc.nat(), value: plainText }), { maxLength: 2 }),
    tags: fc.dictionary(fc.string({ unit: fc.constantFrom(..."ab._"), maxLength: 12 }), plainText, { maxKeys: 9 }),
    shared: fc.boolean(),
  },
  { requiredKeys: ["traceId", "id", "timestamp"] },
);

test("every body that proxies and tracers ordinarily send is read by its bytes", () => {
  fc.assert(
    fc.property(fc.array(plainSpan, { maxLength: 5 }), (spans) => {
      const body = encoder.encode(JSON.stringify(spans));
      const fromColumns = read(body);
      expect(fromColumns).toBeDefined();
      expect(fromColumns).toEqual(parsed(body));
    }),
    { numRuns: 400 },
  );
});

test("a body that was damaged or that is not JSON is never read as anything but what parsing it gives", () => {
  const valid = encoder.encode(
    JSON.stringify([
      {
        traceId: "5af7183fb1d4cf5f",
        id: "352bff9a74ca9ad2",
        parentId: "6b221d5bc9e6496c",
        kind: "CLIENT",
        name: "get /äpi",
        timestamp: 1556604172355737,
        duration: 1431,
        shared: true,
        localEndpoint: { serviceName: "frontend", ipv4: "192.168.99.1", port: 3306 },
        remoteEndpoint: { serviceName: "backend", ipv6: "::1" },
        annotations: [{ timestamp: 15, value: "a\\u0041b" }],
        tags: { "http.method": "GET", error: "no\tway", q: "\u2028" },
      },
      { traceId: "1", id: "2", timestamp: 5, tags: {} },
    ]),
  );
  expect(read(valid)).toEqual(parsed(valid));
  let given = 0;
  for (const body of damagedBodies(valid, 20_000, 11)) {
    const fromColumns = read(body);
    if (fromColumns === undefined) continue;
    given++;
    expect(fromColumns).toEqual(parsed(body));
  }
  expect(given).toBeGreaterThan(1_000);
});

test.each([
  ["a byte-order mark before it", "\ufeff[]"],
  ["something behind it", "[] x"],
  ["half a pair of surrogates", '[{"traceId":"1","id":"1","timestamp":1,"name":"\\ud800"}]'],
  ["a member twice", '[{"traceId":"1","id":"1","id":"2","timestamp":1}]'],
  ["v1", '[{"traceId":"1","id":"1","timestamp":1,"binaryAnnotations":[]}]'],
  ["a number with a zero before it", '[{"traceId":"1","id":"1","timestamp":01}]'],
  ["a tag named by a number", '[{"traceId":"1","id":"1","timestamp":1,"tags":{"b":"x","1":"y"}}]'],
])("is left to whoever parses it: %s", (_, body) => {
  expect(read(encoder.encode(body))).toBeUndefined();
});
