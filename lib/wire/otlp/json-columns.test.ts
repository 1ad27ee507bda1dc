/** OTLP JSON read by its bytes against json.ts, which parses it: the same spans wherever columns are given at all. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { damagedBodies } from "../json/damaged-bodies.ts";
import { decodeOtlpJson, translateOtlpJson } from "./json.ts";
import { OtlpJsonColumns } from "./kernel-json-columns.ts";
import { translateOtlp } from "./translate.ts";

const encoder = new TextEncoder();
const columns = new OtlpJsonColumns();

const parsed = (body: Uint8Array) => {
  const decoded = decodeOtlpJson(body);
  return decoded.ok ? translateOtlpJson(decoded.value) : decoded.error.code;
};

function read(body: Uint8Array) {
  const given = columns.read(body);
  return given === undefined ? undefined : translateOtlp(given);
}

const text = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "Z", " ", '"', "\\", "\n", "é", "€", "/"), maxLength: 160 }),
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.integer({ min: 16_370, max: 16_390 }).map((length) => "x".repeat(length)),
);
const key = fc.oneof(
  { weight: 5, arbitrary: fc.string({ unit: fc.constantFrom(..."ab.1"), maxLength: 12 }) },
  fc.constantFrom("service.name", "http.method"),
  fc.integer({ min: 110, max: 130 }).map((length) => "k".repeat(length)),
);
const plainValue = fc.oneof(
  fc.record({ stringValue: text }),
  fc.record({ intValue: fc.oneof(fc.integer(), fc.integer({ min: -1e14, max: 1e14 }).map(String)) }),
  fc.record({ boolValue: fc.boolean() }),
  fc.record({ doubleValue: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
);
const oddValue = fc.constantFrom<unknown>(
  { arrayValue: { values: [{ stringValue: "x" }] } },
  { kvlistValue: { values: [] } },
  { bytesValue: "AAAA" },
  { intValue: "9223372036854775807" },
  { doubleValue: "NaN" },
  { stringValue: null, intValue: 1 },
  { stringValue: 1 },
  {},
  null,
);
const list = <T>(item: fc.Arbitrary<T>, maxLength: number) => fc.array(item, { maxLength });
const nanos = fc.oneof(
  fc.bigInt({ min: 1n, max: 2n ** 63n }).map(String),
  fc.integer({ min: 1, max: 2 ** 52 }),
  fc.constantFrom("0", "007", -1, 1.5, "18446744073709551615"),
);

/** A request of attributes with such values, spans with such ids and times. */
function request(value: fc.Arbitrary<unknown>, isPlain: boolean) {
  const some = <T>(plain: readonly T[], odd: readonly T[]) => fc.constantFrom(...plain, ...(isPlain ? [] : odd));
  const attributes = list(
    fc.record({ key: isPlain ? fc.string({ unit: fc.constantFrom(..."ab."), maxLength: 9 }) : key, value }),
    5,
  );
  const times = isPlain
    ? fc
        .tuple(fc.bigInt({ min: 1n, max: 2n ** 62n }), fc.nat())
        .map(([start, length]) => [String(start), String(start + BigInt(length))])
    : fc.tuple(nanos, nanos);
  const event = fc.record(
    { timeUnixNano: isPlain ? fc.constantFrom("5", "1544712660000000001") : nanos, name: text },
    { requiredKeys: [] },
  );
  const span = times.chain(([startTimeUnixNano, endTimeUnixNano]) =>
    fc.record(
      {
        traceId: some(
          ["5B8EFFF798038103D269B633813FC60C", "0af7651916cd43dd8448eb211c80319c"],
          ["0".repeat(32), "1", ""],
        ),
        spanId: some(["EEE19B7EC3C1B174", "b7ad6b7169203331"], ["0".repeat(16), "xyz"]),
        parentSpanId: some(["", "b7ad6b7169203331", "0000000000000000"], ["1"]),
        name: text,
        kind: some<unknown>([0, 1, 2, 3, 4, 5], ["SPAN_KIND_SERVER", 9, null]),
        startTimeUnixNano: fc.constant(startTimeUnixNano),
        endTimeUnixNano: fc.constant(endTimeUnixNano),
        attributes,
        events: list(event, 2),
        links: fc.constant([]),
        status: some<unknown>(
          [{}, { code: 2 }, { code: 1, message: "" }, { code: 2, message: "no\tway" }],
          [{ code: 7 }, null],
        ),
        traceState: some(["", ""], ["a=b"]),
        flags: some([1, 257], [-1]),
        droppedAttributesCount: fc.constant(0),
      },
      { requiredKeys: ["traceId", "spanId", "startTimeUnixNano", "endTimeUnixNano"] },
    ),
  );
  const scope = fc.record({ name: text, version: text, attributes: fc.constant([]) }, { requiredKeys: [] });
  const scopeSpans = fc.record({ scope, spans: list(span, 3), schemaUrl: text }, { requiredKeys: [] });
  const resource = fc.record({ attributes }, { requiredKeys: [] });
  const group = fc.record({ resource, scopeSpans: list(scopeSpans, 2), schemaUrl: text }, { requiredKeys: [] });
  return fc.record({ resourceSpans: list(group, 2) });
}

test("of any body the columns, where there are any, read as the parsed body does", () => {
  let given = 0;
  const any = request(fc.oneof({ weight: 20, arbitrary: plainValue }, { weight: 1, arbitrary: oddValue }), false);
  fc.assert(
    fc.property(any, fc.constantFrom(undefined, 1), (drawn, blanks) => {
      const body = encoder.encode(JSON.stringify(drawn, undefined, blanks));
      const fromColumns = read(body);
      if (fromColumns === undefined) return;
      given++;
      expect(fromColumns).toEqual(parsed(body));
    }),
    { numRuns: 500 },
  );
  expect(given).toBeGreaterThan(30);
});

test("every body that exporters ordinarily send is read by its bytes", () => {
  fc.assert(
    fc.property(request(plainValue, true), (drawn) => {
      const body = encoder.encode(JSON.stringify(drawn));
      const fromColumns = read(body);
      expect(fromColumns).toBeDefined();
      expect(fromColumns).toEqual(parsed(body));
    }),
    { numRuns: 300 },
  );
});

test("a body that was damaged is never read as anything but what parsing it gives", () => {
  const attribute = (name: string, value: unknown) => ({ key: name, value });
  const span = {
    traceId: "5B8EFFF798038103D269B633813FC60C",
    spanId: "EEE19B7EC3C1B174",
    parentSpanId: "b7ad6b7169203331",
    name: "get /äpi",
    kind: 2,
    startTimeUnixNano: "1544712660000000001",
    endTimeUnixNano: "1544712661000000003",
    attributes: [
      attribute("a", { stringValue: "x\ty" }),
      attribute("b", { intValue: "-12" }),
      attribute("c", { boolValue: true }),
      attribute("d", { doubleValue: 1.5 }),
    ],
    events: [{ timeUnixNano: "5", name: "e" }],
    status: { code: 2, message: "no" },
  };
  const resource = { attributes: [attribute("service.name", { stringValue: "web" })] };
  const scope = { name: "lib", version: "1" };
  const valid = encoder.encode(
    JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope, spans: [span, span] }] }] }),
  );
  expect(read(valid)).toEqual(parsed(valid));
  let given = 0;
  for (const body of damagedBodies(valid, 15_000, 5)) {
    const fromColumns = read(body);
    if (fromColumns === undefined) continue;
    given++;
    expect(fromColumns).toEqual(parsed(body));
  }
  expect(given).toBeGreaterThan(200);
});
