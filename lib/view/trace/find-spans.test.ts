import fc from "fast-check";
import { expect, test } from "vitest";
import { parseSpanId, parseTraceId, type Span } from "../../model/span.ts";
import { parseAttrExpression, spanMatches } from "../../query/attr-expression.ts";
import { TRACE_FIXTURE } from "../../query/fixtures/trace-fixture.ts";
import { attributeCondition, attributeRows } from "./attribute-text.ts";
import { buildTrace } from "./build-trace.ts";
import { findWords, makeFinder } from "./find-spans.ts";
import { spanDetail } from "./span-detail.ts";
import { chainTrace, wideTrace } from "./test-trace.ts";

const TREE = buildTrace(TRACE_FIXTURE);
const FINDER = makeFinder(TREE);

function servicesOf(text: string): Set<string | undefined> {
  return new Set([...FINDER.find(text)].map((row) => TREE.spans[row]?.service));
}

test("finds by service, operation, attribute, event and message, in any case", () => {
  expect(servicesOf("SHIPPING")).toEqual(new Set(["shipping", "checkout"]));
  expect(servicesOf("hgetall")).toEqual(new Set(["cart"]));
  expect(servicesOf("db.system=redis")).toEqual(new Set(["cart"]));
  expect(servicesOf("retry.reason=unavailable")).toEqual(new Set(["checkout"]));
  expect(servicesOf("lock wait timeout")).toEqual(new Set(["ledger"]));
});

test("every word must match; quotes make one word of several", () => {
  expect(FINDER.find("billing.ledger/post server").length).toBe(2);
  expect(FINDER.find('"server ledger"').length).toBe(0);
  expect(FINDER.find("  ").length).toBe(0);
  expect(findWords('a "b c" d"e')).toEqual(["a", "b c", 'd"e']);
});

test("matches are ascending rows, the same when prepared in slices", () => {
  const tree = buildTrace(wideTrace(5000));
  const sliced = makeFinder(tree);
  let slices = 1;
  while (!sliced.warm(700)) slices++;
  expect(slices).toBe(8);
  expect([...sliced.find("503")]).toEqual([...makeFinder(tree).find("503")]);
  expect([...sliced.find("http.response.status_code=503")]).toEqual([0, ...tree.errorRows]);
});

test("searches a chain of 100,000 spans", () => {
  const tree = buildTrace(chainTrace(100_000));
  expect(makeFinder(tree).find("c99999").length).toBe(1);
});

test("attributes keep their types, and their conditions find them again", () => {
  const rows = attributeRows({
    b: true,
    a: 503,
    c: "503",
    d: 'say "hi" > 1',
    e: { int: "9223372036854775807" },
    f: ["x", 1],
    g: { bytes: "AAEC" },
    h: "",
  });
  expect(rows.map((row) => [row.key, row.type, row.text, row.condition])).toEqual([
    ["a", "number", "503", "a=503"],
    ["b", "bool", "true", "b=true"],
    ["c", "string", "503", "c=503"],
    ["d", "string", 'say "hi" > 1', 'd=say "hi" > 1'],
    ["e", "int64", "9223372036854775807", "e=9223372036854775807"],
    ["f", "array", '["x",1]', undefined],
    ["g", "bytes", "AAEC", undefined],
    ["h", "string", "", 'h=""'],
  ]);
});

test("the condition of a value finds the span that has it", () => {
  const value = fc.oneof(fc.string(), fc.boolean(), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), value, (key, held) => {
      const condition = attributeCondition(key, held) ?? "";
      const parsed = parseAttrExpression(condition);
      expect(parsed.ok, condition).toBe(true);
      if (parsed.ok) expect(spanMatches(parsed.value, modelSpan(key, held)), condition).toBe(true);
    }),
    {
      examples: [
        [" ", -287_683_331_152_083_550],
        ["big", 1e300],
        ["mid", 2 ** 60],
      ],
    },
  );
});

function modelSpan(key: string, value: string | boolean | number): Span {
  const traceId = parseTraceId("0af7651916cd43dd8448eb211c80319c");
  const spanId = parseSpanId("b7ad6b7169203331");
  if (traceId === undefined || spanId === undefined) throw new Error("ids do not parse");
  const times = { startNs: 1n, durationNs: 1n };
  const names = { service: "web", operation: "GET /", kind: "server", status: "unset", shared: false } as const;
  const rest = { attributes: new Map([[key, value]]), resource: new Map(), events: [], links: [] };
  return { traceId, spanId, ...times, ...names, ...rest };
}

test("the detail of a span has offsets from its own start", () => {
  const row = TREE.spans.findIndex((span) => span.operation === "billing.Ledger/Post" && span.links !== undefined);
  const detail = spanDetail(TREE, row);
  expect(detail?.events.map((event) => [event.name, event.offsetUs])).toEqual([["exception", 527_300]]);
  expect(detail?.links[0]?.isSameTrace).toBe(false);
  expect(detail?.remarks).toEqual(["The failure began here: no span below it failed."]);
  expect(detail?.selfShare).toBe(1);
  expect(spanDetail(TREE, 999)).toBeUndefined();
});
