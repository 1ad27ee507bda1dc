/** Zipkin v2 protobuf against protobufjs, with the message as zipkin.proto has it; equal to JSON; damage. */
import fc from "fast-check";
import protobuf from "protobufjs";
import { describe, expect, test } from "vitest";
import { decodeZipkinJson, translateZipkin } from "./json.ts";
import { decodeZipkinProtobuf } from "./protobuf.ts";

const PROTO = `
syntax = "proto3";
message Span {
  bytes trace_id = 1;
  bytes parent_id = 2;
  bytes id = 3;
  enum Kind { SPAN_KIND_UNSPECIFIED = 0; CLIENT = 1; SERVER = 2; PRODUCER = 3; CONSUMER = 4; }
  Kind kind = 4;
  string name = 5;
  fixed64 timestamp = 6;
  uint64 duration = 7;
  Endpoint local_endpoint = 8;
  Endpoint remote_endpoint = 9;
  repeated Annotation annotations = 10;
  map<string, string> tags = 11;
  bool debug = 12;
  bool shared = 13;
}
message Endpoint { string service_name = 1; bytes ipv4 = 2; bytes ipv6 = 3; int32 port = 4; }
message Annotation { fixed64 timestamp = 1; string value = 2; }
message ListOfSpans { repeated Span spans = 1; }
`;
const list = protobuf.parse(PROTO).root.lookupType("ListOfSpans");
const encoder = new TextEncoder();

const encoded = (spans: readonly Record<string, unknown>[]): Uint8Array =>
  new Uint8Array(list.encode(list.fromObject({ spans })).finish());

function bagsOf(body: Uint8Array) {
  const decoded = decodeZipkinProtobuf(body);
  if (!decoded.ok) throw new Error(`${decoded.error.code} at ${decoded.error.path}`);
  return decoded.value;
}

const hex = (digits: number) =>
  fc.uint8Array({ minLength: digits / 2, maxLength: digits / 2 }).map((bytes) => Buffer.from(bytes).toString("hex"));
const text = fc.string({ unit: "grapheme", maxLength: 200 });
const address = fc.oneof(
  fc.ipV4().map((ipv4) => ({ ipv4 })),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => ({ bytes })),
);
const endpoint = fc.record({ serviceName: text, address, port: fc.integer({ min: 0, max: 65535 }) });
const span = fc.record({
  traceId: fc.oneof(hex(16), hex(32)),
  id: hex(16),
  parentId: fc.option(hex(16), { nil: undefined }),
  kind: fc.constantFrom("CLIENT", "SERVER", "PRODUCER", "CONSUMER", undefined),
  name: text,
  timestamp: fc.integer({ min: 0, max: 2 ** 52 }),
  duration: fc.integer({ min: 0, max: 2 ** 52 }),
  local: endpoint,
  remote: fc.option(endpoint, { nil: undefined }),
  annotations: fc.array(fc.record({ timestamp: fc.integer({ min: 0, max: 2 ** 52 }), value: text }), { maxLength: 3 }),
  tags: fc.dictionary(text, text, { maxKeys: 5 }),
  shared: fc.boolean(),
});
type Wanted = Parameters<Parameters<typeof span.map>[0]>[0];

const groups = (bytes: Uint8Array): string =>
  Array.from({ length: 8 }, (_, i) => (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16)).join(":");

/** The same span in both formats' own words. */
function bothOf(wanted: Wanted) {
  const { local, remote, traceId, id, parentId, ...rest } = wanted;
  const json = ({ serviceName, port, address: at }: Wanted["local"]) => ({
    serviceName,
    port: port === 0 ? undefined : port,
    ...("ipv4" in at ? { ipv4: at.ipv4 } : { ipv6: groups(at.bytes) }),
  });
  const proto = ({ serviceName, port, address: at }: Wanted["local"]) => ({
    serviceName,
    port,
    ...("ipv4" in at ? { ipv4: Uint8Array.from(at.ipv4.split("."), Number) } : { ipv6: at.bytes }),
  });
  const bytes = (digits: string | undefined) => Buffer.from(digits ?? "", "hex");
  return {
    json: {
      ...rest,
      traceId,
      id,
      parentId,
      localEndpoint: json(local),
      remoteEndpoint: remote === undefined ? undefined : json(remote),
    },
    proto: {
      ...rest,
      kind: rest.kind ?? 0,
      traceId: bytes(traceId),
      id: bytes(id),
      parentId: bytes(parentId),
      localEndpoint: proto(local),
      remoteEndpoint: remote === undefined ? undefined : proto(remote),
    },
  };
}

test("what protobufjs writes reads as the same spans and rejects that JSON has", () => {
  fc.assert(
    fc.property(fc.array(span, { maxLength: 6 }), (spans) => {
      const both = spans.map(bothOf);
      const fromJson = decodeZipkinJson(encoder.encode(JSON.stringify(both.map(({ json }) => json))));
      if (!fromJson.ok) throw new Error(fromJson.error.code);
      const fromProto = translateZipkin(bagsOf(encoded(both.map(({ proto }) => proto))));
      expect(fromProto).toEqual(translateZipkin(fromJson.value));
    }),
  );
});

const PLAIN = {
  traceId: Buffer.from("5af7183fb1d4cf5f", "hex"),
  id: Buffer.from("352bff9a74ca9ad2", "hex"),
  kind: "SERVER",
  name: "get /api",
  timestamp: 1556604172355737,
  duration: 1431,
  localEndpoint: { serviceName: "frontend", ipv4: Uint8Array.of(192, 168, 99, 1), port: 3306 },
  tags: { "http.method": "GET" },
  shared: true,
};

