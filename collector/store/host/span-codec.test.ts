/** Spans come out on the other side as they went in, whatever their attributes hold. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type AttributeValue, SPAN_KINDS, type Span } from "../../../lib/model/span.ts";
import { testSpan, testSpanId, testTraceId } from "../span-store-contract.ts";
import { decodeSpans, encodeSpans } from "./span-codec.ts";

const value: fc.Arbitrary<AttributeValue> = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.bigInt(),
    fc.string().map((bytes) => ({ bytes })),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.array(fc.tuple(fc.string(), tie("value")), { maxLength: 3 }).map((entries) => ({ map: new Map(entries) })),
  ),
})).value;
const attributes = fc
  .array(fc.tuple(fc.oneof(fc.string(), fc.constant("__proto__")), value), { maxLength: 5 })
  .map((entries) => new Map(entries));
const nanos = fc.bigInt({ min: 0n, max: 2n ** 64n });

const span: fc.Arbitrary<Span> = fc
  .record({
    ids: fc.tuple(fc.nat(), fc.nat()),
    kind: fc.constantFrom(...SPAN_KINDS),
    shared: fc.boolean(),
    status: fc.constantFrom("unset" as const, "ok" as const, "error" as const),
    ...{
      startNs: nanos,
      durationNs: nanos,
      service: fc.string(),
      operation: fc.string(),
      attributes,
      resource: attributes,
    },
    events: fc.array(fc.record({ timeNs: nanos, name: fc.string(), attributes }), { maxLength: 2 }),
    links: fc.array(attributes, { maxLength: 2 }),
    rest: fc.record({ statusMessage: fc.string(), traceState: fc.string(), parent: fc.nat() }, { requiredKeys: [] }),
    scope: fc.option(fc.record({ name: fc.string(), version: fc.string() }), { nil: undefined }),
  })
  .map(({ ids: [trace, id], links, rest: { parent, ...texts }, scope, ...fields }) => ({
    ...testSpan(trace, id, 0),
    ...fields,
    ...texts,
    ...(parent === undefined ? {} : { parentSpanId: testSpanId(parent) }),
    ...(scope === undefined ? {} : { scope }),
    links: links.map((of) => ({ traceId: testTraceId(trace), spanId: testSpanId(id), attributes: of })),
  }));

test("law: any spans come out as they went in", () => {
  fc.assert(
    fc.property(fc.array(span, { maxLength: 4 }), (spans) => {
      expect(decodeSpans(encodeSpans(spans))).toEqual(spans);
    }),
  );
});

test("a resource that spans share is one object again", () => {
  const resource = new Map([["service.name", "web"]]);
  const [a, b] = decodeSpans(encodeSpans([testSpan(1, 1, 0, { resource }), testSpan(1, 2, 0, { resource })]));
  expect(a?.resource).toBe(b?.resource);
});
