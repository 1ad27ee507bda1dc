/** The protobuf reader against protobufjs, and against damage. */
import fc from "fast-check";
import root from "otlp-transformer-oracle/build/src/generated/root.js";
import { describe, expect, test } from "vitest";
import type { Attributes, AttributeValue, Span } from "../../model/span.ts";
import { normalBase64 } from "./base64.ts";
import { decodeOtlpTraces } from "./protobuf.ts";
import { type ReferenceCodec, referenceCodec, TRACE_REQUEST } from "./reference-codec.ts";
import { translateOtlp } from "./translate.ts";

function found(): ReferenceCodec {
  const codec = referenceCodec(root, TRACE_REQUEST);
  if (codec === undefined) throw new Error("the protobufjs reference is not installed");
  return codec;
}
const oracle = found();

/** What the random requests are made of, in our own words; `wire` is what protobufjs takes. */
interface Any {
  readonly wire: Record<string, unknown>;
  readonly value: AttributeValue;
}

function long(value: bigint) {
  return { low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)), unsigned: false };
}

const text = fc.string({ unit: "grapheme", maxLength: 12 });
const nameText = fc.oneof(text, fc.string({ unit: "grapheme-ascii", minLength: 100, maxLength: 300 }));
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const id = (length: number) => bytes(length).filter((b) => b.some((x) => x !== 0));
const hex = (b: Uint8Array): string => Buffer.from(b).toString("hex");

const scalar: fc.Arbitrary<Any> = fc.oneof(
  nameText.map((s) => ({ wire: { stringValue: s }, value: s })),
  fc.boolean().map((b) => ({ wire: { boolValue: b }, value: b })),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((i) => {
    const number = Number(i);
    return { wire: { intValue: long(i) }, value: Number.isSafeInteger(number) ? number : i };
  }),
  fc.integer().map((i) => ({ wire: { intValue: long(BigInt(i)) }, value: i })),
  fc.double().map((d) => ({ wire: { doubleValue: d }, value: d })),
  fc.uint8Array({ maxLength: 9 }).map((b) => {
    return { wire: { bytesValue: b }, value: { bytes: Buffer.from(b).toString("base64") } };
  }),
);

function nested(depth: number): fc.Arbitrary<Any> {
  if (depth === 0) return scalar;
  const inner = nested(depth - 1);
  return fc.oneof(
    { weight: 4, arbitrary: scalar },
    fc.array(inner, { maxLength: 3 }).map((list) => ({
      wire: { arrayValue: { values: list.map((any) => any.wire) } },
      value: list.map((any) => any.value),
    })),
    attributes(inner).map(({ wire, value }) => ({ wire: { kvlistValue: { values: wire } }, value: { map: value } })),
  );
}

function attributes(any: fc.Arbitrary<Any>): fc.Arbitrary<{ wire: unknown[]; value: Attributes }> {
  return fc.array(fc.tuple(text, any), { maxLength: 6 }).map((pairs) => ({
    wire: pairs.map(([key, { wire }]) => ({ key, value: wire })),
    value: new Map(pairs.map(([key, { value }]) => [key, value])),
  }));
}

const someAttributes = attributes(nested(3));

