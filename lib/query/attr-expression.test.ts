/** Attribute expressions: parsing with positions, and what they hold on. */
import { describe, expect, test } from "vitest";
import { type AttributeValue, parseSpanId, parseTraceId, type Span } from "../model/span.ts";
import { parseAttrExpression, spanMatches } from "./attr-expression.ts";

function spanWith(attributes: Record<string, AttributeValue>, resource: Record<string, AttributeValue> = {}): Span {
  const traceId = parseTraceId("1".repeat(32));
  const spanId = parseSpanId("1".repeat(16));
  if (traceId === undefined || spanId === undefined) throw new Error("malformed id in a test");
  return {
    traceId,
    spanId,
    shared: false,
    kind: "server",
    startNs: 1n,
    durationNs: 1n,
    service: "web",
    operation: "x",
    status: "unset",
    attributes: new Map(Object.entries(attributes)),
    resource: new Map(Object.entries(resource)),
    events: [],
    links: [],
  };
}

function holds(expression: string, span: Span): boolean {
  const parsed = parseAttrExpression(expression);
  if (!parsed.ok) throw new Error(`${parsed.error.code} at ${parsed.error.position}`);
  return spanMatches(parsed.value, span);
}

const SPAN = spanWith(
  {
    code: "503",
    ratio: 0.5,
    big: 9_007_199_254_740_993n,
    path: "/a=b",
    "odd=key": "x",
    yes: true,
    list: ["a", 7],
    size: "10kB",
    raw: { bytes: "AAA=" },
  },
  { zone: "eu-1", code: "9" },
);

describe("what holds", () => {
  const cases: readonly [string, boolean][] = [
    ["code=503", true],
    ["code=503.0", true],
    ['code="503"', true],
    ['code="503.0"', false],
    ["code>=500", true],
    ["code<500", false],
    ["code!=503", false],
    ["code!=200", true],
    ["code=9", false],
    ["ratio>0.4", true],
    ["ratio<=5e-1", true],
    ["big=9007199254740993", true],
    ["big=9007199254740992", false],
    ["big>9007199254740992", true],
    ["path=/a=b", true],
    ["path!=/a", true],
    ['"odd=key"=x', true],
    ["yes=true", true],
    ["yes=false", false],
    ["list=a", true],
    ["list=7", true],
    ["list=b", false],
    ["size=10", false],
    ["size!=10", true],
    ["size>5", false],
    ['size>"09"', true],
    ["zone=eu-1", true],
    ["zone=~eu-\\d", true],
    ["zone=~eu", false],
    ['zone=~"eu|eu-1"', true],
    ["raw=AAA=", true],
    ["missing!=1", false],
    ["missing=", false],
    ["exists:code", true],
    ["exists:missing", false],
    ['exists:"odd=key"', true],
    [" code = 503 ", true],
  ];
  test.each(cases)("%s is %s", (expression, expected) => {
    expect(holds(expression, SPAN)).toBe(expected);
  });
});

describe("what is refused, and where", () => {
  const cases: readonly [string, string, number][] = [
    ["code", "attr_no_operator", 4],
    ["=5", "attr_no_key", 0],
    ["exists:", "attr_no_key", 7],
    ['"open=5', "attr_quote_open", 0],
    ['code="5', "attr_quote_open", 5],
    ["code>abc", "attr_not_ordered", 5],
    ["code=~a(b", "attr_regex", 9],
    ['code=~"a(?=b)"', "attr_regex", 9],
  ];
  test.each(cases)("%s: %s at %i", (expression, code, position) => {
    expect(parseAttrExpression(expression)).toMatchObject({ ok: false, error: { code, position } });
  });
});