test("Zipkin's own example, with the 64-bit ids that App Mesh's agent sends", () => {
  const { spans, rejects } = translateZipkin(bagsOf(encoded([PLAIN])));
  expect(rejects).toEqual([]);
  expect(spans).toMatchObject([
    {
      traceId: "00000000000000005af7183fb1d4cf5f",
      spanId: "352bff9a74ca9ad2",
      shared: true,
      kind: "server",
      startNs: 1556604172355737000n,
      durationNs: 1431000n,
      service: "frontend",
      attributes: new Map([
        ["http.method", "GET"],
        ["network.local.address", "192.168.99.1"],
        ["network.local.port", "3306"],
      ]),
    },
  ]);
});

describe("one broken span loses that span only", () => {
  const bad: readonly [string, Record<string, unknown>][] = [
    ["trace_id_invalid", { traceId: new Uint8Array(0) }],
    ["trace_id_invalid", { traceId: new Uint8Array(17).fill(1) }],
    ["trace_id_invalid", { traceId: new Uint8Array(16) }],
    ["span_id_invalid", { id: new Uint8Array(9).fill(1) }],
    ["parent_id_invalid", { parentId: new Uint8Array(9).fill(1) }],
    ["start_missing", { timestamp: 0 }],
    ["time_invalid", { timestamp: "18446744073709551615" }],
    ["time_invalid", { duration: "9223372036854775807" }],
    ["shape_invalid", { kind: 9 }],
  ];
  test.each(bad)("%s: %j", (code, fields) => {
    const { spans, rejects } = translateZipkin(bagsOf(encoded([PLAIN, { ...PLAIN, ...fields }, PLAIN])));
    expect(spans).toHaveLength(2);
    expect(rejects).toEqual([{ code, of: "span", count: 1, first: "$[1]" }]);
  });
});

test("a tag named __proto__ is a tag", () => {
  const body = encoded([{ ...PLAIN, tags: { "a-proto-b": "x" } }]);
  // Nine letters for nine: protobufjs itself would lose the key.
  body.set(encoder.encode("__proto__"), Buffer.from(body).indexOf("a-proto-b"));
  const { spans } = translateZipkin(bagsOf(body));
  expect(spans[0]?.attributes.get("__proto__")).toBe("x");
});

describe("bodies that are refused whole, with code, offset and path", () => {
  const good = encoded([PLAIN]);
  const cases: readonly [string, Uint8Array, number, string][] = [
    ["truncated", good.subarray(0, good.length - 1), 1, "spans[0]"],
    ["truncated", Uint8Array.of(...good, 0x0a, 0x05, 0x22), good.length + 1, "spans[1]"],
    ["varint_too_long", new Uint8Array(12).fill(0x80), 0, "spans[0]"],
    ["wire_type_invalid", Uint8Array.of(0x0f), 0, "spans[0]"],
    ["group_unsupported", Uint8Array.of(0x0b), 0, "spans[0]"],
    ["field_number_invalid", Uint8Array.of(0x02, 0), 0, "spans[0]"],
    ["truncated", Uint8Array.of(0x0a, 0x04, 0x42, 0x02, 0x0a, 0x05), 5, "spans[0]"],
  ];
  test.each(cases)("%s", (code, body, offset, path) => {
    expect(decodeZipkinProtobuf(body)).toMatchObject({ ok: false, error: { code, offset, path } });
  });

  test("more than a million spans, in two bytes each", () => {
    const body = new Uint8Array(2_000_004).fill(0).map((_, i) => (i % 2 === 0 ? 0x0a : 0));
    expect(decodeZipkinProtobuf(body)).toMatchObject({ ok: false, error: { code: "too_many_spans" } });
  });

  test("more than two million tags, in two bytes each", () => {
    const size = 4_000_004;
    const tags = new Uint8Array(size).map((_, i) => (i % 2 === 0 ? 0x5a : 0));
    const length = [(size & 0x7f) | 0x80, ((size >>> 7) & 0x7f) | 0x80, ((size >>> 14) & 0x7f) | 0x80, size >>> 21];
    const body = new Uint8Array(size + 5);
    body.set([0x0a, ...length]);
    body.set(tags, 5);
    expect(decodeZipkinProtobuf(body)).toMatchObject({ ok: false, error: { code: "too_many_attributes" } });
  });

  test("an empty body is an empty list", () => expect(bagsOf(new Uint8Array(0))).toEqual([]));
});

test("10,000 mutations of a valid body never throw, and what is taken does not depend on bytes past its end", () => {
  const valid = encoded([PLAIN, { ...PLAIN, annotations: [{ timestamp: 5, value: "ä" }] }]);
  let state = 11;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  let accepted = 0;
  for (let i = 0; i < 10_000; i++) {
    const whole = valid.slice();
    for (let hits = 1 + random(3); hits > 0; hits--) whole[random(whole.length)] = random(256);
    const body = whole.slice(0, random(4) === 0 ? random(whole.length) : whole.length);
    const decoded = decodeZipkinProtobuf(body);
    const followed = new Uint8Array(body.length + 64).fill(0xff);
    followed.set(body);
    expect(decodeZipkinProtobuf(followed.subarray(0, body.length))).toEqual(decoded);
    if (!decoded.ok) continue;
    accepted += 1;
    const { spans, rejects } = translateZipkin(decoded.value);
    const lost = rejects.reduce((sum, reject) => sum + (reject.of === "span" ? reject.count : 0), 0);
    expect(spans.length + lost).toBe(decoded.value.length);
  }
  expect(accepted).toBeGreaterThan(500);
});