const span = fc
  .record({
    traceId: id(16),
    spanId: id(8),
    parent: fc.option(id(8), { nil: undefined }),
    name: nameText,
    kind: fc.integer({ min: 0, max: 5 }),
    start: fc.bigInt({ min: 1n, max: 2n ** 62n }),
    duration: fc.bigInt({ min: 0n, max: 2n ** 61n }),
    attributes: someAttributes,
    events: fc.array(fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 63n }), text, someAttributes), { maxLength: 2 }),
    links: fc.array(fc.tuple(id(16), id(8), someAttributes), { maxLength: 2 }),
    code: fc.integer({ min: 0, max: 2 }),
    message: text,
    state: fc.constantFrom("", "a=b", `ot=th:c,vendor=${"x".repeat(200)}`),
  })
  .map((s) => ({
    wire: {
      traceId: s.traceId,
      spanId: s.spanId,
      ...(s.parent === undefined ? {} : { parentSpanId: s.parent }),
      traceState: s.state,
      name: s.name,
      kind: s.kind,
      startTimeUnixNano: long(s.start),
      endTimeUnixNano: long(s.start + s.duration),
      attributes: s.attributes.wire,
      droppedAttributesCount: 3,
      events: s.events.map(([time, name, a]) => ({ timeUnixNano: long(time), name, attributes: a.wire })),
      links: s.links.map(([traceId, spanId, a]) => ({ traceId, spanId, attributes: a.wire, flags: 1 })),
      status: { code: s.code, message: s.message },
      flags: 257,
    },
    expected: {
      traceId: hex(s.traceId),
      spanId: hex(s.spanId),
      ...(s.parent === undefined ? {} : { parentSpanId: hex(s.parent) }),
      shared: false,
      kind: ["unspecified", "internal", "server", "client", "producer", "consumer"][s.kind],
      startNs: s.start,
      durationNs: s.duration,
      operation: s.name,
      status: ["unset", "ok", "error"][s.code],
      ...(s.message === "" ? {} : { statusMessage: s.message }),
      attributes: s.attributes.value,
      events: s.events.map(([timeNs, name, a]) => ({ timeNs, name, attributes: a.value })),
      links: s.links.map(([traceId, spanId, a]) => ({
        traceId: hex(traceId),
        spanId: hex(spanId),
        attributes: a.value,
      })),
      ...(s.state === "" ? {} : { traceState: s.state }),
    },
  }));

const request = fc.array(
  fc.record({
    service: fc.option(text, { nil: undefined }),
    extra: someAttributes,
    scopes: fc.array(fc.record({ name: text, version: text, spans: fc.array(span, { maxLength: 4 }) }), {
      maxLength: 3,
    }),
  }),
  { maxLength: 3 },
);

type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

function encoded(resources: Request): Uint8Array {
  const resourceSpans = resources.map(({ service, extra, scopes }) => {
    const named = service === undefined ? [] : [{ key: "service.name", value: { stringValue: service } }];
    return {
      resource: { attributes: [...extra.wire, ...named] },
      scopeSpans: scopes.map(({ name, version, spans }) => ({
        scope: { name, version },
        spans: spans.map((s) => s.wire),
        schemaUrl: "https://opentelemetry.io/schemas/1.27.0",
      })),
    };
  });
  return new Uint8Array(oracle.encode({ resourceSpans }).finish());
}

function expectedSpans(resources: Request): unknown[] {
  return resources.flatMap(({ service, extra, scopes }) => {
    const resource = new Map(extra.value);
    if (service !== undefined) resource.set("service.name", service);
    const named = resource.get("service.name");
    return scopes.flatMap(({ name, version, spans }) =>
      spans.map(({ expected }) => ({
        ...expected,
        service: typeof named === "string" && named !== "" ? named : "unknown_service",
        resource,
        scope: { name, version },
      })),
    );
  });
}

function spansOf(body: Uint8Array): readonly Span[] {
  const columns = decodeOtlpTraces(body);
  if (!columns.ok) throw new Error(`${columns.error.code} at ${columns.error.path}`);
  const { spans, rejects } = translateOtlp(columns.value);
  expect(rejects).toEqual([]);
  return spans;
}

function codeOf(body: Uint8Array | readonly number[]): string {
  const columns = decodeOtlpTraces(Uint8Array.from(body));
  return columns.ok ? "ok" : columns.error.code;
}

test("what protobufjs encodes is read back equal in everything", () => {
  fc.assert(
    fc.property(request, (resources) => {
      expect(spansOf(encoded(resources))).toEqual(expectedSpans(resources));
    }),
    { numRuns: 200 },
  );
});

test("bytes beyond the body change nothing", () => {
  fc.assert(
    fc.property(request, fc.uint8Array({ maxLength: 64 }), fc.integer({ min: 0, max: 400 }), (resources, tail, cut) => {
      const whole = encoded(resources);
      const body = whole.subarray(0, Math.max(0, whole.length - (cut % 40)));
      const held = new Uint8Array(body.length + tail.length);
      held.set(body);
      held.set(tail, body.length);
      const plain = decodeOtlpTraces(body.slice());
      const within = decodeOtlpTraces(held.subarray(0, body.length));
      expect(within.ok).toBe(plain.ok);
      if (plain.ok && within.ok) expect(translateOtlp(within.value)).toEqual(translateOtlp(plain.value));
      else expect(within).toEqual(plain);
    }),
    { numRuns: 150 },
  );
});

