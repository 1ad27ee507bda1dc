/** What is read without making the spans is what is read of the spans, rejects included, whatever is broken in a body. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import root from "otlp-transformer-oracle/build/src/generated/root.js";
import { describe, expect, test } from "vitest";
import { SPAN_READ_KEYS } from "../../lib/mesh/spans/read-keys.ts";
import { readSpan } from "../../lib/mesh/spans/read-span.ts";
import type { AttributeValue, Span } from "../../lib/model/span.ts";
import type { SpanFormat } from "../../lib/model/span-format.ts";
import { decodeSpans } from "../../lib/wire/decode-spans.ts";
import { referenceCodec, TRACE_REQUEST } from "../../lib/wire/otlp/reference-codec.ts";
import { decodeSides } from "./decode-sides.ts";
import { spanOf } from "./span-rig.ts";

const NOW = 1_700_000_000_000;
const captures = join(new URL("../..", import.meta.url).pathname, "e2e/real/captures");

function captured(): { readonly format: SpanFormat; readonly body: Uint8Array }[] {
  const formatOf = (file: string): SpanFormat | undefined =>
    file.endsWith(".otlp.pb") ? "otlpProtobuf" : file.endsWith(".zipkin.json") ? "zipkinJson" : undefined;
  return readdirSync(captures, { recursive: true, encoding: "utf8" }).flatMap((file) => {
    const format = formatOf(file);
    return format === undefined ? [] : [{ format, body: readFileSync(join(captures, file)) }];
  });
}

function bothWays(format: SpanFormat, body: Uint8Array, receivedMs: number) {
  const whole = decodeSpans(format, body, receivedMs);
  const expected = whole.ok
    ? {
        ok: true,
        value: {
          spans: whole.value.spans.length,
          sides: whole.value.spans.flatMap((span) => readSpan(span) ?? []),
          rejects: whole.value.rejects,
        },
      }
    : whole;
  const read = decodeSides(format, body, receivedMs);
  return { read: read.ok ? { ok: true, value: { ...read.value, sides: read.value.sides.all() } } : read, expected };
}

function encoded(request: unknown): Uint8Array {
  const codec = referenceCodec(root, TRACE_REQUEST);
  if (codec === undefined) throw new Error("the protobufjs reference is not installed");
  return codec.encode(request).finish();
}

const key = fc.oneof(fc.constantFrom(...SPAN_READ_KEYS), fc.string({ maxLength: 20 }));
const value = fc.oneof(
  fc.record({ stringValue: fc.string({ unit: "grapheme", maxLength: 140 }) }),
  fc.record({
    stringValue: fc.constantFrom("503", "grpc", "-", "outbound|80||cart.shop.svc.cluster.local", "web.shop"),
  }),
  fc.record({ intValue: fc.integer({ min: 0, max: 600 }) }),
  fc.record({ boolValue: fc.boolean() }),
  fc.record({ arrayValue: fc.constant({ values: [{ stringValue: "x" }] }) }),
);
const attributes = fc.array(fc.record({ key, value }), { maxLength: 12 });
const bytes = (length: number) => fc.uint8Array({ minLength: length - (length > 8 ? 1 : 0), maxLength: length });
const span = fc.record({
  traceId: bytes(16),
  spanId: bytes(8),
  parentSpanId: fc.option(bytes(8), { nil: undefined }),
  name: fc.string({ maxLength: 10 }),
  kind: fc.integer({ min: 0, max: 6 }),
  startTimeUnixNano: fc.constantFrom(0, NOW * 1e6, (NOW + 1_000_000) * 1e6),
  endTimeUnixNano: fc.constantFrom(1, NOW * 1e6 + 5_000_000, (NOW + 1_000_000) * 1e6),
  attributes,
  links: fc.array(fc.record({ traceId: bytes(16), spanId: bytes(8) }), { maxLength: 1 }),
});
const request = fc.record({
  resourceSpans: fc.array(
    fc.record({
      resource: fc.record({ attributes }),
      scopeSpans: fc.array(fc.record({ spans: fc.array(span, { maxLength: 4 }) }), { maxLength: 2 }),
    }),
    { maxLength: 2 },
  ),
});

describe("sides of a body", () => {
  test("of every captured body are those of its spans", () => {
    const bodies = captured();
    expect(bodies.length).toBeGreaterThan(20);
    for (const { format, body } of bodies) {
      const { read, expected } = bothWays(format, body, Date.parse("2100-01-01"));
      expect(read).toEqual(expected);
    }
  });

  test("of any body, with all that can be wrong in it, are those of its spans, and so are the rejects", () => {
    fc.assert(
      fc.property(request, (drawn) => {
        const { read, expected } = bothWays("otlpProtobuf", encoded(drawn), NOW);
        expect(read).toEqual(expected);
      }),
      { numRuns: 400 },
    );
  });

  test("of the same in JSON are those of its spans too", () => {
    const hex = (id: Uint8Array | undefined) => (id === undefined ? undefined : Buffer.from(id).toString("hex"));
    fc.assert(
      fc.property(request, (drawn) => {
        const spanOf = (one: (typeof drawn)["resourceSpans"][number]["scopeSpans"][number]["spans"][number]) => ({
          ...one,
          traceId: hex(one.traceId),
          spanId: hex(one.spanId),
          parentSpanId: hex(one.parentSpanId),
          links: one.links.length === 0 ? [] : [{ traceId: "", spanId: "" }],
        });
        const resourceSpans = drawn.resourceSpans.map(({ resource, scopeSpans }) => {
          return { resource, scopeSpans: scopeSpans.map(({ spans }) => ({ spans: spans.map(spanOf) })) };
        });
        const { read, expected } = bothWays("otlpJson", Buffer.from(JSON.stringify({ resourceSpans })), NOW);
        expect(read).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  test("of spans that are alike but for ids, times and what no call depends on are each their own", () => {
    const urls = [
      "",
      "-",
      "unknown",
      "unknown/x",
      "/x",
      "http://cart.shop/a",
      "http://cart.shop/b?c",
      "cart.shop:80#d",
    ];
    const texts = fc.constantFrom(...urls, "db:5432", "inbound|80||", "outbound|80||cart.shop.svc.cluster.local");
    const few = fc.constantFrom(
      "http.url",
      "url.full",
      "server.address",
      "upstream_cluster",
      "user_agent",
      "http.status_code",
    );
    const some = fc.record({
      key: few,
      value: fc.oneof(
        fc.record({ stringValue: texts }),
        fc.record({ intValue: fc.constantFrom(200, 503) }),
        fc.record({ stringValue: texts.map((text) => text + "x".repeat(4_480)) }),
      ),
    });
    const id = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    const time = fc.nat({ max: 2_000_000_000 });
    const alike = fc.record({
      traceId: id(16),
      spanId: id(8),
      parentSpanId: id(8),
      attributes: fc.array(some, { maxLength: 3 }),
      time,
    });
    fc.assert(
      fc.property(fc.array(alike, { maxLength: 20 }), fc.constantFrom("web", "web.shop", ""), (drawn, service) => {
        const spans = drawn.map(({ time: ns, ...rest }) => ({
          ...rest,
          kind: 3,
          startTimeUnixNano: NOW * 1e6,
          endTimeUnixNano: NOW * 1e6 + ns,
        }));
        const resource = { attributes: [{ key: "service.name", value: { stringValue: service } }] };
        const body = encoded({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
        const { read, expected } = bothWays("otlpProtobuf", body, NOW);
        expect(read).toEqual(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  test("of damaged bytes are those of its spans", () => {
    fc.assert(
      fc.property(request, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 }), (drawn, hits) => {
        const body = Uint8Array.from(encoded(drawn));
        for (const [at, byte] of hits) if (body.length > 0) body[at % body.length] = byte;
        const { read, expected } = bothWays("otlpProtobuf", body, NOW);
        expect(read).toEqual(expected);
      }),
      { numRuns: 600 },
    );
  });
});

/** Notes what is asked of it. */
class Noting extends Map<string, AttributeValue> {
  readonly asked = new Set<string>();

  override get(name: string): AttributeValue | undefined {
    this.asked.add(name);
    return super.get(name);
  }
}

test("no attribute is read of a span but those that are made", () => {
  const known = new Set(SPAN_READ_KEYS);
  const note = fc.dictionary(
    fc.constantFrom(...SPAN_READ_KEYS),
    fc.constantFrom("x", "grpc", "inbound|80||", "a~b~c.d~e", "probabilistic"),
  );
  const kinds = fc.constantFrom<Span["kind"]>("server", "client", "producer", "consumer", "internal");
  const services = fc.constantFrom("web", "linkerd-proxy", "mesh/m/virtualNode/n", "unknown_service");
  const asked = new Set<string>();
  fc.assert(
    fc.property(note, kinds, services, (tags, kind, service) => {
      const noting = new Noting(Object.entries(tags));
      readSpan({ ...spanOf(1, kind, service, {}), service, attributes: noting, resource: new Map([["a", "b"]]) });
      for (const name of noting.asked) asked.add(name);
    }),
    { numRuns: 2_000 },
  );
  expect([...asked].filter((name) => !known.has(name))).toEqual([]);
  expect([...known].filter((name) => !asked.has(name))).toEqual([]);
});