test("10,000 mutations of a valid body never throw, and what is accepted has valid ids and times", () => {
  const samples = fc
    .sample(request, { numRuns: 40, seed: 7 })
    .map(encoded)
    .filter((b) => b.length > 50);
  let accepted = 0;
  let state = 12345;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  for (let i = 0; i < 10_000; i++) {
    const body = (samples[i % samples.length] ?? new Uint8Array(0)).slice();
    for (let hits = 1 + random(4); hits > 0; hits--) body[random(body.length)] = random(256);
    const columns = decodeOtlpTraces(body.subarray(0, body.length - (random(4) === 0 ? random(body.length) : 0)));
    if (!columns.ok) {
      expect(columns.error.offset).toBeGreaterThanOrEqual(0);
      continue;
    }
    accepted += 1;
    for (const s of translateOtlp(columns.value).spans) {
      expect(s.traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(s.durationNs >= 0n && s.startNs > 0n).toBe(true);
    }
  }
  expect(accepted).toBeGreaterThan(100);
});

describe("malformed bodies are refused with a code and a place", () => {
  const cases: readonly [string, readonly number[]][] = [
    ["truncated", [0x0a, 0x05, 0x00]],
    ["truncated", [0x0a]],
    ["truncated", [0x80]],
    ["varint_too_long", [0x08, ...Array.from({ length: 11 }, () => 0xff)]],
    ["wire_type_invalid", [0x0f]],
    ["group_unsupported", [0x0b, 0x0c]],
    ["field_number_invalid", [0x00, 0x01]],
    ["truncated", [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
  ];
  test.each(cases)("%s: %j", (code, body) => {
    expect(codeOf(body)).toBe(code);
  });

  test("the path names the span", () => {
    const scope = [0x12, 0x02, 0x09, 0x01];
    const body = [0x0a, scope.length + 2, 0x12, scope.length, ...scope];
    const columns = decodeOtlpTraces(Uint8Array.from(body));
    expect(columns).toMatchObject({
      ok: false,
      error: { code: "truncated", path: "resourceSpans[0].scopeSpans[0].spans[0]", offset: 7 },
    });
  });
});

test("an empty body is an empty request", () => {
  expect(spansOf(new Uint8Array(0))).toEqual([]);
});

test("unknown fields and known fields of another wire type are skipped", () => {
  const traceId = [0x0a, 16, ...Array.from({ length: 16 }, () => 7)];
  const spanId = [0x12, 8, ...Array.from({ length: 8 }, () => 7)];
  const times = [0x39, 1, 0, 0, 0, 0, 0, 0, 0, 0x41, 2, 0, 0, 0, 0, 0, 0, 0];
  const unknown = [0xa5, 0x06, 1, 2, 3, 4, 0xa0, 0x06, 0x96, 0x01, 0x28, 0x05, 0x0d, 9, 9, 9, 9];
  const message = [...traceId, ...spanId, ...unknown, ...times];
  const scope = [0x12, message.length, ...message];
  const body = [0x0a, scope.length + 2, 0x12, scope.length, ...scope];
  expect(spansOf(Uint8Array.from(body))).toMatchObject([
    { operation: "", startNs: 1n, durationNs: 1n, status: "unset" },
  ]);
});

test("a resource that comes after its spans, and in two parts, still names their service", () => {
  const part = (key: string, value: string): Uint8Array => {
    const resource = { attributes: [{ key, value: { stringValue: value } }] };
    return new Uint8Array(oracle.encode({ resourceSpans: [{ resource }] }).finish()).subarray(2);
  };
  const wire = fc.sample(span, { numRuns: 1, seed: 3 })[0]?.wire;
  const spans = new Uint8Array(oracle.encode({ resourceSpans: [{ scopeSpans: [{ spans: [wire] }] }] }).finish());
  const inner = spans.subarray(spans.length - (spans.length > 130 ? spans.length - 3 : spans.length - 2));
  const whole = Uint8Array.from([...inner, ...part("service.name", "late"), ...part("zone", "b")]);
  const size = whole.length;
  const body = Uint8Array.from([0x0a, (size & 0x7f) | 0x80, size >>> 7, ...whole]);
  expect(spansOf(body)).toMatchObject([
    {
      service: "late",
      resource: new Map([
        ["service.name", "late"],
        ["zone", "b"],
      ]),
    },
  ]);
});

describe("items that cannot be spans are left out one by one", () => {
  const good = fc.sample(span, { numRuns: 1, seed: 11 })[0]?.wire;
  const bad: readonly [string, Record<string, unknown>][] = [
    ["trace_id_invalid", { traceId: new Uint8Array(16) }],
    ["trace_id_invalid", { traceId: new Uint8Array(8).fill(1) }],
    ["span_id_invalid", { spanId: new Uint8Array(0) }],
    ["parent_id_invalid", { parentSpanId: new Uint8Array(7).fill(1) }],
    ["end_before_start", { startTimeUnixNano: long(5n), endTimeUnixNano: long(4n) }],
    ["start_missing", { startTimeUnixNano: long(0n) }],
  ];
  test.each(bad)("%s", (code, fields) => {
    const resourceSpans = [{ scopeSpans: [{ spans: [good, { ...good, ...fields }, good] }] }];
    const columns = decodeOtlpTraces(new Uint8Array(oracle.encode({ resourceSpans }).finish()));
    if (!columns.ok) throw new Error(columns.error.code);
    const { spans, rejects } = translateOtlp(columns.value);
    expect(spans).toHaveLength(2);
    expect(rejects).toEqual([{ code, of: "span", count: 1, first: "resourceSpans[0].scopeSpans[0].spans[1]" }]);
  });

  test("an attribute nested deeper than 64 loses its span only", () => {
    let value: unknown = { stringValue: "core" };
    for (let i = 0; i < 70; i++) value = { arrayValue: { values: [value] } };
    const spans = [good, { ...good, attributes: [{ key: "deep", value }] }];
    const columns = decodeOtlpTraces(
      new Uint8Array(oracle.encode({ resourceSpans: [{ scopeSpans: [{ spans }] }] }).finish()),
    );
    if (!columns.ok) throw new Error(columns.error.code);
    const translated = translateOtlp(columns.value);
    expect(translated.spans).toHaveLength(1);
    expect(translated.rejects).toMatchObject([{ code: "span_too_deep", count: 1 }]);
  });

  test("a malformed attribute loses its span only", () => {
    const marker = { key: "kkkk", value: { stringValue: "vvvv" } };
    const spans = [{ ...good, attributes: [marker] }];
    const body = new Uint8Array(oracle.encode({ resourceSpans: [{ scopeSpans: [{ spans }] }] }).finish());
    const at = Buffer.from(body).indexOf("vvvv");
    body[at - 1] = 0x7f;
    const columns = decodeOtlpTraces(body);
    if (!columns.ok) throw new Error(columns.error.code);
    expect(translateOtlp(columns.value)).toMatchObject({ spans: [], rejects: [{ code: "span_malformed", count: 1 }] });
  });
});

test("columns of one body stay as they are while others are decoded", () => {
  const bodies = fc.sample(request, { numRuns: 30, seed: 5 });
  const decoded = bodies.map((resources) => decodeOtlpTraces(encoded(resources)));
  decoded.forEach((columns, i) => {
    if (columns.ok) expect(translateOtlp(columns.value).spans).toEqual(expectedSpans(bodies[i] ?? []));
    else throw new Error(columns.error.code);
  });
});

test("the slab that tapes are cut from does not grow with the number of bodies", () => {
  const wire = fc.sample(span, { numRuns: 1, seed: 3 })[0]?.wire;
  const attributes = Array.from({ length: 20 }, (_, i) => ({ key: `key${i}`, value: { stringValue: "x".repeat(60) } }));
  const spans = Array.from({ length: 5 }, () => ({ ...wire, attributes }));
  const body = new Uint8Array(oracle.encode({ resourceSpans: [{ scopeSpans: [{ spans }] }] }).finish());
  for (let i = 0; i < 5_000; i++) {
    const columns = decodeOtlpTraces(body);
    if (!columns.ok) throw new Error(columns.error.code);
    expect(columns.value.tape.length).toBeLessThan(100_000);
  }
});

test("base64 is read in both alphabets and printed in one", () => {
  expect(normalBase64("-_8")).toBe("+/8=");
  expect(normalBase64("+/8=")).toBe("+/8=");
  expect(normalBase64("a")).toBeUndefined();
  expect(normalBase64("a b=")).toBeUndefined();
});
